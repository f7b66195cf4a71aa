"""`vitrine eval describe` and `vitrine train describer`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.app import CommandFailed, err, out
from server.cli.quality import RESULTS, NeededData, Out, evaluating, report
from server.cli.training import training
from server.report import show


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to those that `quality` has added."""
    evaluating.command("describe")(eval_describe)
    training.command("describer")(train_describer)


def eval_describe(
    data: NeededData,
    photos: Annotated[int, typer.Option(min=20)] = 200,
    renders: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Rendered training views; those held out are used."),
    ] = None,
    results: Out = RESULTS,
) -> None:
    """Captions and answers on held-out photos, against the heads alone and the commonest answer."""
    from retrieval.embedders.photo import PhotoEncoder
    from server.bootstrap import open_decoder
    from server.describing import measure_describer

    encoder = PhotoEncoder()
    decoder = open_decoder(encoder, 1)
    if decoder is None:
        raise CommandFailed("the describer was trained on other eyes; `vitrine train describer` makes one of these")
    with err.status("describing held-out photos …"):
        tables = measure_describer(encoder, decoder, data, photos, renders)
    report("describe", tables, results)


def train_describer(
    data: NeededData,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for scenes, checkpoints and the learning curve.")] = (
        Path("build/describer")
    ),
    renders: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="Rendered training views.")] = None,
    catalogue: Annotated[Path | None, typer.Option(exists=True, help="Products with pictures, JSON lines.")] = None,
    minutes: Annotated[float, typer.Option(min=0.1)] = 10.0,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    seed: int = 7,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint.")] = False,
    weights: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="Eyes to look with.")] = None,
) -> None:
    """The decoder that describes photos and answers about them; the photo encoder stays as it is."""
    from retrieval.embedders.photo_labels import WEIGHTS
    from retrieval.training.describer import Options, train

    made = train(
        Options(
            data=data,
            out=out_dir,
            renders=renders,
            catalogue=catalogue,
            weights=weights or WEIGHTS,
            minutes=minutes,
            threads=threads,
            seed=seed,
            resume=resume,
        )
    )
    show(out, "development scenes that nothing was fitted on", [dict(made.figures)])
    out.print(f"{made.steps} steps, {made.minutes:.1f} minutes: {made.weights}", markup=False)
