"""What the Chinese encoder learns from, how it learns, and how its weights are written."""

import random
from pathlib import Path

import numpy as np
import pytest

from retrieval.embedders.chinese import ChineseNgrams
from retrieval.errors import BadImport
from retrieval.roles import language_of
from retrieval.training.chinese import hold_out, train, write
from retrieval.training.chinese_data import (
    Meaning,
    fill,
    others_of,
    read_questions,
    read_synonyms,
    read_tatoeba,
    read_words,
    reword,
)
from retrieval.training.chinese_learning import Learnt, Lesson, learn


def grams(*numbers: int) -> tuple[int, ...]:
    return numbers


def test_the_shop_questions_make_thousands_of_pairs_in_both_languages() -> None:
    words = read_words()
    filled = [one for question in read_questions() for one in fill(question, words, random.Random(1))]

    pairs = {(english, chinese) for one in filled for english in one.english for chinese in one.chinese}

    assert len(pairs) > 4_000
    assert not any("{" in text for pair in pairs for text in pair)


def test_every_word_list_holds_english_words_with_chinese_ones() -> None:
    entries = [entry for entries in read_words().values() for entry in entries]

    assert len(entries) > 800
    assert all(language_of(entry.english) == "en" and entry.chinese for entry in entries)


def test_a_filled_question_names_the_same_thing_in_both_languages() -> None:
    question = Meaning(("a {colour} mug",), ("{colour}的杯子",), "search")
    words = {"colour": [entry for entry in read_words()["colour"] if entry.english == "green"]}

    (filled,) = fill(question, words, random.Random(1), ways=1)

    assert filled.english == ("a green mug",)
    assert filled.chinese[0] in {"绿色的杯子", "绿的杯子"}


def test_a_reworded_question_keeps_its_own_words_around_the_exchanged_ones() -> None:
    others = others_of(read_synonyms())

    reworded = {reword("邮费太高", others, random.Random(seed)) for seed in range(60)}

    assert any("运费太高" in text for text in reworded)
    assert all("太高" in text for text in reworded)


def test_tatoeba_sentences_with_one_english_text_are_one_meaning(tmp_path: Path) -> None:
    file = tmp_path / "sentences.tsv"
    file.write_text("Hi.\t你好。\tCC-BY\nHi.\t嗨。\tCC-BY\nWait!\t等等！\tCC-BY\n", encoding="utf-8")

    assert read_tatoeba(file) == [Meaning(("Hi.",), ("你好。", "嗨。")), Meaning(("Wait!",), ("等等！",))]


def test_a_line_of_another_form_is_named(tmp_path: Path) -> None:
    file = tmp_path / "sentences.tsv"
    file.write_text("Hi.\t你好。\tCC-BY\nHi. 嗨。\n", encoding="utf-8")

    with pytest.raises(BadImport, match=r"sentences\.tsv, line 2: expected three columns.*found 1"):
        read_tatoeba(file)


def test_training_without_the_sentences_says_where_they_were_expected(tmp_path: Path) -> None:
    with pytest.raises(BadImport, match=r"tatoeba_en_zh\.tsv, found no file"):
        train(tmp_path, tmp_path / "out.safetensors")


def test_a_topic_in_one_language_only_is_refused(tmp_path: Path) -> None:
    (tmp_path / "questions.md").write_text("## orders.where\n- Where is it?\n- When?\n", encoding="utf-8")

    with pytest.raises(BadImport, match=r"orders\.where: expected an English and two Chinese phrasings"):
        read_questions(tmp_path)


def test_a_phrasing_without_the_slots_of_the_others_is_refused(tmp_path: Path) -> None:
    text = "## search\n- a {product}\n- {product}有吗\n- 有这个吗\n"
    (tmp_path / "questions.md").write_text(text, encoding="utf-8")

    with pytest.raises(BadImport, match="search: expected the same slots"):
        read_questions(tmp_path)


def test_nothing_that_is_asked_of_the_twin_was_learnt_by_it() -> None:
    sentences = [Meaning((f"Sentence {n}.",), (f"句子{n}。",)) for n in range(1_500)]

    split = hold_out(sentences, read_questions(), random.Random(1))

    learnt = {text for meaning in (*split.sentences, *split.questions) for text in meaning.chinese}
    asked = {text for meaning in (*split.new_sentences, *split.new_topics) for text in meaning.chinese}
    asked |= {text for question, aside in split.new_phrasings for text in question.chinese[:aside]}
    assert len(asked) > 1_300
    assert not learnt & asked


def test_learning_brings_texts_of_one_meaning_together_and_near_to_the_english_one() -> None:
    english = np.eye(4, dtype=np.float32)
    lessons = [
        Lesson(english[[n]], (grams(10 * n, 99), grams(10 * n, 10 * n + 1), grams(10 * n + 1, 99))) for n in range(4)
    ]

    learnt = learn(lessons, lessons, seed=1, steps=60)

    row_of = {int(gram): row for row, gram in enumerate(learnt.grams)}
    vectors = np.stack([learnt.table[row_of[10 * n + 1]] @ learnt.projection for n in range(4)])
    assert (vectors @ english.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_written_weights_are_read_back_with_a_name_that_tells_their_revision(tmp_path: Path) -> None:
    table = np.array([[1.0, -0.5], [0.25, 0.0]], np.float32)
    learnt = Learnt(np.array([7, 8], np.uint32), table, np.ones((2, 384), np.float32))

    name = write(learnt, tmp_path / "one.safetensors")
    other = write(Learnt(learnt.grams, table * [[1], [2]], learnt.projection), tmp_path / "other.safetensors")

    assert ChineseNgrams(tmp_path / "one.safetensors").name == name
    assert name != other
    assert sorted(file.name for file in tmp_path.iterdir()) == ["one.safetensors", "other.safetensors"]
