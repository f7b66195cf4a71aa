"""Our encoders as modules of sentence-transformers, for a `Router` that gives texts and pictures one space.

They run the very ONNX graphs that the service runs, so their vectors are the service's. This file and what it imports
of ours are copied into an exported model, which therefore loads where Vitrine is not installed.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from PIL import Image
from sentence_transformers.base.modules import InputModule

from retrieval.embedders.bilingual import Bilingual
from retrieval.embedders.chinese import ChineseNgrams
from retrieval.embedders.minilm import MiniLm
from retrieval.embedders.photo import PhotoEncoder, as_pixels

ENGLISH, CHINESE = "minilm-int8.onnx", "chinese.safetensors"


class _Tower(InputModule):
    """A module whose weights are the files of a folder."""

    save_in_root = False

    def __init__(self, folder: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.folder = folder

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        """Copy the files."""
        shutil.copytree(self.folder, output_path, dirs_exist_ok=True)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", *args: Any, **kwargs: Any) -> Self:
        """Open the files of a saved model."""
        known = {key: kwargs.get(key) for key in ("token", "cache_folder", "revision")}
        offline = bool(kwargs.get("local_files_only"))
        folder = cls.load_dir_path(model_name_or_path, subfolder, local_files_only=offline, **known)
        return cls(Path(str(folder)))


class TextTower(_Tower):
    """Texts → vectors of MiniLM's space (n, 384): English by MiniLM, Chinese by our own encoder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._encoder = Bilingual(MiniLm(folder / ENGLISH), ChineseNgrams(folder / CHINESE))

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """Texts as they are: each encoder has its own tokenizer."""
        texts = [each["text"] if isinstance(each, dict) else str(each) for each in inputs]
        return {"texts": [(prompt or "") + text for text in texts]}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Adds `sentence_embedding`."""
        features["sentence_embedding"] = torch.from_numpy(self._encoder.encode(features["texts"]))
        return features

    def get_embedding_dimension(self) -> int:
        return self._encoder.dimensions


class PhotoTower(_Tower):
    """Pictures → vectors (n, d) of the photo space, by our own encoder. A picture is a PIL image or a file's path."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._encoder = PhotoEncoder(folder)

    @property
    def modalities(self) -> list[Any]:
        return ["image"]

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """Pictures as the graph takes them: `pixels` (n, side, side, 3), bytes."""
        pictures = [_picture(each["image"] if isinstance(each, dict) else each) for each in inputs]
        return {"pixels": torch.from_numpy(np.stack([as_pixels(each, self._encoder.side) for each in pictures]))}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Adds `sentence_embedding`."""
        vectors = self._encoder.encode_pixels(features["pixels"].cpu().numpy())
        features["sentence_embedding"] = torch.from_numpy(vectors)
        return features

    def get_embedding_dimension(self) -> int:
        return self._encoder.dimensions


def _picture(given: Any) -> Image.Image:
    if isinstance(given, Image.Image):
        return given
    if isinstance(given, str | Path) and Path(given).is_file():
        return Image.open(given)
    raise ValueError(f"expected a PIL image or the path of a picture, found {type(given).__name__}: {str(given)[:80]}")
