"""What the photo encoder is asked in each step, and how wrong it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the trade's name

from retrieval.training.eyes_augment import augment, without_product
from retrieval.training.eyes_data import HEADS, Pictures
from retrieval.training.eyes_network import Eyes
from retrieval.training.eyes_scenes import collages, damaged_patches, parts_of_grid, whole_and_damaged

NOTHING = 8  # pictures of no product for each batch
COLLAGES = 2  # of each layout
PAIRS = 16  # of a whole product and the same, damaged
HEAD_WEIGHTS = {"type": 1.0, "colour": 0.6, "pattern": 0.4, "material": 0.3}


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a step needs besides the network, all of it on the device that trains.

    `pixels`, `masks`, `labels`, `product` and `phrases_of` as in `Pictures`; `words` (phrases, 384) their vectors;
    `worth` (products,) how much it counts that each is recognised; `hurt` damaged copies of the pictures `hurt_rows`.
    `times` is how many of the basic batches make a step.
    """

    pixels: Tensor
    masks: Tensor
    labels: Tensor
    product: Tensor
    phrases_of: Tensor
    words: Tensor
    worth: Tensor
    hurt: Tensor
    hurt_rows: Tensor
    chance: torch.Generator
    bfloat16: bool
    times: int


def lesson(
    pictures: Pictures,
    words: NDArray[np.float32],
    hurt: tuple[NDArray[np.int64], NDArray[np.uint8]],
    chance: torch.Generator,
    *,
    bfloat16: bool,
    times: int,
) -> Lesson:
    """Everything as tensors on the device of `chance`."""
    worth = np.array([0.3 if name.startswith("fashion/") else 1.0 for name in pictures.products], np.float32)

    def on_device(array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array).to(chance.device)

    return Lesson(
        pixels=on_device(pictures.pixels),
        masks=on_device(pictures.masks),
        labels=on_device(pictures.labels),
        product=on_device(pictures.product),
        phrases_of=on_device(pictures.phrases_of),
        words=on_device(words),
        worth=on_device(worth),
        hurt=on_device(hurt[1]),
        hurt_rows=on_device(hurt[0]),
        chance=chance,
        bfloat16=bfloat16,
        times=times,
    )


def losses(eyes: Eyes, lesson: Lesson, rows: Tensor, side: int) -> dict[str, Tensor]:
    """Each loss by its name, weighted, for the pictures `rows` looked at from `side` pixels."""
    chance = lesson.chance
    seen = augment(lesson.pixels[rows], lesson.masks[rows], side, chance)
    parts = [seen, without_product(seen, NOTHING * lesson.times, chance)]
    joined = list(collages(seen, COLLAGES * lesson.times, chance))
    parts += [picture for picture, _, _ in joined]
    picked = torch.randint(max(1, len(lesson.hurt)), (PAIRS * lesson.times,), generator=chance, device=chance.device)
    differs = None
    if len(lesson.hurt):
        whole = lesson.hurt_rows[picked]
        pairs, differs = whole_and_damaged(lesson.pixels[whole], lesson.hurt[picked], lesson.masks[whole], side, chance)
        parts.append(pairs)
    with torch.autocast(chance.device.type, torch.bfloat16, enabled=lesson.bfloat16):
        features = eyes.features(torch.cat(parts).contiguous(memory_format=torch.channels_last))
    of_part = torch.split(features, [len(part) for part in parts])
    read = eyes.read(of_part[0])
    known, product = lesson.labels[rows], lesson.product[rows]
    told = {head: weight * _named(read[head], known[:, HEADS.index(head)]) for head, weight in HEAD_WEIGHTS.items()}
    told["nothing"] = -0.05 * eyes.read(of_part[1])["type"].log_softmax(dim=1).mean()
    told["product"] = _recognised(eyes, read["embedding"], product, lesson)
    told |= _word_losses(eyes, read["embedding"], lesson, lesson.phrases_of[rows])
    told |= _part_losses(eyes, of_part[2 : 2 + len(joined)], joined, (known[:, HEADS.index("type")], product), lesson)
    if differs is not None:
        told["damage"] = _damage_loss(eyes, of_part[-1], differs)
    return told


def _named(scores: Tensor, known: Tensor) -> Tensor:
    """Cross entropy where the label is known; 0 where none is."""
    each = F.cross_entropy(scores, known, ignore_index=-1, label_smoothing=0.05, reduction="sum")
    return each / (known >= 0).sum().clamp(min=1)


def _recognised(eyes: Eyes, embedding: Tensor, product: Tensor, lesson: Lesson) -> Tensor:
    """One centre a product on the sphere, a normalised softmax (Zhai & Wu 2019)."""
    scores = 18.0 * embedding @ F.normalize(eyes.centres, dim=1).T
    return F.cross_entropy(scores, product, lesson.worth, ignore_index=-1, label_smoothing=0.02)


def _part_losses(
    eyes: Eyes,
    features: tuple[Tensor, ...],
    joined: list[tuple[Tensor, Tensor, tuple[int, int]]],
    known: tuple[Tensor, Tensor],
    lesson: Lesson,
) -> dict[str, Tensor]:
    """Each product of a collage is to be named and recognised from the patches that it covers."""
    types, products, embeddings, scores = [], [], [], []
    for patches, (_, parts, layout) in zip(features, joined, strict=True):
        within = parts_of_grid(layout, patches.shape[1], patches.device)
        read = eyes.read(patches.repeat_interleave(len(within), 0), within.repeat(len(patches), 1))
        types.append(known[0][parts.flatten()])
        products.append(known[1][parts.flatten()])
        embeddings.append(read["embedding"])
        scores.append(read["type"])
    return {
        "part_type": 0.3 * _named(torch.cat(scores), torch.cat(types)),
        "part_product": 0.3 * _recognised(eyes, torch.cat(embeddings), torch.cat(products), lesson),
    }


def _damage_loss(eyes: Eyes, features: Tensor, differs: Tensor) -> Tensor:
    """Which patches show damage; in the whole ones of the pairs none does. The few damaged patches weigh more."""
    odds = eyes.damage(eyes.read(features)["patches"])
    shown = damaged_patches(differs, odds.shape[1])
    target = torch.cat([torch.zeros_like(shown), shown])
    return 0.5 * F.binary_cross_entropy_with_logits(odds, target, pos_weight=odds.new_tensor(4.0))


def _word_losses(eyes: Eyes, embedding: Tensor, lesson: Lesson, phrases_of: Tensor) -> dict[str, Tensor]:
    """Each picture that has words against every phrase there is, each phrase of the batch against all its pictures.

    Phrases that mean nearly the same share the target, so that a like-named product is not pushed away.
    """
    words, told, chance = lesson.words, phrases_of[:, 0] >= 0, lesson.chance
    either = torch.randint(2, (len(phrases_of), 1), generator=chance, device=chance.device)
    phrase = phrases_of.gather(1, either)[told, 0]
    place = F.normalize(eyes.place_words(words), dim=1)
    scale = eyes.word_scale.exp().clamp(max=50.0)
    with torch.no_grad():
        alike = (words[phrase] @ words.T / 0.05).softmax(dim=1)
        targets = 0.7 * F.one_hot(phrase, len(words)).float() + 0.3 * alike
        same = torch.zeros(len(phrase), len(embedding), device=embedding.device)
        same[:, told] = (phrase[:, None] == phrase[None, :]).float()
    to_words = scale * embedding[told] @ place.T
    to_pictures = scale * place[phrase] @ embedding.T
    return {
        "to_words": 0.5 * F.cross_entropy(to_words, targets),
        "to_pictures": 0.5 * F.cross_entropy(to_pictures, same / same.sum(dim=1, keepdim=True)),
    }
