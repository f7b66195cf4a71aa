"""From a trained reranker to the files that the service reads: an ONNX graph and the manifest that pins it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

from retrieval.coattention import MANIFEST, OUTPUTS, Scorer, Weights
from retrieval.training.coattention_network import PATCH_DIMENSIONS, WORD_DIMENSIONS, CoAttention

GRAPH = "coattention.onnx"
INPUTS = ("query_words", "query_patches", "query_mask", "query_denied", "words", "patches", "mask")


def export(
    network: CoAttention,
    folder: Path,
    *,
    text: str,
    pictures: str,
    chosen: Mapping[str, Weights],
    in_force: Sequence[str],
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
        "in_force": list(in_force),
        "chosen": {
            case: {name: value for name, value in asdict(weights).items() if value} for case, weights in chosen.items()
        },
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def scorer_of(network: CoAttention) -> Scorer:
    """The network as the service runs it, three times as fast as here."""
    with TemporaryDirectory() as folder:
        export(network, Path(folder), text="", pictures="", chosen={}, in_force=(), seed=0)
        return Scorer(Path(folder))


class _AsStored(nn.Module):
    """The network on half precision, as the index stores vectors: ONNX Runtime widens them faster than NumPy."""

    def __init__(self, network: CoAttention) -> None:
        super().__init__()
        self.network = network

    def forward(  # noqa: PLR0917 - the inputs of the exported graph
        self,
        asked: Tensor,
        seen: Tensor,
        query_mask: Tensor,
        denied: Tensor,
        words: Tensor,
        patches: Tensor,
        mask: Tensor,
    ) -> tuple[Tensor, ...]:
        judged: tuple[Tensor, ...] = self.network(
            asked.float(), seen.float(), query_mask, denied, words.float(), patches.float(), mask
        )
        return judged


def _write_graph(network: CoAttention, path: Path) -> None:
    queries, candidates = {0: "queries"}, {0: "candidates"}
    half = torch.float16
    torch.onnx.export(
        _AsStored(network).eval(),
        (
            torch.zeros(1, 5, WORD_DIMENSIONS, dtype=half), torch.zeros(1, 4, PATCH_DIMENSIONS, dtype=half),
            torch.ones(1, 9), torch.zeros(1, 5),
            torch.zeros(2, 7, WORD_DIMENSIONS, dtype=half), torch.zeros(2, 3, PATCH_DIMENSIONS, dtype=half),
            torch.ones(2, 10),
        ),
        path,
        input_names=list(INPUTS),
        output_names=OUTPUTS,
        dynamic_axes={
            "query_words": {**queries, 1: "asked words"}, "query_patches": {**queries, 1: "asked patches"},
            "query_mask": {**queries, 1: "asked"}, "query_denied": {**queries, 1: "asked words"},
            "words": {**candidates, 1: "offered words"},
            "patches": {**candidates, 1: "offered patches"}, "mask": {**candidates, 1: "offered"},
            **dict.fromkeys(OUTPUTS, candidates),
        },
        opset_version=17,
        dynamo=False,
    )  # fmt: skip
