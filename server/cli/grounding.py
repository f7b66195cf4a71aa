"""`vitrine eval grounding`: whether what shoppers read is supported, and what the check on speech lets through."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from server.cli.app import FAILED, err, settings_of
from server.cli.quality import RESULTS, Out, evaluating, report
from server.measuring import Rows

REPLIES = 1000
CAUGHT = 95  # of a hundred planted statements


def add_to(app: typer.Typer) -> None:
    """Add the command of this module to those that `quality` has added."""
    evaluating.command("grounding")(eval_grounding)


def eval_grounding(
    context: typer.Context,
    replies: Annotated[int, typer.Option(min=100, help="Replies to check.")] = REPLIES,
    results: Out = RESULTS,
) -> None:
    """Replies of the demo shop beside its own files, and statements that nothing supports, planted into replies.

    Exit code 1 where any sentence that a shopper reads is unsupported, or fewer than 95 in 100 planted ones are caught.
    """
    from server.bootstrap import prepare_models
    from server.grounding import by_kind, measure_replies, ungrounded
    from server.planting import caught_by_kind, measure_planted, missed

    settings = settings_of(context)
    prepare_models(settings)
    with err.status("asking the demo shop …") as status:
        checked = asyncio.run(measure_replies(settings, replies))
        status.update("planting …")
        planted, alarms, held = measure_planted(settings)
    tables: dict[str, Rows] = {"replies over the socket": by_kind(checked)}
    for name, statements in planted.items():
        tables[f"planted statements, {name}: caught"] = caught_by_kind(statements)
    tables["nothing planted, and yet kept back"] = alarms
    tables["unsupported"] = ungrounded(checked)
    tables["planted and missed"] = [row for statements in planted.values() for row in missed(statements)]
    tables["kept back"] = held
    report("grounding", {title: rows for title, rows in tables.items() if rows}, results)
    caught = [sum(one.caught["alone"] for one in statements) for statements in planted.values()]
    if ungrounded(checked) or min(caught) < CAUGHT:
        raise typer.Exit(FAILED)
