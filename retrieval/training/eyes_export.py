"""From a trained network to the files that the service reads: an int8 graph, the map for words, and the manifest."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from PIL import Image
from safetensors.torch import save

from retrieval.embedders.photo import Look, PhotoEncoder, as_pixels
from retrieval.embedders.photo_labels import LABELS, PhotoLabels
from retrieval.training.eyes_data import HEADS, Pictures
from retrieval.training.eyes_network import DIMENSIONS, Exportable, Eyes
from retrieval.training.eyes_trust import (
    Examined,
    accuracy,
    claims,
    development_part,
    looks_at,
    opinions,
    rising_table,
    temperatures,
)

SIDE = 128
CALIBRATION_PICTURES = 384


def export(eyes: Eyes, pictures: Pictures, labels: PhotoLabels, folder: Path) -> dict[str, float]:
    """Write `eyes.onnx`, `eyes_words.safetensors` and `eyes.json` into `folder`.

    Returns the development figures: accuracy of each head by source, the same of the network before it was quantised
    (`…_float32`), and `wrong_claims`, the share of wrong ones among opinions that claim at least .9, measured on
    pictures that the tables were not fitted on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / LABELS.name).exists():
        shutil.copy(LABELS, folder)
    _write_graph(eyes, pictures, folder / "eyes.onnx")
    placing = eyes.place_words.weight.detach().half().contiguous()
    (folder / "eyes_words.safetensors").write_bytes(save({"place": placing}))
    manifest: dict[str, Any] = {
        "model": _entry(folder / "eyes.onnx"),
        "words": _entry(folder / "eyes_words.safetensors"),
        "labels": _entry(folder / LABELS.name),
        "dimensions": DIMENSIONS,
        "side": SIDE,
        "temperatures": dict.fromkeys(HEADS, 1.0),
        "trust": [],
    }
    _write(manifest, folder)
    examined = development_part(pictures)
    manifest["temperatures"] = temperatures(looks_at(PhotoEncoder(folder), examined), examined)
    _write(manifest, folder)
    looks = looks_at(PhotoEncoder(folder), examined)
    answers = opinions(labels, looks, examined)
    manifest["trust"] = [
        {"for": about, "at": at, "right": right}
        for about, given in answers.items()
        for at, right in rising_table(given)
    ]
    _write(manifest, folder)
    whole = {f"{name}_float32": right for name, right in accuracy(_whole_looks(eyes, examined), examined).items()}
    return accuracy(looks, examined) | whole | claims(answers)


def _whole_looks(eyes: Eyes, examined: Examined) -> list[Look]:
    """What the network itself reads, before it is quantised; its scores stand where probabilities would."""
    graph = Exportable(eyes.eval())
    looks = []
    for picture in examined.pixels:
        pixels = torch.from_numpy(as_pixels(Image.fromarray(picture), SIDE).copy())[None]
        with torch.inference_mode():
            read = dict(zip(graph.outputs, (values[0].numpy() for values in graph(pixels)), strict=True))
        scores = {head: read[head] for head in HEADS}
        looks.append(Look(read["embedding"], read["patches"], read["attention"], scores))
    return looks


def _entry(path: Path) -> dict[str, str]:
    return {"file": path.name, "sha256": sha256(path.read_bytes()).hexdigest()}


def _write(manifest: Mapping[str, Any], folder: Path) -> None:
    lines = [f" {json.dumps(name)}: {_rows(value)}" for name, value in manifest.items()]
    (folder / "eyes.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _rows(value: object) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in value) + "\n ]"


def _write_graph(eyes: Eyes, pictures: Pictures, path: Path) -> None:
    """Static int8 for the convolutions, per channel; pooling, heads and projections stay in float32."""
    graph = Exportable(eyes.eval()).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "float.onnx"
        torch.onnx.export(
            graph,
            (torch.zeros(2, SIDE, SIDE, 3, dtype=torch.uint8),),
            whole,
            input_names=["pixels"],
            output_names=list(graph.outputs),
            dynamic_axes={name: {0: "pictures"} for name in ("pixels", *graph.outputs)},
            opset_version=17,
            dynamo=False,
        )
        training = [i for i, e in enumerate(pictures.examples) if not e.development]
        chosen = np.random.default_rng(0).choice(training, min(CALIBRATION_PICTURES, len(training)), replace=False)
        quantize_static(
            whole,
            path,
            _Samples(pictures.pixels[chosen]),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            op_types_to_quantize=["Conv", "Add", "Relu", "AveragePool"],
        )


class _Samples(CalibrationDataReader):  # type: ignore[misc]
    """Training pictures, from which the quantiser learns the range of each activation."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        small = [as_pixels(Image.fromarray(picture), SIDE)[None] for picture in pixels]
        self._samples = iter([{"pixels": picture} for picture in small])

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        return next(self._samples, None)
