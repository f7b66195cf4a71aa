"""all-MiniLM-L6-v2 as an int8 ONNX graph: 384-d sentence and token vectors on a CPU thread, without torch.

The graph, its tokenizer and what it was made from lie in one file, written by `retrieval.training.minilm_export`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from retrieval.errors import ModelUnavailable

SENTENCE_TOKENS = 128  # with [CLS] and [SEP], as in the model's training
LATE_INTERACTION_TOKENS = 32
REMEMBERED = 64  # texts whose pass is kept: a search needs a query's vector and, for reranking, its tokens'


class MiniLm:
    """Sentence-BERT's mean pooling (Reimers & Gurevych 2019) over a six-layer MiniLM (Wang et al. 2020).

    Every text is only ever text: one that is a path, a URL or a `data:` URI is read as words, and one that spells a
    special token such as `[SEP]` cannot steer the model. Safe to use from several threads at once.
    """

    dimensions = 384

    def __init__(self, model: Path, threads: int = 1) -> None:
        """Loads the file at `model`; raises `ModelUnavailable` where it is missing or was not made by our export.

        One thread is the right number for a worker: with more of them than free cores, ONNX Runtime's threads spin
        against each other and an encoding takes a hundred times as long.
        """
        if not model.is_file():
            raise ModelUnavailable(f"expected the exported text model at {model}, found none; `make setup` writes it")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's own exceptions share no public base class
            raise ModelUnavailable(f"expected an ONNX model at {model}, but it cannot be loaded: {error}") from error
        about = self._session.get_modelmeta().custom_metadata_map
        if "name" not in about or "tokenizer" not in about:
            raise ModelUnavailable(
                f"expected a model exported by Vitrine at {model}, found another; `make setup` writes it"
            )
        self.name: str = about["name"]
        self._tokenizer = Tokenizer.from_str(about["tokenizer"])
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(SENTENCE_TOKENS)
        self._tokenizer.encode_special_tokens = True
        self._pass = lru_cache(REMEMBERED)(self._run)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (texts, 384), L2-normalised; a text's first 128 tokens count."""
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._hidden(self._tokenizer.encode(text)).mean(axis=0)
        return _normalised(vectors)

    def encode_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """One matrix of shape (tokens, 384) a text, for ColBERT's late interaction (Khattab & Zaharia 2020).

        Rows are L2-normalised and stand for the first 32 tokens in reading order; the marks around the text are left
        out, so that an empty text has no rows.
        """
        matrices = []
        for text in texts:
            encoding, words = self._first_words(text)
            matrices.append(_normalised(self._hidden(encoding)[words]))
        return matrices

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """The characters (start, end) of each text that the rows of `encode_tokens` stand for."""
        first = (self._first_words(text) for text in texts)
        return [[encoding.offsets[at] for at in words] for encoding, words in first]

    def _first_words(self, text: str) -> tuple[Encoding, list[int]]:
        """A text cut for late interaction, and where in it the tokens stand that are no marks around it."""
        encoding = self._tokenizer.encode(text)
        encoding.truncate(LATE_INTERACTION_TOKENS + 2)
        words = [at for at, special in enumerate(encoding.special_tokens_mask) if not special]
        return encoding, words[:LATE_INTERACTION_TOKENS]

    def _hidden(self, encoding: Encoding) -> NDArray[np.float32]:
        """Hidden states (tokens, 384) of one text.

        Texts run one by one: int8 scales are found anew for whatever is computed together, so that in a batch a
        text's vector would depend on its neighbours, and a batch of 16 saves no more than a quarter of the time.
        """
        return self._pass(tuple(encoding.ids))

    def _run(self, ids: tuple[int, ...]) -> NDArray[np.float32]:
        (hidden,) = self._session.run(["hidden"], {"ids": np.array([ids], np.int64)})
        return np.asarray(hidden[0], np.float32)


def _normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)
