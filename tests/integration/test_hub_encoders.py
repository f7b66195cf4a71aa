"""Models of a hub encode texts and pictures in our roles, and nothing of what customers write is ever opened."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_models import TWO_TOWERS, a_clip, a_text_model

from retrieval.embedders.hub import HubEncoder
from retrieval.errors import ModelUnavailable
from retrieval.hub import HubModel, NotFetched, fetch

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module", params=TWO_TOWERS)
def towers(request: pytest.FixtureRequest, folder: Path) -> HubEncoder:
    made = TWO_TOWERS[request.param](folder / request.param)
    return HubEncoder(fetch(HubModel(str(made))))


@pytest.fixture(scope="module")
def text_model(folder: Path) -> Path:
    return a_text_model(folder / "text")


def pictures(*colours: str) -> list[Image.Image]:
    return [Image.new("RGB", (50, 40), colour) for colour in colours]


def test_texts_and_pictures_share_one_space_of_unit_vectors(towers: HubEncoder) -> None:
    texts, seen = towers.texts(), towers.pictures()

    vectors = np.concatenate([texts.encode(["a blue mug", "a red mug"]), seen.encode(pictures("blue", "red"))])

    assert vectors.shape == (4, texts.dimensions)
    assert texts.dimensions == seen.dimensions
    assert texts.name == seen.name == towers.name
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_a_text_has_the_same_vector_alone_and_among_longer_ones(towers: HubEncoder) -> None:
    texts = towers.texts()

    (alone,) = texts.encode(["a blue mug"])
    among = texts.encode(["the photo of the red mug is a photo of a red mug", "a blue mug", *["mug"] * 20])

    assert np.allclose(among[1], alone, atol=1e-5)


def test_a_text_longer_than_the_model_reads_is_cut(towers: HubEncoder) -> None:
    assert np.isfinite(towers.texts().encode(["a blue mug " * 500])).all()


@pytest.mark.parametrize("shape", [("RGBA", (30, 90)), ("L", (900, 10)), ("P", (1, 1))])
def test_pictures_of_any_mode_and_shape_are_encoded(towers: HubEncoder, shape: tuple[str, tuple[int, int]]) -> None:
    assert np.isfinite(towers.pictures().encode([Image.new(*shape)])).all()


def test_no_inputs_give_no_vectors(towers: HubEncoder) -> None:
    assert towers.texts().encode([]).shape == (0, towers.texts().dimensions)
    assert towers.pictures().encode([]).shape == (0, towers.pictures().dimensions)


def test_words_that_are_a_path_or_an_address_of_a_picture_are_words(towers: HubEncoder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    pictures("red")[0].save(secret)
    (seen,) = towers.pictures().encode([Image.open(secret)])
    missing = secret.with_name("missing.png")
    texts = [str(secret), str(missing), "https://127.0.0.1:9/mug.jpg", "data:image/png;base64,iVBORw0KGgo=", "http://["]

    vectors = towers.queries().encode([*texts, "a blue mug"])

    assert np.isfinite(vectors).all()
    assert np.allclose(vectors[0], vectors[1], atol=1e-5)  # neither name is in the vocabulary
    assert not np.allclose(vectors[0], seen, atol=1e-3)


def test_the_library_itself_would_have_opened_that_path(folder: Path, tmp_path: Path) -> None:
    """If this fails after an upgrade, the library has closed the hole that `HubEncoder` works around."""
    from sentence_transformers import SentenceTransformer

    secret = tmp_path / "secret.png"
    pictures("red")[0].save(secret)
    model = SentenceTransformer(str(a_clip(folder / "bare")), device="cpu")

    assert np.allclose(model.encode([str(secret)]), model.encode(pictures("red")), atol=1e-5)


def test_questions_are_marked_as_the_model_wants_them(text_model: Path) -> None:
    model = HubEncoder(fetch(HubModel(str(text_model))))

    (asked,), (said,) = model.queries().encode(["a blue mug"]), model.texts().encode(["a blue mug"])
    (marked,) = model.texts().encode(["how long: a blue mug"])

    assert np.allclose(asked, marked, atol=1e-5)
    assert not np.allclose(asked, said, atol=1e-3)


def test_late_interaction_gets_no_rows_of_a_hub_model(text_model: Path) -> None:
    texts = HubEncoder(fetch(HubModel(str(text_model)))).texts()

    assert [rows.shape for rows in texts.encode_tokens(["a", "b"])] == [(0, 32), (0, 32)]
    assert texts.token_spans(["a", "b"]) == [[], []]


def test_a_model_that_sees_nothing_is_no_photo_encoder(text_model: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"encodes image, but text@.* encodes text"):
        HubEncoder(fetch(HubModel(str(text_model)))).pictures()


def test_a_folder_whose_weights_change_is_another_model(text_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "text"
    shutil.copytree(text_model, copy)
    same, before = fetch(HubModel(str(copy))).identity, fetch(HubModel(str(text_model))).identity
    with (copy / "model.safetensors").open("ab") as file:
        file.write(b" ")

    assert same == before
    assert fetch(HubModel(str(copy))).identity != before


def test_a_hub_name_is_read_from_the_downloaded_models_with_its_commit(text_model: Path, tmp_path: Path) -> None:
    cached = tmp_path / "models--acme--mugs"
    shutil.copytree(text_model, cached / "snapshots" / COMMIT)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(COMMIT)
    offline = HubModel("acme/mugs", local_files_only=True)

    fetched = fetch(offline, cache=tmp_path)

    assert fetched.identity == f"acme/mugs@{COMMIT[:12]}"
    assert HubEncoder(fetched).texts().dimensions == 32
    assert fetch(replace(offline, revision=COMMIT), cache=tmp_path) == replace(
        fetched, model=replace(offline, revision=COMMIT)
    )
    with pytest.raises(NotFetched, match="acme/mugs at v2 among the downloaded models"):
        fetch(replace(offline, revision="v2"), cache=tmp_path)


@pytest.mark.parametrize("name", ["acme/unknown", "no folder at all", "/no/such/folder", "../..//no-such-folder"])
def test_a_model_that_is_nowhere_is_refused_by_its_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotFetched, match=name):
        fetch(HubModel(name, local_files_only=True), cache=tmp_path)


def test_pickled_weights_are_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    torch.save({}, tmp_path / "pytorch_model.bin")

    with pytest.raises(ModelUnavailable, match=r"as safetensors, found pytorch_model\.bin.*refs/pr"):
        fetch(HubModel(str(tmp_path)))


def test_a_pickle_in_a_part_of_the_model_is_refused_too(text_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "text"
    shutil.copytree(text_model, copy)
    (copy / "2_Dense").mkdir()
    torch.save({}, copy / "2_Dense" / "pytorch_model.bin")

    with pytest.raises(ModelUnavailable, match=r"found 2_Dense/pytorch_model\.bin"):
        fetch(HubModel(str(copy)))


def test_code_that_a_model_brings_runs_only_where_it_is_allowed(text_model: Path, tmp_path: Path) -> None:
    copy, proof = tmp_path / "coded", tmp_path / "ran"
    shutil.copytree(text_model, copy)
    (copy / "own.py").write_text(
        "from pathlib import Path\nfrom sentence_transformers.models import Transformer\n"
        f"Path({str(proof)!r}).touch()\nclass Own(Transformer): pass\n"
    )
    modules = json.loads((copy / "modules.json").read_text())
    modules[0]["type"] = "own.Own"
    (copy / "modules.json").write_text(json.dumps(modules))

    with pytest.raises(ModelUnavailable, match="VITRINE_TRUST_REMOTE_CODE"):
        HubEncoder(fetch(HubModel(str(copy))))
    assert not proof.exists()

    HubEncoder(fetch(HubModel(str(copy), trust_remote_code=True)))
    assert proof.exists()


def test_a_damaged_model_is_refused_by_its_name(text_model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "text"
    shutil.copytree(text_model, copy)
    (copy / "model.safetensors").write_bytes(b"not weights")

    with pytest.raises(ModelUnavailable, match="text cannot be loaded"):
        HubEncoder(fetch(HubModel(str(copy))))
