"""What the phrases of a picture may be said as.

While the network trains, it comes to know its own pictures and their titles by heart. A customer says part of a title.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def ways_to_say(phrase: str, chance: np.random.Generator) -> tuple[str, ...]:
    """The phrase, the phrase without its first word (often a brand), and twice what is left of it by chance."""
    words = phrase.split()
    rest = [" ".join(w for w in words if chance.random() > 0.3) for _ in range(2)]
    return tuple(said or phrase for said in (phrase, " ".join(words[1:]), *rest))


def ways_of(
    phrases: tuple[str, ...], encode: Callable[[tuple[str, ...]], NDArray[np.float32]], seed: int
) -> NDArray[np.float32]:
    """The vectors of each phrase's `ways_to_say`, (phrases, ways, 384), the whole phrase first."""
    chance = np.random.default_rng(seed)
    ways = [ways_to_say(phrase, chance) for phrase in phrases]
    texts = tuple(sorted({text for said in ways for text in said}))
    place = {text: i for i, text in enumerate(texts)}
    return encode(texts)[[[place[text] for text in said] for said in ways]]
