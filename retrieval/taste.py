"""How much a history speaks for a product: a trained attention, and the plain mean that it must beat."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_tensors

from retrieval.errors import ModelUnavailable

HISTORY = 20  # the latest views that count
FEATURES = ("text", "picture", "price", "together")
STANDING = ("popularity", "unseen")
WEIGHTS = Path(__file__).parent / "weights"

Floats = NDArray[np.float32]


class Taste(Protocol):
    """What a history says for candidates."""

    def shares(self, pairs: Floats) -> Floats:
        """What each view, newest first, says for each candidate: (candidates, views, FEATURES) → (candidates, views)"""
        ...

    def standing(self, standing: Floats) -> Floats:
        """What a candidate has for itself, whoever looks: (candidates, STANDING) → (candidates,)."""
        ...


@dataclass(frozen=True, slots=True)
class Attention:
    """Softmax attention over a history: a candidate is the query, the viewed products are the keys.

    A pair of products has four features (`retrieval.likeness`). A head's `keys` (heads, features) and `recency` (heads,
    HISTORY) say how its attention is shared among the views, its `values` (heads, features) what a view then says for
    the candidate; `own` (STANDING,) weighs the candidate's own standing. The form is that of neural attentive item
    similarity (He et al., 2018, "NAIS"), with weights on likenesses in the place of learned products, so that the same
    weights serve products, shops and encoders that they never saw.
    """

    keys: Floats
    values: Floats
    recency: Floats
    own: Floats

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> Attention:
        """The trained weights, or ModelUnavailable where they are missing or not those that the manifest names."""
        try:
            manifest: dict[str, Any] = json.loads((folder / "recommend.json").read_text(encoding="utf-8"))
            name, expected = manifest["model"]["file"], manifest["model"]["sha256"]
            content = (folder / name).read_bytes()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnavailable(f"expected recommend.json and the weights it names in {folder}: {error}") from None
        if (found := sha256(content).hexdigest()) != expected:
            raise ModelUnavailable(f"{folder / name}: expected SHA-256 {expected}, found {found}")
        return cls(**load_tensors(content))

    def shares(self, pairs: Floats) -> Floats:
        """As `Taste.shares`."""
        logits = np.einsum("cvf,hf->hcv", pairs, self.keys) + self.recency[:, None, : pairs.shape[1]]
        powers = np.exp(logits - logits.max(axis=2, keepdims=True))
        attention = powers / powers.sum(axis=2, keepdims=True)
        said: Floats = (attention * np.einsum("cvf,hf->hcv", pairs, self.values)).sum(axis=0)
        return said

    def standing(self, standing: Floats) -> Floats:
        """As `Taste.standing`."""
        weighed: Floats = standing @ self.own
        return weighed


@dataclass(frozen=True, slots=True)
class Recent:
    """The way without training: mean likeness in text and picture, where each older view counts `fading` as much."""

    fading: float = 0.8

    def shares(self, pairs: Floats) -> Floats:
        """As `Taste.shares`."""
        weights = self.fading ** np.arange(pairs.shape[1], dtype=np.float32)
        said: Floats = pairs[:, :, :2].mean(axis=2) * (weights / weights.sum())
        return said

    def standing(self, standing: Floats) -> Floats:
        """Nothing: only likeness counts."""
        return np.zeros(len(standing), np.float32)
