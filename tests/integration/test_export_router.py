"""Our encoders as a sentence-transformers model: it loads as a Router where Vitrine is not, and says the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shop_process import prepared_models

from retrieval.embedders.export import export_router
from retrieval.embedders.hub import HubEncoder
from retrieval.embedders.photo import PhotoEncoder
from retrieval.errors import ModelUnavailable
from retrieval.hub import HubModel, fetch
from server.bootstrap import open_encoder
from server.settings import Settings

PHOTOS = sorted((Path(__file__).parents[2] / "server" / "demo" / "photos").glob("*-1.jpg"))[::40]
TEXTS = ("a navy blue mug", "How long does delivery take?", "藏青色的马克杯", "can I pay 分期?", "", "mug " * 300)
ELSEWHERE = """
import sys
import numpy as np
from PIL import Image
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Router

model, out, *photos = sys.argv[1:]
model = SentenceTransformer(model, trust_remote_code=True, device="cpu", local_files_only=True)
assert isinstance(model[0], Router), model
assert sorted(model.modalities) == ["image", "text"]
texts = model.encode([{"text": text} for text in %r])
np.savez(out, texts=texts, photos=model.encode([Image.open(photo) for photo in photos]), paths=model.encode(photos))
assert not [name for name in sys.modules if name.split(".")[0] in ("retrieval", "agent", "server")]
"""


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_router(tmp_path_factory.mktemp("export") / "router", prepared_models() / "minilm-int8.onnx")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, np.ndarray]:
    """What the service's encoders make of the texts and the photos."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "models").symlink_to(prepared_models().absolute())
    photo = PhotoEncoder()
    texts = photo.place_words(open_encoder(Settings(data_dir=folder)).encode(TEXTS))
    return texts, photo.encode([Image.open(path) for path in PHOTOS])


def test_it_loads_without_vitrine_and_its_vectors_are_the_services(
    router: Path, ours: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    surroundings = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"HF_HOME": str(tmp_path / "hf")}
    command = [sys.executable, "-c", ELSEWHERE % (TEXTS,), str(router), str(tmp_path / "found.npz"), *map(str, PHOTOS)]

    subprocess.run(command, check=True, cwd=tmp_path, env=surroundings)

    found, (texts, photos) = np.load(tmp_path / "found.npz"), ours
    assert found["texts"].shape == texts.shape
    assert np.all((found["texts"] * texts).sum(axis=1)[[0, 1, 2, 3, 5]] >= 0.999)
    assert np.all((found["photos"] * photos).sum(axis=1) >= 0.999)
    assert np.allclose(found["paths"], found["photos"])


def test_the_service_itself_can_run_on_it(router: Path, ours: tuple[np.ndarray, np.ndarray]) -> None:
    model = HubEncoder(fetch(HubModel(str(router), trust_remote_code=True)))

    texts, photos = model.texts().encode(TEXTS), model.pictures().encode([Image.open(path) for path in PHOTOS])

    assert np.all((texts * ours[0]).sum(axis=1)[:4] >= 0.999)
    assert np.all((photos * ours[1]).sum(axis=1) >= 0.999)


def test_its_code_runs_only_where_that_is_allowed(router: Path) -> None:
    with pytest.raises(ModelUnavailable, match="VITRINE_TRUST_REMOTE_CODE"):
        HubEncoder(fetch(HubModel(str(router))))


def test_the_folder_carries_cards_and_no_pickles(router: Path) -> None:
    names = {path.name for path in router.rglob("*") if path.is_file()}

    assert {"README.md", "eyes.md", "chinese.md"} <= names
    assert {Path(name).suffix for name in names} <= {".md", ".py", ".json", ".onnx", ".safetensors"}


def test_a_folder_that_has_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(FileExistsError, match="expected a new folder"):
        export_router(tmp_path, prepared_models() / "minilm-int8.onnx")

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
