"""How far the describer's answers can be believed, measured on one half of the development scenes.

The decoder's answer and the opinion of the encoder's head are blended with the weight under which right answers are
likeliest; a rising table (isotonic regression, as in `eyes_trust.py`) then says how often an answer of that share was
right. Damage and several products are drawn and put together by us, so their tables are of such scenes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.describer import Floats, PhotoDecoder, blend, opinion_of_heads
from retrieval.describer_words import ANY, ASKED, HEADS, NOTHING, Lexicon
from retrieval.training.describer_bank import Bank
from retrieval.training.describer_scenes import for_fitting
from retrieval.training.eyes_trust import rising_table

WEIGHTS = tuple(round(0.1 * step, 1) for step in range(11))

Shares = Sequence[Mapping[str, Floats]]
Answers = dict[tuple[str, str, str], list[tuple[float, bool]]]


def fitted(lexicon: Lexicon, development: Bank, shares: Shares) -> dict[str, Any]:
    """The manifest's `weights` and `trust`."""
    rows = [row for row, id in enumerate(development.ids) if for_fitting(id)]
    heads = {row: opinion_of_heads(development.looks[row], lexicon) for row in rows}
    weights = {head: _weight(lexicon, development, shares, heads, head) for head in HEADS}
    told = {row: _blended(shares[row], heads[row], weights) for row in rows}
    answers = answered(lexicon, development, told)
    return {
        "weights": weights,
        "trust": [
            {"for": about, "at": at, "right": right}
            for about, given in answers.items()
            for at, right in rising_table(given)
        ],
    }


def judged_figures(decoder: PhotoDecoder, development: Bank, shares: Shares) -> dict[str, float]:
    """Share of right answers to each question on the other half, and of wrong ones among those of .9 or more."""
    told = {}
    for row, id in enumerate(development.ids):
        if not for_fitting(id):
            heads = opinion_of_heads(development.looks[row], decoder.lexicon)
            told[row] = {q: decoder.blended(q, found, heads.get(q)) for q, found in shares[row].items()}
    figures: dict[str, float] = {}
    claimed, wrong = 0, 0
    for (question, level, family), given in answered(decoder.lexicon, development, told).items():
        sure = [right for share, right in given if decoder.trust.confidence(question, level, family, share) >= 0.9]
        claimed, wrong = claimed + len(sure), wrong + sure.count(False)
    for question in ASKED:
        right = [
            decoder.lexicon.answers[question][int(found[question].argmax())] == development.facts[row][question]
            for row, found in told.items()
            if question in development.facts[row]
        ]
        if right:
            figures[question] = round(float(np.mean(right)), 4)
    return figures | {"claims": claimed, "wrong_claims": round(wrong / claimed, 4) if claimed else 0.0}


def answered(lexicon: Lexicon, development: Bank, told: Mapping[int, Mapping[str, Floats]]) -> Answers:
    """By (question, level, family of the type that was read): the share of each best answer, and if it was right."""
    found: Answers = {}
    for row, shares in told.items():
        facts = development.facts[row]
        for question, level, family, share, right in _judged(lexicon, facts, shares):
            found.setdefault((question, level, family), []).append((share, right))
    return found


def _family_of(lexicon: Lexicon, types: Floats) -> str:
    """The family of the likeliest type."""
    return lexicon.labels.exact("type", types[: len(lexicon.labels.heads["type"])])[0].group.family


def _judged(
    lexicon: Lexicon, facts: Mapping[str, str], shares: Mapping[str, Floats]
) -> Iterator[tuple[str, str, str, float, bool]]:
    family = _family_of(lexicon, shares["type"])
    for question, truth in facts.items():
        if question not in HEADS:
            best = int(shares[question].argmax())
            about = family if question == "sleeve" else ANY
            yield question, "exact", about, float(shares[question][best]), lexicon.answers[question][best] == truth
            continue
        labels = lexicon.labels.heads[question]
        known = shares[question][: len(labels)]
        label, of_label = lexicon.labels.exact(question, known)
        group, of_group = lexicon.labels.broad(question, known)
        right = next((one for one in labels if one.name == truth), None) if truth != NOTHING else None
        yield question, "exact", family, of_label, label is right
        yield question, "broad", family, of_group, right is not None and group is right.group


def _weight(
    lexicon: Lexicon, development: Bank, shares: Shares, heads: Mapping[int, Mapping[str, Floats]], head: str
) -> float:
    """The weight of the decoder beside the head under which the right answers are likeliest."""
    known = [row for row in heads if development.facts[row].get(head, NOTHING) != NOTHING]
    if not known:
        return 1.0
    right = [lexicon.answers[head].index(development.facts[row][head]) for row in known]

    def surprise(weight: float) -> float:
        likely = [
            blend(shares[row][head], heads[row][head], weight)[place] for row, place in zip(known, right, strict=True)
        ]
        return -float(np.log(np.array(likely) + 1e-7).mean())

    return min(WEIGHTS, key=surprise)


def _blended(
    shares: Mapping[str, Floats], heads: Mapping[str, NDArray[np.float32]], weights: Mapping[str, float]
) -> dict[str, Floats]:
    return {q: blend(found, heads[q], weights[q]) if q in heads else found for q, found in shares.items()}
