"""`vitrine train rerank`: trains the co-attention reranker on frozen vectors, chooses its weights, and exports it.

The scorer is trained alone and mixed late, at a small weight for each collection that is chosen on development lists;
0 where it does not help. Trained jointly with the first stage, it was measured to overfit the training intents.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the trade's name

from retrieval.coattention import MANIFEST, WEIGHTS, Judged, Scorer, Weights
from retrieval.embedders.photo import read_manifest
from retrieval.evaluation.rerank import Outcome, Scores, asked, matrices, measures_of
from retrieval.training.coattention_bank import Bank, Item
from retrieval.training.coattention_export import export, scorer_of
from retrieval.training.coattention_lessons import Lesson, Listed
from retrieval.training.coattention_library import Library, Sets
from retrieval.training.coattention_lists import Listing
from retrieval.training.coattention_network import CoAttention
from retrieval.training.learning_curve import draw

STEPS = 800
COMPARED = 128  # pairs of a query and a candidate in a step
PEAK_RATES = (1.5e-3, 4e-3, 0.01)  # of most, of what reads a change, and of the likenesses' weights
WARM_UP = 50
_TOLD_EVERY, _HELD_OUT = 100, 64
# Tried for each collection, the first of each is none at all: how much each thing of `Weights` counts.
_LOGITS = (0.0, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25)
_TRIED: Mapping[str, Mapping[str, Sequence[float]]] = {
    "faq": {"logit": _LOGITS, "late": (0.0, 0.25, 0.5, 1.0, 1.5)},
    "product": {
        "logit": _LOGITS, "late": (0.0, 0.1, 0.25, 0.5, 1.0), "denied": (0.0, -0.25, -0.5, -1.0, -2.0),
        "seen": (0.0, 0.1, 0.2, 0.3, 0.5),
    },
    "photo": {"logit": _LOGITS, "late": (0.0, 0.1, 0.25, 0.5)},
    "photo-words": {
        "logit": (0.0, 0.05, 0.1, 0.25), "seen": (0.0, 0.5, 1.0), "told": (0.0, 0.5, 1.0),
        "lexical": (0.0, 1.0, 2.0, 3.0), "photo": (0.0, -0.5, -1.0),
    },
}  # fmt: skip
WORTH_IT = 0.004  # a weight that gains less than this on the development lists is noise, and 0 is taken

Report = Callable[[str], None]


def train(
    library: Library,
    *,
    out: Path,
    seeds: Sequence[int],
    steps: int = STEPS,
    resume: bool = False,
    parallel: bool = False,
    folder: Path = WEIGHTS,
    report: Report = print,
) -> Mapping[str, Weights]:
    """Train one network a seed, choose the weights in the mix over all of them, and write what the service runs.

    `out` keeps each seed's network with a picture of its learning curve; the first one is served, whichever is best.
    With `resume`, seeds whose network is there already are not trained again; with `parallel`, each seed has a process
    of its own, which shares the vectors. Returns the weights by collection.
    """
    lessons, held_out = library.lessons(), library.held_out()

    def learn(seed: int) -> None:
        trained = train_scorer(lessons, library.bank, seed=seed, steps=steps, held_out=held_out, report=report)
        draw(trained.curve, network_file(out, seed).with_suffix(".png"), f"co-attention reranker, seed {seed}")
        save_network(trained.network, network_file(out, seed))

    missing = [seed for seed in seeds if not (resume and network_file(out, seed).exists())]
    if parallel:
        workers = [get_context("fork").Process(target=learn, args=(seed,)) for seed in missing]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if any(worker.exitcode for worker in workers):
            raise RuntimeError("expected a network of every seed; the training of one ended early, as printed above")
    else:
        for seed in missing:
            learn(seed)
    networks = [load_network(network_file(out, seed)) for seed in seeds]
    chosen = choose_mix([scorer_of(each) for each in networks], library.sets("dev"), library.bank, report)
    names = {"text": library.text_encoder, "pictures": library.picture_encoder}
    export(networks[0], folder, **names, chosen=chosen, in_force=_in_force(folder), seed=seeds[0])
    return chosen


def _in_force(folder: Path) -> list[str]:
    """What the manifest of the network before puts in force: people decide that there, on what the service answers."""
    manifest = folder / MANIFEST
    return read_manifest(manifest)["in_force"] if manifest.exists() else []


def network_file(folder: Path, seed: int) -> Path:
    """Where the network of a seed is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"seed-{seed}.safetensors"


def save_network(network: CoAttention, file: Path) -> None:
    """Keep a network for `load_network`."""
    save_file(network.state_dict(), file)


def load_network(file: Path) -> CoAttention:
    """A network in eval mode, as `train` saved it."""
    network = CoAttention()
    network.load_state_dict(load_file(file))
    return network.eval()


def choose_mix(scorers: Sequence[Scorer], sets: Sets, bank: Bank, report: Report = print) -> dict[str, Weights]:
    """For each collection the weights with the best mean figure over its development lists and all seeds; often 0."""
    totals: dict[str, list[Scores]] = defaultdict(list)
    for name, (case, listings) in sets.items():
        judged = [[judged_for(scorer, bank, listing) for listing in listings] for scorer in scorers]
        mixes = mixes_of(case)
        figures: Scores = np.mean([_by_weights(listings, each, mixes) for each in judged], axis=0)
        totals[case].append(figures)
        report(f"{name}: {figures[0]:.3f} alone, at best {figures.max():.3f} with {mixes[int(figures.argmax())]}")
    mix = {}
    for case, of_sets in totals.items():
        mean = np.mean(of_sets, axis=0)
        best = int(mean.argmax())
        mix[case] = mixes_of(case)[best] if mean[best] - mean[0] >= WORTH_IT else Weights()
    return mix


def mixes_of(case: str) -> list[Weights]:
    """The weights that are tried for a collection; the first add nothing."""
    tried = _TRIED[case] if case in _TRIED else _TRIED[case.split("-", maxsplit=1)[0]]
    return [Weights(**dict(zip(tried, each, strict=True))) for each in product(*tried.values())]


def _by_weights(listings: Sequence[Listing], judged: Sequence[Judged], mixes: Sequence[Weights]) -> Scores:
    """The mean of a set's figures at each mix: R@1, R@5, and answered rightly where there is off-topic."""
    tried = np.array([astuple(mix) for mix in mixes], np.float32)
    places = np.stack([_places(listing, own, tried) for listing, own in zip(listings, judged, strict=True)], axis=1)
    sureness = np.array([listing.stages["fused"].max() for listing in listings], np.float64)  # the order alone is new
    answerable = np.array([listing.answerable for listing in listings])
    found = []
    for each in places:
        outcome = Outcome(each, sureness, answerable)
        found.append(np.mean([outcome.figure(measure) for measure in measures_of(outcome)]))
    return np.array(found, np.float32)


def _places(listing: Listing, judged: Judged, tried: Scores) -> NDArray[np.int64]:
    """The place of the first right candidate at each of (mixes, 7) weights, 0 for none; shape (mixes,).

    Candidates that are not compared stay behind the others.
    """
    count = len(listing.ways)
    mixed = listing.stages["fused"][:count] + tried @ np.stack(judged.values) * judged.share
    right = listing.right[:count][np.argsort(-mixed, axis=1, kind="stable")]
    behind = listing.right.argmax() + 1 if listing.right.any() else 0
    places: NDArray[np.int64] = np.where(right.any(axis=1), right.argmax(axis=1) + 1, behind)
    return places


def judged_for(scorer: Scorer, bank: Bank, listing: Listing) -> Judged:
    """What a network says of the candidates of a listing that the service would compare."""
    offered = scorer.side(*matrices(bank, [item for way in listing.ways for item in way]))
    both = listing.query.text >= 0 and listing.query.picture >= 0
    stages = {stage: listing.stages[stage] for stage in ("seen", "told", "lexical", "photo")}
    judged = scorer.judge(asked(scorer, bank, listing.query), offered)
    return Judged.of(judged, listing.ways, stages, photo_and_words=both)


@dataclass(frozen=True, slots=True)
class Trained:
    """A network in eval mode, and its learning curve: at some steps the loss, and shares of held-out lists."""

    network: CoAttention
    curve: tuple[dict[str, float], ...]


def train_scorer(
    lessons: Sequence[tuple[Lesson, float]],
    bank: Bank,
    *,
    seed: int,
    steps: int,
    held_out: Sequence[Lesson] = (),
    report: Report = print,
) -> Trained:
    """Listwise cross-entropy over each list, and binary cross-entropy of each candidate, so that absence is learnt too.

    Each step takes lists of one lesson, drawn by its weight.
    """
    torch.manual_seed(seed)
    chance, start = random.Random(seed), time.perf_counter()
    network = CoAttention()
    groups = [{"params": params, "lr": rate} for params, rate in zip(network.by_rate(), PEAK_RATES, strict=True)]
    groups[-1]["weight_decay"] = 0.0
    optimiser = torch.optim.AdamW(groups, weight_decay=0.02)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, list(PEAK_RATES), total_steps=steps, pct_start=min(0.3, WARM_UP / steps)
    )
    which, weights = [lesson for lesson, _ in lessons], [weight for _, weight in lessons]
    losses: list[float] = []
    curve: list[dict[str, float]] = []
    for step in range(1, steps + 1):
        (lesson,) = chance.choices(which, weights)
        loss = _loss(network, bank, [lesson.draw(chance) for _ in range(COMPARED // lesson.candidates)])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        rate.step()
        losses.append(float(loss.detach()))
        if step % _TOLD_EVERY == 0:
            found = {lesson.name: _right(network.eval(), bank, lesson) for lesson in held_out}
            network.train()
            curve.append({"step": step, "loss": round(float(np.mean(losses[-_TOLD_EVERY:])), 4), **found})
            told = ", ".join(f"{name} {value:.3f}" for name, value in curve[-1].items() if name != "step")
            report(f"seed {seed}, step {step} of {steps}, {time.perf_counter() - start:.0f} s: {told}")
    return Trained(network.eval(), tuple(curve))


def _right(network: CoAttention, bank: Bank, lesson: Lesson) -> float:
    """The share of a lesson's lists, always the same ones, whose right candidate comes first."""
    chance = random.Random(0)
    lists = [each for each in (lesson.draw(chance) for _ in range(_HELD_OUT)) if each.matched]
    with torch.inference_mode():
        return float((_logits(network, bank, lists)[0].argmax(dim=1) == 0).float().mean())


def _logits(network: CoAttention, bank: Bank, lists: Sequence[Listed]) -> tuple[Tensor, Tensor]:
    """Shapes (lists, candidates) and (lists,): how well each fits, and how much the words ask for a change."""
    query = bank.asked([each.query for each in lists])
    offered = bank.side([item for each in lists for item in each.candidates])
    repeated = [part.repeat_interleave(len(lists[0].candidates), dim=0) for part in query]
    logits, _, _, changes = network(*repeated, *offered)
    return logits.view(len(lists), -1), changes.view(len(lists), -1)[:, 0]


def _loss(network: CoAttention, bank: Bank, lists: Sequence[Listed]) -> Tensor:
    logits, changes = _logits(network, bank, lists)
    matched = torch.tensor([each.matched for each in lists])
    right = torch.zeros_like(logits)
    right[:, 0] = matched.float()
    listwise = (
        F.cross_entropy(logits[matched], torch.zeros(int(matched.sum()), dtype=torch.long)) if matched.any() else 0
    )
    loss = F.binary_cross_entropy_with_logits(logits, right, pos_weight=torch.tensor(2.0)) + listwise
    if lists[0].changes is not None:
        loss = loss + F.binary_cross_entropy(changes, torch.tensor([float(bool(each.changes)) for each in lists]))
    return loss


def logits_of(network: CoAttention, bank: Bank, query: Item, candidates: Sequence[Item]) -> NDArray[np.float32]:
    """The network's logits for one query, shape (candidates,)."""
    with torch.inference_mode():
        logits: NDArray[np.float32] = network(*bank.asked([query]), *bank.side(candidates))[0].numpy()
    return logits
