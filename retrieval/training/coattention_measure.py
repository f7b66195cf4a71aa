"""`vitrine eval rerank`: the reranker against its rivals on the same candidates, over seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812 - the trade's name

from retrieval.coattention import Scorer, Weights
from retrieval.evaluation.rerank import Method, Outcome, Rivals, Scores, bootstrap_over, latency, measures_of, mixed
from retrieval.training.coattention import judged_for, load_network, logits_of
from retrieval.training.coattention_bank import Bank, Item
from retrieval.training.coattention_export import scorer_of
from retrieval.training.coattention_library import Library, Sets
from retrieval.training.coattention_lists import Listing
from retrieval.training.coattention_network import CoAttention
from retrieval.training.coattention_pairs import Pair

MAXSIM_MIXES = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0)
OURS = "co-attention"
_HEAD_STEPS, _HEAD_BATCH = 300, 192

Rows = list[dict[str, Any]]
Theirs = Mapping[str, Outcome]  # by method
Ours = Mapping[int, Outcome]  # by seed
Report = Callable[[str], None]


def evaluate_rerank(
    library: Library, networks: Mapping[int, CoAttention], scorer: Scorer, report: Report
) -> dict[str, Rows]:
    """Every method on every set, our gain over the best rival, pairs that differ in one attribute, and what it costs.

    `networks` are the seeds; the weights in the mix are those chosen on development lists, also
    where none are in force.
    MaxSim's weight and the head are made on training and development questions, as ours are.
    """
    bank = library.bank
    scorers = {seed: scorer_of(network) for seed, network in networks.items()}
    rivals = Rivals(bank, train_head(library))
    methods = rivals.methods(_maxsim_weight(rivals, library.sets("dev")))
    test = library.sets("test")
    outcomes: Rows = []
    gains: Rows = []
    faq: list[tuple[Theirs, Ours]] = []
    for name, (case, listings) in test.items():
        report(name)
        theirs = {method: _outcome(score, listings) for method, score in _fitting(methods, case).items()}
        weights = scorer.chosen[case]
        ours = {
            seed: Outcome.of([mixed(each, judged_for(own, bank, each), weights) for each in listings], listings)
            for seed, own in scorers.items()
        }
        outcomes += [_row(name, case, method, [outcome]) for method, outcome in theirs.items()]
        outcomes.append(_row(name, case, f"{OURS} ({_told(weights)})", list(ours.values())))
        gains += _gains(name, [(theirs, ours)])
        faq += [(theirs, ours)] if case.startswith("faq") else []
    gains += _gains(f"mean of the {len(faq)} FAQ sets", faq)
    return {
        "methods": outcomes,
        "gain over the best rival": gains,
        "pairs that differ in one attribute": _pairs(library.pairs["test"], rivals, networks, bank),
        "Chinese denials": _pairs(library.chinese_denials["test"], rivals, networks, bank),
        "pairs by another author": _pairs(library.others_pairs, rivals, networks, bank),
        "added milliseconds for 50 candidates": _cost(test, scorer, bank),
    }


def train_head(library: Library) -> NDArray[np.float32]:
    """A linear map (384, 384) of sentence vectors, begun as the identity, by InfoNCE on the training questions."""
    torch.manual_seed(0)
    chance = np.random.default_rng(0)
    words = library.bank.words
    intents = [
        [words.row[text] for text in texts]
        for of in library.intents
        for texts in of.part("train").texts.values()
        if len(texts) > 1
    ]
    head = torch.nn.Linear(words.sentences.shape[1], words.sentences.shape[1], bias=False)
    torch.nn.init.eye_(head.weight)
    optimiser = torch.optim.AdamW(head.parameters(), 3e-4, weight_decay=0.0)
    for _ in range(_HEAD_STEPS):
        chosen = chance.choice(len(intents), min(_HEAD_BATCH, len(intents)), replace=False)
        pairs = np.array([chance.choice(intents[i], 2, replace=False) for i in chosen])
        left, right = (F.normalize(head(torch.from_numpy(words.sentences[rows])), dim=1) for rows in pairs.T)
        loss = F.cross_entropy(20 * left @ right.T, torch.arange(len(chosen)))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    weight: NDArray[np.float32] = head.weight.detach().numpy()
    return weight


def _maxsim_weight(rivals: Rivals, dev: Sets) -> float:
    """The weight beside cosine with the best mean R@1 over all development lists."""
    figures = []
    for weight in MAXSIM_MIXES:
        method = rivals.methods(weight)["MaxSim + cosine"]
        figures.append(np.mean([_outcome(method, listings).recall(1) for _, listings in dev.values()]))
    return MAXSIM_MIXES[int(np.argmax(figures))]


def _fitting(methods: Mapping[str, Method], case: str) -> dict[str, Method]:
    """The methods that have something to say: a photo alone has no words for BM25 or the head to read."""
    if case == "photo":
        return {name: method for name, method in methods.items() if name not in ("BM25", "trained head")}
    if case == "photo-words":
        alone: dict[str, Method] = {
            "photo alone": lambda listing: listing.stages["photo"],
            "words alone": lambda listing: listing.stages["dense"] + np.float32(0.2) * listing.stages["lexical"],
        }
        return {**methods, **alone}
    return dict(methods)


def _told(weights: Weights) -> str:
    return ", ".join(f"{name} {weight:g}" for name, weight in asdict(weights).items() if weight) or "nothing"


def _outcome(method: Method, listings: Sequence[Listing]) -> Outcome:
    return Outcome.of([method(listing) for listing in listings], listings)


def _row(name: str, case: str, method: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """One line of the table; over several seeds the mean, and how far the seeds lie apart."""
    first = outcomes[0]
    row: dict[str, Any] = {
        "set": name,
        "method": method,
        "questions": int(first.answerable.sum()),
        "off-topic": first.off_topic,
    }
    for measure in measures_of(first):
        values = [outcome.figure(measure) for outcome in outcomes]
        row[measure] = float(np.mean(values))
        if len(values) > 1:
            row[f"{measure} seeds"] = f"{min(values):.3f} to {max(values):.3f}"
    if first.off_topic:
        row["AUROC"] = float(np.mean([outcome.auroc() for outcome in outcomes]))
    return row | {"collection": case}


def _gains(name: str, sets: Sequence[tuple[Theirs, Ours]]) -> Rows:
    """Our mean gain over the rival that is best by each measure, with a paired bootstrap interval for every seed."""
    rows: Rows = []
    (theirs, ours), *_ = sets
    for measure in measures_of(next(iter(ours.values()))):
        best = max(theirs, key=lambda method: sum(each[method].figure(measure) for each, _ in sets))
        found = {seed: bootstrap_over([(of[seed], each[best]) for each, of in sets], measure) for seed in ours}
        row: dict[str, Any] = {"set": name, "measure": measure, "best rival": best}
        row["gain"] = float(np.mean([gain for gain, _, _ in found.values()]))
        row |= {f"seed {seed}": f"{gain:+.3f} [{low:+.3f}, {high:+.3f}]" for seed, (gain, low, high) in found.items()}
        row["significantly worse"] = sum(high < 0 for _, _, high in found.values())
        rows.append(row)
    return rows


def _pairs(pairs: Sequence[Pair], rivals: Rivals, networks: Mapping[int, CoAttention], bank: Bank) -> Rows:
    """How often the title that fits is above the one that differs in one attribute; equals count half."""
    row_of = bank.words.row
    listings = []
    for pair in pairs:
        query, candidates = Item(row_of[pair.wish]), (Item(row_of[pair.fits]), Item(row_of[pair.fails]))
        sentence = bank.words.sentences
        cosines = sentence[[item.text for item in candidates]] @ sentence[query.text]
        listings.append(Listing(query, candidates, (), np.array([True, False]), {"way": cosines}))
    methods: dict[str, list[Callable[[Listing], Scores]]] = {
        "cosine": [rivals.cosine],
        "trained head": [rivals.head],
        "MaxSim": [rivals.maxsim],
        OURS: [_scored_by(network, bank) for network in networks.values()],
    }
    rows: Rows = []
    for name, scorers in methods.items():
        row: dict[str, Any] = {"method": name, "pairs": len(pairs)}
        won = np.mean([[_won(score(listing)) for listing in listings] for score in scorers], axis=0)
        row["all"] = float(won.mean())
        for kind in dict.fromkeys(pair.attribute for pair in pairs):
            row[kind] = float(won[[pair.attribute == kind for pair in pairs]].mean())
        rows.append(row)
    return rows


def _scored_by(network: CoAttention, bank: Bank) -> Callable[[Listing], Scores]:
    return lambda listing: logits_of(network, bank, listing.query, listing.candidates)


def _won(scores: Scores) -> float:
    return float(scores[0] > scores[1]) + 0.5 * float(scores[0] == scores[1])


def _cost(test: Sets, scorer: Scorer, bank: Bank) -> Rows:
    """For one list of each collection's largest set, on one thread; the words' tokens come from a pass already made."""
    rows: Rows = []
    for name, (case, listings) in test.items():
        full = [listing for listing in listings if len(listing.candidates) == max(len(e.candidates) for e in listings)]
        passages = sum(len(way) for way in full[0].ways)
        rows.append({"set": name, "collection": case, "passages": passages, **latency(scorer, bank, full[:120])})
    return rows


def load_networks(folder: Path) -> dict[int, CoAttention]:
    """The networks of all seeds that `vitrine train rerank` left in a folder, by seed."""
    return {
        int(file.stem.removeprefix("seed-")): load_network(file) for file in sorted(folder.glob("seed-*.safetensors"))
    }
