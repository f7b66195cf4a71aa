"""Scripts spoken to a real server over its sockets; only the turn is a stand-in, so that it can be wrong on purpose."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from chat_server import STAFF_TOKEN, ChatServer, ScriptedTurn, running

from agent.conversation import Conversation, Message
from agent.events import ToolRan, TurnEnded, TurnEvent
from server.chat_client import Frame
from server.testing.expecting import always
from server.testing.format import Case
from server.testing.reading import Known, read_script
from server.testing.running import run_cases
from server.testing.staging import Shop
from server.testing.telling import Outcome

KNOWN = Known(None, None, frozenset({"find_order", "cancel_order"}), frozenset({"cancel_order"}))


class HastyTurn(ScriptedTurn):
    """Changes an order without asking, when it is told to be quick."""

    async def run(self, conversation: Conversation, messages: tuple[Message, ...]) -> AsyncGenerator[TurnEvent, None]:
        if "quick" in messages[-1].text:
            yield ToolRan("call_9", "cancel_order", {"order_id": "A-1"}, "ok", 3.5)
        async for event in super().run(conversation, messages):
            left = {"topic": "faq", "slot": "order"}
            yield replace(event, memory={**event.memory, **left}) if isinstance(event, TurnEnded) else event


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with running(tmp_path / "server", turn=HastyTurn()) as server:
        yield server


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()


async def outcomes(server: ChatServer, folder: Path, *steps: str, more: str = "", token: str = STAFF_TOKEN) -> Outcome:
    """How a case of these steps goes."""
    path = folder / "mine.chat.yaml"
    listed = "".join(f"      - {step}\n" for step in steps)
    path.write_text(f"test_cases:\n  - test_case: one\n    steps:\n{listed}{more}", "utf-8")
    shop = Shop(server.http, console_token=token)
    (outcome,) = await run_cases(shop, read_script(path, KNOWN), 1, lambda _: None)
    return outcome


@pytest.mark.parametrize(
    "steps",
    [
        ["user: hello there", "bot: 'You said: Hello'", "bot: {matches: 'said: .* there$', not_contains: bye}"],
        ["user: hello there", "bot: {language: en, no_products: true, no_faq: true, no_orders: true, no_card: true}"],
        ["user: my order", "bot: {tools: [{name: find_order, arguments: {order_id: A-1}}], no_tools: [cancel_order]}"],
        ["user: choose", "button: Blue", "bot: 'You said: The blue one, please.'"],
        ["user: hello", "feedback: up", "user: a person", "bot: {mode: queued}", "handoff: cancel", "bot: {mode: bot}"],
        ["user: hello", "handoff: request", "bot: {mode: queued}", "user: is anybody there?"],
        ["user: hello", "bot: {within: {turn.started: 5, message.created: 5, turn.ended: 5}}"],
        ["{user: hello, send_twice: true}", "bot: 'You said: hello'"],
        ["{user: hello, drop_after: 1}", "bot: 'said: hello'", "{user: again, drop_after: 2}", "bot: 'said: again'"],
        ["{user: hello, drop_after: 4}", "bot: 'You said: hello'"],
        ["{user: hello, slow_reader: 0.2}", "bot: 'You said: hello'"],
        [
            "user: hello",
            "staff: {take_over: Ines, write: 'I am Ines.'}",
            "bot: {mode: human, contains: I am Ines}",
            "user: is the bot there?",
            "bot: {mode: human, not_contains: You said}",
            "staff: {hand_back: The customer is a regular.}",
            "bot: {mode: bot, contains: 'You said: is the bot there?', intent: faq, asked: order}",
        ],
        ["user: hello", "handoff: request", "user: anyone?", "handoff: cancel", "bot: 'You said: anyone?'"],
        ["user: hello", "staff: {close: true}", "bot: {mode: closed, within: {csat.request: 5}}"],
    ],
)  # fmt: skip
async def test_a_script_that_says_what_happens_passes(server: ChatServer, tmp_path: Path, steps: list[str]) -> None:
    assert (await outcomes(server, tmp_path, *steps)).failure is None


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (["user: hello", "bot: goodbye"], "5: expected the words 'goodbye', got 'You said: hello'"),
        (["user: hello", "bot: {not_contains: said}"], "5: expected no word of 'said', got 'You said: hello'"),
        (["user: hello", "bot: {matches: '^said'}"], "5: expected what matches ^said, got 'You said: hello'"),
        (["user: hello", "bot: {language: zh}"], "5: expected a reply in zh, got 'You said: hello'"),
        (["user: hello", "bot: {faq: x.en}"], "5: expected FAQ entry x.en, got none"),
        (["user: hello", "bot: {products: [M-1]}"], "5: expected product M-1, got none"),
        (["user: hello", "bot: {orders: '#1'}"], "5: expected order #1, got none"),
        (["user: hello", "bot: {mode: queued}"], "5: expected mode queued, got bot"),
        (["user: hello", "bot: {card: cancel_order}"], "5: expected a card for cancel_order, got none"),
        (["user: hello", "bot: {within: {photo.described: 1}}"], "5: expected photo.described within 1 s, got none"),
        (["user: hello", "bot: {within: {turn.ended: 0.000001}}"], "5: expected turn.ended within 1e-06 s, got 0."),
        (
            ["user: my order", "bot: {tools: [{name: find_order, arguments: {order_id: A-2}}]}"],
            "5: expected tool call find_order(order_id=A-2) ok, got find_order(order_id=A-1) ok",
        ),
        (["user: my order", "bot: {no_tools: [find_order]}"], "5: expected no call of find_order"),
        (["user: choose", "button: Red"], "5: expected a button 'Red' in the last message, got Blue"),
        (["feedback: up"], "4: expected a message of the bot, got none yet"),
        (["{user: hello, drop_after: 40}"], "4: expected 40 stored events before the connection is lost, got 4 in all"),
        (["{user: wait, seconds: 0.5}"], "4: expected an answer in time, got none"),
        (["user: hello", "bot: {intent: handoff}"], "5: expected intent handoff, got faq"),
        (["user: hello", "bot: {asked: address}"], "5: expected a question for address, got order"),
        (["user: hello", "staff: {write: hi}"], "5: expected message.send to be accepted, got conflict: "),
        (["user: hello", "server: restart"], "5: expected a server that this command started, to kill it, got one"),
        (["user: fail"], "2: expected every turn to end well, got error"),
        (["user: be quick"], "2: expected a yes to a card before cancel_order, got none"),
    ],
)
async def test_what_goes_otherwise_is_told_with_line_expected_and_got(
    server: ChatServer, tmp_path: Path, steps: list[str], told: str
) -> None:
    outcome = await outcomes(server, tmp_path, *steps)

    assert outcome.failure is not None
    shown = outcome.told()
    assert f"mine.chat.yaml:{told}" in shown
    assert "customer  " in shown
    assert shown.endswith(f"again: vitrine test '{tmp_path}/mine.chat.yaml::one'") or shown.endswith(
        "mine.chat.yaml::one"
    )


async def test_the_mode_at_the_end_and_what_the_visitor_never_sees_are_of_the_whole_case(
    server: ChatServer, tmp_path: Path
) -> None:
    seen = await outcomes(server, tmp_path, "user: the password", more="    visitor_never_sees: Password\n")
    mode = await outcomes(server, tmp_path, "user: hello", more="    end: queued\n")
    well = await outcomes(
        server,
        tmp_path,
        "user: a person",
        more="    end: queued\n    visitor_never_sees: The customer wants a person.\n",
    )

    assert "expected nothing the visitor sees to have 'Password'" in seen.told()
    assert "expected mode queued at the end, got bot" in mode.told()
    assert well.failure is None


async def test_without_the_consoles_token_tools_cannot_be_looked_at_and_the_case_fails(
    server: ChatServer, tmp_path: Path
) -> None:
    outcome = await outcomes(server, tmp_path, "user: my order", "bot: {tools: [find_order]}", token="")

    acts = await outcomes(server, tmp_path, "user: hello", "staff: {take_over: Ines}", token="")

    assert "give it with --console-token" in outcome.told()
    assert "give it with --console-token" in acts.told()


async def test_notes_to_the_bot_and_to_one_another_are_never_the_customers(server: ChatServer, tmp_path: Path) -> None:
    steps = ("user: hello", "staff: {take_over: Ines, note: secret}", "staff: {hand_back: a regular}")

    never = await outcomes(server, tmp_path, *steps, more="    visitor_never_sees: [a regular, secret]\n")
    name = await outcomes(server, tmp_path, *steps, more="    visitor_never_sees: Ines\n")

    assert never.failure is None
    assert "expected nothing the visitor sees to have 'Ines', got it in control.changed" in name.told()
    assert "5  staff     take_over: Ines, note: secret" in name.told()


async def test_a_server_that_is_not_there_fails_the_case(server: ChatServer, tmp_path: Path) -> None:
    path = tmp_path / "a.chat.yaml"
    path.write_text("test_cases:\n  - test_case: one\n    steps: [{user: hi}]\n")

    (outcome,) = await run_cases(Shop("http://127.0.0.1:9"), read_script(path, KNOWN), 1, lambda _: None)

    assert "expected a connection with http://127.0.0.1:9" in outcome.told()


async def test_many_cases_at_a_time_are_told_in_their_own_order(server: ChatServer, tmp_path: Path) -> None:
    path = tmp_path / "a.chat.yaml"
    cases = "".join(f"  - test_case: n{n}\n    steps: [{{user: hi {n}}}, {{bot: 'hi {n}'}}]\n" for n in range(12))
    path.write_text(f"test_cases:\n{cases}")
    ended: list[Outcome] = []

    found = await run_cases(Shop(server.http), read_script(path, KNOWN), 4, ended.append)

    assert [outcome.located.case.test_case for outcome in found] == [f"n{n}" for n in range(12)]
    assert len(ended) == 12
    assert not [outcome for outcome in found if outcome.failure]


async def pytested(folder: Path, server: ChatServer, *options: str) -> tuple[int, str]:
    """Exit code and output of pytest on a folder of scripts."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    given = ("-p", "server.testing.pytest_plugin", "--chat-url", server.http, *options)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "-rA", *given, ".", stdout=asyncio.subprocess.PIPE, cwd=folder
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


async def test_pytest_runs_what_k_chooses_on_workers_of_their_own_and_writes_junit(
    server: ChatServer, tmp_path: Path
) -> None:
    cases = "".join(
        f"  - test_case: {name}\n    steps: [{{user: hi}}, {{bot: '{words}'}}]\n"
        for name, words in (("a good mug", "said: hi"), ("a bad mug", "bye"), ("a scarf", "bye"))
    )
    (tmp_path / "a.chat.yaml").write_text(f"test_cases:\n{cases}")

    code, shown = await pytested(tmp_path, server, "-n", "1", "-k", "mug", "--junitxml", "out.xml")

    assert code == 1, shown
    assert "1 failed, 1 passed" in shown
    junit = ElementTree.parse(tmp_path / "out.xml").getroot()
    assert {case.get("name"): len(case) for case in junit.iter("testcase")} == {"a good mug": 0, "a bad mug": 1}
    assert "expected the words 'bye', got 'You said: hi'" in (junit.findtext(".//failure") or "")


async def test_pytest_collects_scripts_as_tests_and_shows_what_differs(server: ChatServer, tmp_path: Path) -> None:
    for name, case in (("good", "{bot: 'said: hi'}"), ("bad", "{bot: bye}"), ("slip", "{bott: hi}")):
        text = f"test_cases:\n  - test_case: one\n    steps: [{{user: hi}}, {case}]\n"
        (tmp_path / f"{name}.chat.yaml").write_text(text)

    code, shown = await pytested(tmp_path, server, "--continue-on-collection-errors")

    assert code == 1
    assert "PASSED good.chat.yaml::one" in shown
    assert "FAILED bad.chat.yaml::one" in shown
    assert "bad.chat.yaml:3: expected the words 'bye', got 'You said: hi'" in shown
    assert "slip.chat.yaml:3:26: there is no 'bott' here; did you mean 'bot'?" in shown


CASE = Case.model_validate({"test_case": "one", "steps": [{"user": "hi"}]})


def said(seq: int, key: str = "k") -> Frame:
    return {"type": "message.created", "seq": seq, "re": key, "data": {"author": {"kind": "visitor"}, "blocks": []}}


@pytest.mark.parametrize(
    ("frames", "told"),
    [
        ([said(1), said(3, "l")], "expected event 2 after event 1, got event 3"),
        ([said(1), said(1)], "expected event 2 after event 1, got event 1"),
        ([said(1), said(2)], "expected each message once, got 2 for 1 that were sent"),
    ],
)
def test_a_lost_or_doubled_event_fails_every_case(frames: list[Frame], told: str) -> None:
    assert told in [str(difference) for difference in always(CASE, frames, None)]


def test_a_change_after_the_yes_to_its_own_card_is_as_it_should_be() -> None:
    given = {"type": "confirmation.given", "data": {"card_id": "c1"}}
    ran = {"type": "tool.ran", "data": {"name": "cancel_order", "call_id": "c1", "outcome": "ok"}}

    assert not always(CASE, [], [given, ran])
    assert always(CASE, [], [ran, given])
