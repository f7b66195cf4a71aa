"""A vision-language model of a hub describes photos: its words are data, and our own describer stands behind it."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from tiny_models import a_clip, a_describer, a_video_describer

from agent.errors import DescriberFailed, PhotoUnreadable
from agent.vision.claims import UNCHECKED
from agent.vision.embedded import EmbeddedDescriber
from agent.vision.hub import HubVlm
from agent.vision.prompted import PromptedDescriber
from agent.vision.reading import Attribute, Photo
from prompts import Prompts
from retrieval.embedders.photo import PhotoEncoder
from retrieval.errors import ModelUnavailable
from retrieval.hub import HubModel, fetch


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_describer(tmp_path_factory.mktemp("models") / "llava")


@pytest.fixture
async def describer(folder: Path) -> AsyncIterator[PromptedDescriber]:
    model = HubVlm(fetch(HubModel(str(folder))), seconds=20)
    opened = PromptedDescriber(model, EmbeddedDescriber(PhotoEncoder()), Prompts.built_in(), 20)
    yield opened
    opened.close()


def a_photo(folder: Path, colour: str) -> Photo:
    Image.new("RGB", (300, 200), colour).save(folder / f"{colour}.jpg", quality=95)
    return Photo(colour, folder / f"{colour}.jpg")


@pytest.mark.parametrize("colour", ["blue", "red"])
async def test_what_the_model_says_of_the_photo_is_the_reading(
    describer: PromptedDescriber, tmp_path: Path, colour: str
) -> None:
    reading = await describer.read(a_photo(tmp_path, colour))

    assert (reading.value("type"), reading.value("colour")) == ("mug", colour)
    assert reading.named
    assert re.fullmatch(rf"A {colour} (\w+ )*mug\.", reading.caption)


async def test_its_word_alone_is_believed_no_more_than_was_checked(
    describer: PromptedDescriber, tmp_path: Path
) -> None:
    photo = a_photo(tmp_path, "red")
    known = await EmbeddedDescriber(PhotoEncoder()).read(photo)

    reading = await describer.read(photo)

    assert known.value("type") != "mug"
    assert Attribute("type", "mug", UNCHECKED) in reading.attributes
    assert (reading.embedding == known.embedding).all()


async def test_photos_sent_at_once_wait_for_each_other_and_are_not_mixed_up(
    describer: PromptedDescriber, tmp_path: Path
) -> None:
    colours = ["blue", "red", "red", "blue"]

    readings = await asyncio.gather(*(describer.read(a_photo(tmp_path, colour)) for colour in colours))

    assert [reading.value("colour") for reading in readings] == colours


async def test_a_model_that_takes_too_long_leaves_the_photo_to_our_own_describer(folder: Path, tmp_path: Path) -> None:
    photo = a_photo(tmp_path, "red")
    model = HubVlm(fetch(HubModel(str(folder))), seconds=20)
    hurried = PromptedDescriber(model, EmbeddedDescriber(PhotoEncoder()), Prompts.built_in(), 0.0001)

    reading = await hurried.read(photo)
    hurried.close()

    known = await EmbeddedDescriber(PhotoEncoder()).read(photo)
    assert (reading.caption, reading.attributes) == (known.caption, known.attributes)


async def test_an_answer_is_cut_off_in_time_for_the_next_photo(folder: Path) -> None:
    model = HubVlm(fetch(HubModel(str(folder))), seconds=0.0001)

    started = time.monotonic()
    answer = await model.tell(Image.new("RGB", (32, 32), "blue"), "a photo of a mug")
    model.close()

    assert answer.count(" ") < 3
    assert time.monotonic() - started < 10


async def test_a_photo_that_cannot_be_opened_is_refused(describer: PromptedDescriber, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 broken")

    with pytest.raises(PhotoUnreadable):
        await describer.read(Photo("broken", tmp_path / "broken.jpg"))


async def test_a_model_that_breaks_on_a_photo_says_so(folder: Path) -> None:
    model = HubVlm(fetch(HubModel(str(folder))), seconds=5)

    with pytest.raises(DescriberFailed, match=r"llava@.*image"):
        await model.tell(Image.new("RGB", (32, 32)), "two marks for <image> one picture")
    model.close()


async def test_a_model_that_could_watch_videos_needs_no_torchvision_for_photos(tmp_path: Path) -> None:
    model = HubVlm(fetch(HubModel(str(a_video_describer(tmp_path / "qwen")))), seconds=10)

    answers = [await model.tell(Image.new("RGB", (60, 40), colour), "a photo of a mug") for colour in ("red", "blue")]
    model.close()

    assert all(answers)


def test_a_model_of_another_kind_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="clip cannot be loaded"):
        HubVlm(fetch(HubModel(str(a_clip(tmp_path / "clip")))), seconds=5)


def test_a_model_that_nobody_knows_how_to_ask_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "untemplated"
    shutil.copytree(folder, copy)
    (copy / "chat_template.jinja").unlink()

    with pytest.raises(ModelUnavailable, match="has no chat template"):
        HubVlm(fetch(HubModel(str(copy))), seconds=5)
