"""What the photo encoder is asked in each step, and how wrong it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the trade's name

from retrieval.training.eyes_augment import augment, plain, without_product
from retrieval.training.eyes_data import HEADS, Pictures
from retrieval.training.eyes_network import Eyes
from retrieval.training.eyes_scenes import collages, damaged_patches, parts_of_grid, whole_and_damaged

NOTHING = 8  # pictures of no product for each batch
COLLAGES = 2  # of each layout
PAIRS = 16  # of a whole product and the same, damaged
HEAD_WEIGHTS = {"type": 1.0, "colour": 0.6, "pattern": 0.4, "material": 0.3}
RULED_OUT = -30.0  # a score that counts as none: cosines are scaled to 18 or at most 50, and a mass on it has no slope


@dataclass(frozen=True, slots=True)
class Taught:
    """What an earlier network reads in the pictures that have no words: soft targets.

    `place` (pictures,) is where a picture's reading is, -1 for those with words; `type` and `colour` are distributions
    over labels, `words` over phrases, each (readings, n).
    """

    place: Tensor
    type: Tensor
    colour: Tensor
    words: Tensor


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a step needs besides the network, all of it on the device that trains.

    `pixels`, `masks`, `labels`, `product` and `phrases_of` as in `Pictures`; `words` (phrases, ways, 384) the vectors
    of each phrase and of parts of it; `worth` (products,) how much it counts that each is recognised; `hurt` damaged
    copies of the pictures `hurt_rows`. `asked` and `shown` (pictures,) say which are customers' photos of a grocery
    shop's goods and which are the shop's own pictures of them. `unseen` (products,) and `unseen_words` (phrases,) are
    the goods that customers' photos were never seen of, and what only they are called. `taught` is what an earlier
    network reads in the pictures that have no words. `times` is how many of the basic batches make a step.
    """

    pixels: Tensor
    masks: Tensor
    labels: Tensor
    product: Tensor
    phrases_of: Tensor
    words: Tensor
    worth: Tensor
    asked: Tensor
    shown: Tensor
    unseen: Tensor
    unseen_words: Tensor
    taught: Taught | None
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
    teacher: Eyes | None = None,
    bfloat16: bool,
    times: int,
) -> Lesson:
    """Everything as tensors on the device of `chance`; `words` as in `Lesson`. Nothing counts as unseen yet."""
    sources = np.array([example.source for example in pictures.examples])
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
        asked=on_device(sources == "grocery"),
        shown=on_device(sources == "icon"),
        unseen=on_device(np.zeros(len(pictures.products), bool)),
        unseen_words=on_device(np.zeros(len(pictures.phrases), bool)),
        taught=_taught(teacher, pictures, on_device(words[:, 0])) if teacher else None,
        hurt=on_device(hurt[1]),
        hurt_rows=on_device(hurt[0]),
        chance=chance,
        bfloat16=bfloat16,
        times=times,
    )


def _taught(teacher: Eyes, pictures: Pictures, words: Tensor) -> Taught | None:
    """The earlier network's readings, of each picture without words and of its mirror image."""
    rows = pictures.rows("wordless", development=False)
    if not len(rows):
        return None
    place = np.full(len(pictures.examples), -1)
    place[rows] = np.arange(len(rows))
    once, mirrored = (look_at(teacher, pictures.pixels[rows][:, :, ::step]) for step in (1, -1))
    looks = {name: (once[name] + mirrored[name]).to(words.device) / 2 for name in ("type", "colour", "embedding")}
    with torch.inference_mode():
        near = F.normalize(looks["embedding"], dim=1) @ F.normalize(teacher.place_words(words), dim=1).T
        said = (teacher.word_scale.exp().clamp(max=50.0) * near).softmax(dim=1)
    kept = (looks["type"].softmax(dim=1), looks["colour"].softmax(dim=1), said.half())
    return Taught(torch.from_numpy(place).to(words.device), *(each.clone() for each in kept))


def without_photos(lesson: Lesson, pictures: Pictures, kept_back: NDArray[np.int64]) -> Lesson:
    """The lesson in which the goods on the photos `kept_back` are unseen ones.

    A photo of another product is then not told apart from them: a network that has only ever seen a product held
    against customers' photos learns that no photo shows it, and finds it last when one does (the bias of generalised
    zero-shot learning, Chao et al. 2016).
    """
    unseen, words = torch.zeros_like(lesson.unseen), torch.zeros_like(lesson.unseen_words)
    if len(kept_back):
        unseen[lesson.product[torch.from_numpy(kept_back).to(unseen.device)]] = True
        with_words = lesson.phrases_of[:, 0] >= 0
        of_unseen = with_words & (lesson.product >= 0) & unseen[lesson.product.clamp(min=0)]
        words[lesson.phrases_of[of_unseen].flatten()] = True
        words[lesson.phrases_of[with_words & ~of_unseen].flatten()] = False
    return replace(lesson, unseen=unseen, unseen_words=words)


def look_at(eyes: Eyes, pixels: NDArray[np.uint8], side: int = 128) -> dict[str, Tensor]:
    """The network's readings of many pictures, in eval mode, 64 at a time; on the CPU, wherever the network is."""
    device = eyes.word_scale.device
    with torch.inference_mode():
        parts = [
            eyes(plain(torch.from_numpy(np.ascontiguousarray(pixels[i : i + 64])).to(device), side))
            for i in range(0, len(pixels), 64)
        ]
    return {name: torch.cat([part[name] for part in parts]).cpu() for name in parts[0]}


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
    told["product"] = _recognised(eyes, read["embedding"], product, lesson, lesson.asked[rows])
    told |= _word_losses(eyes, read["embedding"], lesson, rows)
    told["shown"] = _shown_loss(eyes, read["embedding"], lesson, rows)
    if lesson.taught:
        told |= _taught_losses(eyes, read, lesson, lesson.taught, rows)
    told |= _part_losses(eyes, of_part[2 : 2 + len(joined)], joined, rows, lesson)
    if differs is not None:
        told["damage"] = _damage_loss(eyes, of_part[-1], differs)
    return told


def _named(scores: Tensor, known: Tensor) -> Tensor:
    """Cross entropy where the label is known; 0 where none is."""
    each = F.cross_entropy(scores, known, ignore_index=-1, label_smoothing=0.05, reduction="sum")
    return each / (known >= 0).sum().clamp(min=1)


def _recognised(eyes: Eyes, embedding: Tensor, product: Tensor, lesson: Lesson, asked: Tensor) -> Tensor:
    """One centre a product on the sphere, a normalised softmax (Zhai & Wu 2019)."""
    scores = 18.0 * embedding @ F.normalize(eyes.centres, dim=1).T
    scores = scores.masked_fill(asked[:, None] & lesson.unseen, RULED_OUT)
    return F.cross_entropy(scores, product, lesson.worth, ignore_index=-1, label_smoothing=0.02)


def _shown_loss(eyes: Eyes, embedding: Tensor, lesson: Lesson, rows: Tensor) -> Tensor:
    """Each customer's photo against the shop's pictures and texts in the batch, as a search by photo compares them."""
    asked, shown, product = lesson.asked[rows], lesson.shown[rows], lesson.product[rows]
    words = lesson.words[lesson.phrases_of[rows[shown]], 0]
    text = F.normalize(F.normalize(eyes.place_words(words), dim=2).mean(dim=1), dim=1)
    scores = 12.0 * embedding[asked] @ F.normalize(embedding[shown] + text, dim=1).T
    scores = scores.masked_fill(lesson.unseen[product[shown]], RULED_OUT)
    same = (product[asked][:, None] == product[shown][None, :]).float()
    there = same.sum(dim=1)
    each = -(scores.log_softmax(dim=1) * same).sum(dim=1) / there.clamp(min=1)
    return 0.2 * each.sum() / (there > 0).sum().clamp(min=1)


def _taught_losses(
    eyes: Eyes, read: dict[str, Tensor], lesson: Lesson, taught: Taught, rows: Tensor
) -> dict[str, Tensor]:
    """What the earlier network read in a picture as it is, to be read in its altered copy (Xie et al. 2020)."""
    place = taught.place[rows]
    has = place >= 0
    near = eyes.word_scale.exp().clamp(max=50.0) * (
        read["embedding"][has] @ F.normalize(eyes.place_words(lesson.words[:, 0]), dim=1).T
    )
    place = place[has]
    return {
        "taught_type": 0.4 * F.cross_entropy(read["type"][has], taught.type[place]),
        "taught_colour": 0.2 * F.cross_entropy(read["colour"][has], taught.colour[place]),
        "taught_words": 0.3 * F.cross_entropy(near, taught.words[place].float()),
    }


def _part_losses(
    eyes: Eyes,
    features: tuple[Tensor, ...],
    joined: list[tuple[Tensor, Tensor, tuple[int, int]]],
    rows: Tensor,
    lesson: Lesson,
) -> dict[str, Tensor]:
    """Each product of a collage is to be named and recognised from the patches that it covers."""
    shown, embeddings, scores = [], [], []
    for patches, (_, parts, layout) in zip(features, joined, strict=True):
        within = parts_of_grid(layout, patches.shape[1], patches.device)
        read = eyes.read(patches.repeat_interleave(len(within), 0), within.repeat(len(patches), 1))
        shown.append(rows[parts.flatten()])
        embeddings.append(read["embedding"])
        scores.append(read["type"])
    of = torch.cat(shown)
    product = _recognised(eyes, torch.cat(embeddings), lesson.product[of], lesson, lesson.asked[of])
    types = lesson.labels[of, HEADS.index("type")]
    return {"part_type": 0.3 * _named(torch.cat(scores), types), "part_product": 0.3 * product}


def _damage_loss(eyes: Eyes, features: Tensor, differs: Tensor) -> Tensor:
    """Which patches show damage; in the whole ones of the pairs none does. The few damaged patches weigh more."""
    odds = eyes.damage(eyes.read(features)["patches"])
    shown = damaged_patches(differs, odds.shape[1])
    target = torch.cat([torch.zeros_like(shown), shown])
    return 0.5 * F.binary_cross_entropy_with_logits(odds, target, pos_weight=odds.new_tensor(4.0))


def _word_losses(eyes: Eyes, embedding: Tensor, lesson: Lesson, rows: Tensor) -> dict[str, Tensor]:
    """Each picture that has words against every phrase there is, each phrase of the batch against all its pictures.

    Phrases that mean nearly the same share the target, so that a like-named product is not pushed away. Half of the
    phrases of the batch are said in part only.
    """
    words, phrases_of, chance = lesson.words[:, 0], lesson.phrases_of[rows], lesson.chance
    told = phrases_of[:, 0] >= 0
    either = torch.randint(2, (len(phrases_of), 1), generator=chance, device=chance.device)
    phrase = phrases_of.gather(1, either)[told, 0]
    place = F.normalize(eyes.place_words(words), dim=1)
    ways = lesson.words.shape[1]
    way = (torch.randint(2 * ways, phrase.shape, generator=chance, device=chance.device) - ways).clamp(min=0)
    said = F.normalize(eyes.place_words(lesson.words[phrase, way]), dim=1)
    scale = eyes.word_scale.exp().clamp(max=50.0)
    with torch.no_grad():
        alike = (words[phrase] @ words.T / 0.05).softmax(dim=1)
        targets = 0.7 * F.one_hot(phrase, len(words)).float() + 0.3 * alike
        same = torch.zeros(len(phrase), len(embedding), device=embedding.device)
        same[:, told] = (phrase[:, None] == phrase[None, :]).float()
    asked = lesson.asked[rows]
    to_words = scale * embedding[told] @ place.T
    to_words = to_words.masked_fill(asked[told][:, None] & lesson.unseen_words, RULED_OUT)
    to_pictures = scale * said @ embedding.T
    to_pictures = to_pictures.masked_fill(lesson.unseen_words[phrase][:, None] & asked, RULED_OUT)
    return {
        "to_words": 0.5 * F.cross_entropy(to_words, targets),
        "to_pictures": 0.5 * F.cross_entropy(to_pictures, same / same.sum(dim=1, keepdim=True)),
    }
