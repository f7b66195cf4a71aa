"""`vitrine policy check` and `vitrine eval tau`: what the shop allows, and whether the tools do what is expected."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from server.cli.app import FAILED, out, settings_of
from server.cli.quality import RESULTS, Out, evaluating
from server.report import show, write
from tools.evaluation.tau_replay import Replayed, replay, tally
from tools.policy.checking import Checked, Fault, check
from tools.policy.reading import BadPolicy, parse_policy, policy_text

PACKAGED = Path(__file__).parents[2] / "tools" / "policy" / "demo.yaml"
SPLITS = ("train", "dev")

policing = typer.Typer(no_args_is_help=True, help="The shop's policy: what customers may do, and why not.")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(policing, name="policy")


@policing.command("check")
def policy_check(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="A policy file; without one the policy in force.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find what a policy leaves open, contradicts or misspells, with line and column; show what it covers."""
    path = file or settings_of(context).policy or PACKAGED
    faults, checked = _check(path)
    if as_json:
        told = {
            "file": str(path),
            "faults": [asdict(fault) for fault in faults],
            "coverage": [asdict(table) for table in checked.coverage] if checked else [],
            "not_offered": list(checked.not_offered) if checked else [],
        }
        out.print_json(json.dumps(told, ensure_ascii=False))
    else:
        for fault in faults:
            out.print(f"{path}:{fault}", markup=False)
        if checked is not None:
            _show(path, checked)
        out.print(f"{path}: {_told(faults)}", markup=False)
    if faults:
        raise typer.Exit(FAILED)


def _check(path: Path) -> tuple[tuple[Fault, ...], Checked | None]:
    """The faults, and the coverage where the file could be read at all."""
    try:
        policy, faults = parse_policy(policy_text(path), path.name)
    except BadPolicy as error:
        return error.faults, None
    if faults:
        return faults, None
    checked = check(policy)
    return checked.faults, checked


def _show(path: Path, checked: Checked) -> None:
    rows = [
        {
            "operation": table.operation,
            "asks": ", ".join(table.fields) or "–",
            "cases": table.cases,
            "undecided": table.undecided,
            "rules": len(table.decides),
            "never heard of": ", ".join(rule for rule, count in table.decides.items() if not count) or "–",
        }
        for table in checked.coverage
    ]
    show(out, f"Coverage of {path.name}", rows)
    if checked.not_offered:
        out.print(f"not offered: {', '.join(checked.not_offered)}", markup=False)


def _told(faults: tuple[Fault, ...]) -> str:
    if not faults:
        return "every case is decided, and nothing is contradicted"
    return f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}"


@evaluating.command("tau")
def eval_tau(
    data: Annotated[
        Path,
        typer.Option(
            envvar="VITRINE_EVAL_DATA", exists=True, file_okay=False, help="Folder of the tau-bench retail files."
        ),
    ],
    results: Out = RESULTS,
) -> None:
    """Replay tau-bench retail's gold actions through our tools; each task in a session of its own user."""
    folder = data / "tau_retail" if (data / "tau_retail").is_dir() else data
    told: dict[str, list[dict[str, Any]]] = {"tau": []}
    different = 0
    for split in SPLITS:
        replayed = asyncio.run(replay(folder, split))
        told["tau"].append(_summary(split, replayed))
        told[f"tau, tools, {split}"] = tally(replayed)
        told[f"tau, different, {split}"] = [asdict(task) for task in replayed if not task.same]
        different += len(told[f"tau, different, {split}"])
    for title, rows in told.items():
        if rows:
            show(out, title, rows)
    path = results / "tau.json"
    write(path, told)
    out.print(f"written: {path}", markup=False)
    if different:
        raise typer.Exit(FAILED)


def _summary(split: str, replayed: list[Replayed]) -> dict[str, Any]:
    return {
        "split": split,
        "tasks": len(replayed),
        "same results and database": sum(task.same for task in replayed),
        "same results": sum(task.same_results for task in replayed),
        "same database": sum(task.same_database for task in replayed),
        "actions": sum(len(task.actions) for task in replayed),
        "refused as the benchmark does": sum(task.expected.count("error") for task in replayed if task.same_results),
    }
