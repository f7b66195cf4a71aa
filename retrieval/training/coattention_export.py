"""From a trained reranker to the files that the service reads: an ONNX graph and the manifest that pins it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import torch

from retrieval.coattention import MANIFEST
from retrieval.training.coattention_network import PATCH_DIMENSIONS, WORD_DIMENSIONS, CoAttention

GRAPH = "coattention.onnx"
INPUTS = ("query_words", "query_patches", "query_mask", "words", "patches", "mask")


def export(
    network: CoAttention,
    folder: Path,
    *,
    text: str,
    pictures: str,
    mix: Mapping[str, float],
    chosen: Mapping[str, float] | None = None,
    seed: int,
) -> None:
    """Write `coattention.onnx` (float32: int8 was no faster at this size) and `coattention.json` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_graph(network.eval(), folder / GRAPH)
    manifest = {
        "model": {"file": GRAPH, "sha256": sha256((folder / GRAPH).read_bytes()).hexdigest()},
        "text": text,
        "pictures": pictures,
        "seed": seed,
        "mix": dict(mix),
        "chosen": dict(mix if chosen is None else chosen),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _write_graph(network: CoAttention, path: Path) -> None:
    queries, candidates = {0: "queries"}, {0: "candidates"}
    torch.onnx.export(
        network,
        (
            torch.zeros(1, 5, WORD_DIMENSIONS), torch.zeros(1, 4, PATCH_DIMENSIONS), torch.ones(1, 9),
            torch.zeros(2, 7, WORD_DIMENSIONS), torch.zeros(2, 3, PATCH_DIMENSIONS), torch.ones(2, 10),
        ),
        path,
        input_names=list(INPUTS),
        output_names=["logits"],
        dynamic_axes={
            "query_words": {**queries, 1: "asked words"}, "query_patches": {**queries, 1: "asked patches"},
            "query_mask": {**queries, 1: "asked"}, "words": {**candidates, 1: "offered words"},
            "patches": {**candidates, 1: "offered patches"}, "mask": {**candidates, 1: "offered"},
            "logits": candidates,
        },
        opset_version=17,
        dynamo=False,
    )  # fmt: skip
