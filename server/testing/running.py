"""Runs cases against a server, and tells how each one went."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Protocol

import httpx
import websockets

from server.chat_client import ChatClient, open_chat
from server.testing.customers.conversing import Dialogue, converse
from server.testing.customers.phrasings import BadPhrasing
from server.testing.customers.reacting import SimulatedCustomer
from server.testing.expecting import WRITES, Difference, always, differences, wish_differences
from server.testing.format import Located, Step
from server.testing.grounds import others_data, ungrounded
from server.testing.reading import Known
from server.testing.records import end_differences
from server.testing.simulated import Simulated
from server.testing.staging import Shop
from server.testing.talking import CannotStep, Console, Customer, Happened, open_console
from server.testing.telling import Failure, Outcome, Streams, Taken
from tools.registry import shop_tools

DEMO = Path(__file__).parents[1] / "demo"


class Servers(Protocol):
    """Where cases are spoken: a server that runs, or those that are started for them."""

    def shop_for(self, located: Located) -> AbstractAsyncContextManager[Shop]: ...


async def run_case(shop: Shop, located: Located) -> Outcome:
    """Speak a case to its first difference, as a new visitor."""
    run, started = _Run(shop, located), time.perf_counter()
    failure = await run.failure()
    return Outcome(located, time.perf_counter() - started, tuple(run.taken), failure, run.streams)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A line to the chat that keeps what is said on it."""

    line: Customer
    at: int
    taken: list[Taken]

    async def take(self, step: Step) -> Happened:
        self.taken.append(Taken(self.at, step, None))
        happened = await self.line.take(step)
        self.taken[-1] = Taken(self.at, step, happened)
        return happened


class _Run:
    """One case, while it is spoken."""

    def __init__(self, shop: Shop, located: Located) -> None:
        self._shop, self._located = shop, located
        self._client: ChatClient | None = None
        self._console: Console | None = None
        self._line = located.line
        self.taken: list[Taken] = []

    @property
    def streams(self) -> tuple[tuple[str, ...], ...]:
        """The stored events as they came: the customer's, and the console's where there is one."""
        return tuple(tuple(side.stored) for side in (self._client, self._console) if side is not None)

    async def failure(self) -> Failure | None:
        """What went otherwise, if anything."""
        try:
            if missing := list(_not_there(self._shop, self._located)):
                return Failure(self._located.line, tuple(missing))
            async with AsyncExitStack() as stack:
                customer = await self._open(stack)
                wanted = self._located.case.customer
                failure = await self._steps(customer) if wanted is None else await self._talk(customer, wanted)
                return failure or await self._end()
        except CannotStep as error:
            return Failure(self._line, (Difference(error.expected, error.got),))
        except BadPhrasing as error:
            return Failure(self._line, (Difference("words for all that is asked", str(error)),))
        except TimeoutError:
            return Failure(self._line, (Difference("an answer in time", "none"),))
        except (httpx.HTTPError, websockets.WebSocketException, OSError) as error:
            got = str(error) or type(error).__name__
            return Failure(self._line, (Difference(f"a connection with {self._shop.url}", got),))

    async def _open(self, stack: AsyncExitStack) -> Customer:
        shop, signed_in = self._shop, self._located.given.fixtures.signed_in
        new_key = _keys(f"{shop.seed} {self._located.name}")
        chat = open_chat(
            shop.url,
            site_key=shop.site_key,
            identity=shop.identity(signed_in) if signed_in else "",
            new_key=new_key,
        )
        self._client = await stack.enter_async_context(chat)
        if shop.console_token:
            opening = open_console(shop.url, shop.console_token, self._client.conversation_id, new_key)
            self._console = await stack.enter_async_context(opening)
        return Customer(self._client, self._console, self._located.path.parent, shop.restart, shop.end_at)

    async def _steps(self, customer: Customer) -> Failure | None:
        happened: Happened | None = None
        for line, step in zip(self._located.lines, self._located.case.steps, strict=True):
            self._line = line
            if step.bot is None:
                self.taken.append(Taken(line, step, None))
                happened = await customer.take(step)
                self.taken[-1] = Taken(line, step, happened)
            elif happened is not None:
                found = differences(step.bot, happened)
                found += self._ungrounded(happened) if step.bot.grounded else []
                if found:
                    return Failure(line, tuple(found))
        return None

    def _ungrounded(self, happened: Happened) -> list[Difference]:
        shop, client = self._shop, self._client
        if shop.database is None or client is None:
            return [Difference("to look at what the shop knows", "a server that runs elsewhere")]
        staff = self._console.frames if self._console else None
        signed_in = self._located.given.fixtures.signed_in
        return ungrounded(
            happened, client.frames, staff, database=shop.database, policy=shop.policy, signed_in=signed_in
        )

    async def _talk(self, line: Customer, wanted: Simulated) -> Failure | None:
        """A customer who reacts, from the first word to the last."""
        customer = SimulatedCustomer(wanted.persona())
        await converse(customer, _Kept(line, self._located.line, self.taken), Dialogue(), turns_at_most=wanted.turns)
        found = tuple(wish_differences(wanted, customer))
        return Failure(self._located.line, found) if found else None

    async def _end(self) -> Failure | None:
        """What holds of the whole case, and how things stand at its end."""
        located, shop, client = self._located, self._shop, self._client
        case, self._line = located.case, located.line
        found = always(case, client.frames if client else (), self._console.frames if self._console else None)
        last, signed_in = self.taken[-1].happened, located.given.fixtures.signed_in
        if shop.before is not None and client is not None and self._console is not None:
            found += others_data(shop.before, client.frames, self._console.frames, signed_in)
        if case.end is not None and last is not None and case.end.mode not in (None, last.mode):
            found.append(Difference(f"mode {case.end.mode} at the end", last.mode))
        if case.end is not None and shop.database is not None and shop.before is not None:
            found += await end_differences(
                case.end,
                database=shop.database,
                before=shop.before,
                policy=shop.policy,
                now=shop.now,
                beside=located.path.parent,
                signed_in=signed_in,
                write_snapshots=shop.write_snapshots,
            )
        return Failure(located.line, tuple(found)) if found else None


def _not_there(shop: Shop, located: Located) -> list[Difference]:
    """What a case wants of its server that one which runs elsewhere does not give."""
    if shop.database is not None:
        return []
    given, end = located.given, located.case.end
    wanted = sorted(given.fixtures.model_fields_set - ({"signed_in"} if shop.identity_key else set()))
    wanted += ["clock"] if given.clock else []
    wanted += ["database and ledger at the end"] if end is not None and end.looks_into_the_shop else []
    return [Difference(f"{name} as this case wants it", "a server that runs elsewhere") for name in wanted]


def _keys(seed: str) -> Callable[[], str]:
    """Names for what is sent, the same ones for the same seed."""
    chance = random.Random(seed)
    return lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4))


async def run_cases(
    servers: Servers, cases: Sequence[Located], jobs: int, done: Callable[[Outcome], None]
) -> tuple[Outcome, ...]:
    """All cases, so many at a time, in the order that they came in; `done` hears of each as it ends.

    Raises `ServerFailed` where a server does not start.
    """
    places = asyncio.Semaphore(jobs)

    async def one(located: Located) -> Outcome:
        async with places, servers.shop_for(located) as shop:
            outcome = await run_case(shop, located)
        done(outcome)
        return outcome

    try:
        async with asyncio.TaskGroup() as group:
            spoken = [group.create_task(one(located)) for located in cases]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return tuple(task.result() for task in spoken)


def compared(first: Sequence[Outcome], again: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes of a second run; one whose stored events are not, to the byte, those of the first, is a failure."""
    return [_compared(one, other) for one, other in zip(first, again, strict=True)]


def _compared(one: Outcome, other: Outcome) -> Outcome:
    difference = None if other.failure else _first_unlike(one.streams, other.streams)
    return other if difference is None else replace(other, failure=Failure(other.located.line, (difference,)))


def _first_unlike(one: Streams, other: Streams) -> Difference | None:
    for side, (before, after) in zip(("customer", "console"), zip(one, other, strict=False), strict=False):
        for place, (text, again) in enumerate(zip_longest(before, after, fillvalue="no event"), 1):
            if text != again:
                return Difference(f"the same event {place} for the {side} as before: {text}", again)
    return None if len(one) == len(other) else Difference(f"{len(one)} streams as before", str(len(other)))


def demo_known() -> Known:
    """What the demo shop has."""
    known = elsewhere_known()
    return Known(_ids("products.jsonl"), _ids("faq.jsonl"), known.tools, known.operations)


def _ids(name: str) -> frozenset[str]:
    return frozenset(json.loads(line)["id"] for line in (DEMO / name).read_text("utf-8").splitlines() if line)


def elsewhere_known() -> Known:
    """What every shop has: Vitrine's own tools and operations."""
    return Known(None, None, frozenset(tool.name for tool in shop_tools()), WRITES)
