"""The map from words into the space of pictures, learnt once more when the network stands still.

While the network trains, it comes to know its own pictures by heart, and the map learns to lean on that. So the map
alone is trained on, with the parts of names as well as the whole ones, against several looks at each picture; the mean
of both maps, in which the trained one counts thrice, finds more than either. Last, the map is turned to the vectors
that the service's quantised MiniLM gives, which are not quite those of MiniLM itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the trade's name

from retrieval.training.eyes_augment import augment
from retrieval.training.eyes_data import Pictures
from retrieval.training.eyes_network import Eyes

STEPS, BATCH, LOOKS = 600, 512, 3
SCALE = 12.0  # of the cosines, fixed: a learnt one grows with what is known by heart
TRAINED = 3.0  # how much the map that was trained with the network counts beside the one learnt once more
RIDGE = 0.3
SHARES = {"fashion": 0.8, "grocery": 0.08, "render": 0.05, "clothing": 0.03, "icon": 0.03, "catalogue": 0.01}


def ways_to_say(phrase: str, chance: np.random.Generator) -> tuple[str, ...]:
    """The phrase, the phrase without its first word (often a brand), and twice what is left of it by chance."""
    words = phrase.split()
    rest = [" ".join(w for w in words if chance.random() > 0.3) for _ in range(2)]
    return tuple(said or phrase for said in (phrase, " ".join(words[1:]), *rest))


def refit(eyes: Eyes, pictures: Pictures, encode: Callable[[tuple[str, ...]], NDArray[np.float32]], seed: int) -> None:
    """Train `eyes.place_words` alone, in place; `encode` gives the L2-normalised vectors (texts, 384) of texts."""
    rows = np.concatenate([pictures.rows(source, development=False) for source in SHARES])
    rows = rows[pictures.phrases_of[rows, 0] >= 0]
    chance = torch.Generator().manual_seed(seed)
    looks = torch.stack([_look(eyes, pictures, rows, chance) for _ in range(LOOKS)])
    vectors = torch.from_numpy(ways_of(pictures.phrases, encode, seed))
    phrases = torch.from_numpy(pictures.phrases_of[rows])
    often = _often([pictures.examples[row].source for row in rows])
    trained = eyes.place_words.weight.data.clone()
    place = nn.Linear(trained.shape[1], trained.shape[0], bias=False)
    place.weight.data.copy_(trained)
    optimiser = torch.optim.Adam(place.parameters(), lr=1e-3)
    for _ in range(STEPS):
        drawn = torch.multinomial(often, BATCH, replacement=True, generator=chance)
        look = looks[int(torch.randint(LOOKS, (1,), generator=chance)), drawn]
        which = torch.randint(2, (BATCH, 1), generator=chance)
        way = torch.randint(vectors.shape[1], (BATCH,), generator=chance)
        phrase = phrases[drawn].gather(1, which)[:, 0]
        loss = _loss(place, vectors[phrase, way], vectors[phrase, 0], look)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    both = (trained / trained.norm(), place.weight.data / place.weight.data.norm())
    eyes.place_words.weight.data.copy_(TRAINED * both[0] + both[1])


def ways_of(
    phrases: tuple[str, ...], encode: Callable[[tuple[str, ...]], NDArray[np.float32]], seed: int
) -> NDArray[np.float32]:
    """The vectors of each phrase's `ways_to_say`, (phrases, ways, 384), the whole phrase first."""
    chance = np.random.default_rng(seed)
    ways = [ways_to_say(phrase, chance) for phrase in phrases]
    texts = tuple(sorted({text for said in ways for text in said}))
    place = {text: i for i, text in enumerate(texts)}
    return encode(texts)[[[place[text] for text in said] for said in ways]]


def turn(eyes: Eyes, meant: NDArray[np.float32], given: NDArray[np.float32]) -> None:
    """Make `eyes.place_words` place the vectors `given` where it places those `meant`, both (texts, 384), in place.

    Ridge regression towards no change.
    """
    same = RIDGE * np.eye(given.shape[1])
    to_meant = np.linalg.solve(given.T @ given + same, given.T @ meant + same)
    eyes.place_words.weight.data @= torch.from_numpy(to_meant.T).float()


def _look(eyes: Eyes, pictures: Pictures, rows: NDArray[np.int64], chance: torch.Generator) -> Tensor:
    """The embeddings of the pictures in other crops and light, (rows, 256)."""
    parts = []
    with torch.inference_mode():
        for begin in range(0, len(rows), 128):
            part = rows[begin : begin + 128]
            pixels, masks = torch.from_numpy(pictures.pixels[part]), torch.from_numpy(pictures.masks[part])
            parts.append(eyes(augment(pixels, masks, 112, chance))["embedding"])
    return torch.cat(parts).clone()


def _often(sources: list[str]) -> Tensor:
    """How often each picture is drawn, so that each source has its share."""
    counts = {source: sources.count(source) for source in SHARES}
    return torch.tensor([SHARES[source] / counts[source] for source in sources])


def _loss(place: nn.Linear, said: Tensor, meant: Tensor, look: Tensor) -> Tensor:
    """InfoNCE both ways; what means nearly the same shares the target. A third of each vector is left out by chance."""
    scores = SCALE * F.normalize(place(F.dropout(said, 0.3)), dim=1) @ look.T
    alike = meant @ meant.T
    same = (alike > 0.999).float()
    target = 0.8 * same / same.sum(dim=1, keepdim=True) + 0.2 * (alike / 0.05).softmax(dim=1)
    return F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)
