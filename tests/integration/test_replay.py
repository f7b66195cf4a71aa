"""What replaying does before a change goes live: both sides on copies, and a count of what would be otherwise."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from chat_endpoint import Endpoint, served
from shop_process import prepared_models, run_vitrine
from tiny_models import a_text_model

from retrieval.catalogue import Catalogue
from server.cli.replaying import where_they_part
from server.demo.load import DEMO
from server.log.records import Visitor
from server.settings import Settings
from server.testing.datasets import POLICIES, DataSet
from server.testing.fixtures import Change as Write
from server.testing.forking import warnings_in
from server.testing.format import Step
from server.testing.recording import Held
from server.testing.records import make_changes, records_of
from server.testing.replaying import (
    SETTINGS,
    BadChange,
    Change,
    Compared,
    Comparison,
    Replayed,
    Reply,
    copy_shop,
    replay,
    replay_page,
)
from server.testing.staging import ServerFailed

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
HELD = Held("conv_1", Visitor("vis_1", None, "", "", None, ""), ())


def reply(words: str, **acts: Any) -> Reply:
    block = {"type": "text", "text": words}
    said = {"message_id": "m", "author": {"kind": "bot", "name": "Assistant"}, "blocks": [block]}
    return Reply(({"type": "message.created", "data": said},), acts, words)


def test_wording_alone_is_told_from_acts_and_the_gravest_step_counts() -> None:
    step = Step(user="hello")
    same = Compared(step, reply("a", faq=["x"]), reply("a", faq=["x"]))
    words = Compared(step, reply("a", faq=["x"]), reply("b", faq=["x"]))
    acts = Compared(step, reply("a", faq=["x"], mode="bot"), reply("a", faq=["y"], mode="bot"))
    stopped = Compared(step, reply("a"), None)
    assert [one.verdict for one in (same, words, acts, stopped)] == ["same", "words", "acts", "stopped"]
    assert acts.differing == ("faq",)
    held = [Replayed(HELD, steps) for steps in ((same, words, acts), (same, words), (same,), (acts, stopped))]
    assert Comparison(tuple(held)).counts == {"same": 1, "acts": 1, "words": 1, "stopped": 1}


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (["faq"], "expected NAME=VALUE, got 'faq'"),
        (["faq="], "expected NAME=VALUE, got 'faq='"),
        (["colour=red"], "'colour' cannot be replayed; there are faq, models, policy, people, profile"),
        (["answer_treshold=0.9"], "did you mean 'answer_threshold'?"),
        (["faq=nowhere.csv"], "faq: there is no 'nowhere.csv'"),
        (["policy=nowhere.yaml"], "policy: there is no 'nowhere.yaml'"),
        (["brain=rules", "brain=openai_compatible"], "brain is named twice: 'rules' and 'openai_compatible'"),
    ],
)
def test_a_change_that_is_none_is_refused(told: list[str], why: str) -> None:
    with pytest.raises(BadChange, match=re.escape(why)):
        Change.of(told)


def test_every_setting_that_can_be_replayed_is_one() -> None:
    assert set(SETTINGS) <= set(Settings.model_fields)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("brain=clever", "error: brain: Input should be 'rules' or 'openai_compatible'"),
        ("brain=openai_compatible", "also needs VITRINE_BRAIN_URL and VITRINE_BRAIN_MODEL"),
    ],
)
def test_a_setting_that_may_not_be_is_told_before_anything_starts(tmp_path: Path, told: str, why: str) -> None:
    refused = run_vitrine(tmp_path, "replay", "--against", told)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert why in refused.stderr
    assert "Traceback" not in refused.stderr


def test_what_a_server_warned_of_is_counted(tmp_path: Path) -> None:
    failed = '{"event": "brain failed", "level": "warning", "timestamp": "now", "brain": "ours", "reason": "refused"}'
    lines = (failed, "what a library prints", '{"event": "models are loaded", "level": "info"}', failed)
    (tmp_path / "server.log").write_text("\n".join(lines), "utf-8")

    said = warnings_in(tmp_path)

    assert said == {"brain failed (ours, refused)": 2}
    assert Comparison((), after=said).warnings == ("with the change, 2 times: brain failed (ours, refused)",)


def test_replies_are_shown_fromwhere_they_part() -> None:
    alike = "Orders placed from 1 November to 24 December can be returned until 31 January. "
    one, other = where_they_part(Compared(Step(user="a"), reply(alike + "Ask us."), reply(alike + "Call us.")))
    assert one.startswith("… ")
    assert one.endswith("31 January. Ask us.")
    assert other.endswith("31 January. Call us.")
    assert where_they_part(Compared(Step(user="a"), reply(alike), None)) == (alike.strip(), "not reached")


async def shop(folder: Path) -> Settings:
    chosen: dict[str, Any] = {"data_dir": folder}
    settings = Settings(**chosen)
    await asyncio.to_thread(DataSet(DEMO).load, settings.shop_database, NOW)
    (folder / "models").mkdir()
    return settings


async def test_what_is_done_in_the_copy_never_reaches_the_shop(tmp_path: Path) -> None:
    settings = await shop(tmp_path)
    faq = tmp_path / "new.csv"
    faq.write_text("id,question,answer\nreturns-window.en,How long can I return?,Ten years.\n", "utf-8")
    before = hashlib.sha256(settings.shop_database.read_bytes()).hexdigest()
    copy_shop(settings, tmp_path / "side", Change.of([f"faq={faq}"]))
    copy = tmp_path / "side" / settings.shop_database.name
    cancelled = Write(name="cancel_order", arguments={"order_id": "#W10454", "reason": "no longer needed"})
    await make_changes((cancelled,), copy, POLICIES / "demo.yaml", lambda: NOW, None)
    assert records_of(copy)["orders"]["#W10454"]["status"] == "cancelled"
    assert records_of(settings.shop_database)["orders"]["#W10454"]["status"] == "pending"
    assert hashlib.sha256(settings.shop_database.read_bytes()).hexdigest() == before
    answers = Catalogue(copy)
    assert [one.answer for one in answers.faqs()] == ["Ten years."]
    answers.close()


async def test_the_page_shows_both_sides_and_keeps_words_words(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    replayed = [
        Replayed(HELD, (Compared(Step(user=evil), reply(evil, faq=[evil]), reply("new", faq=["y"])),), why=evil)
    ]
    comparison = Comparison(tuple(replayed), after={evil: 3})
    page = replay_page(comparison, evil, database=(await shop(tmp_path)).shop_database, now=NOW)
    assert evil not in page
    assert page.count("&lt;script&gt;") >= 6
    assert "1 of 1 would act otherwise" in page


def said(words: str, **more: Any) -> dict[str, Any]:
    blocks = [{"type": "text", "text": words}]
    data = {"message_id": f"msg_{words[:4]}", "author": {"kind": "visitor", "name": ""}, "blocks": blocks, **more}
    return {"type": "message.created", "id": "evt", "ts": "2026-11-25T10:00:00Z", "data": data}


async def lent_shop(folder: Path) -> Settings:
    """The demo shop with the models that `make test` names."""
    settings = (await shop(folder)).model_copy(update={"policy": POLICIES / "demo.yaml", "local_files_only": True})
    (folder / "models").rmdir()
    (folder / "models").symlink_to(prepared_models().absolute())
    return settings


async def compared(settings: Settings, held: Held, *told: str) -> Comparison:
    change = Change.of(told)
    changed = Settings.model_validate({**settings.model_dump(exclude_unset=True), **change.settings})
    return await replay(settings, changed, change, [held], photo_of=lambda *_: None, now=datetime.now(UTC))


@pytest.mark.slow
async def test_a_cancellation_is_replayed_on_both_sides_and_the_shop_stays_as_it_is(tmp_path: Path) -> None:
    settings = await lent_shop(tmp_path)
    before = hashlib.sha256(settings.shop_database.read_bytes()).hexdigest()
    policy = tmp_path / "strict.yaml"
    policy.write_text("version: 1\nname: strict\ntables:\n  cancel_order:\n    - {rule: never, then: refuse, "
                      'say: {en: "Orders are final.", zh: "订单不可取消。"}}\n', "utf-8")  # fmt: skip
    held = replace(HELD, frames=(
        said("Please cancel order #W10454, I no longer need it. I am miriam.scholz@example.com"),
        said("Yes, confirm", context={"card": "card_1", "answer": "yes"}),
    ))  # fmt: skip
    (found,) = (await compared(settings, held, f"policy={policy}")).conversations
    first, second = found.steps
    assert first.before is not None
    assert first.after is not None
    assert first.before.acts["card"] == "cancel_order"
    assert "Orders are final." in first.after.words
    assert "card" in first.differing
    assert second.before is not None  # there the order was cancelled, in the copy
    assert "cancelled" in second.before.words
    assert (second.verdict, second.after) == ("stopped", None)
    assert "a button 'confirm'" in found.why
    assert hashlib.sha256(settings.shop_database.read_bytes()).hexdigest() == before
    assert not settings.log_database.exists()


ASKED = replace(HELD, frames=(said("How long do I have to return something?"),))


@pytest.mark.slow
async def test_another_brain_says_it_in_other_words_and_one_that_is_down_is_told(tmp_path: Path) -> None:
    settings = await lent_shop(tmp_path)
    with served(Endpoint(script=["You have 30 days for that. [[faq:returns-window.en]]"])) as endpoint:
        brain = ("brain=openai_compatible", f"brain_url={endpoint.url}", "brain_model=ours", "brain_timeout_s=5")
        answering = await compared(settings, ASKED, *brain)
        endpoint.fault = "error"
        failing = await compared(settings, ASKED, *brain)

    ((step,),) = (one.steps for one in answering.conversations)
    assert step.verdict == "words"
    assert step.after is not None
    assert step.after.words.startswith("You have 30 days for that.")
    assert answering.warnings == ()
    assert failing.counts["same"] == 1  # the rules answered,
    assert [*failing.after] == ["brain failed (openai_compatible, OpenAIAPIError)"]  # which is no clean bill
    assert failing.before == {}


@pytest.mark.slow
async def test_another_text_encoder_makes_its_own_index_of_the_copy(tmp_path: Path) -> None:
    settings = await lent_shop(tmp_path)
    encoder = a_text_model(tmp_path / "tiny")

    comparison = await compared(settings, ASKED, f"text_encoder={encoder}")

    ((step,),) = (one.steps for one in comparison.conversations)
    assert step.before is not None
    assert step.after is not None
    assert step.before.acts["faq"][0] == "returns-window.en"
    assert step.before.frames != step.after.frames  # whatever a model of random weights makes of it
    with pytest.raises(ServerFailed, match="expected the model nobody/nothing"):
        await compared(settings, ASKED, "text_encoder=nobody/nothing")
