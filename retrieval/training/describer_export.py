"""From a trained describer to what the service runs: two int8 graphs and the manifest that pins them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the trade's name
from transformers import VisionEncoderDecoderModel

from retrieval.describer import ARCHITECTURE, ROWS, WIDE, PhotoDecoder
from retrieval.describer_words import Lexicon
from retrieval.embedders.photo import PhotoEncoder
from retrieval.training.describer_bank import Bank
from retrieval.training.describer_trust import fitted, judged_figures


def export(
    model: VisionEncoderDecoderModel, lexicon: Lexicon, encoder: PhotoEncoder, development: Bank, folder: Path
) -> dict[str, float]:
    """Write `describer_memory.onnx`, `describer.onnx` and `describer.json` into `folder`.

    Weights and tables are fitted on one half of the development scenes, with the graphs that will serve; the figures
    are of the other half.
    """
    model.eval()  # type: ignore[no-untyped-call]
    _write_graphs(model, folder)
    manifest: dict[str, Any] = {
        "architecture": ARCHITECTURE,
        "encoder": encoder.name,
        "memory": _entry(folder / "describer_memory.onnx"),
        "decoder": _entry(folder / "describer.onnx"),
        "weights": {},
        "trust": [],
    }
    _write(manifest, folder)
    shares = PhotoDecoder(encoder, folder).shares(development.looks)
    manifest |= fitted(lexicon, development, shares)
    _write(manifest, folder)
    return judged_figures(PhotoDecoder(encoder, folder), development, shares)


class MemoryGraph(nn.Module):
    """Looks (n, 66, 256) → keys and values of every layer's cross-attention (layers, 2, n, heads, 66, d / heads)."""

    def __init__(self, model: VisionEncoderDecoderModel) -> None:
        super().__init__()
        decoder: Any = model.decoder
        self.encoder, self.heads = model.encoder, decoder.config.n_head
        self.projections = nn.ModuleList(block.crossattention.c_attn for block in decoder.transformer.h)

    def forward(self, looks: Tensor) -> Tensor:
        seen = self.encoder(pixel_values=looks).last_hidden_state
        layers = [
            torch.stack([_split(part, self.heads) for part in _apply(layer, seen).chunk(2, dim=-1)])
            for layer in self.projections
        ]
        return torch.stack(layers)


class DecoderGraph(nn.Module):
    """GPT-2 with cross-attention over tokens that follow those in the cache; the same sums as transformers' class.

    Tokens (n, t), memory (layers, 2, 1 or n, heads, 66, d / heads), past (layers, 2, n, heads, p, d / heads) →
    logits (n, t, words) and past with these tokens.
    """

    def __init__(self, model: VisionEncoderDecoderModel) -> None:
        super().__init__()
        decoder: Any = model.decoder
        self.heads = decoder.config.n_head
        self.body: Any = decoder.transformer
        self.words: Tensor = decoder.lm_head.weight

    def forward(self, tokens: Tensor, memory: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        begin, count = past.shape[4], tokens.shape[1]
        at = torch.arange(count) + begin
        x = self.body.wte(tokens) + self.body.wpe(at)
        seen = torch.arange(begin + count)[None, :] <= at[:, None]
        present = []
        for number, block in enumerate(self.body.h):
            query, key, value = (
                _split(part, self.heads) for part in _apply(block.attn.c_attn, block.ln_1(x)).chunk(3, dim=-1)
            )
            key, value = torch.cat([past[number, 0], key], dim=2), torch.cat([past[number, 1], value], dim=2)
            present.append(torch.stack([key, value]))
            x = x + _apply(block.attn.c_proj, _attended(query, key, value, seen))
            query = _split(_apply(block.crossattention.q_attn, block.ln_cross_attn(x)), self.heads)
            x = x + _apply(block.crossattention.c_proj, _attended(query, memory[number, 0], memory[number, 1], None))
            x = x + _apply(block.mlp.c_proj, F.gelu(_apply(block.mlp.c_fc, block.ln_2(x)), approximate="tanh"))
        return self.body.ln_f(x) @ self.words.T, torch.stack(present)


def _apply(layer: Any, x: Tensor) -> Tensor:
    """transformers' Conv1D as the matrix product that it is, which the quantiser knows."""
    product: Tensor = x @ layer.weight + layer.bias
    return product


def _split(x: Tensor, heads: int) -> Tensor:
    n, count, wide = x.shape
    return x.view(n, count, heads, wide // heads).transpose(1, 2)


def _attended(query: Tensor, key: Tensor, value: Tensor, seen: Tensor | None) -> Tensor:
    scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
    if seen is not None:
        scores = scores.masked_fill(~seen, -1e4)
    found = (scores.softmax(dim=-1) @ value).transpose(1, 2)
    merged: Tensor = found.reshape(found.shape[0], found.shape[1], -1)
    return merged


def _write_graphs(model: VisionEncoderDecoderModel, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    config = model.decoder.config
    wide = config.n_embd // config.n_head
    looks, tokens = torch.zeros(2, ROWS, WIDE), torch.zeros(3, 4, dtype=torch.long)
    memory = torch.zeros(config.n_layer, 2, 1, config.n_head, ROWS, wide)
    past = torch.zeros(config.n_layer, 2, 3, config.n_head, 2, wide)
    parts: tuple[tuple[str, nn.Module, dict[str, Tensor], dict[str, dict[int, str]]], ...] = (
        (
            "describer_memory.onnx",
            MemoryGraph(model),
            {"looks": looks},
            {"looks": {0: "photos"}, "memory": {2: "photos"}},
        ),
        (
            "describer.onnx",
            DecoderGraph(model),
            {"tokens": tokens, "memory": memory, "past": past},
            {
                "tokens": {0: "rows", 1: "count"},
                "memory": {2: "seen"},
                "past": {2: "rows", 4: "read"},
                "logits": {0: "rows", 1: "count"},
                "present": {2: "rows", 4: "now"},
            },
        ),
    )
    for name, graph, given, axes in parts:
        outputs = ["memory"] if name == "describer_memory.onnx" else ["logits", "present"]
        with tempfile.TemporaryDirectory() as scratch, torch.inference_mode():
            whole = Path(scratch) / "float.onnx"
            torch.onnx.export(
                graph.eval(),
                tuple(given.values()),
                whole,
                input_names=list(given),
                output_names=outputs,
                dynamic_axes=axes,
                opset_version=17,
                dynamo=False,
            )
            quantize_dynamic(whole, folder / name, per_channel=True, weight_type=QuantType.QInt8)


def _entry(path: Path) -> dict[str, str]:
    return {"file": path.name, "sha256": sha256(path.read_bytes()).hexdigest()}


def _write(manifest: Mapping[str, Any], folder: Path) -> None:
    lines = [f" {json.dumps(name)}: {_rows(value)}" for name, value in manifest.items()]
    (folder / "describer.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _rows(value: object) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in value) + "\n ]"
