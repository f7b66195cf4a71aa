"""A shop's FAQ files, good and bad."""

from pathlib import Path

import pytest

from retrieval.documents import Faq
from retrieval.errors import BadImport
from retrieval.ingest.faq import read_faq


def test_a_csv_gives_questions_with_other_ways_to_ask(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text(
        "id,question,answer,category,language,variants\n"
        "ship,Do you ship abroad?,Yes.,shipping,en-GB,foreign delivery | Do you ship abroad?|to Spain?\n"
        "ship.zh,你们发国外吗,可以。,,,\n",
        encoding="utf-8",
    )

    parsed = read_faq(path)

    assert parsed.rows == (
        Faq("ship", "Do you ship abroad?", "Yes.", "shipping", "en", ("foreign delivery", "to Spain?")),
        Faq("ship.zh", "你们发国外吗", "可以。", "", "zh"),
    )


def test_bad_rows_are_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "faq.jsonl"
    rows = [
        '{"id": "a", "question": "Why?", "answer": ""}',
        '{"id": "b", "question": "Wieso?", "answer": "Darum.", "language": "de"}',
        '{"id": "c", "question": "Why?", "answer": "So.", "variants": ["how come", "why so"]}',
        '{"id": "c", "question": "Again?", "answer": "So."}',
        '{"id": "d", "question": "' + "why " * 300 + '", "answer": "So."}',
        '{"id": "e", "question": "Why?", "answer": "So.", "variants": "' + "|".join(map(str, range(101))) + '"}',
    ]
    path.write_text("\n".join(rows), encoding="utf-8")

    parsed = read_faq(path, source="answers.jsonl")

    assert [row.id for row in parsed.rows] == ["c"]
    assert [str(problem) for problem in parsed.problems] == [
        "answers.jsonl:1, answer: expected a value, got nothing",
        "answers.jsonl:2, language: expected en or zh, got 'de'",
        "answers.jsonl:4, id: expected an id that appears once (it was on line 3), got 'c'",
        "answers.jsonl:5, question: expected at most 1,000 characters, got 1,199",
        "answers.jsonl:6, variants: expected at most 100, got 101",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,question\n1,Why?\n", "expected the columns id, question, answer; missing answer, got id, question"),
        ("<faq/>", "expected CSV, TSV or JSON lines, got XML"),
    ],
)
def test_a_file_without_answers_says_what_is_missing(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "faq.csv"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(BadImport, match=message):
        read_faq(path)
