"""The report of a run as one page: what was said as the shopper saw it, failures first, and what no case touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from server.report import percentile
from server.testing.coverage import covered, shop_of
from server.testing.expecting import Difference
from server.testing.format import ACCIDENTS, Step
from server.testing.showing import Look, Pictures, Row, page, pictures_of, rows_of
from server.testing.telling import Outcome, Taken


@dataclass(frozen=True, slots=True)
class Turn:
    """A step of the customer or the shop with what came of it. `wait` and `took` are seconds until the bot's first
    words and until its answer was over, `stages` milliseconds of each part of it."""

    line: int
    did: str
    rows: tuple[Row, ...]
    tools: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    wait: float | None = None
    took: float | None = None
    stages: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """What a `bot` of the script wanted, and whether it was so (None: it was not looked at any more)."""

    line: int
    wanted: str
    held: bool | None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A case as the page shows it. `whole` are differences of the case as a whole."""

    number: int
    name: str
    place: str
    failed: bool
    seconds: float
    turns: tuple[Turn, ...]
    whole: tuple[Difference, ...]
    again: str


def report(
    outcomes: Sequence[Outcome], *, options: str = "", pictures: Pictures | None = None, now: datetime | None = None
) -> str:
    """The page as HTML. `pictures` are those of a server that runs elsewhere; without them the shops' own folders are
    looked into. `options` is what else the command was told."""
    shops = dict.fromkeys(map(shop_of, outcomes)) if pictures is None else {}
    look = Look(pictures or pictures_of(shops))
    ordered = sorted(outcomes, key=lambda outcome: outcome.failure is None)
    cases = [_shown(number, outcome, options, look) for number, outcome in enumerate(ordered, 1)]
    waits = [turn.wait for case in cases for turn in case.turns if turn.wait is not None]
    figures = {
        "failed": sum(case.failed for case in cases),
        "messages": sum(_messages(outcome) for outcome in outcomes),
        "median": percentile(waits, 0.5),
        "slow": percentile(waits, 0.95),
    }
    return page(
        "report.html",
        look,
        cases=cases,
        files=len({outcome.located.path for outcome in outcomes}),
        figures=figures,
        coverage=covered(outcomes, own_shop=pictures is None),
        when=(now or datetime.now(UTC)).strftime("%-d %B %Y, %H:%M UTC"),
        version=version("vitrine"),
        command=f"vitrine test{options}" if options else "",
    )


def _messages(outcome: Outcome) -> int:
    return sum(len(taken.happened.answer.data("message.created")) for taken in outcome.taken if taken.happened)


def _shown(number: int, outcome: Outcome, options: str, look: Look) -> Shown:
    located, failure = outcome.located, outcome.failure
    turns = tuple(_turn(outcome, taken, look) for taken in outcome.taken)
    told = {check.line for turn in turns for check in turn.checks} | {turn.line for turn in turns}
    whole = failure.differences if failure and (failure.line not in told or failure.line == located.line) else ()
    return Shown(
        number=number,
        name=located.case.test_case,
        place=f"{located.path}:{located.line}",
        failed=failure is not None,
        seconds=outcome.seconds,
        turns=turns,
        whole=whole,
        again=outcome.again(options),
    )


def _turn(outcome: Outcome, taken: Taken, look: Look) -> Turn:
    happened, step = taken.happened, taken.step
    checks = tuple(_checks(outcome, taken))
    if happened is None:
        rows = (Row("visitor", text=step.user or step.button or "a photo", lost=True),) if _speaks(step) else ()
        return Turn(taken.line, did(step), rows, checks=checks)
    frames = [arrived.frame for arrived in happened.answer.frames]
    look.note(frames)
    _note_photo(outcome, taken, look)
    if step.button is not None:
        look.pressed |= {(outcome.located.name, step.button)}
    ended = happened.answer.first("turn.ended")
    return Turn(
        taken.line,
        did(step),
        (*_apart(step), *rows_of(frames)),
        tuple(f"{f['data']['name']}: {f['data']['outcome']}" for f in happened.staff or () if f["type"] == "tool.ran"),
        checks,
        happened.answer.first_words if ended is not None else None,
        ended,
        {stage: ms for stage, ms in taken.timings.items() if stage not in ("total", "first_token") and ms > 0},
    )


def _checks(outcome: Outcome, taken: Taken) -> Iterator[Check]:
    """What the script wants of a step: the `bot`s after it. A step that could not be taken tells so itself."""
    located, failure = outcome.located, outcome.failure
    if failure is not None and failure.line == taken.line and located.lines:
        yield Check(taken.line, "the step itself", False, failure.differences)
    after = [(line, step) for line, step in zip(located.lines, located.case.steps, strict=True) if line > taken.line]
    for line, step in after:
        if step.bot is None:
            return
        failed = failure is not None and failure.line == line
        open_ = failure is not None and failure.line != located.line and failure.line < line
        differing = failure.differences if failure is not None and failed else ()
        yield Check(line, _wanted(step), None if open_ else not failed, differing)


def _wanted(step: Step) -> str:
    named: dict[str, Any] = step.bot.model_dump(exclude_unset=True, mode="json") if step.bot else {}
    return "; ".join(f"{name.replace('_', ' ')} {_plain(value)}".removesuffix(" yes") for name, value in named.items())


def _plain(value: Any) -> str:
    """A value as one would write it."""
    match value:
        case True:
            return "yes"
        case float():
            return f"{value:g} s"
        case dict():
            inner = {name: one for name, one in value.items() if one not in (None, {}, "ok")}
            return " ".join(
                _plain(one) if name in ("id", "name") else f"{name} {_plain(one)}" for name, one in inner.items()
            )
        case list():
            return ", ".join(map(_plain, value))
    return str(value)


def did(step: Step) -> str:
    """A step that is not only words, in words."""
    names = ("button", "feedback", "handoff", "server", *ACCIDENTS)
    found = [f"{name.replace('_', ' ')}: {_plain(getattr(step, name))}" for name in names if getattr(step, name)]
    staff = step.staff.model_dump(exclude_none=True) if step.staff else {}
    return ", ".join([*found, *(f"staff {name.replace('_', ' ')}" for name in staff)])


def _apart(step: Step) -> Iterator[Row]:
    """What the shop's people wrote for themselves."""
    if step.staff and step.staff.note:
        yield Row("apart", text=step.staff.note, name="Private note")
    if step.staff and isinstance(step.staff.hand_back, str):
        yield Row("apart", text=step.staff.hand_back, name="Note for the assistant")


def _speaks(step: Step) -> bool:
    return step.user is not None or step.photo is not None or step.button is not None


def _note_photo(outcome: Outcome, taken: Taken, look: Look) -> None:
    if taken.step.photo is None or taken.happened is None:
        return
    path = outcome.located.path.parent / taken.step.photo
    for message in taken.happened.answer.data("message.created"):
        for block in message["blocks"]:
            if block["type"] == "photo" and path.is_file():
                look.add_photo(block["upload_id"], path.read_bytes())
