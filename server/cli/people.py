"""`vitrine people`: when the shop's people are there, and what is theirs to answer."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.need import INTENTS
from server.cli.app import FAILED, out, settings_of
from server.people import DEMO_PEOPLE
from server.report import show
from tools.people.people import People
from tools.people.reading import BadPeople, read_people


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("people")(people)


def people(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="A file about people; without one that in force.")
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="A moment (UTC) instead of now.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a file about the shop's people, and say whether they are there and when they come next."""
    path = file or settings_of(context).people or DEMO_PEOPLE
    try:
        found = read_people(path, INTENTS)
    except BadPeople as error:
        if as_json:
            out.print_json(json.dumps({"file": str(path), "faults": [asdict(fault) for fault in error.faults]}))
        for fault in () if as_json else error.faults:
            out.print(f"{path}:{fault}", markup=False)
        raise typer.Exit(FAILED) from None
    told = _told(path, found, at.replace(tzinfo=UTC) if at else datetime.now(UTC))
    if as_json:
        out.print_json(json.dumps(told, ensure_ascii=False))
        return
    topics = told.pop("topics")
    show(out, f"People, by {path.name}", [{"what": name, "is": str(value)} for name, value in told.items()])
    if topics:
        show(out, "Topics that are theirs", topics)


def _told(path: Path, found: People, now: datetime) -> dict[str, Any]:
    back = found.back(now)
    return {
        "file": str(path),
        "there": found.there(now),
        "back": back.en if back else "",
        "hours in the next week": _hours(found, now),
        "minutes in line until e-mail is offered": found.wait_minutes,
        **{f"after so many {name}": count for name, count in asdict(found.after).items()},
        "topics": [
            {"name": topic.name, "words": ", ".join(topic.words), "intents": ", ".join(sorted(topic.intents))}
            for topic in found.topics
        ],
    }


def _hours(found: People, now: datetime) -> float:
    """How many hours of the next seven days they are there."""
    minutes = sum(found.there(now + timedelta(minutes=minute)) for minute in range(0, 7 * 24 * 60, 5)) * 5
    return round(minutes / 60, 1)
