"""Runs cases against a server, and tells how each one went."""

from __future__ import annotations

import asyncio
import json
import shlex
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import websockets

from server.chat_client import open_chat
from server.measuring import running_server
from server.settings import DEMO_TOKEN, Settings
from server.testing.expecting import WRITES, Difference, always, differences
from server.testing.format import Located, Step
from server.testing.reading import Known
from server.testing.talking import CannotStep, Customer, Happened, open_console
from tools.registry import shop_tools

DEMO = Path(__file__).parents[1] / "demo"


class ServerFailed(OSError):
    """The server to test does not run."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A server to test. Without the console's token, tools and cards cannot be looked at."""

    url: str
    site_key: str = "demo"
    console_token: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a case went otherwise than it should; `line` is the step's."""

    line: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case went: what was said, a line each, and the first failure, if any."""

    located: Located
    seconds: float
    transcript: tuple[str, ...]
    failure: Failure | None = None

    def told(self, options: str = "") -> str:
        """The failure with the transcript that led to it, and the command that runs this case again, with these
        options."""
        if self.failure is None:
            return f"{self.located.name}: passed"
        lines = [f"    {line}" for line in self.transcript]
        found = [f"  {self.located.path}:{self.failure.line}: {one}" for one in self.failure.differences]
        again = f"  again: vitrine test {shlex.quote(self.located.name)}{options}"
        return "\n".join((self.located.name, *lines, *found, again))


@dataclass
class _Transcript:
    lines: list[str] = field(default_factory=list)

    def step(self, line: int, step: Step) -> None:
        did = {
            "user": step.user,
            "photo": step.photo,
            "button": step.button,
            "feedback": step.feedback,
            "handoff": step.handoff,
            "server": step.server,
            **(step.staff.model_dump() if step.staff else {}),
        }
        who = "staff   " if step.staff else "        " if step.server else "customer"
        self.lines.append(f"{line}  {who}  " + ", ".join(f"{name}: {value}" for name, value in did.items() if value))

    def answer(self, happened: Happened) -> None:
        for message in happened.answer.data("message.created"):
            who = {"bot": "bot   ", "agent": "person"}.get(message["author"]["kind"])
            for block in message["blocks"] if who else ():
                what = "" if block["type"] == "text" else f"[{block['type']}] "
                ids = [product["id"] for product in block.get("products", ())] or [block.get("id", "")]
                shown = " ".join([what + " / ".join(block["text"].splitlines()), *(f"({id_})" for id_ in ids if id_)])
                self.lines.append(f"   {who}    {shown}")
        for frame in happened.staff or ():
            if frame["type"] == "tool.ran":
                self.lines.append(f"   tool      {frame['data']['name']}: {frame['data']['outcome']}")


async def run_case(shop: Shop, located: Located) -> Outcome:
    """Speak a case to its first difference, as a new visitor."""
    transcript, started = _Transcript(), time.perf_counter()
    failure = await _failure(shop, located, transcript)
    return Outcome(located, time.perf_counter() - started, tuple(transcript.lines), failure)


async def _failure(shop: Shop, located: Located, transcript: _Transcript) -> Failure | None:
    case, line = located.case, located.line
    try:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(open_chat(shop.url, site_key=shop.site_key))
            console = None
            if shop.console_token:
                opening = open_console(shop.url, shop.console_token, client.conversation_id)
                console = await stack.enter_async_context(opening)
            customer = Customer(client, console, located.path.parent)
            happened: Happened | None = None
            for line, step in zip(located.lines, case.steps, strict=True):
                if step.bot is None:
                    transcript.step(line, step)
                    happened = await customer.take(step)
                    transcript.answer(happened)
                elif happened is not None and (found := differences(step.bot, happened)):
                    return Failure(line, tuple(found))
            line = located.line
            found = always(case, client.frames, None if console is None else console.frames)
            if happened is not None and case.end not in (None, happened.mode):
                found.append(Difference(f"mode {case.end} at the end", happened.mode))
            return Failure(line, tuple(found)) if found else None
    except CannotStep as error:
        return Failure(line, (Difference(error.expected, error.got),))
    except TimeoutError:
        return Failure(line, (Difference("an answer in time", "none"),))
    except (httpx.HTTPError, websockets.WebSocketException, OSError) as error:
        got = str(error) or type(error).__name__
        return Failure(line, (Difference(f"a connection with {shop.url}", got),))


async def run_cases(
    shop: Shop, cases: Sequence[Located], jobs: int, done: Callable[[Outcome], None]
) -> tuple[Outcome, ...]:
    """All cases, so many at a time, in the order that they came in; `done` hears of each as it ends."""
    places = asyncio.Semaphore(jobs)

    async def one(located: Located) -> Outcome:
        async with places:
            outcome = await run_case(shop, located)
        done(outcome)
        return outcome

    return tuple(await asyncio.gather(*(one(located) for located in cases)))


@asynccontextmanager
async def demo_shop(settings: Settings) -> AsyncIterator[Shop]:
    """A server of its own with the demo shop, on a folder that is thrown away; the models are those of `settings`.

    Raises FileNotFoundError where there are none, ServerFailed where it does not start.
    """
    if not settings.text_model.exists():
        raise FileNotFoundError(f"expected the text encoder at {settings.text_model}; `vitrine setup` prepares it")
    with tempfile.TemporaryDirectory() as name, socket.socket() as probe:
        folder = Path(name)
        (folder / "models").symlink_to(settings.text_model.parent.absolute())
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        probe.close()
        log = folder / "server.log"
        try:
            async with running_server(settings.model_copy(update={"data_dir": folder}), port, log) as url:
                yield Shop(url, site_key=settings.site_key, console_token=settings.staff_token or DEMO_TOKEN)
        except RuntimeError as error:
            raise ServerFailed(f"{error}; it said:\n{log.read_text('utf-8')[-2000:]}") from None


def demo_known() -> Known:
    """What the demo shop has."""
    return replace(elsewhere_known(), products=_ids("products.jsonl"), faq=_ids("faq.jsonl"))


def _ids(name: str) -> frozenset[str]:
    return frozenset(json.loads(line)["id"] for line in (DEMO / name).read_text("utf-8").splitlines() if line)


def elsewhere_known() -> Known:
    """What every shop has: Vitrine's own tools and operations."""
    return Known(None, None, frozenset(tool.name for tool in shop_tools()), WRITES)
