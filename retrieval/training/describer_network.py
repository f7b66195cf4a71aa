"""The describer as a `VisionEncoderDecoderModel` of transformers: looks of the photo encoder in, words out.

The photo encoder itself stays as it is and stays outside: what the network calls `pixel_values` are looks (n, 66, 256),
see `retrieval.describer.looked`. Its own encoder only places them; the decoder is GPT-2 with cross-attention.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModel,
    GPT2Config,
    GPT2LMHeadModel,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    VisionEncoderDecoderModel,
)
from transformers.modeling_outputs import BaseModelOutput

from retrieval.describer import ROWS, WIDE
from retrieval.describer_words import BEGIN, END, PAD, Lexicon

DIMENSIONS, LAYERS, HEADS, POSITIONS = 128, 2, 4, 40
PATCHES = ROWS - 2


class LookConfig(PretrainedConfig):  # type: ignore[no-untyped-call]
    """How wide the looks are and how wide the decoder wants them."""

    model_type = "vitrine-look"

    def __init__(self, hidden_size: int = DIMENSIONS, rows: int = ROWS, wide: int = WIDE, **others: Any) -> None:
        super().__init__(**others)
        self.hidden_size, self.rows, self.wide = hidden_size, rows, wide


class LookEncoder(PreTrainedModel):  # type: ignore[no-untyped-call]
    """Places the rows of a look in the decoder's space: patches, the embedding, and the heads' opinions."""

    config_class = LookConfig
    main_input_name = "pixel_values"

    def __init__(self, config: LookConfig) -> None:
        super().__init__(config)
        self.patches = nn.Linear(config.wide, config.hidden_size)
        self.embedding = nn.Linear(config.wide, config.hidden_size)
        self.opinions = nn.Linear(config.wide, config.hidden_size)
        self.place = nn.Parameter(torch.randn(config.rows, config.hidden_size) * 0.05)
        self.norm = nn.LayerNorm(config.hidden_size)
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(self, pixel_values: Tensor, **_: object) -> BaseModelOutput:
        """Looks (n, 66, 256) → `last_hidden_state` (n, 66, hidden)."""
        count = self.config.rows - 2
        parts = (
            self.patches(pixel_values[:, :count] * 8.0),  # unit vectors of 256: their numbers are small
            self.embedding(pixel_values[:, count : count + 1] * 8.0),
            self.opinions(pixel_values[:, count + 1 :] * 2.0),
        )
        return BaseModelOutput(last_hidden_state=self.norm(torch.cat(parts, dim=1) + self.place))


AutoConfig.register(LookConfig.model_type, LookConfig)
AutoModel.register(LookConfig, LookEncoder)


def new_describer(lexicon: Lexicon) -> VisionEncoderDecoderModel:
    """An untrained describer for these words."""
    marks = {"pad": lexicon.number[PAD], "bos": lexicon.number[BEGIN], "eos": lexicon.number[END]}
    decoder = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=len(lexicon.tokens),
            n_positions=POSITIONS,
            n_embd=DIMENSIONS,
            n_layer=LAYERS,
            n_head=HEADS,
            add_cross_attention=True,
            pad_token_id=marks["pad"],
            bos_token_id=marks["bos"],
            eos_token_id=marks["eos"],
        )
    )
    model = VisionEncoderDecoderModel(encoder=LookEncoder(LookConfig()), decoder=decoder)
    model.config.pad_token_id, model.config.decoder_start_token_id = marks["pad"], marks["bos"]
    return model


def save_for_transformers(model: VisionEncoderDecoderModel, lexicon: Lexicon, folder: Path) -> None:
    """The model in safetensors and its tokenizer, as `from_pretrained` reads them."""
    model.save_pretrained(folder)
    words = Tokenizer(models.WordLevel(dict(lexicon.number), unk_token=PAD))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words.add_tokens(
        [AddedToken(token, normalized=False, single_word=True) for token in lexicon.tokens if " " in token]
    )
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=words, pad_token=PAD, bos_token=BEGIN, eos_token=END, unk_token=PAD
    )
    tokenizer.save_pretrained(folder)
