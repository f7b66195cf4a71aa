"""What a script may fix before a conversation begins, and what it may ask of the shop at the end."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from retrieval.catalogue import Catalogue
from server.testing.datasets import DataSet, edit_answers, edited, policy_file
from server.testing.fixtures import Change, Database, End, FaqEdit, Fixtures, Given, SignedIn
from server.testing.format import Located, Script
from server.testing.reading import BadScript, read_script
from server.testing.records import end_differences, make_changes, records_of
from server.testing.running import compared, demo_known
from server.testing.staging import needs_own_server
from server.testing.telling import Outcome
from tools.policy.reading import BadPolicy, read_policy

DOCS = Path(__file__).parents[2] / "docs" / "conversation-tests.md"
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
DEMO = DataSet.of(Fixtures(), Path())
CANCELLED = Change(name="cancel_order", arguments={"order_id": "#W10454", "reason": "no longer needed"})


def cases(folder: Path, text: str) -> tuple[Located, ...]:
    path = folder / "mine.chat.yaml"
    path.write_text(text, "utf-8")
    return read_script(path, demo_known())


def faults(folder: Path, fixtures: str, more: str = "") -> list[str]:
    """What is said about a file whose third line are these fixtures."""
    with pytest.raises(BadScript) as raised:
        cases(folder, f"test_cases:\n  - test_case: one\n    fixtures: {fixtures}\n    steps: [user: hi]\n{more}")
    return [str(fault) for fault in raised.value.faults]


def test_a_case_has_the_clock_and_fixtures_of_its_file_but_for_what_it_names_itself(tmp_path: Path) -> None:
    one, two = cases(
        tmp_path,
        """
clock: 2026-12-24T10:00:00Z
fixtures: {signed_in: C-1001, faq: {returns-window.en: Never.}}
test_cases:
  - test_case: one
    steps: [user: hi]
  - test_case: two
    clock: 2027-01-01T00:00:00+01:00
    fixtures: {faq: {returns-window.en: Always.}}
    steps: [user: hi]
""",
    )

    assert one.given.clock == datetime(2026, 12, 24, 10, tzinfo=UTC)
    assert one.given.fixtures == Fixtures(
        signed_in=SignedIn(id="C-1001"), faq={"returns-window.en": FaqEdit(answer="Never.")}
    )
    assert two.given.clock == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert two.given.fixtures.signed_in == SignedIn(id="C-1001")
    assert two.given.fixtures.faq == {"returns-window.en": FaqEdit(answer="Always.")}


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL))
def test_the_examples_of_the_docs_are_read_without_a_slip(tmp_path: Path, example: str) -> None:
    assert cases(tmp_path, example)


@pytest.mark.parametrize(
    ("fixtures", "told"),
    [
        ("{polcy: demo}", "3:16: there is no 'polcy' here; did you mean 'policy'?"),
        ("{faq: {returns-window.en: {anser: Never.}}}", "3:42: there is no 'anser' here; did you mean 'answer'?"),
        ("{faq: {gift.en: Yes.}}", "3:21: there is no FAQ entry 'gift.en'; a new one has a question and an answer"),
        ("{faq: {gift.en: {removed: true}}}", "3:21: there is no FAQ entry 'gift.en' to remove"),
        (
            "{faq: {x.en: {removed: true, answer: Yes.}}}",
            "3:28: expected either `removed: true` or what the entry says",
        ),
        ("{signed_in: {nam: Anna}}", "3:28: there is no 'nam' here; did you mean 'name'?"),
        ("{policy: nope.yaml}", "3:24: nope.yaml: No such file or directory"),
        ("{policy: 3}", "3:24: expected a policy file, or keys with values"),
        ("{policy: {tables: {cancel_ordr: []}}}", "3:24: policy.yaml:"),
        ("{shop: nowhere}", "3:22: "),
        ("{shop: {tau: nowhere}}", "3:22: "),
        ("{shop: {tau: a, folder: b}}", "3:22: expected a folder or tau, not both"),
    ],
)
def test_a_slip_in_the_fixtures_is_shown_where_it_is(tmp_path: Path, fixtures: str, told: str) -> None:
    found = faults(tmp_path, fixtures)

    assert any(fault.startswith(told) for fault in found), found


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("    end: {datbase: unchanged}\n", "5:11: there is no 'datbase' here; did you mean 'database'?"),
        ("    end: {}\n", "5:10: expected mode, database or ledger in end"),
        ("    end: {database: [{name: cancel_ordr}]}\n", "5:29: this shop has no change 'cancel_ordr'; did you mean"),
        ("    clock: 2026-12-24T10:00:00\n", "5:12: input should have timezone info"),
        ("    clock: tomorrow\n", "5:12: input should be a valid datetime"),
    ],
)
def test_a_slip_in_the_end_or_the_clock_is_shown_where_it_is(tmp_path: Path, more: str, told: str) -> None:
    found = faults(tmp_path, "{shop: demo}", more)

    assert any(fault.startswith(told) for fault in found), found


def test_the_ids_of_the_shop_that_a_script_names_are_those_that_count(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "products.csv").write_text("id,title,price,currency\nHAT-1,A hat,20,EUR\n")
    text = "fixtures: {{shop: shop, faq: {{new.en: {{question: Hats, answer: Yes.}}}}}}\ntest_cases:\n"
    text += "  - test_case: one\n    steps: [user: hi, bot: {{products: [{product}], faq: [{faq}]}}]\n"

    with pytest.raises(BadScript, match="this shop has no product 'MUG-1041'"):
        cases(tmp_path, text.format(product="MUG-1041", faq="new.en"))
    (located,) = cases(tmp_path, text.format(product="HAT-1", faq="new.en"))

    DataSet.of(located.given.fixtures, tmp_path).load(tmp_path / "shop.sqlite3", NOW)
    assert [product.id for product in Catalogue(tmp_path / "shop.sqlite3").products()] == ["HAT-1"]


def test_answers_are_edited_added_and_removed_and_the_rest_stays(tmp_path: Path) -> None:
    before = DEMO.answers()
    edits = {
        "returns-window.en": FaqEdit(answer="Never."),
        "returns-cost.en": FaqEdit(removed=True),
        "new.en": FaqEdit(question="New?", answer="Yes.", variants=("Fresh?",)),
    }
    DEMO.load(tmp_path / "shop.sqlite3", NOW)

    edit_answers(tmp_path / "shop.sqlite3", edited(before, edits))

    after = {faq.id: faq for faq in Catalogue(tmp_path / "shop.sqlite3").faqs()}
    assert after["returns-window.en"].answer == "Never."
    assert after["new.en"].variants == ("Fresh?",)
    assert after.keys() == {faq.id for faq in before.rows} - {"returns-cost.en"} | {"new.en"}


def test_a_policy_is_the_shops_own_but_for_what_the_script_has_otherwise(tmp_path: Path) -> None:
    never = {"rule": "never", "then": "refuse", "say": {"en": "No.", "zh": "不。"}}
    fixtures = Fixtures(policy={"returns": {"fees": {"NO": "7.50"}}, "tables": {"cancel_order": [never]}})

    path = policy_file(fixtures, DEMO, tmp_path, tmp_path / "policy.yaml")

    assert path is not None
    policy, own = read_policy(path), read_policy(DEMO.policy or Path())
    assert [row.rule for row in policy.tables["cancel_order"]] == ["never"]
    assert [row.rule for row in policy.tables["return_items"]] == [row.rule for row in own.tables["return_items"]]
    assert str(policy.returning.fees["NO"]) == "7.50"
    with pytest.raises(BadPolicy):
        policy_file(Fixtures(policy={"version": 2}), DEMO, tmp_path, tmp_path / "policy.yaml")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("shop") / "shop.sqlite3"
    DEMO.load(database, NOW)
    return database


async def looked_at(end: End, database: Path, before: Path, **more: Any) -> list[str]:
    beside = more.pop("beside", before.parent)
    found = await end_differences(
        end,
        database=database,
        before=before,
        policy=DEMO.policy,
        now=lambda: NOW,
        beside=beside,
        signed_in=None,
        **more,
    )
    return [str(difference) for difference in found]


async def changed(loaded: Path, folder: Path) -> Path:
    """The shop after an order was cancelled by the shop's own tools."""
    database = Path(shutil.copy(loaded, folder / "after.sqlite3"))
    await make_changes((CANCELLED,), database, DEMO.policy, lambda: NOW, None)
    return database


async def test_a_shop_that_is_as_it_was_or_as_it_should_be_has_no_differences(loaded: Path, tmp_path: Path) -> None:
    after = await changed(loaded, tmp_path)

    assert await looked_at(End(database=Database(changes=()), ledger=0), loaded, loaded) == []
    assert await looked_at(End(database=Database(changes=(CANCELLED,)), ledger=1), after, loaded) == []


async def test_every_value_that_is_otherwise_in_the_shop_is_told(loaded: Path, tmp_path: Path) -> None:
    after = await changed(loaded, tmp_path)

    made = await looked_at(End(database=Database(changes=()), ledger=0), after, loaded)
    missed = await looked_at(End(database=Database(changes=(CANCELLED,)), ledger=1), loaded, loaded)
    refused = await looked_at(End(database=Database(changes=(CANCELLED, CANCELLED))), after, loaded)

    assert made[0] == "expected 0 changes in the ledger, got 1"
    assert 'expected in the shop: orders #W10454 status "pending", got "cancelled"' in made
    assert 'expected in the shop: orders #W10454 status "cancelled", got "pending"' in missed
    assert "expected 1 changes in the ledger, got 0" in missed
    assert refused[0].startswith("expected changes that the shop allows, got cancel_order: ")


async def test_a_snapshot_is_written_on_demand_and_compared_with(loaded: Path, tmp_path: Path) -> None:
    end, after = End(database=Database(snapshot="after.json")), await changed(loaded, tmp_path)

    missing = await looked_at(end, after, loaded, beside=tmp_path)
    written = await looked_at(end, after, loaded, beside=tmp_path, write_snapshots=True)
    unlike = await looked_at(end, loaded, loaded, beside=tmp_path)

    assert missing == [
        "expected a snapshot after.json beside the script, got no such file; --write-snapshots writes it"
    ]
    assert written == []
    assert json.loads((tmp_path / "after.json").read_text("utf-8")) == records_of(after)
    assert 'expected in the shop: orders #W10454 status "cancelled", got "pending"' in unlike
    (tmp_path / "after.json").write_text("{")
    assert "expected JSON in the snapshot after.json" in (await looked_at(end, after, loaded, beside=tmp_path))[0]


def one(steps: str, more: str = "") -> Located:
    script = Script.model_validate(
        {"test_cases": [{"test_case": "one", "steps": yaml.safe_load(steps), **yaml.safe_load(more or "{}")}]}
    )
    case = script.test_cases[0]
    return Located(path=Path("a"), line=1, lines=(), case=case, given=Given.of((case.clock, case.fixtures)))


@pytest.mark.parametrize(
    ("located", "own"),
    [
        (one("[user: hi]"), False),
        (one("[user: hi]", "{end: bot}"), False),
        (one("[user: hi]", "{clock: 2026-11-26T10:00:00Z, fixtures: {faq: {a: b}}}"), False),
        (one("[user: hi]", "{end: {ledger: 0}}"), True),
        (one("[user: hi]", "{fixtures: {signed_in: C-1}}"), True),
        (one("[{user: hi}, {server: restart}]"), True),
        (one("[{user: hi, restart_after: 1}]"), True),
    ],
)
def test_a_case_that_kills_signs_in_or_compares_the_shop_shares_its_server_with_none(
    located: Located, own: bool
) -> None:
    assert needs_own_server(located) == own


def test_a_second_run_with_another_event_is_a_failure_that_shows_both() -> None:
    first = Outcome(one("[user: hi]"), 1.0, streams=(("a", "b"), ("a", "c")))

    same = compared([first], [first])
    unlike = compared([first, first], [replace(first, streams=s) for s in ((("a",), ()), (("a", "b"), ("a", "d")))])

    assert [outcome.failure for outcome in same] == [None]
    told = [str(outcome.failure.differences[0]) for outcome in unlike if outcome.failure]
    assert told == [
        "expected the same event 2 for the customer as before: b, got no event",
        "expected the same event 2 for the console as before: c, got d",
    ]
