"""The describer's decoder: what it says of a look, which weights it refuses, and what its sentences state."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image, ImageDraw

from retrieval.describer import PhotoDecoder, blend
from retrieval.describer_words import ASKED, NOTHING, Lexicon
from retrieval.embedders.photo import PhotoEncoder
from retrieval.embedders.photo_labels import WEIGHTS, PhotoLabels
from retrieval.errors import ModelUnavailable, TrainedOnOtherEyes
from server.bootstrap import open_decoder

FILES = ("describer.json", "describer.onnx", "describer_memory.onnx")
LEXICON = Lexicon(PhotoLabels.read())


@pytest.fixture(scope="module")
def encoder() -> PhotoEncoder:
    return PhotoEncoder()


@pytest.fixture(scope="module")
def decoder(encoder: PhotoEncoder) -> PhotoDecoder:
    return PhotoDecoder(encoder)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(WEIGHTS / name, tmp_path)
    return tmp_path


def rewritten(weights: Path, **changed: object) -> Path:
    manifest = json.loads((weights / "describer.json").read_text())
    (weights / "describer.json").write_text(json.dumps(manifest | changed))
    return weights


def mug() -> Image.Image:
    picture = Image.new("RGB", (300, 300), "white")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((90, 90, 200, 220), 12, fill="navy")
    draw.arc((180, 115, 240, 190), -90, 90, fill="navy", width=14)
    return picture


def test_every_question_is_answered_with_a_share_for_each_of_its_answers(
    encoder: PhotoEncoder, decoder: PhotoDecoder
) -> None:
    told = decoder.tell(encoder.look(mug()))

    assert set(told.shares) == set(ASKED)
    for question, shares in told.shares.items():
        assert shares.shape == (len(decoder.lexicon.answers[question]),)
        assert shares.sum() == pytest.approx(1.0, abs=1e-3)


def test_the_same_photo_is_told_of_in_the_same_words(encoder: PhotoEncoder, decoder: PhotoDecoder) -> None:
    first, second = (decoder.tell(encoder.look(mug())) for _ in range(2))

    assert first.tokens == second.tokens
    assert 0 < len(first.tokens) <= 24
    assert 0.0 <= first.surest <= 1.0


def test_every_opinion_has_words_in_both_languages_and_a_confidence(
    encoder: PhotoEncoder, decoder: PhotoDecoder
) -> None:
    told = decoder.tell(encoder.look(mug()))

    for question in ASKED:
        for opinion in decoder.opinions(told, question):
            assert opinion.word.en.isascii()
            assert not opinion.word.zh.isascii()
            assert 0.0 <= opinion.confidence <= 1.0


@pytest.mark.parametrize("name", FILES[1:])
def test_weights_that_are_not_the_pinned_ones_are_refused_by_name(
    encoder: PhotoEncoder, weights: Path, name: str
) -> None:
    with (weights / name).open("ab") as file:
        file.write(b" ")

    with pytest.raises(ModelUnavailable, match=f"{name}: expected SHA-256"):
        PhotoDecoder(encoder, weights)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_name(encoder: PhotoEncoder, weights: Path, name: str) -> None:
    (weights / name).unlink()

    with pytest.raises(ModelUnavailable, match=name):
        PhotoDecoder(encoder, weights)


def test_weights_of_another_architecture_are_refused_by_name(encoder: PhotoEncoder, weights: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"describer\.json: expected architecture gpt2.*found t5"):
        PhotoDecoder(encoder, rewritten(weights, architecture="t5"))


def test_weights_of_other_eyes_are_refused_with_the_command_that_makes_fitting_ones(
    encoder: PhotoEncoder, weights: Path
) -> None:
    with pytest.raises(TrainedOnOtherEyes, match=r"trained on someone-else.*vitrine train describer"):
        PhotoDecoder(encoder, rewritten(weights, encoder="someone-else"))


def test_with_other_eyes_the_service_opens_without_a_describer_and_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("eyes.json", "eyes_labels.json", "eyes_words.safetensors"):
        shutil.copy(WEIGHTS / name, tmp_path)
    graph = onnx.load(WEIGHTS / "eyes.onnx")
    graph.doc_string = "other eyes"
    onnx.save(graph, tmp_path / "eyes.onnx")
    manifest = json.loads((tmp_path / "eyes.json").read_text())
    manifest["model"]["sha256"] = sha256((tmp_path / "eyes.onnx").read_bytes()).hexdigest()
    (tmp_path / "eyes.json").write_text(json.dumps(manifest))

    assert open_decoder(PhotoEncoder(tmp_path), 1) is None

    assert "describer left out" in caplog.text


def test_the_weights_are_small_enough_to_live_in_the_repository() -> None:
    assert sum((WEIGHTS / name).stat().st_size for name in FILES) < 4_000_000


def test_two_answers_to_a_question_are_one_token_each() -> None:
    for question in ASKED:
        places = LEXICON.places(question)
        assert len(set(places)) == len(places) == len(LEXICON.answers[question])


def test_a_sentence_states_each_of_its_words_once() -> None:
    tokens = "a pair of|navy blue|striped|jeans|on a|white|background that is damaged"
    tokens = [t for part in tokens.split("|") for t in ([part] if part in LEXICON.number else part.split())]

    stated = LEXICON.stated(tokens)

    assert stated.values == {
        "type": "jeans",
        "colour": "navy",
        "pattern": "striped",
        "background": "white",
        "condition": "damaged",
    }
    assert LEXICON.sentence(tokens) == "A pair of navy blue striped jeans on a white background that is damaged."


def test_an_orange_that_is_orange_is_a_colour_first_and_then_a_thing() -> None:
    assert LEXICON.stated(["a", "orange", "orange"]).values == {"type": "orange", "colour": "orange"}
    assert LEXICON.stated(["a", "orange"]).values == {"type": "orange"}
    assert LEXICON.sentence(["a", "orange"]) == "An orange."


def test_a_sentence_that_names_nothing_states_nothing() -> None:
    assert LEXICON.stated([NOTHING, "can", "be", "made", "out"]).nothing
    assert LEXICON.stated([NOTHING, "can", "be", "made", "out"]).values == {}
    assert LEXICON.stated([]).values == {}


def test_where_decoder_and_head_agree_both_count_and_nothing_keeps_its_share() -> None:
    decoder = np.array([0.5, 0.3, 0.2], np.float32)
    head = np.array([0.9, 0.1], np.float32)

    both = blend(decoder, head, 0.5)

    assert both.sum() == pytest.approx(1.0, abs=1e-5)
    assert both[2] == pytest.approx(0.2)
    assert both[0] > 0.5 * 0.8
    assert blend(decoder, head, 1.0)[0] == pytest.approx(0.5, abs=1e-4)
