"""Tells how a case went: what was said, what came of it, and where it was otherwise than the script says."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from server.testing.expecting import Difference
from server.testing.format import Located, Step
from server.testing.talking import Happened

Streams = tuple[tuple[str, ...], ...]

_SPEAKERS: Mapping[str, str] = {"bot": "bot     ", "agent": "person  "}


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, in this line, and what came of it; None where it could not be taken."""

    line: int
    step: Step
    happened: Happened | None

    @property
    def timings(self) -> Mapping[str, float]:
        """Milliseconds of each stage of the turn that it set off."""
        ended = self.happened.answer.data("turn.ended") if self.happened else ()
        return ended[-1]["timings"] if ended else {}


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a case went otherwise than it should; `line` is the step's."""

    line: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case went: its steps, and the first failure, if any. `streams` are the stored events as they came, the
    customer's and the console's."""

    located: Located
    seconds: float
    taken: tuple[Taken, ...] = ()
    failure: Failure | None = None
    streams: Streams = ()

    @property
    def transcript(self) -> tuple[str, ...]:
        """What was said, a line each."""
        return tuple(line for taken in self.taken for line in (_done(taken), *_came(taken.happened)))

    def told(self, options: str = "") -> str:
        """The failure with the transcript that led to it, and the command that runs this case again, with these
        options."""
        if self.failure is None:
            return f"{self.located.name}: passed"
        lines = [f"    {line}" for line in (*self.transcript, *self._last())]
        found = [f"  {self.located.path}:{self.failure.line}: {one}" for one in self.failure.differences]
        return "\n".join((self.located.name, *lines, *found, f"  again: {self.again(options)}"))

    def again(self, options: str = "") -> str:
        """The command that runs this case alone."""
        return f"vitrine test {shlex.quote(self.located.name)}{options}"

    def _last(self) -> Iterator[str]:
        """The events of the step that failed, with the seconds after which they came, and its stages."""
        happened = self.taken[-1].happened if self.taken else None
        if happened is None:
            return
        stored = [one for one in happened.answer.frames if "seq" in one.frame]
        yield "   events    " + ", ".join(f"{one.frame['type']} {one.seconds:.2f} s" for one in stored)
        if (timings := self.taken[-1].timings) and any(
            timings.values()
        ):  # with a clock that stands, nothing takes time
            yield "   stages    " + ", ".join(f"{stage} {taken:g} ms" for stage, taken in timings.items())


def _done(taken: Taken) -> str:
    step = taken.step
    did = {
        "user": step.user,
        "photo": step.photo,
        "button": step.button,
        "earlier": step.earlier,
        "feedback": step.feedback,
        "handoff": step.handoff,
        "server": step.server,
        **(step.staff.model_dump() if step.staff else {}),
    }
    who = "staff   " if step.staff else "        " if step.server else "customer"
    return f"{taken.line}  {who}  " + ", ".join(f"{name}: {value}" for name, value in did.items() if value)


def _came(happened: Happened | None) -> Iterator[str]:
    if happened is None:
        return
    for message in happened.answer.data("message.created"):
        who = _SPEAKERS.get(message["author"]["kind"])
        yield from (f"   {who}  {_shown(block)}" for block in (message["blocks"] if who else ()))
    for frame in happened.staff or ():
        if frame["type"] == "tool.ran":
            yield f"   tool      {frame['data']['name']}: {frame['data']['outcome']}"


def _shown(block: Mapping[str, object]) -> str:
    what = "" if block["type"] == "text" else f"[{block['type']}] "
    products = block.get("products")
    named = [str(block["id"])] if block["type"] in ("faq", "order") else []
    ids = [str(one["id"]) for one in products] if isinstance(products, Sequence) else named
    text = " / ".join(str(block["text"]).splitlines())
    return " ".join([what + text, *(f"({id_})" for id_ in ids)])
