"""The photo encoder: what it gives for a picture, and which weights it refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from retrieval.embedders.photo import PhotoEncoder, as_pixels
from retrieval.embedders.photo_labels import WEIGHTS, PhotoLabels, Trust
from retrieval.errors import ModelUnavailable

FILES = ("eyes.json", "eyes.onnx", "eyes_labels.json", "eyes_words.safetensors")


@pytest.fixture(scope="module")
def encoder() -> PhotoEncoder:
    return PhotoEncoder()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(WEIGHTS / name, tmp_path)
    return tmp_path


def mug(colour: str, size: tuple[int, int] = (300, 300), at: int = 90) -> Image.Image:
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((at, 90, at + 110, 220), 12, fill=colour)
    draw.arc((at + 90, 115, at + 150, 190), -90, 90, fill=colour, width=14)
    return picture


def test_each_picture_gets_one_vector_of_length_one(encoder: PhotoEncoder) -> None:
    vectors = encoder.encode([mug("navy"), mug("red"), mug("green", (200, 320), 20)])

    assert vectors.shape == (3, encoder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)


def test_no_pictures_give_no_vectors(encoder: PhotoEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimensions)


def test_a_picture_has_the_same_vector_alone_and_among_many(encoder: PhotoEncoder) -> None:
    many = [mug("navy", at=at) for at in range(20, 180, 8)]

    alone, among = encoder.encode(many[17:18])[0], encoder.encode(many)[17]

    assert float(alone @ among) > 0.999


def test_search_and_description_use_the_same_vector(encoder: PhotoEncoder) -> None:
    look = encoder.look(mug("navy"))

    assert np.allclose(look.embedding, encoder.encode([mug("navy")])[0], atol=1e-5)
    assert look.patches.shape == (64, encoder.dimensions)
    assert look.attention.shape == (8, 8)
    assert look.attention.sum() == pytest.approx(1.0, abs=1e-4)


def test_each_head_gives_a_probability_for_each_of_its_labels(encoder: PhotoEncoder) -> None:
    look = encoder.look(mug("navy"))

    for head, labels in encoder.labels.heads.items():
        assert look.probabilities[head].shape == (len(labels),)
        assert look.probabilities[head].sum() == pytest.approx(1.0, abs=1e-4)


def test_a_shifted_copy_is_nearer_than_another_thing(encoder: PhotoEncoder) -> None:
    stripes = Image.fromarray(np.tile(np.uint8([[[250, 200, 0]], [[20, 90, 40]]]), (150, 300, 1)))

    mine, copy, other = encoder.encode([mug("navy"), mug("navy", at=110), stripes])

    assert mine @ copy > mine @ other + 0.1


def test_what_is_transparent_counts_as_white() -> None:
    cut_out = Image.new("RGBA", (64, 64), (0, 0, 0, 0))

    assert (as_pixels(cut_out, 32) == 255).all()


def test_words_are_placed_in_the_space_of_the_pictures(encoder: PhotoEncoder) -> None:
    placed = encoder.place_words(np.eye(3, 384, dtype=np.float32))

    assert placed.shape == (3, encoder.dimensions)
    assert np.allclose(np.linalg.norm(placed, axis=1), 1.0, atol=1e-3)


@pytest.mark.parametrize("name", FILES[1:])
def test_weights_that_are_not_the_pinned_ones_are_refused_by_name(weights: Path, name: str) -> None:
    with (weights / name).open("ab") as file:
        file.write(b" ")

    with pytest.raises(ModelUnavailable, match=f"{name}: expected SHA-256"):
        PhotoEncoder(weights)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_name(weights: Path, name: str) -> None:
    (weights / name).unlink()

    with pytest.raises(ModelUnavailable, match=name):
        PhotoEncoder(weights)


def test_a_manifest_that_is_not_json_is_refused(weights: Path) -> None:
    (weights / "eyes.json").write_text("{")

    with pytest.raises(ModelUnavailable, match=r"expected JSON in .*eyes\.json"):
        PhotoEncoder(weights)


def test_other_weights_have_another_name(encoder: PhotoEncoder, weights: Path) -> None:
    manifest = json.loads((weights / "eyes.json").read_text())

    assert encoder.name.removeprefix("vitrine-eyes-") == manifest["model"]["sha256"][:12]


def test_the_weights_are_small_enough_to_live_in_the_repository() -> None:
    assert sum((WEIGHTS / name).stat().st_size for name in FILES) < 5_000_000


def test_every_label_has_words_in_both_languages() -> None:
    labels = PhotoLabels.read()

    for rows in labels.heads.values():
        assert len({row.name for row in rows}) == len(rows)
        for row in rows:
            assert row.en.isascii()
            assert not row.zh.isascii()
            assert not row.group.zh.isascii()


def test_labels_of_one_group_are_believed_together() -> None:
    labels = PhotoLabels.read()
    shoes = labels.positions("type", "fashion")
    probabilities = np.zeros(len(labels.heads["type"]), np.float32)
    probabilities[[shoes["Casual Shoes"], shoes["Sports Shoes"], shoes["Belts"]]] = 0.3, 0.3, 0.4

    exact, exactly = labels.exact("type", probabilities)
    broad, broadly = labels.broad("type", probabilities)

    assert (exact.name, exactly) == ("belt", pytest.approx(0.4))
    assert (broad.name, broadly) == ("footwear", pytest.approx(0.6))


def test_what_was_never_checked_is_never_believed() -> None:
    trust = Trust({("colour", "exact", "apparel"): ((0.0, 0.5, 0.9), (0.0, 0.4, 0.8))})

    assert trust.confidence("colour", "exact", "apparel", 0.7) == pytest.approx(0.6)
    assert trust.confidence("colour", "exact", "apparel", 0.99) == pytest.approx(0.8)
    assert trust.confidence("colour", "exact", "grocery", 0.99) == 0.0
