"""`vitrine eval intents`: what becomes of questions to the shop, and of what is none of its business."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from server.cli.quality import QUESTIONS, RESULTS, Out, _demo, evaluating, report
from server.measuring import EVAL


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    evaluating.command("intents")(eval_intents)


def eval_intents(
    context: typer.Context,
    held_out: Annotated[bool, typer.Option("--held-out", help="Also the questions of the other author.")] = False,
    results: Out = RESULTS,
) -> None:
    """The development questions and off-topic texts by the intent head and by the turn, against search alone."""
    from agent.evaluation.intents import settle_all, table
    from retrieval.evaluation.faq import read_questions
    from server.bootstrap import open_understanding

    with _demo(context) as knowledge:
        understanding = open_understanding(knowledge)
        told = {}
        for title, asked, off_topic in QUESTIONS if held_out else QUESTIONS[1:]:
            questions = [*read_questions(EVAL / asked), *read_questions(EVAL / off_topic)]
            settled = asyncio.run(settle_all(questions, understanding, knowledge.searcher, knowledge.catalogue))
            told[title.replace("FAQ, ", "intents, ")] = table(settled)
        report("intents", told, results)
