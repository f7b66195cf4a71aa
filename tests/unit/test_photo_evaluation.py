"""The figures for photos: counted rightly, and only where there is something to count."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from retrieval.embedders.photo import PhotoEncoder
from retrieval.errors import BadImport
from retrieval.evaluation.photo_copies import altered, on_other_ground
from retrieval.evaluation.photos import evaluate_photos, matches, paired, thumbnails


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Three pictures of blotches, and photos of two of them: one is the picture itself, one is another's."""
    chance = np.random.default_rng(5)
    ids = ("MUG-1", "MUG-1-B", "VASE-7")
    for id in ids:
        picture = Image.fromarray(chance.integers(0, 255, (6, 6, 3), np.uint8)).resize(
            (96, 96), Image.Resampling.NEAREST
        )
        picture.save(tmp_path / f"{id}.jpg", quality=95)
    rows = [{"id": id, "image": f"{id}.jpg"} for id in ids]
    (tmp_path / "products.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (tmp_path / "photos").mkdir()
    Image.open(tmp_path / "MUG-1-B.jpg").save(tmp_path / "photos" / "MUG-1-B-1.jpg", quality=95)
    Image.open(tmp_path / "VASE-7.jpg").save(tmp_path / "photos" / "MUG-1-2.jpg", quality=95)
    return tmp_path


def no_words(texts: Sequence[str]) -> NDArray[np.float32]:
    """The vectors of no text: customers' photos are measured without any."""
    return np.zeros((len(texts), 384), np.float32)


def test_a_photo_counts_for_the_product_whose_id_its_name_begins_with(shop: Path) -> None:
    tables = evaluate_photos(PhotoEncoder(), no_words, catalogue=shop / "products.jsonl", photos=shop / "photos")

    figures = tables["customer photo to product"]["demo shop"]
    assert (figures["photos"], figures["products"]) == (2, 3)
    assert figures["eyes top1"] == figures["thumbnail top1"] == 0.5
    assert figures["eyes top5"] == 1.0


def test_nothing_to_measure_on_is_said(shop: Path) -> None:
    for photo in (shop / "photos").iterdir():
        photo.unlink()

    with pytest.raises(BadImport, match="found none"):
        evaluate_photos(PhotoEncoder(), no_words, catalogue=shop / "products.jsonl", photos=shop / "photos")


def test_ranks_are_counted_from_the_products_that_score_higher() -> None:
    index = np.eye(8, dtype=np.float32)
    queries = np.float32(
        [[1, 0, 0, 0, 0, 0, 0, 0], [0.9, 0.8, 0.7, 0, 0, 0, 0, 0], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0, 0]]
    )

    figures = matches(queries, index, np.array([0, 2, 5]))

    assert figures == {"top1": 0.3333, "top5": 0.6667, "mrr": round((1 + 1 / 3 + 1 / 6) / 3, 4)}


def test_the_thumbnail_tells_colours_apart() -> None:
    red, darker_red, blue = (Image.new("RGB", (50, 70), colour) for colour in ("#c02020", "#b82222", "#2020c0"))

    vectors = thumbnails([red, darker_red, blue])

    assert vectors.shape == (3, 408)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3


def test_an_altered_copy_is_another_picture_of_the_same_thing_and_the_same_for_the_same_seed() -> None:
    picture = Image.new("RGB", (144, 144), "white")
    picture.paste("#803010", (40, 40, 104, 104))

    copy, again = (altered(picture, np.random.default_rng(3)) for _ in range(2))

    assert copy.tobytes() == again.tobytes()
    assert copy.size < picture.size
    assert thumbnails([copy])[0] @ thumbnails([picture])[0] < 0.99


def test_a_product_keeps_its_pixels_on_another_ground() -> None:
    picture, mask = Image.new("RGB", (40, 40), "#803010"), np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 255

    moved = on_other_ground(picture, mask, [Image.new("RGB", (20, 20), "#0000ff")], np.random.default_rng(3))

    assert moved.getpixel((20, 20)) == (0x80, 0x30, 0x10)
    assert moved.getpixel((2, 2)) == (0, 0, 255)


def test_a_gain_is_told_with_its_interval_over_the_same_photos() -> None:
    ours, baseline = np.array([True] * 90 + [False] * 10), np.array([True] * 50 + [False] * 50)

    figures = paired(ours, baseline)

    assert (figures["eyes"], figures["thumbnail"]) == (0.9, 0.5)
    assert 0.28 < figures["gain from"] < 0.4 < figures["gain to"] < 0.52
