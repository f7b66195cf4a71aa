"""Printed words in photos, read by the real models that come with the package."""

import asyncio
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from agent.errors import PhotoUnreadable
from agent.evaluation.labels import Label, fonts, labels, photograph
from agent.vision.ocr import PrintedText
from agent.vision.printed_orders import orders_on
from agent.vision.reading import Photo


@pytest.fixture(scope="module")
def reader() -> PrintedText:
    return PrintedText()


@pytest.fixture
def label(tmp_path: Path) -> Photo:
    picture = Image.new("RGB", (1400, 1000), (236, 230, 220))
    draw = ImageDraw.Draw(picture)
    draw.text((140, 200), "Model VX-4410", fill=(30, 30, 60), font=ImageFont.load_default(90))
    draw.text((140, 700), "Made in Norway", fill=(120, 20, 20), font=ImageFont.load_default(70))
    picture.save(tmp_path / "label.jpg")
    return Photo("label", tmp_path / "label.jpg")


async def test_lines_are_read_from_top_to_bottom_with_their_place(reader: PrintedText, label: Photo) -> None:
    lines = await reader.read_text(label)

    assert [line.text for line in lines] == ["Model VX-4410", "Made in Norway"]
    assert all(line.confidence > 0.8 for line in lines)
    assert lines[0].box.x == pytest.approx(0.1, abs=0.02)
    assert lines[0].box.y == pytest.approx(0.22, abs=0.04)
    assert lines[1].box.y == pytest.approx(0.72, abs=0.04)


async def test_photos_that_arrive_together_are_all_read(reader: PrintedText, label: Photo) -> None:
    first, second = await asyncio.gather(reader.read_text(label), reader.read_text(label))

    assert first == second != ()


async def test_a_photo_without_words_gives_none(reader: PrintedText, tmp_path: Path) -> None:
    Image.new("RGB", (640, 480), "teal").save(tmp_path / "plain.jpg")

    assert await reader.read_text(Photo("plain", tmp_path / "plain.jpg")) == ()


async def test_a_damaged_file_is_refused(reader: PrintedText, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"GIF89a")

    with pytest.raises(PhotoUnreadable, match="photo broken"):
        await reader.read_text(Photo("broken", tmp_path / "broken.jpg"))


@pytest.mark.parametrize(("turn", "blur"), [(0, 0.0), (12, 1.2), (180, 0.0), (90, 0.0)])
async def test_an_order_number_is_read_from_a_photographed_label(
    reader: PrintedText, tmp_path: Path, turn: int, blur: float
) -> None:
    text = ("MAREN & MOSS", "Order no. W2378156", "Customer C-1044", "20099 Hamburg")
    one = Label("#W2378156", "slip", "", sorted(["Pillow's own", *fonts()])[turn % 2], turn, blur, 60, 0.95, text)
    photograph(one).save(tmp_path / "label.jpg")

    lines = await reader.read_text(Photo("label", tmp_path / "label.jpg"))

    assert orders_on(lines) == ("#W2378156",)


def test_the_same_seed_draws_the_same_labels() -> None:
    first, second = list(labels(3, 1, seed=4)), list(labels(3, 1, seed=4))

    assert first == second
    assert [label.order != "" for label in first] == [True, True, True, False]
    assert photograph(first[0]).tobytes() == photograph(second[0]).tobytes()
