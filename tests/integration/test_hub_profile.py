"""A shop that names models of a hub in its settings searches with them, and is told what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shop_process import prepared_models
from tiny_models import a_clip, a_describer, a_siglip, a_text_model

from agent.vision.reading import Photo
from prompts import Prompts
from retrieval.asking import beside
from retrieval.calibration import WEIGHTS as CALIBRATION
from retrieval.catalogue import Catalogue
from retrieval.documents import Query
from retrieval.errors import IndexMismatch, ModelUnavailable
from retrieval.ingest.products import read_products
from server.bootstrap import discard_index, fetch_models, open_encoders, open_eyes, open_knowledge
from server.doctor import Finding, examine
from server.parts import Encoders
from server.settings import Settings

PROMPTS = Prompts.built_in()
COLOURS = ("blue", "red", "green")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    a_clip(folder / "clip")
    a_siglip(folder / "siglip")
    a_text_model(folder / "text")
    return folder


@pytest.fixture
def settings(tmp_path: Path, models: Path) -> Settings:
    """A shop of three mugs whose pictures are plain colours."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "minilm-int8.onnx").symlink_to((prepared_models() / "minilm-int8.onnx").absolute())
    for colour in COLOURS:
        Image.new("RGB", (80, 80), colour).save(tmp_path / f"{colour}.png")
    rows = [f"{colour.upper()},{colour} mug,a {colour} mug,9.50,EUR,{colour}.png" for colour in COLOURS]
    (tmp_path / "goods.csv").write_text("\n".join(["id,title,description,price,currency,image", *rows]))
    settings = Settings(
        data_dir=tmp_path, text_encoder=str(models / "text"), photo_encoder=str(models / "clip"), local_files_only=True
    )
    catalogue = Catalogue(settings.shop_database)
    catalogue.import_products(read_products(tmp_path / "goods.csv", allow_urls=False))
    catalogue.close()
    return settings


def a_photo(folder: Path, colour: str) -> Photo:
    Image.new("RGB", (60, 60), colour).save(folder / "photo.jpg")
    return Photo("photo", folder / "photo.jpg")


async def test_words_and_photos_are_found_by_the_chosen_models(settings: Settings, tmp_path: Path) -> None:
    knowledge = open_knowledge(settings)
    eyes = open_eyes(settings, knowledge.encoders, PROMPTS)
    try:
        reading = await eyes.read(a_photo(tmp_path, "red"))
        by_words = await knowledge.searcher.search(Query("green mug", kind="product"))
        by_photo = await knowledge.searcher.search(Query("", kind="product", photo=reading.embedding))
    finally:
        eyes.close()
        knowledge.close()

    assert knowledge.encoders.texts.name.startswith("text@")
    assert knowledge.encoders.pictures.name.startswith("clip@")
    assert by_words.hits[0].id == "GREEN"
    assert by_photo.hits[0].id == "RED"
    assert by_photo.hits[0].stages["photo"] > 0.99


def test_a_model_named_for_both_is_loaded_once_and_gives_one_space(settings: Settings, models: Path) -> None:
    shared = settings.model_copy(update={"text_encoder": str(models / "clip")})

    encoders = open_encoders(shared)

    assert encoders.texts.name == encoders.pictures.name
    assert encoders.texts.dimensions == encoders.pictures.dimensions
    assert encoders.texts._encoder is encoders.pictures._encoder  # type: ignore[attr-defined]


def test_the_trained_heads_keep_reading_the_encoders_they_were_trained_on(settings: Settings) -> None:
    encoders = open_encoders(settings)

    assert encoders.bilingual.dimensions == 384
    assert encoders.photo.name.startswith("vitrine-eyes-")


@pytest.mark.parametrize(("setting", "space"), [("text_encoder", "faq_text"), ("photo_encoder", "product_image")])
def test_an_index_of_another_model_is_refused_with_the_command_that_makes_it_anew(
    settings: Settings, models: Path, setting: str, space: str
) -> None:
    open_knowledge(settings).close()
    changed = settings.model_copy(update={setting: str(models / "siglip")})

    with pytest.raises(IndexMismatch, match=rf"index of {space} was made by .*siglip@.*`vitrine import rebuild`"):
        open_knowledge(changed)

    discard_index(changed)
    knowledge = open_knowledge(changed)
    assert len(knowledge.index.shelf("product")) == 3
    knowledge.close()


async def test_what_is_seen_is_told_by_the_describer_whatever_finds_it(settings: Settings, tmp_path: Path) -> None:
    encoders = open_encoders(settings)
    ours = Encoders(encoders.bilingual, encoders.photo, encoders.texts, encoders.queries, encoders.photo)
    photo = a_photo(tmp_path, "navy")

    with_hub, without = (
        await open_eyes(settings, encoders, PROMPTS).read(photo),
        await open_eyes(settings, ours, PROMPTS).read(photo),
    )

    assert (with_hub.caption, with_hub.attributes) == (without.caption, without.attributes)
    assert with_hub.embedding.shape == (encoders.pictures.dimensions,)
    assert np.linalg.norm(with_hub.embedding) == pytest.approx(1.0, abs=1e-4)


def test_a_text_model_cannot_be_the_photo_encoder(settings: Settings, models: Path) -> None:
    wrong = settings.model_copy(update={"photo_encoder": str(models / "text")})

    with pytest.raises(ModelUnavailable, match="expected a model that encodes image"):
        open_encoders(wrong)


def hub_findings(settings: Settings) -> list[Finding]:
    return [finding for finding in examine(settings) if "on this machine" in finding.what]


def test_the_doctor_says_which_models_are_there_and_what_fetches_the_others(settings: Settings, tmp_path: Path) -> None:
    online = settings.model_copy(update={"text_encoder": "acme/not-there", "local_files_only": False})
    (tmp_path / "pickled").mkdir()
    (tmp_path / "pickled" / "pytorch_model.bin").touch()
    pickled = settings.model_copy(update={"photo_encoder": str(tmp_path / "pickled")})

    assert [(f.well, f.mend) for f in hub_findings(settings)] == [(True, ""), (True, "")]
    assert [(f.well, f.mend) for f in hub_findings(online)] == [(False, "vitrine setup"), (True, "")]
    assert "as safetensors" in hub_findings(pickled)[1].mend
    assert hub_findings(Settings(data_dir=tmp_path)) == []


def test_setup_says_what_each_model_is(settings: Settings) -> None:
    made = fetch_models(settings)

    assert {role: name.split("@")[0] for role, name in made.items()} == {
        "text encoder": "text",
        "photo encoder": "clip",
    }
    assert fetch_models(Settings(data_dir=settings.data_dir)) == {}


async def test_a_describer_of_the_hub_is_asked_and_the_index_still_found(
    settings: Settings, models: Path, tmp_path: Path
) -> None:
    named = settings.model_copy(
        update={"describer": "hub", "describer_model": str(a_describer(models / "llava")), "describer_timeout_s": 20.0}
    )
    encoders = open_encoders(named)
    eyes = open_eyes(named, encoders, PROMPTS)

    reading = await eyes.read(a_photo(tmp_path, "red"))
    eyes.close()

    assert (reading.value("type"), reading.value("colour")) == ("mug", "red")
    assert reading.embedding.shape == (encoders.pictures.dimensions,)
    assert [finding.what.split()[0] for finding in hub_findings(named)] == ["text", "photo", "describer"]


def test_probabilities_are_the_shops_own_once_they_are_fitted_on_the_chosen_encoders(settings: Settings) -> None:
    def finding() -> Finding:
        return next(finding for finding in examine(settings) if finding.what.startswith("search probabilities"))

    def threshold() -> float:
        knowledge = open_knowledge(settings)
        try:
            return knowledge.searcher.threshold(Query("a mug", kind="faq"))
        finally:
            knowledge.close()

    encoders = open_encoders(settings)
    fitted = json.loads(CALIBRATION.read_text())
    for curve in fitted["curves"].values():
        curve["threshold"] = 0.123
    settings.calibration.write_text(json.dumps(fitted))  # for our own encoders, which this shop does not search with

    assert not finding().well
    assert finding().mend.startswith("vitrine train calibration")
    assert threshold() != 0.123

    fitted["made_with"] = {"text": encoders.texts.name, "pictures": encoders.pictures.name}
    settings.calibration.write_text(json.dumps(fitted))
    beside(settings.calibration).write_bytes(beside(CALIBRATION).read_bytes())

    assert finding().well
    assert threshold() == 0.123
