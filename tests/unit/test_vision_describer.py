"""What the customer is told about a photo, and what is left unsaid."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.errors import PhotoUnreadable
from agent.vision.embedded import EmbeddedDescriber, caption, caption_zh
from agent.vision.reading import Photo
from retrieval.embedders.photo import PhotoEncoder
from retrieval.embedders.photo_labels import Opinion, PhotoLabels

LABELS = PhotoLabels.read()


def said(**names: str) -> dict[str, Opinion]:
    """Opinions by head; a name that is no label is a group's."""
    opinions = {}
    for head, name in names.items():
        words = [*LABELS.heads[head], *(label.group for label in LABELS.heads[head])]
        opinions[head] = Opinion(next(word for word in words if word.name == name), 0.9)
    return opinions


@pytest.mark.parametrize(
    ("known", "english", "chinese"),
    [
        ({"type": "mug", "colour": "navy", "pattern": "striped"}, "A navy blue striped mug.", "藏青色条纹的马克杯。"),
        ({"type": "mug", "colour": "orange"}, "An orange mug.", "橙色的马克杯。"),
        ({"type": "sandals", "colour": "black"}, "A pair of black sandals.", "黑色的凉鞋。"),
        ({"type": "tableware", "colour": "red"}, "A piece of red tableware.", "红色的餐具。"),
        ({"type": "footwear"}, "A pair of shoes.", "鞋。"),
        ({"type": "tote bag", "pattern": "plain"}, "A tote bag.", "托特包。"),
        ({"colour": "green"}, "A green item; I cannot tell what it is.", "绿色的物品，看不出是什么。"),
        ({"pattern": "plain"}, "I cannot tell what this is.", "看不出这是什么。"),
        ({}, "I cannot tell what this is.", "看不出这是什么。"),
    ],
)
def test_the_caption_says_what_is_known_and_nothing_else(known: dict[str, str], english: str, chinese: str) -> None:
    assert caption(said(**known)) == english
    assert caption_zh(said(**known)) == chinese


@pytest.fixture(scope="module")
def describer() -> EmbeddedDescriber:
    return EmbeddedDescriber(PhotoEncoder())


async def test_a_frame_in_which_there_is_nothing_is_not_named(describer: EmbeddedDescriber, tmp_path: Path) -> None:
    grain = np.random.default_rng(3).integers(0, 255, (240, 320, 3), np.uint8)
    Image.fromarray(grain).save(tmp_path / "noise.png")
    Image.new("RGB", (320, 240)).save(tmp_path / "black.jpg")

    for name in ("noise.png", "black.jpg"):
        reading = await describer.read(Photo(name, tmp_path / name))

        assert not reading.named
        assert "cannot tell" in reading.caption
        assert reading.value("type") is None


async def test_a_reading_can_be_searched_with_and_claims_no_more_than_it_says(
    describer: EmbeddedDescriber, tmp_path: Path
) -> None:
    Image.new("RGB", (400, 300), "maroon").save(tmp_path / "photo.jpg")

    reading = await describer.read(Photo("p1", tmp_path / "photo.jpg"))

    assert np.linalg.norm(reading.embedding) == pytest.approx(1.0, abs=1e-4)
    assert reading.text == ()
    assert reading.named == (reading.value("type") is not None)
    for attribute in reading.attributes:
        assert 0.5 < attribute.confidence <= 1.0
        assert attribute.box is not None
        assert 0.0 <= attribute.box.x < attribute.box.x + attribute.box.width <= 1.0
        assert 0.0 <= attribute.box.y < attribute.box.y + attribute.box.height <= 1.0


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0 cut off"])
async def test_a_damaged_file_is_refused_by_its_photo_id(
    describer: EmbeddedDescriber, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "broken.jpg").write_bytes(content)

    with pytest.raises(PhotoUnreadable, match="photo p7"):
        await describer.read(Photo("p7", tmp_path / "broken.jpg"))


async def test_half_a_photo_is_refused(describer: EmbeddedDescriber, tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (600, 600, 3), np.uint8)).save(tmp_path / "whole.jpg")
    (tmp_path / "half.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:20_000])

    with pytest.raises(PhotoUnreadable):
        await describer.read(Photo("p8", tmp_path / "half.jpg"))


async def test_a_photo_that_is_gone_is_refused(describer: EmbeddedDescriber, tmp_path: Path) -> None:
    with pytest.raises(PhotoUnreadable, match="photo p9"):
        await describer.read(Photo("p9", tmp_path / "gone.jpg"))
