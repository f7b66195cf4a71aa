"""Writes our encoders as a folder that `SentenceTransformer(folder, trust_remote_code=True)` loads as a `Router`."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import torch
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Router

from retrieval.embedders import chinese, towers
from retrieval.embedders.photo_labels import WEIGHTS
from retrieval.embedders.towers import CHINESE, ENGLISH, PhotoTower, TextTower

_OURS = re.compile(r"^from (retrieval(?:\.embedders)?)\.(\w+) import", re.MULTILINE)
_CARD = """---
library_name: sentence-transformers
license: apache-2.0
---
# Vitrine's encoders

Texts (English and Chinese) and photos of goods in one space of {dimensions} dimensions. The modules run the ONNX
graphs that Vitrine itself runs; their code lies in this folder, hence `trust_remote_code`. Needs `onnxruntime`,
`tokenizers` and `pillow` beside `sentence-transformers`.

```python
from PIL import Image
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("{name}", trust_remote_code=True)
words = model.encode(["a navy blue mug", "藏青色的马克杯"])
photos = model.encode([Image.open("mug.jpg")])
print(model.similarity(words, photos))
```

One modality a call. A text that is the path or the address of a picture is taken for that picture: send customers'
words as `{{"text": words}}`.

Data, figures, licences and what they are bad at: `eyes.md` and `chinese.md`. English is all-MiniLM-L6-v2 (Apache-2.0)
in int8.
"""


def export_router(destination: Path, text_model: Path) -> Path:
    """Write the model to a new folder and return it; `text_model` is the exported MiniLM.

    Raises `FileExistsError` where there is something already. The folder appears whole or not at all.
    """
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise FileExistsError(f"expected a new folder, but {destination} has something in it")
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent) as scratch:
        text, photo, made = (Path(scratch) / name for name in ("text", "photo", "made"))
        _gather_weights(text, photo, text_model)
        model = _model(text, photo)
        model.save(str(made), create_model_card=False)
        _carry_code(made)
        card = _CARD.format(dimensions=model.get_embedding_dimension(), name=destination.name)
        (made / "README.md").write_text(card, encoding="utf-8")
        for name in ("eyes.md", "chinese.md"):
            shutil.copy(WEIGHTS / name, made)
        if destination.exists():
            destination.rmdir()
        made.rename(destination)
    return destination


def _gather_weights(text: Path, photo: Path, text_model: Path) -> None:
    text.mkdir()
    shutil.copy(text_model, text / ENGLISH)
    shutil.copy(chinese.WEIGHTS, text / CHINESE)
    photo.mkdir()
    for path in WEIGHTS.glob("eyes*"):
        if path.suffix != ".md":
            shutil.copy(path, photo)


def _model(text: Path, photo: Path) -> SentenceTransformer:
    """Texts go through their encoder and the linear map into the photo space; pictures are there already."""
    place = torch.from_numpy(load_file(photo / "eyes_words.safetensors")["place"]).float()
    dimensions, words = place.shape
    placing = Dense(words, dimensions, bias=False, activation_function=torch.nn.Identity(), init_weight=place)
    router = Router(
        {"text": [TextTower(text), placing], "image": [PhotoTower(photo)]},
        default_route="text",
        route_mappings={(None, "text"): "text", (None, "image"): "image"},
    )
    return SentenceTransformer(modules=[router, Normalize()], device="cpu")


def _carry_code(folder: Path) -> None:
    """The towers' source and all of ours that it imports, side by side in the model's folder."""
    waiting, carried = [Path(towers.__file__)], set()
    while waiting:
        source = waiting.pop()
        carried.add(source)
        code = source.read_text(encoding="utf-8")
        here = Path(__file__).parent
        for package, module in _OURS.findall(code):
            imported = (here if package.endswith("embedders") else here.parent) / f"{module}.py"
            if imported not in carried:
                waiting.append(imported)
        (folder / source.name).write_text(_OURS.sub(r"from .\2 import", code), encoding="utf-8")
    config = next(folder.rglob("router_config.json"))
    config.write_text(config.read_text().replace(f"{towers.__name__}.", f"{Path(towers.__file__).stem}."))
