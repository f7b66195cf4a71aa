"""`vitrine eval labels`: whether order numbers are read from photos of labels and receipts."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from server.cli.app import out
from server.cli.quality import RESULTS, Out, evaluating
from server.report import show, write


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    evaluating.command("labels")(eval_labels)


def eval_labels(
    count: Annotated[int, typer.Option(min=1, help="Labels with an order number.")] = 120,
    without: Annotated[int, typer.Option(min=0, help="Labels with all other numbers, but none of an order.")] = 30,
    seed: Annotated[int, typer.Option(help="Draws other labels.")] = 7,
    results: Out = RESULTS,
) -> None:
    """Order numbers on rendered labels and receipts, turned, blurred and compressed, as the chat reads them."""
    from agent.evaluation.labels import labels, read_labels, tables
    from agent.vision.ocr import PrintedText

    reader = PrintedText()
    with tempfile.TemporaryDirectory() as folder:
        reads = asyncio.run(read_labels(list(labels(count, without, seed)), reader, Path(folder)))
    reader.close()
    told = tables(reads)
    for title, rows in told.items():
        show(out, title, rows)
    told["labels, misread"] = [
        {**asdict(read.label), "found": list(read.found)}
        for read in reads
        if read.outcome != ("right" if read.label.order else "none")
    ]
    path = results / "labels.json"
    write(path, told)
    out.print(f"written: {path}", markup=False)
