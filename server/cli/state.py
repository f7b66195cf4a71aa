"""`vitrine settings`, `doctor`, `setup` and `docs`: what is in force, what is missing and what mends it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.table import Column, Table

from server.cli.app import FAILED, err, out, settings_of
from server.doctor import examine
from server.reference import write_pages


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(settings)
    app.command()(doctor)
    app.command()(setup)
    app.command()(docs)


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def settings(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the settings in force; secrets are masked."""
    in_force = settings_of(context)
    values = {
        name: ("********" if value.get_secret_value() else "") if isinstance(value, SecretStr) else value
        for name, value in in_force
    }
    if as_json:
        out.print_json(json.dumps(values, default=str))
        return
    table = Table("setting", Column("value", overflow="fold"), box=None)  # a long path is shown whole
    for name, value in values.items():
        table.add_row(f"VITRINE_{name.upper()}", str(value))
    out.print(table)


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Say what is missing and the command that mends it; exit code 1 if anything is."""
    findings = examine(settings_of(context))
    if as_json:
        out.print_json(json.dumps([{"what": f.what, "well": f.well, "mend": f.mend} for f in findings]))
    else:
        for finding in findings:
            out.print(f"{'ok     ' if finding.well else 'MISSING'} {finding.what}", markup=False)
            if not finding.well:
                out.print(f"        mend: {finding.mend}", markup=False)
    if not all(finding.well for finding in findings):
        raise typer.Exit(FAILED)


def setup(context: typer.Context) -> None:
    """Prepare the models: export and quantise our text encoder, and download the hub models that the settings name."""
    in_force = settings_of(context)
    from server.bootstrap import fetch_models, prepare_models

    with err.status("exporting the text encoder to ONNX and quantising it (once, about 20 seconds) …"):
        made = prepare_models(in_force)
    out.print(f"text encoder: {made}", markup=False)
    for role, model in fetch_models(in_force).items():
        out.print(f"{role}: {model}", markup=False)


def docs(
    folder: Annotated[Path, typer.Option(help="Where the pages are written.")] = Path("docs"),
) -> None:
    """Generate the reference pages from the code."""
    changed = write_pages(folder)
    out.print("\n".join(str(path) for path in changed) or "all pages are up to date", markup=False)
