"""Any sentence-transformers model as an encoder of texts, of pictures, or of both in one space (CLIP and kin)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from retrieval.errors import ModelUnavailable
from retrieval.hub import Fetched, advice

BATCH = 16  # inputs that are encoded before another thread has its turn
PROBE_SIDE = 64

Modality = Literal["text", "image"]
Task = Literal["query", "document"]


class HubEncoder:
    """A model in memory, on a GPU where there is one. `texts`, `queries` and `pictures` are the roles it can play.

    One call at a time: tokenizers cannot be used by two threads at once.
    """

    def __init__(self, fetched: Fetched, threads: int = 1) -> None:
        """Loads the model; raises `ModelUnavailable` saying what is missing or not allowed."""
        torch.set_num_threads(threads)
        self.name = fetched.identity
        self._model = _loaded(fetched)
        self._processing = _processing(self._model)
        self._lock = threading.Lock()

    def texts(self) -> HubTexts:
        """Encodes what the shop knows. Raises `ModelUnavailable` where the model reads no text."""
        return HubTexts(self, "document")

    def queries(self) -> HubTexts:
        """Encodes what customers ask, for models that want that marked."""
        return HubTexts(self, "query")

    def pictures(self) -> HubPictures:
        """Encodes photos. Raises `ModelUnavailable` where the model sees none."""
        return HubPictures(self)

    def dimensions(self, modality: Modality) -> int:
        """How long the model's vectors of a modality are, found by encoding one."""
        if modality not in self._model.modalities:
            able = ", ".join(str(each) for each in self._model.modalities)
            raise ModelUnavailable(f"expected a model that encodes {modality}, but {self.name} encodes {able}")
        probe = "a blue mug" if modality == "text" else Image.new("RGB", (PROBE_SIDE, PROBE_SIDE), "navy")
        try:
            vectors = self._run([{modality: probe}], "document")
        except Exception as error:  # whatever a model's own code raises
            raise ModelUnavailable(f"{self.name} loads, but cannot encode {modality}: {error}") from error
        if vectors.ndim != 2 or not np.isfinite(vectors).all():
            raise ModelUnavailable(f"expected one vector of finite numbers from {self.name}, found {vectors.shape}")
        return int(vectors.shape[1])

    def encode(self, modality: Modality, inputs: Sequence[Any], task: Task, dimensions: int) -> NDArray[np.float32]:
        """Vectors of shape (inputs, dimensions), L2-normalised.

        Every input is sent with its modality: a bare string that looks like a path or an address of a picture would be
        opened by sentence-transformers, and customers choose their words. One modality a call: mixed ones are refused.
        """
        vectors = np.empty((len(inputs), dimensions), np.float32)
        for start in range(0, len(inputs), BATCH):
            batch: list[dict[str, Any]] = [{modality: each} for each in inputs[start : start + BATCH]]
            vectors[start : start + BATCH] = self._run(batch, task)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)

    def _run(self, batch: list[dict[str, Any]], task: Task) -> NDArray[np.float32]:
        marked = self._model.encode_query if task == "query" else self._model.encode_document
        encode = self._model.encode if "image" in batch[0] else marked
        with self._lock:
            found = encode(batch, batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True, **self._processing)
        return np.asarray(found, np.float32)


class HubTexts:
    """A `TextEncoder` on a hub model."""

    def __init__(self, encoder: HubEncoder, task: Task) -> None:
        self.name = encoder.name
        self.dimensions = encoder.dimensions("text")
        self._encoder = encoder
        self._task: Task = task

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (texts, dimensions), L2-normalised; how much of a long text counts is the model's choice."""
        return self._encoder.encode("text", texts, self._task, self.dimensions)

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """No rows: what reads token vectors was trained on MiniLM's, and a thousand dimensions a token fill disks."""
        return [np.empty((0, self.dimensions), np.float32) for _ in texts]

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """None either: a hub model's tokenizer need not say where in a text its tokens stand."""
        return [[] for _ in texts]


class HubPictures:
    """A `PictureEncoder` on a hub model."""

    def __init__(self, encoder: HubEncoder) -> None:
        self.name = encoder.name
        self.dimensions = encoder.dimensions("image")
        self._encoder = encoder

    def encode(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Vectors of shape (pictures, dimensions), L2-normalised."""
        return self._encoder.encode("image", [each.convert("RGB") for each in pictures], "document", self.dimensions)


def _loaded(fetched: Fetched) -> SentenceTransformer:
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(
            str(fetched.folder),
            trust_remote_code=fetched.model.trust_remote_code,
            local_files_only=True,  # all that is needed has been fetched
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:  # whatever the configuration, the weights or the model's own code raise
        raise ModelUnavailable(f"{fetched.model.name} cannot be loaded: {advice(error)}") from error


def _processing(model: SentenceTransformer) -> dict[str, Any]:
    """How two-tower models want their texts cut and padded, where their tokenizers do not say.

    SigLIP was trained on texts padded to their full length and reads the last token: any other padding changes the
    vector with whatever else is in the batch. Some tokenizers know no limit, and a long text would break the model.
    """
    config: Any = getattr(model.transformers_model, "config", None)
    longest = getattr(getattr(config, "text_config", None), "max_position_embeddings", None)
    if longest is None:
        return {}
    text: dict[str, Any] = {"truncation": True, "max_length": min(longest, model.tokenizer.model_max_length)}
    if config.model_type in ("siglip", "siglip2"):
        text |= {"padding": "max_length", "max_length": longest}
    return {"processing_kwargs": {"text": text}}
