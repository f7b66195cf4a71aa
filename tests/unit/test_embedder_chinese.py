"""The Chinese text encoder: what it makes of texts, and what it says of files it cannot use."""

from pathlib import Path

import numpy as np
import pytest

from retrieval.embedders.chinese import WEIGHTS, ChineseNgrams
from retrieval.embedders.traditional import simplified
from retrieval.errors import ModelUnavailable


@pytest.fixture(scope="module")
def chinese() -> ChineseNgrams:
    return ChineseNgrams()


def test_a_question_lies_nearer_to_its_paraphrase_than_to_another_question(chinese: ChineseNgrams) -> None:
    question, paraphrase, other = chinese.encode(["运费多少钱？", "请问邮费怎么收", "这个抱枕套可以机洗吗"])

    assert question @ paraphrase > question @ other + 0.3


def test_traditional_and_simplified_characters_give_the_same_vector(chinese: ChineseNgrams) -> None:
    traditional, simple = chinese.encode(["請問這個藍色花瓶還有庫存嗎", "请问这个蓝色花瓶还有库存吗"])

    np.testing.assert_array_equal(traditional, simple)


def test_full_width_letters_are_read_as_plain_ones(chinese: ChineseNgrams) -> None:
    wide, plain = chinese.encode(["可以用ＰａｙＰａｌ付款吗", "可以用paypal付款吗"])

    np.testing.assert_array_equal(wide, plain)


def test_vectors_have_length_one_and_one_row_a_text(chinese: ChineseNgrams) -> None:
    vectors = chinese.encode(["杯子", "退货" * 3_000])

    assert vectors.shape == (2, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(chinese: ChineseNgrams) -> None:
    assert chinese.encode([]).shape == (0, 384)
    assert chinese.encode_tokens([]) == []


def test_a_text_without_anything_known_is_like_nothing(chinese: ChineseNgrams) -> None:
    vectors = chinese.encode(["", "？！…", "qqzzxkj"])

    assert not vectors.any()


def test_an_unknown_code_between_chinese_words_changes_nothing(chinese: ChineseNgrams) -> None:
    without, with_code = chinese.encode(["这个花瓶 还有货吗", "这个花瓶 ZQXJW 还有货吗"])

    np.testing.assert_array_equal(without, with_code)


def test_token_vectors_stand_for_characters_and_words_and_stop_at_32(chinese: ChineseNgrams) -> None:
    mixed, nothing, long = chinese.encode_tokens(["用PayPal付款", "", "退货" * 60])

    assert mixed.shape == (4, 384)  # 用, paypal, 付, 款
    assert nothing.shape == (0, 384)
    assert long.shape == (32, 384)
    np.testing.assert_allclose(np.linalg.norm(mixed, axis=1), 1, atol=1e-5)


def test_each_token_says_which_characters_it_stands_for(chinese: ChineseNgrams) -> None:
    text = "用 ＰａｙＰａｌ½付⽂款"  # of one character folding makes three, of another one of another block

    (spans,) = chinese.token_spans([text])

    assert [text[start:end] for start, end in spans] == ["用", "ＰａｙＰａｌ", "½", "½", "付", "⽂", "款"]
    assert len(spans) == len(chinese.encode_tokens([text])[0])
    assert [len(its) for its in chinese.token_spans(["", "退货" * 60])] == [0, 32]


def test_what_follows_the_256th_character_does_not_count(chinese: ChineseNgrams) -> None:
    first = "退货" * 128

    short, long = chinese.encode([first, first + "蓝色花瓶"])

    np.testing.assert_array_equal(short, long)


def test_a_path_a_url_and_a_data_uri_between_chinese_words_are_read_as_words(
    chinese: ChineseNgrams, tmp_path: Path
) -> None:
    picture = tmp_path / "杯子.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    texts = [f"看看{picture}", "看看 https://shop.example/杯子.png", "看看 data:image/png;base64,iVBORw0KGgo="]

    before = chinese.encode(texts)
    picture.unlink()
    after = chinese.encode(texts)

    np.testing.assert_array_equal(before, after)


def test_the_weights_stay_small_enough_for_every_checkout() -> None:
    assert WEIGHTS.stat().st_size <= 6_000_000


def test_missing_weights_say_where_they_were_expected(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"nowhere\.safetensors"):
        ChineseNgrams(tmp_path / "nowhere.safetensors")


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "chinese.safetensors"
    damaged.write_bytes(WEIGHTS.read_bytes()[:50_000])

    with pytest.raises(ModelUnavailable, match="vitrine train chinese"):
        ChineseNgrams(damaged)


def test_folding_leaves_simplified_and_latin_text_alone() -> None:
    assert simplified("蓝色 mug，12 欧元") == "蓝色 mug，12 欧元"
    assert simplified("麵條、頭髮、發貨、後天、乾淨") == "面条、头发、发货、后天、干净"
