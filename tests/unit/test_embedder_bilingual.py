"""Two languages in one space: each text goes to the encoder of its language."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.embedders.bilingual import Bilingual
from retrieval.embedders.chinese import ChineseNgrams
from retrieval.embedders.minilm import MiniLm
from retrieval.training.minilm_export import export_minilm

MODEL = Path(__file__).parents[2] / "var" / "models" / "minilm-int8.onnx"


class Flat:
    """An encoder of a smaller space."""

    name = "flat"
    dimensions = 2

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 2), np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        return [np.ones((1, 2), np.float32) for _ in texts]

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[(0, len(text))] for text in texts]


@pytest.fixture(scope="module")
def bilingual() -> Bilingual:
    return Bilingual(MiniLm(export_minilm(MODEL)), ChineseNgrams())


def test_each_text_is_encoded_in_its_own_language_and_stays_in_its_place(bilingual: Bilingual) -> None:
    texts = ["蓝色的花瓶", "a blue vase", "退货要多少钱", "What does a return cost?"]

    vectors = bilingual.encode(texts)
    tokens = bilingual.encode_tokens(texts)
    spans = bilingual.token_spans(texts)

    np.testing.assert_array_equal(vectors[[0, 2]], ChineseNgrams().encode([texts[0], texts[2]]))
    np.testing.assert_array_equal(vectors[[1, 3]], MiniLm(MODEL).encode([texts[1], texts[3]]))
    assert [len(matrix) for matrix in tokens] == [5, 3, 6, 6]
    assert [len(its) for its in spans] == [5, 3, 6, 6]


def test_a_chinese_question_finds_the_english_answer(bilingual: Bilingual) -> None:
    question, right, wrong, other = bilingual.encode(
        ["运费多少钱", "How much is shipping?", "Can I wash the cushion cover?", "Where is your shop?"]
    )

    assert question @ right > max(question @ wrong, question @ other) + 0.2


def test_the_name_tells_both_revisions(bilingual: Bilingual) -> None:
    assert bilingual.name == f"{MiniLm(MODEL).name}+{ChineseNgrams().name}"
    assert bilingual.dimensions == 384


def test_encoders_of_different_spaces_are_refused() -> None:
    with pytest.raises(ValueError, match="found flat with 2 dimensions and chinese-ngrams@"):
        Bilingual(Flat(), ChineseNgrams())


def test_no_texts_give_no_rows(bilingual: Bilingual) -> None:
    assert bilingual.encode([]).shape == (0, 384)
    assert bilingual.encode_tokens([]) == []
