"""Models of the hub's own classes, made on the spot: a few thousand random weights, saved as a hub would serve them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
import transformers as hf
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] <image> a blue red green mug photo of the is it cotton how long does delivery take"
)
VOCABULARY = {word: at for at, word in enumerate(WORDS.split())}
TEXT = {
    "hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "num_hidden_layers": 2,
    "vocab_size": len(VOCABULARY), "max_position_embeddings": 24,
    "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3,
}  # fmt: skip
VISION = {
    "hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "num_hidden_layers": 2,
    "image_size": 32, "patch_size": 8,
}  # fmt: skip
SIDE = {"height": 32, "width": 32}


def a_clip(folder: Path) -> Path:
    """Like `openai/clip-*`."""
    config = hf.CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=16)
    pictures = hf.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=SIDE)
    return _saved(folder, hf.CLIPModel(config), hf.CLIPProcessor(pictures, _tokenizer()))


def a_siglip(folder: Path) -> Path:
    """Like `google/siglip-*`, and `google/siglip2-*` of fixed size, which has the same class."""
    config = hf.SiglipConfig(text_config={**TEXT, "projection_size": 32}, vision_config=VISION)
    return _saved(
        folder, hf.SiglipModel(config), hf.SiglipProcessor(hf.SiglipImageProcessorPil(size=SIDE), _tokenizer())
    )


def a_chinese_clip(folder: Path) -> Path:
    """Like `OFA-Sys/chinese-clip-*`, whose tokenizer knows no longest text."""
    config = hf.ChineseCLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=16)
    pictures = hf.ChineseCLIPImageProcessorPil(size=SIDE, crop_size=SIDE)
    tokenizer = hf.BertTokenizer(vocab=VOCABULARY)
    return _saved(folder, hf.ChineseCLIPModel(config), hf.ChineseCLIPProcessor(pictures, tokenizer))


def a_text_model(folder: Path) -> Path:
    """Like `BAAI/bge-*`: BERT with a pooling, saved by sentence-transformers, which marks questions as such."""
    parts = folder.with_name(f"{folder.name}-parts")
    _saved(parts, hf.BertModel(hf.BertConfig(**TEXT)), hf.BertTokenizer(vocab=VOCABULARY, model_max_length=24))
    transformer = Transformer(str(parts))
    model = SentenceTransformer(
        modules=[transformer, Pooling(transformer.get_embedding_dimension())],
        prompts={"query": "how long: ", "document": ""},
        device="cpu",
    )
    model.save(str(folder))
    return folder


TWO_TOWERS: dict[str, Callable[[Path], Path]] = {
    "clip": a_clip,
    "siglip": a_siglip,
    "chinese-clip": a_chinese_clip,
}


def _tokenizer() -> hf.PreTrainedTokenizerFast:
    """Splits at spaces and knows two dozen words."""
    words = Tokenizer(WordLevel(VOCABULARY, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    words.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    marks = {"unk_token": "[UNK]", "pad_token": "[PAD]", "bos_token": "[CLS]", "eos_token": "[SEP]"}
    return hf.PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=24, **marks)


def _saved(folder: Path, model: hf.PreTrainedModel, processor: hf.ProcessorMixin | hf.BertTokenizer) -> Path:
    # Random weights near zero would make all pictures alike.
    generator = torch.Generator().manual_seed(7)
    for weights in model.parameters():
        if weights.dim() > 1:
            weights.data = torch.randn(weights.shape, generator=generator) * 0.3
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
