"""The held-out questions: their author read each question and answer of the FAQ, never its variants, the development
set or a search result; two lines are told apart here by their letters and digits alone.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from retrieval.ingest.faq import read_faq

DEMO = Path(__file__).parents[2] / "server" / "demo"
FAQ = {faq.id: faq for faq in read_faq(DEMO / "faq.jsonl").rows}


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DEMO / "eval" / name).read_text("utf-8").splitlines()]


ASKED = lines("faq_test.jsonl")
OFF_TOPIC = lines("off_topic_test.jsonl")


def bare(text: str) -> str:
    """The letters and digits of a text in lower case: what is left when spelling is all that counts."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def test_every_answer_is_asked_for_at_least_twice_in_its_own_language() -> None:
    asked = Counter(row["faq"] for row in ASKED)

    assert set(asked) == set(FAQ)
    assert min(asked.values()) >= 2
    assert [row for row in ASKED if FAQ[row["faq"]].language != row["language"]] == []


def test_there_are_enough_questions_of_each_language_to_measure_with() -> None:
    asked = Counter(row["language"] for row in ASKED)
    off_topic = Counter(row["language"] for row in OFF_TOPIC)

    assert set(asked) == set(off_topic) == {"en", "zh"}
    assert (asked["en"] >= 220, asked["zh"] >= 220) == (True, True)
    assert (off_topic["en"] >= 120, off_topic["zh"] >= 80) == (True, True)


def test_no_question_is_counted_twice() -> None:
    texts = Counter(bare(row["text"]) for row in (*ASKED, *OFF_TOPIC))

    assert [text for text, times in texts.items() if times > 1 or not text] == []


def test_no_question_is_a_wording_that_the_index_holds() -> None:
    known = {bare(wording) for faq in FAQ.values() for wording in (faq.question, *faq.variants)}

    assert [row["text"] for row in (*ASKED, *OFF_TOPIC) if bare(row["text"]) in known] == []


@pytest.mark.parametrize("development", ["faq_paraphrases.jsonl", "off_topic.jsonl"])
def test_no_question_was_seen_while_the_index_was_tuned(development: str) -> None:
    seen = {bare(row["text"]) for row in lines(development)}

    assert [row["text"] for row in (*ASKED, *OFF_TOPIC) if bare(row["text"]) in seen] == []
