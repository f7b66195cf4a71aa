"""`vitrine export`: our models in the form of other libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.app import err, out, settings_of

exporting = typer.Typer(no_args_is_help=True, help="Write our models in the form of other libraries.")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(exporting, name="export")


@exporting.command("sentence-transformers")
def sentence_transformers(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new folder for the model.", show_default=False)],
) -> None:
    """Texts and photos in one space, as a `Router` that `SentenceTransformer(FOLDER, trust_remote_code=True)` loads."""
    settings = settings_of(context)
    from server.bootstrap import export_encoders

    with err.status("writing the encoders …"):
        made = export_encoders(settings, folder)
    out.print(f"SentenceTransformer({str(made)!r}, trust_remote_code=True)", markup=False)
