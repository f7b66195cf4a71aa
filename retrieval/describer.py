"""The describer's decoder on ONNX Runtime: what the photo encoder saw becomes a sentence and answers to questions.

A GPT-2 decoder with cross-attention (transformers' own classes, trained by `vitrine train describer`) reads the
encoder's patches. One graph turns them into keys and values, once a photo; the other runs the decoder over tokens, with
a cache of what it has read. All questions are asked in one pass, each with an answer's share as its probability; the
sentence is written greedily, one token a pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from retrieval.describer_words import ANY, ASKED, END, HEADS, SPOKEN, Lexicon
from retrieval.embedders.photo import Look, PhotoEncoder, read_manifest, read_pinned
from retrieval.embedders.photo_labels import WEIGHTS, Group, Opinion, Trust
from retrieval.errors import ModelUnavailable, TrainedOnOtherEyes

ARCHITECTURE = "gpt2-cross-attention-v1"
LONGEST = 24  # tokens of a sentence
ROWS, WIDE = 66, 256  # patches, the embedding and one row of the heads' opinions

Floats = NDArray[np.float32]


def looked(look: Look) -> Floats:
    """A look as the decoder reads it, (66, 256): patches, the embedding, and the square roots of the heads' shares
    followed by where the encoder looked."""
    shares = np.concatenate([look.probabilities[head] for head in HEADS])
    opinions = np.zeros(WIDE, np.float32)
    opinions[: len(shares)] = np.sqrt(shares)
    opinions[WIDE - look.attention.size :] = np.sqrt(look.attention.ravel())
    return np.concatenate([look.patches, look.embedding[None], opinions[None]]).astype(np.float32)


def opinion_of_heads(looks: NDArray[Any], lexicon: Lexicon) -> dict[str, Floats]:
    """The heads' shares that a look (66, 256) holds, head by head."""
    found, first = {}, 0
    for head in HEADS:
        count = len(lexicon.labels.heads[head])
        found[head] = np.square(looks[-1, first : first + count].astype(np.float32))
        first += count
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """What the decoder says of one photo.

    `shares` holds, for each question, a probability for each of `Lexicon.answers`; `tokens` is the sentence, and
    `surest` the probability of its least probable token.
    """

    shares: Mapping[str, Floats]
    tokens: tuple[str, ...]
    surest: float


class PhotoDecoder:
    """Looks → sentences and answers, with how far they can be believed.

    Raises ModelUnavailable where a file is missing, is not the one that the manifest names or is of another
    architecture, and TrainedOnOtherEyes where it was trained on what another photo encoder sees.
    """

    def __init__(self, encoder: PhotoEncoder, weights: Path | None = None, threads: int = 1) -> None:
        folder = weights or WEIGHTS
        manifest = read_manifest(folder / "describer.json")
        if manifest["architecture"] != ARCHITECTURE:
            raise ModelUnavailable(
                f"{folder / 'describer.json'}: expected architecture {ARCHITECTURE}, found {manifest['architecture']}"
            )
        if manifest["encoder"] != encoder.name:
            raise TrainedOnOtherEyes(
                f"{folder / 'describer.json'}: trained on {manifest['encoder']}, found {encoder.name}; "
                "expected a describer of these eyes, which `vitrine train describer` makes"
            )
        self.name = f"vitrine-describer-{manifest['decoder']['sha256'][:12]}"
        self.lexicon = Lexicon(encoder.labels)
        self.trust = Trust({tuple(row["for"]): (tuple(row["at"]), tuple(row["right"])) for row in manifest["trust"]})
        self._of_decoder: Mapping[str, float] = manifest["weights"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._memory, self._decoder = (
            onnxruntime.InferenceSession(
                read_pinned(folder, manifest[part]), options, providers=["CPUExecutionProvider"]
            )
            for part in ("memory", "decoder")
        )
        self._questions = _padded([self.lexicon.asked(question) for question in ASKED])
        self._last = [len(self.lexicon.asked(question)) - 1 for question in ASKED]
        self._places = {question: np.array(self.lexicon.places(question)) for question in ASKED}

    def tell(self, look: Look) -> Told:
        """Answers to every question and one sentence."""
        memory = self._memory.run(None, {"looks": looked(look)[None]})[0]
        tokens, surest = self._sentence(memory)
        return Told(self._answers(memory, look), tokens, surest)

    def opinions(self, told: Told, question: str) -> tuple[Opinion, ...]:
        """The best answer to a question and, where there are wider words, the best of those; with confidences."""
        shares = told.shares[question]
        types = told.shares["type"][: len(self.lexicon.labels.heads["type"])]
        family = self.lexicon.labels.exact("type", types)[0].group.family
        if question in HEADS:
            known = shares[: len(self.lexicon.labels.heads[question])]
            label, of_label = self.lexicon.labels.exact(question, known)
            group, of_group = self.lexicon.labels.broad(question, known)
            return (
                Opinion(label, self.trust.confidence(question, "exact", family, of_label)),
                Opinion(group, self.trust.confidence(question, "broad", family, of_group)),
            )
        best = int(shares.argmax())
        about = family if question == "sleeve" else ANY
        answer = self.lexicon.answers[question][best]
        en, zh = SPOKEN[question, answer]
        sure = self.trust.confidence(question, "exact", about, float(shares[best]))
        return (Opinion(Group(answer, question, en, zh), sure),)

    def shares(self, looks: NDArray[Any]) -> list[dict[str, Floats]]:
        """What the decoder alone answers to looks (n, 66, 256): a probability for each answer of each question."""
        return [self._asked(self._memory.run(None, {"looks": look[None].astype(np.float32)})[0]) for look in looks]

    def blended(self, question: str, decoder: Floats, head: Floats | None) -> Floats:
        """The decoder's shares and those of the encoder's head for the same question, as one (a product of experts)."""
        if head is None:
            return decoder
        weight = self._of_decoder.get(question, 1.0)
        return blend(decoder, head, weight)

    def _answers(self, memory: Floats, look: Look) -> dict[str, Floats]:
        return {
            question: self.blended(question, shares, look.probabilities.get(question))
            for question, shares in self._asked(memory).items()
        }

    def _asked(self, memory: Floats) -> dict[str, Floats]:
        logits = self._run(self._questions, memory, self._nothing_read(len(self._questions)))[0]
        return {
            question: _softmax(logits[row, self._last[row]][self._places[question]])
            for row, question in enumerate(ASKED)
        }

    def _sentence(self, memory: Floats) -> tuple[tuple[str, ...], float]:
        """The likeliest token after the likeliest token, until the end."""
        tokens = np.array([self.lexicon.asked("describe")])
        past, said, surest = self._nothing_read(1), list[str](), 1.0
        for _ in range(LONGEST):
            logits, past = self._run(tokens, memory, past)
            shares = _softmax(logits[0, -1])
            likeliest = int(shares.argmax())
            tokens, token = np.array([[likeliest]]), self.lexicon.tokens[likeliest]
            surest = min(surest, float(shares.max()))
            if token == END:
                break
            said.append(token)
        return tuple(said), surest

    def _run(self, tokens: NDArray[np.int64], memory: Floats, past: Floats) -> tuple[Floats, Floats]:
        logits, present = self._decoder.run(None, {"tokens": tokens, "memory": memory, "past": past})
        return logits, present

    def _nothing_read(self, rows: int) -> Floats:
        layers, _, _, heads, _, wide = self._decoder.get_inputs()[2].shape
        return np.zeros((layers, 2, rows, heads, 0, wide), np.float32)


def blend(decoder: Floats, head: Floats, weight: float) -> Floats:
    """Two distributions over the same answers; the decoder's may have one answer more, "nothing", last."""
    more = len(decoder) - len(head)
    known = decoder[: len(head)]
    logs = weight * np.log(known + 1e-7) + (1 - weight) * np.log(head + 1e-7)
    both = _softmax(logs) * (1.0 - decoder[len(head) :].sum())
    whole: Floats = np.concatenate([both, decoder[len(head) :]]) if more else both
    return whole


def _padded(rows: list[list[int]]) -> NDArray[np.int64]:
    """Shorter rows are filled up at the end, which no earlier token looks at."""
    longest = max(map(len, rows))
    return np.array([row + [0] * (longest - len(row)) for row in rows], np.int64)


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max())
    shares: Floats = powers / powers.sum()
    return shares
