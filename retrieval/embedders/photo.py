"""Our own photo encoder on ONNX Runtime: one pass gives the vector for the search and the words for the describer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load as load_tensors

from retrieval.embedders.photo_labels import WEIGHTS, Opinion, PhotoLabels, Trust
from retrieval.errors import ModelUnavailable

BATCH = 16  # pictures in one run; more of them cost memory and save no time


@dataclass(frozen=True, slots=True)
class Look:
    """What one pass over a picture gives.

    `embedding` (d,) and the rows of `patches` (rows * columns, d) are L2-normalised and share a space with words and
    with other pictures; `attention` (rows, columns) sums to 1 and says where the product is; `probabilities` holds
    one distribution per head, in the order of the labels.
    """

    embedding: NDArray[np.float32]
    patches: NDArray[np.float32]
    attention: NDArray[np.float32]
    probabilities: Mapping[str, NDArray[np.float32]]


class PhotoEncoder:
    """Pictures → vectors and opinions. `name` carries the revision of the weights, so that an index can tell.

    Raises ModelUnavailable where a file is missing or is not the one that the manifest names.
    """

    def __init__(self, weights: Path | None = None, threads: int = 1) -> None:
        folder = weights or WEIGHTS
        manifest = read_manifest(folder / "eyes.json")
        model = read_pinned(folder, manifest["model"])
        self.labels = PhotoLabels.read(read_pinned(folder, manifest["labels"]))
        self.trust = Trust({tuple(row["for"]): (tuple(row["at"]), tuple(row["right"])) for row in manifest["trust"]})
        self.name: str = f"vitrine-eyes-{manifest['model']['sha256'][:12]}"
        self.dimensions: int = manifest["dimensions"]
        self.side: int = manifest["side"]
        self._temperatures: dict[str, float] = manifest["temperatures"]
        self._word_map = load_tensors(read_pinned(folder, manifest["words"]).read_bytes())["place"].astype(np.float32)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._outputs = [output.name for output in self._session.get_outputs()]

    def encode(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Vectors of shape (pictures, d), L2-normalised."""
        found = [np.zeros((0, self.dimensions), np.float32)]
        for begin in range(0, len(pictures), BATCH):
            pixels = np.stack([as_pixels(picture, self.side) for picture in pictures[begin : begin + BATCH]])
            found.append(self.encode_pixels(pixels))
        return np.concatenate(found)

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The same for pictures that are bytes already, shape (pictures, side, side, 3)."""
        return self._run(pixels)["embedding"]

    def encode_patches(self, pictures: Sequence[Image.Image]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        """The vectors, and a picture's patches on a grid of 4 × 4, shape (16, d), from the same pass."""
        vectors, patches = [np.zeros((0, self.dimensions), np.float32)], []
        for begin in range(0, len(pictures), BATCH):
            batch = pictures[begin : begin + BATCH]
            read = self._run(np.stack([as_pixels(picture, self.side) for picture in batch]))
            vectors.append(read["embedding"])
            patches += [coarse(each) for each in read["patches"]]
        return np.concatenate(vectors), patches

    def look(self, picture: Image.Image) -> Look:
        """One pass over one picture."""
        return self.look_at_pixels(as_pixels(picture, self.side)[None])[0]

    def look_at_pixels(self, pixels: NDArray[np.uint8]) -> list[Look]:
        """One pass over pictures that are bytes already, shape (pictures, side, side, 3)."""
        read = self._run(pixels)
        return [self._seen(read, place) for place in range(len(pixels))]

    def _seen(self, read: Mapping[str, NDArray[np.float32]], place: int) -> Look:
        patches = read["patches"][place]
        grid = round(len(patches) ** 0.5)
        return Look(
            embedding=read["embedding"][place],
            patches=patches,
            attention=read["attention"][place].reshape(grid, grid),
            probabilities={
                head: _softmax(read[head][place] / temperature) for head, temperature in self._temperatures.items()
            },
        )

    def opinions(self, look: Look, head: str) -> tuple[Opinion, Opinion]:
        """The best label of a head and the best group of labels, each with a calibrated confidence."""
        family = self.labels.exact("type", look.probabilities["type"])[0].group.family
        label, of_label = self.labels.exact(head, look.probabilities[head])
        group, of_group = self.labels.broad(head, look.probabilities[head])
        return (
            Opinion(label, self.trust.confidence(head, "exact", family, of_label)),
            Opinion(group, self.trust.confidence(head, "broad", family, of_group)),
        )

    def place_words(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Text vectors of MiniLM's space (n, 384) → the pictures' space (n, d), L2-normalised."""
        placed = vectors @ self._word_map.T
        normalised: NDArray[np.float32] = placed / np.maximum(np.linalg.norm(placed, axis=1, keepdims=True), 1e-9)
        return normalised

    def _run(self, pixels: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        return dict(zip(self._outputs, self._session.run(self._outputs, {"pixels": pixels}), strict=True))


def coarse(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """Patches on a grid of twice as many rows and columns → the means of four each, L2-normalised.

    A quarter of the patches costs reranking a quarter of the time and an index a quarter of the space.
    """
    side = round(len(patches) ** 0.5) // 2
    means = patches.reshape(side, 2, side, 2, -1).mean(axis=(1, 3)).reshape(side * side, -1)
    normalised: NDArray[np.float32] = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    return normalised


def as_pixels(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    """(side, side, 3) bytes. A picture of another shape is squeezed: nothing of the product is cut off."""
    if picture.mode in ("RGBA", "LA", "PA", "P"):
        seen = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
    small = picture.convert("RGB").resize((side, side), Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(small)


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(scores - scores.max())
    shares: NDArray[np.float32] = powers / powers.sum()
    return shares


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of some weights. Raises ModelUnavailable where it is missing or not JSON."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelUnavailable(f"expected the manifest of weights at {path}, found no file") from None
    except ValueError as error:
        raise ModelUnavailable(f"expected JSON in {path}: {error}") from None
    return content


def read_pinned(folder: Path, entry: Mapping[str, str]) -> Path:
    """The file of a manifest entry, if it is the one that was pinned."""
    path = folder / entry["file"]
    if not path.exists():
        raise ModelUnavailable(f"expected {entry['file']} in {folder}, found no file")
    found = sha256(path.read_bytes()).hexdigest()
    if found != entry["sha256"]:
        raise ModelUnavailable(f"{path}: expected SHA-256 {entry['sha256']}, found {found}")
    return path
