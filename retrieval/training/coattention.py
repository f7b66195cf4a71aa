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
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the trade's name

from retrieval.coattention import WEIGHTS
from retrieval.evaluation.rerank import Outcome, Scores, measures_of, mixed
from retrieval.training.coattention_bank import Bank, Item
from retrieval.training.coattention_export import export
from retrieval.training.coattention_lessons import Lesson, Listed, OneAttribute
from retrieval.training.coattention_library import Library, Sets
from retrieval.training.coattention_lists import Listing
from retrieval.training.coattention_network import CoAttention

COMPARED = 128  # pairs of a query and a candidate in a step
PEAK_RATE = 1.5e-3
WARM_UP = 50
_TOLD_EVERY = 100
MIXES = (0.0, 0.005, 0.01, 0.02, 0.033, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5)
# In force only where it pays by far. Elsewhere the calibration would have to be fitted on reranked scores: for the FAQ
# that was tried, and every weight above 0 answered fewer questions rightly (`RESULTS.md`).
WEIGHED = ("photo-words",)
WORTH_IT = 0.004  # a weight that gains less than this on the development lists is noise, and 0 is taken

Report = Callable[[str], None]


def train(
    library: Library,
    *,
    out: Path,
    seeds: Sequence[int],
    steps: int = 1500,
    weights: Path = WEIGHTS,
    report: Report = print,
) -> Mapping[str, float]:
    """Train one network a seed, choose the weights in the mix over all of them, and write what the service runs.

    `out` keeps each seed's network; the first one is served, whichever is best. Returns the weights by collection.
    """
    lessons = library.lessons()
    networks = []
    for seed in seeds:
        trained = train_scorer(lessons, library.bank, seed=seed, steps=steps, report=report)
        save_network(trained.network, network_file(out, seed))
        networks.append(trained.network)
    chosen = choose_mix(networks, library.sets("dev"), library.bank, report)
    mix = {case: weight if case in WEIGHED else 0.0 for case, weight in chosen.items()}
    names = {"text": library.text_encoder, "pictures": library.picture_encoder}
    export(networks[0], weights, **names, mix=mix, chosen=chosen, seed=seeds[0])
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


def choose_mix(networks: Sequence[CoAttention], sets: Sets, bank: Bank, report: Report = print) -> dict[str, float]:
    """For each collection the weight with the best mean figure over its development lists and all seeds; often 0."""
    totals: dict[str, list[Scores]] = defaultdict(list)
    for name, (case, listings) in sets.items():
        outcomes = [
            _by_weight(listings, [logits_for(network, bank, listing) for listing in listings]) for network in networks
        ]
        totals[case].append(np.mean(outcomes, axis=0))
        report(
            f"{name}: " + ", ".join(f"{w:g} {figure:.3f}" for w, figure in zip(MIXES, totals[case][-1], strict=True))
        )
    mix = {}
    for case, figures in totals.items():
        mean = np.mean(figures, axis=0)
        best = int(mean.argmax())
        mix[case] = MIXES[best] if mean[best] - mean[0] >= WORTH_IT else 0.0
    return mix


def _by_weight(listings: Sequence[Listing], logits: Sequence[Scores]) -> Scores:
    """The mean of a set's figures at each weight: R@1, R@5, and answered rightly where there is off-topic to refuse."""
    found = []
    for weight in MIXES:
        scored = [mixed(listing, own, weight) for listing, own in zip(listings, logits, strict=True)]
        outcome = Outcome.of(scored, listings)
        found.append(np.mean([outcome.figure(measure) for measure in measures_of(outcome)]))
    return np.array(found, np.float32)


def logits_for(network: CoAttention, bank: Bank, listing: Listing) -> Scores:
    """The network's logits for the candidates of a listing."""
    return logits_of(network, bank, listing.query, listing.candidates)


@dataclass(frozen=True, slots=True)
class Trained:
    """A network in eval mode, and its learning curve: (step, mean loss) pairs."""

    network: CoAttention
    curve: tuple[tuple[int, float], ...]
    seconds: float


def train_scorer(
    lessons: Sequence[tuple[Lesson, float]], bank: Bank, *, seed: int, steps: int, report: Report = print
) -> Trained:
    """Listwise cross-entropy over each list, and binary cross-entropy of each candidate, so that absence is learnt too.

    Each step takes lists of one lesson, drawn by its weight. Then come a fifth as many steps of which half are about
    one attribute: among the others, all of which say that like words belong together, "not leather" is not learnt.
    """
    torch.manual_seed(seed)
    chance, start = random.Random(seed), time.perf_counter()
    network = CoAttention()
    others = sum(weight for lesson, weight in lessons if lesson.name != OneAttribute.name)

    def tell(step: int, of: int, loss: float) -> None:
        report(f"seed {seed}, step {step} of {of}, {time.perf_counter() - start:.0f} s: loss {loss:.3f}")

    curve = _taught(network, lessons, bank, (steps, chance), tell)
    heavier = [
        (lesson, others or weight) if lesson.name == OneAttribute.name else (lesson, weight)
        for lesson, weight in lessons
    ]
    curve += _taught(network, heavier, bank, (steps // 5, chance), tell)
    return Trained(network.eval(), tuple(curve), time.perf_counter() - start)


def _taught(
    network: CoAttention,
    lessons: Sequence[tuple[Lesson, float]],
    bank: Bank,
    drawn: tuple[int, random.Random],
    tell: Callable[[int, int, float], None],
) -> list[tuple[int, float]]:
    """Train in place for so many steps, drawn by chance, on one schedule; the mean loss of each hundred steps."""
    steps, chance = drawn
    optimiser = torch.optim.AdamW(network.parameters(), PEAK_RATE, weight_decay=0.02)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, PEAK_RATE, total_steps=steps, pct_start=min(0.3, WARM_UP / steps)
    )
    which, weights = [lesson for lesson, _ in lessons], [weight for _, weight in lessons]
    losses: list[float] = []
    curve: list[tuple[int, float]] = []
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
            curve.append((step, round(float(np.mean(losses[-_TOLD_EVERY:])), 4)))
            tell(step, steps, curve[-1][1])
    return curve


def _loss(network: CoAttention, bank: Bank, lists: Sequence[Listed]) -> Tensor:
    query = bank.side([each.query for each in lists])
    offered = bank.side([item for each in lists for item in each.candidates])
    repeated = [part.repeat_interleave(len(lists[0].candidates), dim=0) for part in query]
    logits = network(*repeated, *offered).view(len(lists), -1)
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
        logits: NDArray[np.float32] = network(*bank.side([query]), *bank.side(candidates)).numpy()
    return logits
