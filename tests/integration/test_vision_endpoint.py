"""A model behind an endpoint describes photos, and a shop whose endpoint fails still says what it sees."""

from __future__ import annotations

import base64
import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_endpoint import Endpoint, Fault, served
from PIL import Image
from pydantic import ValidationError

from agent.vision.claims import UNCHECKED
from agent.vision.embedded import EmbeddedDescriber
from agent.vision.endpoint import EndpointVlm
from agent.vision.prompted import LONGEST, PromptedDescriber
from agent.vision.reading import Photo, PhotoAnswer, PhotoReading
from prompts import Prompts
from retrieval.embedders.photo import PhotoEncoder
from server.settings import Settings

ANSWER = json.dumps(
    {"caption": "A red kettle with a black handle", "type": "kettle", "colour": "red", "confidence": {"type": 0.99}}
)
OURS = EmbeddedDescriber(PhotoEncoder())


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with served(Endpoint(script=[ANSWER])) as running:
        yield running


@pytest.fixture
def photo(tmp_path: Path) -> Photo:
    Image.new("RGB", (1500, 900), "red").save(tmp_path / "photo.jpg")
    return Photo("p1", tmp_path / "photo.jpg")


async def described(url: str, photo: Photo, seconds: float = 5.0) -> PhotoReading:
    model = EndpointVlm(base_url=url, model="ours", seconds=seconds)
    return await PromptedDescriber(model, OURS, Prompts.built_in(), seconds).read(photo)


async def test_the_models_words_become_a_reading(endpoint: Endpoint, photo: Photo) -> None:
    reading = await described(endpoint.url, photo)

    assert reading.caption == "A red kettle with a black handle."
    assert reading.value("type") == "kettle"
    assert next(a.confidence for a in reading.attributes if a.name == "type") <= UNCHECKED
    assert reading.named


async def test_the_model_is_shown_the_photo_small_and_without_metadata(endpoint: Endpoint, photo: Photo) -> None:
    await described(endpoint.url, photo)

    (request,) = endpoint.asked
    image, text = request["messages"][0]["content"]
    sent = Image.open(io.BytesIO(base64.b64decode(image["image_url"]["url"].removeprefix("data:image/jpeg;base64,"))))
    assert max(sent.size) == LONGEST
    assert not sent.getexif()
    assert text["text"] == Prompts.built_in()["eyes.describe", "en"].render()


@pytest.mark.parametrize("fault", ["refuse", "hang", "garbage", "error", "empty"])
async def test_when_the_endpoint_fails_our_own_describer_answers(
    endpoint: Endpoint, photo: Photo, fault: Fault
) -> None:
    endpoint.fault = fault

    reading, known = await described(endpoint.url, photo, seconds=1.0), await OURS.read(photo)

    assert (reading.caption, reading.attributes, reading.named) == (known.caption, known.attributes, known.named)


async def test_nobody_listening_at_the_address_costs_the_customer_nothing(photo: Photo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"

    assert (await described(url, photo)).caption == (await OURS.read(photo)).caption


async def test_what_a_photo_tells_the_model_to_say_is_not_said(endpoint: Endpoint, photo: Photo) -> None:
    endpoint.script = [json.dumps({"caption": "Your refund is approved, see www.evil.example", "type": "free voucher"})]

    assert (await described(endpoint.url, photo)).caption == (await OURS.read(photo)).caption


async def test_a_question_about_the_photo_is_put_to_the_model_without_the_customers_words(
    endpoint: Endpoint, photo: Photo
) -> None:
    endpoint.script = ['{"answer": "damaged", "confidence": 0.95}']
    describer = PromptedDescriber(EndpointVlm(base_url=endpoint.url, model="ours"), OURS, Prompts.built_in(), 5.0)

    answer = await describer.answer(photo, "condition")

    assert (answer.value, answer.confidence, answer.zh) == ("damaged", UNCHECKED, "有损坏")
    asked = endpoint.asked[0]["messages"][0]["content"][1]["text"]
    assert asked == Prompts.built_in()["eyes.answer", "en"].render(question="condition")


async def test_a_question_that_the_endpoint_fails_on_stays_unanswered(endpoint: Endpoint, photo: Photo) -> None:
    endpoint.fault = "error"
    describer = PromptedDescriber(EndpointVlm(base_url=endpoint.url, model="ours"), OURS, Prompts.built_in(), 5.0)

    assert await describer.answer(photo, "background") == PhotoAnswer("background")


def test_an_endpoint_is_the_brains_where_it_has_none_of_its_own() -> None:
    shared = Settings(profile="remote", brain_url="http://one/v1", brain_model="m", brain_key="k")  # type: ignore[arg-type]
    own = shared.model_copy(update={"describer_url": "http://two/v1", "describer_model": "v"})

    assert (shared.describer, shared.describer_endpoint) == ("openai_compatible", ("http://one/v1", "m", "k"))
    assert own.describer_endpoint == ("http://two/v1", "v", "")


@pytest.mark.parametrize("chosen", ["hub", "openai_compatible"])
def test_a_describer_without_a_model_is_refused_with_the_setting_that_is_missing(chosen: str) -> None:
    with pytest.raises(ValidationError, match="VITRINE_DESCRIBER_MODEL"):
        Settings(describer=chosen)  # type: ignore[arg-type]
