"""A shop's policy file: what it decides, and what is said about a file that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import app
from tools.errors import Refused
from tools.policy.checking import check
from tools.policy.reading import BadPolicy, packaged, read_policy
from tools.policy.tables import Days

Write = Callable[[str], Path]

WHOLE = """\
version: 1
name: small
memberships: [gold]
refund_days: {gift_card: 0, any: 3..4}
tables:
  return_items:
    - rule: in-time
      when: {days_since_delivery: <= 14}
      then: allow
      say: {en: "By {delivered}.", zh: "{delivered}。"}
    - rule: gold-is-longer
      when: {days_since_delivery: 15..30, membership: gold}
      then: allow
    - rule: late
      when: {days_since_delivery: "> 14", membership: none}
      then: refuse
      say: {en: "Too late for {order}.", zh: "{order} 太迟了。"}
    - rule: late-for-gold
      when: {days_since_delivery: "> 30"}
      then: refuse
      say: {en: "Too late, even for gold.", zh: "太迟了。"}
    - rule: not-here
      when: {days_since_delivery: unknown}
      then: refuse
      say: {en: "Not here yet.", zh: "还没到。"}
"""
TOLD = {"order": "#W1", "status": "delivered", "delivered": "2026-03-01"}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "policy.yaml"
        path.write_text(text, "utf-8")
        return path

    return written


def faults(path: Path) -> list[tuple[int, int, str]]:
    with pytest.raises(BadPolicy) as bad:
        read_policy(path)
    return [(fault.line, fault.column, fault.message) for fault in bad.value.faults]


@pytest.mark.parametrize("name", ["demo", "tau_retail"])
def test_the_packaged_policies_decide_every_case(name: str) -> None:
    checked = check(packaged(name))

    assert checked.faults == ()
    assert all(count for table in checked.coverage for count in table.decides.values())


@pytest.mark.parametrize(
    ("days", "membership", "rule"),
    [
        (0, "none", None),
        (14, "none", None),
        (15, "none", "late"),
        (15, "gold", None),
        (30, "gold", None),
        (31, "gold", "late-for-gold"),
        (31, "none", "late"),
        (None, "gold", "not-here"),
    ],
)
def test_a_window_ends_on_its_day(write: Write, days: int | None, membership: str, rule: str | None) -> None:
    policy = read_policy(write(WHOLE))
    facts = {"days_since_delivery": days, "membership": membership}

    if rule is None:
        policy.allow("return_items", facts, **TOLD)
    else:
        with pytest.raises(Refused) as refused:
            policy.allow("return_items", facts, **TOLD)
        assert refused.value.rule == f"return_items.{rule}"


def test_the_sentences_name_the_order_and_the_day(write: Write) -> None:
    policy = read_policy(write(WHOLE))

    notes = policy.allow("return_items", {"days_since_delivery": 3, "membership": "none"}, **TOLD)
    with pytest.raises(Refused, match="Too late for #W1"):
        policy.allow("return_items", {"days_since_delivery": 20, "membership": "none"}, **TOLD)

    assert [(note.en, note.zh) for note in notes] == [("By 2026-03-01.", "2026-03-01。")]


def test_what_has_no_table_is_not_offered(write: Write) -> None:
    policy = read_policy(write(WHOLE))

    with pytest.raises(Refused) as refused:
        policy.allow("cancel_order", {})

    assert refused.value.rule == "cancel_order.not_offered"


def test_refunds_take_as_long_as_the_file_says(write: Write) -> None:
    policy = read_policy(write(WHOLE))

    assert (policy.refund_takes("gift_card"), policy.refund_takes("card")) == ((0, 0), (3, 4))


def test_a_gap_is_named_with_the_case_that_nobody_decides(write: Write) -> None:
    found = faults(write(WHOLE.replace("15..30", "15..28")))

    assert found == [
        (7, 1, "no row of return_items decides: days_since_delivery 29..30, membership gold"),
    ]


def test_a_contradiction_names_both_rows(write: Write) -> None:
    found = faults(write(WHOLE.replace('"> 30"', '"> 29"')))

    assert found == [
        (
            18,
            1,
            "return_items: 'late-for-gold' refuses what 'gold-is-longer' (line 11) allows, in 1 cases, "
            "such as: days_since_delivery 30, membership gold",
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("version: 1", "version: 2", (1, 10), "expected `version: 1`"),
        ("return_items:", "return_item:", (6, 3), "there is no operation 'return_item'"),
        ("rule: in-time", "rool: in-time", (7, 7), "a row has no 'rool'"),
        ("when: {days_since_delivery: <= 14}", "when: {days: <= 14}", (8, 14), "there is no field 'days' here"),
        ("<= 14}", "soon}", (8, 35), "days_since_delivery is a condition such as"),
        ("membership: gold", "membership: silver", (12, 55), "membership is one of none, gold, not silver"),
        ("then: allow", "then: perhaps", (9, 13), "expected `then: allow`, `then: refuse` or `then: person`"),
        ('zh: "{delivered}。"', 'zh: ""', (10, 12), "the sentence is missing in zh"),
        ("Too late for {order}", "Too late for {name}", (17, 12), "a sentence may name {order}, {status}, {delivered}"),
        ("rule: late\n", "rule: in-time\n", (14, 7), "two rows of return_items are called 'in-time'"),
        ("any: 3..4", "any: soon", (4, 34), "expected business days"),
        ("gift_card: 0", "giftcard: 0", (4, 15), "there is no payment kind 'giftcard'"),
        ("name: small", "name: small\nname: large", (3, 1), "'name' stands here twice"),
        ("tables:", "tables: [", (7, 5), "this is not YAML"),
    ],
)
def test_a_slip_is_told_with_its_line_and_column(
    write: Write, old: str, new: str, at: tuple[int, int], message: str
) -> None:
    found = faults(write(WHOLE.replace(old, new, 1)))

    assert [(line, column) for line, column, told in found if told.startswith(message)] == [at]


@pytest.mark.parametrize("text", ["", "just words", "- a\n- list\n", "tables: {}\n"])
def test_what_is_no_policy_is_refused(write: Write, text: str) -> None:
    assert faults(write(text))


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")

    assert faults(tmp_path / "absent.yaml")[0][2] == "No such file or directory"
    assert faults(tmp_path / "binary.yaml")[0][2] == "the file is not UTF-8"


def test_the_command_says_what_is_covered_and_ends_well(write: Write) -> None:
    result = CliRunner().invoke(app, ["policy", "check", str(write(WHOLE))])

    assert result.exit_code == 0
    assert "every case is decided" in result.output
    assert "not offered: cancel_order" in result.output


def test_the_command_names_the_place_of_a_fault_and_fails(write: Write) -> None:
    path = write(WHOLE.replace("version: 1", "version: 3"))

    result = CliRunner().invoke(app, ["policy", "check", str(path)])

    assert result.exit_code == 1
    assert f"{path}:1:10: expected `version: 1`" in result.output


def test_a_server_does_not_start_with_a_policy_that_has_a_fault(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITRINE_POLICY", str(write(WHOLE.replace("version: 1", "version: 3"))))

    result = CliRunner().invoke(app, ["--data-dir", str(tmp_path), "serve", "--port", "0"])

    assert isinstance(result.exception, BadPolicy)


def test_a_bound_belongs_to_its_span() -> None:
    assert [Days(2, 4).fits(day) for day in (1, 2, 4, 5, None)] == [False, True, True, False, False]
