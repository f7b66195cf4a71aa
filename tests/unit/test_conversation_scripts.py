"""A conversation script as somebody writes it: what is read from it, and what is said about a slip."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from agent import planning
from server.cli import app
from server.cli.testing import http_address
from server.testing.doubts import doubts
from server.testing.first import FIRST_SCRIPT
from server.testing.format import Call, EventType, Expected, Question, Shown
from server.testing.reading import BadScript, Known, read_script, scripts_in
from server.testing.running import demo_known
from server.wire.events import DURABLE

CONVERSATIONS = Path(__file__).parents[1] / "conversations"
KNOWN = Known(
    products=frozenset({"MUG-1040", "VAS-2000"}),
    faq=frozenset({"shipping-cost.en"}),
    tools=frozenset({"search_products"}),
    operations=frozenset({"cancel_order"}),
)


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.chat.yaml"
    path.write_text(text, "utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    """What is said about a file: line, column and message."""
    with pytest.raises(BadScript) as raised:
        read_script(written(folder, text), KNOWN)
    return [str(fault) for fault in raised.value.faults]


def one_step(step: str) -> str:
    """A file whose third step is this one, in line 5."""
    return f"test_cases:\n  - test_case: one\n    steps:\n      - user: hello\n      - {step}\n"


def test_short_forms_are_read_as_what_they_stand_for(tmp_path: Path) -> None:
    text = one_step("bot: {contains: hi, products: [MUG-1040, {id: VAS-2000, rank: 2}], tools: [search_products]}")

    (located,) = read_script(written(tmp_path, text + "      - user: and?\n      - bot: two words\n"), KNOWN)

    first, second = located.case.steps[1].bot, located.case.steps[3].bot
    assert first == Expected(
        contains=("hi",),
        products=(Shown(id="MUG-1040"), Shown(id="VAS-2000", rank=2)),
        tools=(Call(name="search_products"),),
    )
    assert second == Expected(contains=("two words",))
    assert (located.line, located.lines) == (2, (4, 5, 6, 7))


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("usr: hi", "5:9: there is no 'usr' here; did you mean 'user'?"),
        ("bot: {contians: hi}", "5:15: there is no 'contians' here; did you mean 'contains'?"),
        ("bot: {within: {message.create: 2}}", "5:24: 'message.create': did you mean 'message.created'?"),
        ("bot: {language: english}", "5:25: 'english': there are en, zh"),
        ("user: 123", "5:15: expected text, not 123; put it in quotes if it is meant as text"),
        ("user: yes", "5:15: expected text, not yes; put it in quotes if it is meant as text"),
        ("bot: [hi]", "5:14: expected keys with values, indented by two more blanks, not a list"),
        ("bot: {products: MUG-1040}", "5:25: expected a list: lines that begin with `- `, not 'MUG-1040'"),
        ("bot: {}", "5:14: expected something in bot"),
        ("bot: {contains: []}", "5:14: expected something in contains"),
        ("bot: {matches: '('}", "5:24: expected a regular expression; this one is none"),
        ("feedback: upp", "5:19: 'upp': did you mean 'up'?"),
        ("photo: nope.jpg", "5:16: there is no photo 'nope.jpg' beside this file"),
        ("photo: blue-mag.jpg", "5:16: there is no photo 'blue-mag.jpg' beside this file; did you mean 'blue-mug.jpg"),
        ("bot: {products: [MUG-140]}", "5:26: this shop has no product 'MUG-140'; did you mean 'MUG-1040'?"),
        ("bot: {faq: shipping.en}", "5:20: this shop has no FAQ entry 'shipping.en'; did you mean 'shipping-cost.en'?"),
        ("bot: {card: cancel_ordr}", "5:21: this shop has no card for 'cancel_ordr'; did you mean 'cancel_order'?"),
        ("bot: {no_tools: [find_products]}", "5:26: this shop has no tool 'find_products'; did"),
        ("{user: hi, bot: hi}", "5:9: expected one of user, photo, button, feedback, handoff, staff, server, bot"),
        ("{feedback: up, send_twice: true}", "5:9: expected send_twice beside user, photo or button"),
        ("{user: hi, earlier: 1}", "5:9: expected earlier beside button"),
        (
            "user: where is #W10428?",
            "5:15: after ` #` comes a comment, which nobody says; put all of the words in quotes",
        ),
        ("{user: hi, drop_after: 1, restart_after: 1}", "5:9: expected drop_after or restart_after, not both"),
        ("{user: hi, slow_reader: 1000}", "5:33: input should be less than or equal to 600, not 1000"),
        ("staff: {takeover: Ines}", "5:17: there is no 'takeover' here; did you mean 'take_over'?"),
        ("staff: {}", "5:16: expected one of take_over, write, note, hand_back, close in staff"),
        ("server: stop", "5:17: 'stop': there are restart"),
        ("bot: {intent: order_state}", "5:23: 'order_state': did you mean 'order_status'?"),
        ("bot: {asked: adress}", "5:22: 'adress': did you mean 'address'?"),
    ],
)  # fmt: skip
def test_a_slip_is_shown_with_its_place_and_what_was_meant(tmp_path: Path, step: str, told: str) -> None:
    (tmp_path / "blue-mug.jpg").touch()
    found = faults(tmp_path, one_step(step))

    assert len(found) == 1
    assert found[0].startswith(told)


def test_a_comment_after_words_is_a_comment(tmp_path: Path) -> None:
    (located,) = read_script(written(tmp_path, one_step("bot: Hello  # in any language")), KNOWN)

    assert located.case.steps[-1].bot == Expected(contains=("Hello",))


def test_a_wrong_indent_is_told_where_it_is(tmp_path: Path) -> None:
    outside = faults(tmp_path, one_step("bot:") + "        contains: hi\n")
    deeper = faults(tmp_path, "test_cases:\n  - test_case: one\n     steps:\n      - user: hi\n")

    assert "6:9: 'contains' belongs under `bot:`; indent it by two more blanks" in outside
    assert deeper == [
        "3:11: this is not YAML: words with `: ` in them go in quotes; without any, the line is indented too deep"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a:\n\t- b\n", "2:1: this is not YAML: a tab stands here; indent by blanks"),
        ("a:\n  - b: hi: you\n", "2:10: this is not YAML: words with `: ` in them go in quotes"),
        ("a:\n  - b: x\n   - c: y\n", "3:4: this is not YAML: this line begins in column 4, and the lines that it"),
        ("a:\n  b: x\n c: y\n", "from line 1 on, in column 1; indent them alike"),
        ('a:\n  - b: "x\n', "the quotes that open in line 2, column 8 are not closed"),
        ("a:\n  - b: [x\n  - c: y\n", "the bracket that opens in line 2, column 8 is not closed"),
        ("- a\nb: c\n", "a list (`- `) and a key (`name:`) stand beside each other, here and in line 1, column 1"),
        ("a: *x\n", "words that begin with '*' go in quotes"),
        ("a: @x\n", "words that begin with '@' go in quotes"),
        ('a:\n  - b: "hi" you\n', "words go on after the closing quote; put all of them in quotes"),
    ],
)
def test_what_is_no_yaml_is_told_in_words(tmp_path: Path, text: str, told: str) -> None:
    (fault,) = faults(tmp_path, text)

    assert told in fault


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://localhost:8321/", "http://localhost:8321"),
        ("ws://shop.example", "http://shop.example"),
        ("wss://shop.example/", "https://shop.example"),
        ("localhost:8321", "http://localhost:8321"),
    ],
)
def test_the_address_of_a_server_may_be_written_as_people_write_it(given: str, address: str) -> None:
    assert http_address(given) == address


def test_a_server_that_is_not_there_is_told_once_with_the_command_that_starts_one(tmp_path: Path) -> None:
    script = written(tmp_path, "test_cases:\n  - {test_case: one, steps: [{user: hello}, {bot: hi}]}\n")

    result = CliRunner().invoke(app, ["test", str(script), "--url", "http://127.0.0.1:9"])

    assert str(result.exception).startswith("no Vitrine answers at http://127.0.0.1:9: ")
    assert "`vitrine serve` starts one" in str(result.exception)


def test_every_fault_of_a_file_is_told_at_once_in_order(tmp_path: Path) -> None:
    text = one_step("usr: hi") + "      - bot: {fag: x}\n  - test_case: two\n"

    assert [fault.split(": ")[0] for fault in faults(tmp_path, text)] == ["5:9", "6:15", "7:5"]


def test_something_that_holds_itself_is_told_where_it_begins(tmp_path: Path) -> None:
    knot = "test_cases:\n  - test_case: one\n    steps: &steps\n      - user: hi\n      - bot: {products: *steps}\n"
    laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join(10 * ['*' + before])}]\n" for before, name in pairwise("abcdef")
    )

    assert faults(tmp_path, knot) == ["3:12: this holds itself: take out the alias (`*name`) within it that names it"]
    assert faults(tmp_path, laughs) == ["1:1: with its aliases (`*name`) written out, the file has over 100,000 values"]


def test_an_alias_that_repeats_a_step_is_read_as_if_it_were_written_out(tmp_path: Path) -> None:
    text = one_step("&again {user: and you}") + "      - *again\n"

    (located,) = read_script(written(tmp_path, text), KNOWN)

    assert [step.user for step in located.case.steps] == ["hello", "and you", "and you"]


def test_every_question_of_the_agent_can_be_expected() -> None:
    slots = set(re.findall(r'Ask\(f?"(\w+)', Path(planning.__file__).read_text("utf-8")))

    assert slots <= set(get_args(Question))


def test_a_case_begins_with_the_customer_and_has_a_name_of_its_own(tmp_path: Path) -> None:
    twice = "test_cases:\n" + 2 * "  - test_case: one\n    steps: [{user: hi}]\n"

    assert faults(tmp_path, "test_cases:\n  - test_case: a\n    steps: [{bot: hi}]\n") == [
        "2:5: expected a step of the customer before the first bot"
    ]
    assert faults(tmp_path, twice) == ["4:16: two test cases are called 'one'"]


def test_a_step_can_wait_for_every_event_that_a_visitor_gets() -> None:
    assert set(get_args(EventType)) == {event.TYPE for event in DURABLE if event.AUDIENCE == "visitor"}


@pytest.mark.parametrize("text", ["", "test_cases: []\n", "hello\n", "test_cases: hello\n"])
def test_a_file_without_cases_is_refused(tmp_path: Path, text: str) -> None:
    assert len(faults(tmp_path, text)) == 1


def test_the_first_script_that_we_write_is_a_good_one(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["test", "--init", str(tmp_path / "shop" / "first.chat.yaml")])

    assert result.exit_code == 0
    assert (tmp_path / "shop" / "first.chat.yaml").read_text("utf-8") == FIRST_SCRIPT
    assert (tmp_path / "shop" / "chat.schema.json").exists()
    assert len(read_script(tmp_path / "shop" / "first.chat.yaml", demo_known())) == 3


def test_a_file_with_a_slip_ends_the_command_with_2_before_anything_is_started(tmp_path: Path) -> None:
    path = written(tmp_path, one_step("usr: hi"))

    result = CliRunner().invoke(app, ["test", str(path)])

    assert result.exit_code == 2
    assert f"{path}:5:9: there is no 'usr' here; did you mean 'user'?" in result.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-k", "scarf"], "no case has 'scarf' in its file or name"),
        (["--url", "http://localhost:9", "--identical"], "are for servers that this command starts"),
        (["--url", "http://localhost:9", "--brain", "rules"], "are for servers that this command starts"),
        (["--jobs", "0"], "--jobs"),
    ],
)
def test_what_the_command_cannot_do_ends_it_with_2(tmp_path: Path, options: list[str], told: str) -> None:
    path = written(tmp_path, one_step("bot: hi"))

    result = CliRunner().invoke(app, ["test", str(path), *options])

    assert result.exit_code == 2
    assert told in result.stderr


def test_without_models_the_command_says_what_prepares_them(tmp_path: Path) -> None:
    path = written(tmp_path, one_step("bot: hi"))

    result = CliRunner().invoke(app, ["--data-dir", str(tmp_path / "var"), "test", str(path)])

    assert isinstance(result.exception, FileNotFoundError)
    assert "`vitrine setup` prepares it" in str(result.exception)


def test_a_case_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = written(tmp_path, one_step("bot: hi"))

    result = CliRunner().invoke(app, ["test", f"{path}::two", str(tmp_path / "nowhere")])

    assert result.exit_code == 2
    assert "there is no test case 'two'; there are 'one'" in result.stderr
    assert "there is no such file or folder" in result.stderr


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("[{user: hello}]", "2: nothing is expected in this case: add `bot` after a step, or `end`"),
        (
            "[{user: hello}, {bot: {mode: bot, language: en}}]",
            "2: only the mode or language that every chat begins with",
        ),
        ("[{user: hello}, {bot: hi}, {user: bye}]", "3: nothing is expected of this case's last step"),
        ("[{user: hello}, {bot: {matches: '(?s).*'}}]", "3: every reply matches '(?s).*'"),
        (
            "[{user: hi}, {bot: {contains: a mug, not_contains: mug}}]",
            "3: no reply can have 'a mug' and not have a part",
        ),
        ("[{user: hello}, {bot: {mode: queued}}]", ""),
        ("[{user: hello}, {bot: {matches: '^(?!Yes)'}}]", ""),
        ("[{user: hello}]\n    end: closed", ""),
        ("[{user: hello}]\n    visitor_never_sees: secret", ""),
    ],
)
def test_what_cannot_fail_is_told(tmp_path: Path, steps: str, told: str) -> None:
    (located,) = read_script(written(tmp_path, f"test_cases:\n  - test_case: one\n    steps: {steps}\n"), KNOWN)

    said = [doubt.removeprefix(f"{located.path}:") for doubt in doubts(located)]

    assert len(said) == bool(told)
    assert all(one.startswith(told) for one in said)


def test_our_own_conversations_expect_what_can_fail() -> None:
    known = demo_known()
    cases = [located for path in scripts_in([CONVERSATIONS]) for located in read_script(path, known)]

    assert [doubt for located in cases for doubt in doubts(located)] == []


def test_a_case_that_expects_nothing_is_told_before_it_is_spoken(tmp_path: Path) -> None:
    script = written(tmp_path, "test_cases:\n  - test_case: one\n    steps: [{user: hello}]\n")

    result = CliRunner().invoke(app, ["--data-dir", str(tmp_path / "none"), "test", str(script)])

    assert f"warning: {script}:2: nothing is expected in this case" in result.stderr
