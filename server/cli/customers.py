"""`vitrine eval customers`: simulated customers over the real socket, and the database that they leave."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from server.cli.app import FAILED, CommandFailed, err, out, settings_of
from server.cli.quality import RESULTS, Out, evaluating
from server.report import show, write

if TYPE_CHECKING:
    from server.settings import Settings
    from server.testing.customers.evaluating import Judged
    from server.testing.customers.tasks import Split, Task
    from tools.adapters.tau_records import TauData

FAST = {"messages_per_minute": 10_000, "demo": False, "shop": "sqlite", "brain": "rules"}
"""Customers here type faster than people; the shop is the benchmark's, the brain ours."""


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    evaluating.command("customers")(eval_customers)


def eval_customers(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Option(
            envvar="VITRINE_EVAL_DATA", exists=True, file_okay=False, help="Folder of the tau-bench retail files."
        ),
    ],
    phrasings: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="What customers say, if not our own words (JSON).")
    ] = None,
    split: Annotated[str, typer.Option(help="Which of those: dev, or held_out (figures only).")] = "dev",
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many tasks, at equal distances.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=16, help="Conversations at a time.")] = 4,
    results: Out = RESULTS,
) -> None:
    """Simulated customers made of tau-bench's retail tasks talk to the rules brain; their databases are compared."""
    from server.testing.customers.evaluating import missed, summary
    from server.testing.customers.tasks import read_tasks
    from tools.adapters.tau_records import TauData

    if split not in ("dev", "held_out"):
        raise CommandFailed(f"expected --split dev or held_out, got {split!r}")
    folder = data / "tau_retail" if (data / "tau_retail").is_dir() else data
    records = TauData.load(folder)
    chosen: Split = "own" if phrasings is None else "dev" if split == "dev" else "held_out"
    tasks = read_tasks(folder, records, phrasings, chosen)
    if sample is not None:
        tasks = tasks[:: max(1, len(tasks) // sample)][:sample]
    judged = asyncio.run(_judge(settings_of(context), records, tasks, jobs))
    told = summary(judged)
    if chosen == "held_out":  # nobody reads these: they stay a measure only as long as nothing is fitted to them
        told["customers, failed"] = [
            {"missed operation": name, "tasks": count} for name, count in missed(judged).items()
        ]
    for title, rows in told.items():
        if rows and not (title.endswith("failed") and chosen != "held_out"):
            show(out, title, rows)
    path = results / ("customers.json" if chosen == "own" else f"customers-{chosen}.json")
    write(path, told)
    out.print(f"written: {path}", markup=False)
    if any(one.wrong for one in judged):
        raise typer.Exit(FAILED)


async def _judge(settings: Settings, records: TauData, tasks: Sequence[Task], jobs: int) -> list[Judged]:
    from server.testing.customers.evaluating import run_tasks
    from server.testing.customers.fresh_shops import retail_server

    if not settings.text_model.exists():
        raise CommandFailed(f"expected the text encoder at {settings.text_model}; `vitrine setup` prepares it")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        tempfile.TemporaryDirectory() as name,
        Progress(*columns, console=err, disable=not err.is_terminal) as progress,
    ):
        bar = progress.add_task("customers", total=len(tasks))
        folder = Path(name)
        (folder / "models").symlink_to(settings.text_model.parent.absolute())
        ours = settings.model_copy(
            update={**FAST, "data_dir": folder, "console_token": SecretStr(secrets.token_hex(16))}
        )
        async with retail_server(ours, records) as server:
            return await run_tasks(server, tasks, jobs, lambda _: progress.advance(bar))
