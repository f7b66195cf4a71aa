"""`vitrine train rerank`: trains the co-attention reranker on frozen vectors, chooses its weights, and exports it.

The scorer is trained alone and mixed late, at a small weight for each collection that is chosen on development lists;
0 where it does not help. Trained jointly with the first stage, it was measured to overfit the training intents.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the trade's name

from retrieval.coattention import WEIGHTS, Judged, Weights
from retrieval.evaluation.rerank import Outcome, Scores, measures_of, mixed
from retrieval.training.coattention_bank import Bank, Item
from retrieval.training.coattention_export import export
from retrieval.training.coattention_lessons import Lesson, Listed
from retrieval.training.coattention_library import Library, Sets
from retrieval.training.coattention_lists import Listing
from retrieval.training.coattention_network import CoAttention
from retrieval.training.learning_curve import draw

STEPS = 700
COMPARED = 128  # pairs of a query and a candidate in a step
PEAK_RATE = 1.5e-3
WARM_UP = 50
_TOLD_EVERY, _HELD_OUT = 100, 64
_LOGITS = (0.0, 0.01, 0.02, 0.035, 0.05, 0.1, 0.15, 0.25)
_LATE = (0.0, 0.1, 0.25, 0.5)
_SEEN = (0.0, 0.1, 0.2, 0.3, 0.5)  # for products by words
_WORDS = (0.0, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0)  # for a photo with words
# The demo's FAQ was answered rightly less often on its development questions, and photos of groceries were found first
# significantly less often (`RESULTS.md`); with a photo and words that ask for no change, the same good in another
# colour came first. There the first stage's order stays, whatever other lists gain.
IN_FORCE = ("product-en", "product-zh")
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
    else:
        for seed in missing:
            learn(seed)
    networks = [load_network(network_file(out, seed)) for seed in seeds]
    chosen = choose_mix(networks, library.sets("dev"), library.bank, report)
    mix = {case: weights if case in IN_FORCE else Weights() for case, weights in chosen.items()}
    names = {"text": library.text_encoder, "pictures": library.picture_encoder}
    export(networks[0], folder, **names, mix=mix, chosen=chosen, seed=seeds[0])
    return mix


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


def choose_mix(networks: Sequence[CoAttention], sets: Sets, bank: Bank, report: Report = print) -> dict[str, Weights]:
    """For each collection the weights with the best mean figure over its development lists and all seeds; often 0."""
    totals: dict[str, list[Scores]] = defaultdict(list)
    for name, (case, listings) in sets.items():
        judged = [[judged_for(network, bank, listing) for listing in listings] for network in networks]
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
    seen = _SEEN if case.startswith("product") else _SEEN[:1]
    words = _WORDS if case == "photo-words" else _WORDS[:1]
    return [Weights(*each) for each in product(_LOGITS, _LATE, seen, words)]


def _by_weights(listings: Sequence[Listing], judged: Sequence[Judged], mixes: Sequence[Weights]) -> Scores:
    """The mean of a set's figures at each mix: R@1, R@5, and answered rightly where there is off-topic."""
    found = []
    for weights in mixes:
        scored = [mixed(listing, own, weights) for listing, own in zip(listings, judged, strict=True)]
        outcome = Outcome.of(scored, listings)
        found.append(np.mean([outcome.figure(measure) for measure in measures_of(outcome)]))
    return np.array(found, np.float32)


def judged_for(network: CoAttention, bank: Bank, listing: Listing) -> Judged:
    """What a network says of the candidates of a listing that the service would compare."""
    items = [item for way in listing.ways for item in way]
    with torch.inference_mode():
        logits, late = network(*bank.side([listing.query]), *bank.side(items))
    stages = {stage: listing.stages[stage][: len(listing.ways)] for stage in ("seen", "dense", "lexical")}
    return Judged.of((logits.numpy(), late.numpy()), listing.ways, **stages)


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
    optimiser = torch.optim.AdamW(network.parameters(), PEAK_RATE, weight_decay=0.02)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, PEAK_RATE, total_steps=steps, pct_start=min(0.3, WARM_UP / steps)
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
        return float((_logits(network, bank, lists).argmax(dim=1) == 0).float().mean())


def _logits(network: CoAttention, bank: Bank, lists: Sequence[Listed]) -> Tensor:
    """Shape (lists, candidates)."""
    query = bank.side([each.query for each in lists])
    offered = bank.side([item for each in lists for item in each.candidates])
    repeated = [part.repeat_interleave(len(lists[0].candidates), dim=0) for part in query]
    logits: Tensor = network(*repeated, *offered)[0]
    return logits.view(len(lists), -1)


def _loss(network: CoAttention, bank: Bank, lists: Sequence[Listed]) -> Tensor:
    logits = _logits(network, bank, lists)
    matched = torch.tensor([each.matched for each in lists])
    right = torch.zeros_like(logits)
    right[:, 0] = matched.float()
    listwise = (
        F.cross_entropy(logits[matched], torch.zeros(int(matched.sum()), dtype=torch.long)) if matched.any() else 0
    )
    return F.binary_cross_entropy_with_logits(logits, right, pos_weight=torch.tensor(2.0)) + listwise


def logits_of(network: CoAttention, bank: Bank, query: Item, candidates: Sequence[Item]) -> NDArray[np.float32]:
    """The network's logits for one query, shape (candidates,)."""
    with torch.inference_mode():
        logits: NDArray[np.float32] = network(*bank.side([query]), *bank.side(candidates))[0].numpy()
    return logits
