"""What the customer is told about a photo, and what is left unsaid."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

import server.demo
from agent.errors import PhotoUnreadable
from agent.vision.composing import caption, caption_zh, listed, listed_zh
from agent.vision.embedded import EmbeddedDescriber
from agent.vision.reading import PHOTO_QUESTIONS, Box, Photo, PhotoAnswer, Thing
from retrieval.describer import PhotoDecoder
from retrieval.embedders.photo import PhotoEncoder
from retrieval.embedders.photo_labels import Opinion, PhotoLabels

LABELS = PhotoLabels.read()
DEMO_PHOTO = Path(server.demo.__file__).parent / "photos" / "MUG-1070-2.jpg"


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
    encoder = PhotoEncoder()
    return EmbeddedDescriber(encoder, PhotoDecoder(encoder))


def kept(picture: Image.Image, folder: Path) -> Photo:
    picture.save(folder / "photo.png")
    return Photo("p1", folder / "photo.png")


def mug(side: int = 300) -> Image.Image:
    picture = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((side * 0.3, side * 0.3, side * 0.67, side * 0.74), side // 25, fill="navy")
    draw.arc((side * 0.6, side * 0.38, side * 0.8, side * 0.64), -90, 90, fill="navy", width=side // 21)
    return picture


def landscape() -> Image.Image:
    """A sky that grows lighter downwards, a sun and two rows of hills."""
    picture = Image.new("RGB", (320, 240))
    draw = ImageDraw.Draw(picture)
    for y in range(240):
        draw.line((0, y, 320, y), fill=(90 + y // 2, 140 + y // 3, 220))
    draw.ellipse((40, 30, 70, 60), fill=(255, 240, 180))
    for base, green in ((150, 120), (190, 80)):
        hills = [(x, base + 14 * np.sin(x / 31 + base) + 6 * np.sin(x / 11)) for x in range(320)]
        draw.polygon([(0, 240), *hills, (320, 240)], fill=(40, green, 50))
    return picture


def face() -> Image.Image:
    picture = Image.new("RGB", (240, 300), (150, 170, 190))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((50, 30, 190, 230), fill=(60, 40, 30))
    draw.ellipse((60, 55, 180, 250), fill=(226, 178, 148))
    for x in (95, 145):
        draw.ellipse((x - 10, 135, x + 10, 147), fill="white")
        draw.ellipse((x - 5, 136, x + 5, 146), fill=(50, 70, 60))
    draw.chord((95, 190, 145, 222), 10, 170, fill=(170, 70, 80))
    return picture


async def test_a_frame_in_which_there_is_nothing_is_not_named(describer: EmbeddedDescriber, tmp_path: Path) -> None:
    grain = np.random.default_rng(3).integers(0, 255, (240, 320, 3), np.uint8)
    Image.fromarray(grain).save(tmp_path / "noise.png")
    Image.new("RGB", (320, 240)).save(tmp_path / "black.jpg")

    for name in ("noise.png", "black.jpg"):
        reading = await describer.read(Photo(name, tmp_path / name))

        assert not reading.named
        assert "cannot tell" in reading.caption
        assert reading.value("type") is None


@pytest.mark.parametrize(
    ("flawed", "english", "chinese"),
    [
        (Image.new("RGB", (320, 240)), "A nearly empty photo", "照片几乎是一片空白"),
        (mug().point(lambda value: value // 16), "A very dark photo", "照片太暗了"),
        (mug(40), "A tiny photo", "照片太小了"),
        (mug().filter(ImageFilter.GaussianBlur(14)), "A blurred photo", "照片很模糊"),
    ],
)
async def test_a_photo_in_which_little_can_be_made_out_is_called_what_it_is(
    describer: EmbeddedDescriber, tmp_path: Path, flawed: Image.Image, english: str, chinese: str
) -> None:
    reading = await describer.read(kept(flawed, tmp_path))

    assert reading.caption.startswith(english)
    assert reading.caption_zh.startswith(chinese)
    assert all(attribute.confidence >= 0.9 for attribute in reading.attributes)


@pytest.mark.parametrize("picture", [landscape(), face()], ids=["landscape", "face"])
async def test_what_no_shop_sells_is_given_no_name(
    describer: EmbeddedDescriber, tmp_path: Path, picture: Image.Image
) -> None:
    reading = await describer.read(kept(picture, tmp_path))

    assert not reading.named
    assert "cannot tell" in reading.caption


async def test_a_photo_on_its_side_is_not_called_something_else_with_confidence(
    describer: EmbeddedDescriber, tmp_path: Path
) -> None:
    upright = await describer.read(Photo("p1", DEMO_PHOTO))
    with Image.open(DEMO_PHOTO) as opened:
        turned = await describer.read(kept(opened.rotate(90, expand=True), tmp_path))

    assert upright.value("type") == "mug"
    assert turned.value("type") in (None, "mug", "drinkware")


async def test_a_question_that_nothing_can_be_seen_of_is_answered_with_nothing(
    describer: EmbeddedDescriber, tmp_path: Path
) -> None:
    photo = kept(Image.new("RGB", (320, 240)), tmp_path)

    for question in PHOTO_QUESTIONS:
        assert await describer.answer(photo, question) == PhotoAnswer(question)


async def test_an_answer_says_the_same_as_the_reading(describer: EmbeddedDescriber) -> None:
    photo = Photo("p1", DEMO_PHOTO)
    reading = await describer.read(photo)

    answer = await describer.answer(photo, "type")

    assert answer.value == reading.value("type")
    assert answer.en == "mug"
    assert answer.zh == "马克杯"
    assert answer.confidence >= 0.6


async def test_without_a_decoder_the_heads_say_what_they_are_sure_of(tmp_path: Path) -> None:
    heads = EmbeddedDescriber(PhotoEncoder())

    reading = await heads.read(Photo("p1", DEMO_PHOTO))

    assert reading.value("type") == "mug"
    assert (await heads.answer(Photo("p1", DEMO_PHOTO), "sleeve")) == PhotoAnswer("sleeve")


def test_several_things_are_listed_with_an_article_each() -> None:
    box = Box(0, 0, 1, 1)
    things = [
        Thing("mug", "A red mug.", "红色的马克杯。", box),
        Thing("cushion", "An orange cushion.", "橙色的抱枕。", box),
        Thing("jeans", "A pair of blue jeans.", "蓝色的牛仔裤。", box),
    ]

    assert (
        listed(things, whole=True) == "I can see several things: a red mug, an orange cushion and a pair of blue jeans."
    )
    assert listed_zh(things, whole=True) == "照片里有几样东西：红色的马克杯、橙色的抱枕、蓝色的牛仔裤。"
    assert listed(things[:1], whole=False) == "I can see several things, among them a red mug."
    assert listed_zh((), whole=False) == "照片里有几样东西，看不出是什么。"


def side_by_side(folder: Path, *names: str) -> Image.Image:
    whole = Image.new("RGB", (640, 640), "white")
    for place, name in enumerate(names):
        with Image.open(folder / f"{name}.jpg") as part:
            whole.paste(part.convert("RGB").resize((300, 300)), (place % 2 * 330 + 5, place // 2 * 330 + 5))
    return whole


async def test_several_products_on_one_ground_are_counted_and_never_called_one(
    describer: EmbeddedDescriber, tmp_path: Path
) -> None:
    four = side_by_side(DEMO_PHOTO.parents[1] / "pictures", "BOX-3300", "CHR-2513", "MUG-1041", "THR-3102")

    reading = await describer.read(kept(four, tmp_path))

    assert reading.caption.startswith("I can see several things")
    assert reading.value("number") == "four"
    assert reading.value("type") is None
    assert not reading.named


async def test_several_photos_in_one_are_not_given_the_name_of_a_single_thing(
    describer: EmbeddedDescriber, tmp_path: Path
) -> None:
    four = side_by_side(DEMO_PHOTO.parent, "MUG-1070-2", "CSH-3012-2", "VAS-2022-1", "TOT-3211-2")

    reading = await describer.read(kept(four, tmp_path))

    assert not reading.named
    assert reading.value("number") != "one"


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
