"""The English text encoder: what it makes of texts, and how its file is made and checked."""

from pathlib import Path

import numpy as np
import pytest

from retrieval.embedders.minilm import MiniLm
from retrieval.errors import ModelUnavailable
from retrieval.training.minilm_export import export_minilm

MODEL = Path(__file__).parents[2] / "var" / "models" / "minilm-int8.onnx"


@pytest.fixture(scope="module")
def minilm() -> MiniLm:
    return MiniLm(export_minilm(MODEL))


def test_a_question_lies_nearer_to_its_paraphrase_than_to_another_question(minilm: MiniLm) -> None:
    question, paraphrase, other = minilm.encode(
        ["How long does delivery take?", "when will my parcel arrive", "Can I wash the cushion cover?"]
    )

    assert question @ paraphrase > question @ other + 0.3


def test_vectors_have_length_one_and_one_row_a_text(minilm: MiniLm) -> None:
    vectors = minilm.encode(["a mug", "", "word " * 3_000])

    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(minilm: MiniLm) -> None:
    assert minilm.encode([]).shape == (0, 384)
    assert minilm.encode_tokens([]) == []


def test_a_text_has_the_same_vector_whatever_is_encoded_beside_it(minilm: MiniLm) -> None:
    alone = minilm.encode(["a blue mug"])

    beside = minilm.encode(["a long text about returns and refunds " * 20, "a blue mug"])

    np.testing.assert_array_equal(alone[0], beside[1])


def test_token_vectors_stop_at_32_and_leave_out_the_marks_around_the_text(minilm: MiniLm) -> None:
    short, nothing, long = minilm.encode_tokens(["a blue mug", "", "mug " * 60])

    assert short.shape == (3, 384)
    assert nothing.shape == (0, 384)
    assert long.shape == (32, 384)
    np.testing.assert_allclose(np.linalg.norm(short, axis=1), 1, atol=1e-5)


def test_each_token_says_which_characters_it_stands_for(minilm: MiniLm) -> None:
    text = "No Stoneware mugs"

    (spans,) = minilm.token_spans([text])

    assert [text[start:end] for start, end in spans] == ["No", "Stone", "ware", "mug", "s"]
    assert minilm.token_spans(["", "mug " * 60]) == [[], [(i * 4, i * 4 + 3) for i in range(32)]]


def test_what_follows_the_128th_token_does_not_count(minilm: MiniLm) -> None:
    first = "mug " * 126

    short, long = minilm.encode([first, first + "and a hundred red umbrellas"])

    np.testing.assert_array_equal(short, long)


def test_a_path_a_url_and_a_data_uri_are_read_as_words(minilm: MiniLm, tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    texts = [str(picture), "https://shop.example/cat.png", "data:image/png;base64,iVBORw0KGgo="]

    before = minilm.encode(texts)
    picture.unlink()
    after = minilm.encode(texts)

    np.testing.assert_array_equal(before, after)


def test_a_special_token_in_a_customers_text_is_only_letters(minilm: MiniLm) -> None:
    (tokens,) = minilm.encode_tokens(["[SEP]"])

    assert len(tokens) == 3  # "[", "sep", "]"


def test_a_missing_model_says_where_it_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"nowhere\.onnx, found none"):
        MiniLm(tmp_path / "nowhere.onnx")


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "minilm.onnx"
    damaged.write_bytes(export_minilm(MODEL).read_bytes()[:100_000])

    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        MiniLm(damaged)


def test_weights_other_than_the_pinned_ones_are_refused_with_both_hashes(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")

    with pytest.raises(ModelUnavailable, match=r"SHA-256 53aa5117.*, found 53959fa1"):
        export_minilm(tmp_path / "out" / "minilm.onnx", source=tmp_path)

    assert not (tmp_path / "out").exists()


def test_a_model_that_lies_there_already_is_left_alone() -> None:
    before = export_minilm(MODEL).stat().st_mtime_ns

    again = export_minilm(MODEL)

    assert again.stat().st_mtime_ns == before


def test_a_half_written_model_is_made_anew(tmp_path: Path) -> None:
    cut_off = tmp_path / "minilm.onnx"
    cut_off.write_bytes(export_minilm(MODEL).read_bytes()[:1_000_000])
    steps: list[str] = []

    export_minilm(cut_off, progress=steps.append)

    assert MiniLm(cut_off).encode(["a mug"]).shape == (1, 384)
    assert len(steps) == 3
    assert list(tmp_path.iterdir()) == [cut_off]
