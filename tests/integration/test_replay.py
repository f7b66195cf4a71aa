"""What replaying does before a change goes live: both sides on copies, and a count of what would be otherwise."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from shop_process import prepared_models

from retrieval.catalogue import Catalogue
from server.demo.load import DEMO
from server.log.records import Visitor
from server.settings import Settings
from server.testing.datasets import POLICIES, DataSet
from server.testing.fixtures import Change as Write
from server.testing.format import Step
from server.testing.recording import Held
from server.testing.records import make_changes, records_of
from server.testing.replaying import (
    BadChange,
    Change,
    Compared,
    Replayed,
    Reply,
    copy_shop,
    counted,
    replay,
    replay_page,
)

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
    assert counted(held) == {"same": 1, "acts": 1, "words": 1, "stopped": 1}


@pytest.mark.parametrize("told", ["faq", "faq=", "colour=red", "faq=nowhere.csv", "policy=nowhere.yaml"])
def test_a_change_that_is_none_is_refused(told: str) -> None:
    with pytest.raises(BadChange, match=r"expected|there is no"):
        Change.of([told])


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
    page = replay_page(replayed, evil, database=(await shop(tmp_path)).shop_database, now=NOW)
    assert evil not in page
    assert page.count("&lt;script&gt;") >= 5
    assert "1 of 1 would act otherwise" in page


def said(words: str, **more: Any) -> dict[str, Any]:
    blocks = [{"type": "text", "text": words}]
    data = {"message_id": f"msg_{words[:4]}", "author": {"kind": "visitor", "name": ""}, "blocks": blocks, **more}
    return {"type": "message.created", "id": "evt", "ts": "2026-11-25T10:00:00Z", "data": data}


@pytest.mark.slow
async def test_a_cancellation_is_replayed_on_both_sides_and_the_shop_stays_as_it_is(tmp_path: Path) -> None:
    settings = (await shop(tmp_path)).model_copy(update={"policy": POLICIES / "demo.yaml"})
    (tmp_path / "models").rmdir()
    (tmp_path / "models").symlink_to(prepared_models().absolute())
    before = hashlib.sha256(settings.shop_database.read_bytes()).hexdigest()
    policy = tmp_path / "strict.yaml"
    policy.write_text("version: 1\nname: strict\ntables:\n  cancel_order:\n    - {rule: never, then: refuse, "
                      'say: {en: "Orders are final.", zh: "订单不可取消。"}}\n', "utf-8")  # fmt: skip
    held = replace(HELD, frames=(
        said("Please cancel order #W10454, I no longer need it. I am miriam.scholz@example.com"),
        said("Yes, confirm", context={"card": "card_1", "answer": "yes"}),
    ))  # fmt: skip
    change = Change.of([f"policy={policy}"])
    (found,) = await replay(settings, [held], change, photo_of=lambda *_: None, now=datetime.now(UTC))
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
