"""The photo encoder on the held-out part of the photo sets: names, words, altered copies, groceries.

The split is `retrieval.training.eyes_data`'s. Beside each figure stands what the thumbnail reaches, and the 95 %
interval of the difference (paired bootstrap over photos).
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval.embedders.photo import PhotoEncoder
from retrieval.evaluation.photo_copies import altered, on_other_ground
from retrieval.evaluation.photos import Figures, Table, Vectors, paired, ranks, share, thumbnails

if TYPE_CHECKING:
    from retrieval.training.eyes_data import Example

Words = Callable[[Sequence[str]], Vectors]

TEN_KINDS = ("T-Shirt", "Longsleeve", "Pants", "Shoes", "Shirt", "Dress", "Outwear", "Shorts", "Hat", "Skirt")
NEIGHBOURS = 5
GALLERY = 800  # pictures among which one is to be found
COPY_SIDE = 144


def evaluate_sets(encoder: PhotoEncoder, words: Words, data: Path) -> Table:
    """One line a figure. `words` gives MiniLM's vectors of English texts; `data` holds the photo sets."""
    from retrieval.training.eyes_data import read_examples

    parts: dict[str, list[Example]] = {}
    for example in read_examples(data, encoder.labels, None, None):
        parts.setdefault(f"{example.source} {'held out' if example.development else 'known'}", []).append(example)
    gallery = [*parts["fashion held out"], *parts["wordless held out"]][:GALLERY]
    return {
        "clothing kind, 10 classes": _named(encoder, parts, "clothing", "type", TEN_KINDS),
        "article type, all": _named(encoder, parts, "fashion", "type", ()),
        "base colour, all": _named(encoder, parts, "fashion", "colour", ()),
        "grocery kind, 43": _named(encoder, parts, "grocery", "type", ()),
        **_groceries(encoder, words, parts["grocery held out"], parts["icon known"]),
        **_by_words(encoder, words, gallery, asked=len(parts["fashion held out"])),
        **_copies(encoder, gallery, [*parts["clothing held out"], *parts["grocery held out"]]),
    }


def _named(
    encoder: PhotoEncoder, parts: dict[str, list[Example]], source: str, head: str, only: Sequence[str]
) -> Figures:
    """Share of photos whose likeliest label (of the source's own, or of `only`) is right; unknown labels are wrong."""
    asked, known = (
        [e for e in parts[f"{source} {part}"] if not only or e.names[head] in only] for part in ("held out", "known")
    )
    places = {name: place for name, place in encoder.labels.positions(head, source).items() if not only or name in only}
    choice = np.array(sorted(set(places.values())))
    right = [
        choice[encoder.look(picture_of(e)).probabilities[head][choice].argmax()] == places.get(e.names[head], -1)
        for e in asked
    ]
    return paired(np.array(right), _neighbours(asked, known, head))


def _neighbours(asked: Sequence[Example], known: Sequence[Example], head: str) -> NDArray[np.bool_]:
    """Whether the nearest training thumbnails vote for the right label."""
    index, queries = (thumbnails([picture_of(e) for e in part]) for part in (known, asked))
    nearest = np.argsort(-(queries @ index.T), axis=1)[:, :NEIGHBOURS]
    votes = [Counter(known[row].names[head] for row in rows).most_common(1)[0][0] for rows in nearest]
    return np.array([vote == e.names[head] for vote, e in zip(votes, asked, strict=True)])


def _groceries(encoder: PhotoEncoder, words: Words, asked: Sequence[Example], icons: Sequence[Example]) -> Table:
    """A photo taken in a shop to one of its 81 goods, by the goods' picture and text; there is no classifier."""
    place = {icon.product: i for i, icon in enumerate(icons)}
    right = np.array([place[e.product] for e in asked])
    taken, shown = (encoder.encode([picture_of(e) for e in part]) for part in (asked, icons))
    text = np.stack([encoder.place_words(words(icon.phrases)).mean(axis=0) for icon in icons])
    text /= np.linalg.norm(text, axis=1, keepdims=True)
    small, small_icons = (thumbnails([picture_of(e) for e in part]) for part in (asked, icons))
    thumb = ranks(small, small_icons, right)
    table: Table = {}
    for name, index in (("picture", shown), ("text", text), ("picture and text", shown + text)):
        found = ranks(taken, index, right)
        for k in (1, 5):
            table[f"grocery photo to product by {name}, 81, top-{k}"] = paired(found <= k, thumb <= k)
    return table


def _by_words(encoder: PhotoEncoder, words: Words, gallery: Sequence[Example], asked: int) -> Table:
    """A title to its own picture among all; another picture of a like-named product counts as wrong."""
    index = encoder.encode([picture_of(e) for e in gallery])
    titles = encoder.place_words(words([e.phrases[0] for e in gallery[:asked]]))
    found = ranks(titles, index, np.arange(asked))
    return {f"words to picture, {len(gallery)}, top-{k}": {"photos": asked, "eyes": share(found <= k)} for k in (1, 10)}


def _copies(encoder: PhotoEncoder, gallery: Sequence[Example], grounds: Sequence[Example]) -> Table:
    """Altered copies to their pictures."""
    from retrieval.training.eyes_data import decode, product_mask

    chance = np.random.default_rng(11)
    pictures = [Image.fromarray(decode(e.picture, COPY_SIDE)) for e in gallery]
    others = [picture_of(grounds[int(i)]) for i in chance.choice(len(grounds), min(200, len(grounds)), replace=False)]
    moved = [on_other_ground(p, product_mask(np.asarray(p)), others, chance) for p in pictures]
    table: Table = {}
    for title, copies in (("altered copy to item", pictures), ("the same, on another ground", moved)):
        changed = [altered(picture, chance) for picture in copies]
        right = np.arange(len(pictures))
        eyes, thumb = (ranks(encode(changed), encode(pictures), right) for encode in (encoder.encode, thumbnails))
        table[f"{title}, {len(pictures)}, top-1"] = paired(eyes == 1, thumb == 1)
    return table


def picture_of(example: Example) -> Image.Image:
    return Image.open(io.BytesIO(example.picture)).convert("RGB")
