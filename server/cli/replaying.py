"""`vitrine replay`: conversations that were held, spoken again to see what a change would make of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from server.cli.app import CommandFailed, err, out, settings_of

if TYPE_CHECKING:
    from server.settings import Settings
    from server.testing.recording import Held
    from server.testing.replaying import Change, Compared, Comparison, Replayed

WORDS = {"same": "the same", "acts": "acts differ", "words": "only wording differs", "stopped": "could not go on"}
AT_A_TIME = 500
SHOWN, LEAD = 120, 40  # characters of a reply, and of what is the same before they differ


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("replay")(replay)


def replay(
    context: typer.Context,
    against: Annotated[
        list[str],
        typer.Option(
            help="What would be otherwise, NAME=VALUE, once or more: faq=FILE, models=FOLDER, or a setting such as "
            "policy=FILE, brain=NAME, brain_url=ADDRESS, text_encoder=NAME, answer_threshold=NUMBER.",
            show_default=False,
        ),
    ],
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="From this day on (UTC).", show_default="a week ago"),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    html: Annotated[
        Path | None, typer.Option(help="Write both sides to look at, one file.", show_default=False)
    ] = None,
    demo: Annotated[
        bool | None, typer.Option("--demo", help="The conversations were held with `serve --demo`.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Speak past conversations to the shop as it is and as it would be, on copies, and show the replies that differ."""
    from server.testing.replaying import BadChange, Change, replay_page

    settings = settings_of(context, demo=demo)
    try:
        change = Change.of(against)
    except BadChange as error:
        raise CommandFailed(str(error)) from None
    changed = settings_of(context, demo=demo, **change.settings)
    if not (settings.log_database.exists() and settings.shop_database.exists()):
        raise CommandFailed(f"there are no conversations and no shop in {settings.data_dir}")
    if changed.policy is None and not changed.demo:
        err.print(
            "note: no policy is set (VITRINE_POLICY, or --demo), so no order is changed on either side", markup=False
        )
    now = datetime.now(UTC).replace(microsecond=0)
    start = since.replace(tzinfo=UTC) if since else now - timedelta(days=7)
    comparison = asyncio.run(_compared(settings, changed, change, start, limit, now))
    told = " ".join(against)
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(replay_page(comparison, told, database=settings.shop_database, now=now), "utf-8")
    rows = _differing(comparison.conversations)
    if as_json:
        found = {"counts": comparison.counts, "warnings": comparison.warnings, "differing": rows}
        out.print_json(json.dumps(found, ensure_ascii=False))
        return
    _show(rows, told)
    for warning in comparison.warnings:
        err.print(f"the server warned, {warning}", markup=False)
    out.print(", ".join(f"{count} {WORDS[verdict]}" for verdict, count in comparison.counts.items()), markup=False)
    if html is not None:
        err.print(f"report: {html}", markup=False)


def _show(rows: Sequence[dict[str, str]], told: str) -> None:
    """Both sides next to each other, beside what was said."""
    if not rows:
        return
    first = Column("conversation", width=31, overflow="fold")
    sides = (Column("as it is", ratio=1, overflow="fold"), Column("with the change", ratio=1, overflow="fold"))
    table = Table(
        first, *sides, title=f"Replies that differ with {told}", title_justify="left", box=SIMPLE, expand=True
    )
    for row in rows:
        lines = (row["conversation"], f"“{row['said']}”", row["verdict"])
        table.add_row("\n".join(map(escape, lines)), escape(row["as it is"]), escape(row["with the change"]))
        table.add_section()
    out.print(table)


def _differing(replayed: Sequence[Replayed]) -> list[dict[str, str]]:
    """A row for each reply that differs: by its acts where they do, else by its words."""
    from server.testing.replaying import told

    rows = []
    for one in replayed:
        for step in one.steps:
            if step.verdict == "same":
                continue
            sides = []
            for reply, words in zip((step.before, step.after), where_they_part(step), strict=True):
                acts = {name: told(reply.acts.get(name, "none")) for name in step.differing} if reply else {}
                sides.append("; ".join(f"{name} {value}" for name, value in acts.items()) or words)
            said = step.step.user or step.step.button or "a photo"
            rows.append({
                "conversation": one.held.id, "said": " ".join(said.split())[:40], "verdict": WORDS[step.verdict],
                "as it is": sides[0], "with the change": sides[1],
            })  # fmt: skip
    return rows


def where_they_part(step: Compared) -> tuple[str, str]:
    """The words of both sides, from shortly before they differ."""
    one, other = (" ".join(reply.words.split()) if reply else "not reached" for reply in (step.before, step.after))
    ends = min(len(one), len(other))
    same = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), ends)
    start = one.rfind(" ", 0, max(same - LEAD, 0)) + 1 if step.before and step.after else 0
    lead = "… " if start else ""
    return f"{lead}{one[start : start + SHOWN]}", f"{lead}{other[start : start + SHOWN]}"


async def _compared(
    settings: Settings, changed: Settings, change: Change, since: datetime, limit: int, now: datetime
) -> Comparison:
    from server.testing import replaying
    from server.uploads import PhotoStore

    held = await _held_since(settings, since, limit)
    if not held:
        raise CommandFailed(f"there are no conversations since {since:%Y-%m-%d %H:%M} in {settings.data_dir}")
    photos = PhotoStore(settings.data_dir / "photos")

    def photo_of(one: Held, upload_id: str) -> Path | None:
        stored = photos.find(upload_id, one.visitor.id)
        return stored.path.absolute() if stored else None

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        bar = progress.add_task("conversations, on both sides", total=2 * len(held))
        return await replaying.replay(
            settings, changed, change, held, photo_of=photo_of, now=now, done=lambda: progress.advance(bar)
        )


async def _held_since(settings: Settings, since: datetime, limit: int) -> list[Held]:
    """The newest conversations that began since then, oldest first."""
    from server.clock import timestamp
    from server.log.log import reading
    from server.testing.recording import held_of

    async with reading(settings.log_database) as log:
        ids: list[tuple[str, str]] = []
        after = 0
        while batch := await log.inbox_after(after, limit=AT_A_TIME):
            ids += [(one.created_at, one.id) for one, _ in batch if one.created_at >= timestamp(since)]
            after = batch[-1][0].inbox_seq
        found = [await held_of(log, id_) for _, id_ in sorted(ids)[-limit:]]
        return [one for one in found if one is not None and one.steps({}, expecting=False)]
