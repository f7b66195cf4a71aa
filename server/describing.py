"""`vitrine eval describe`: how right the describer's sentences and answers are on photos that nothing was fitted on."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from agent.vision.embedded import HEADS, EmbeddedDescriber
from agent.vision.reading import PhotoReading
from retrieval.describer import PhotoDecoder
from retrieval.embedders.photo import PhotoEncoder
from retrieval.embedders.photo_labels import Label, PhotoLabels
from server.report import percentile

if TYPE_CHECKING:
    from retrieval.training.describer_scenes import Scene
    from retrieval.training.eyes_data import Pictures

Tables = dict[str, list[dict[str, Any]]]
SOURCES = ("clothing", "fashion", "grocery")
STEPS = (0.6, 0.7, 0.8, 0.9, 0.95, 1.01)


def measure_describer(
    encoder: PhotoEncoder, decoder: PhotoDecoder, data: Path, photos: int, renders: Path | None = None
) -> Tables:
    """Captions on `photos` real photos, calibration, answers to each question by kind of scene, and time.

    All pictures are of the half of the development side that neither the encoder, the decoder nor a table was fitted
    on. Damage, several products and pictures of nothing are synthetic. Raises BadImport where data is missing.
    """
    from retrieval.training.describer_scenes import for_fitting, scenes
    from retrieval.training.eyes_data import as_pictures, read_examples

    examples = [e for e in read_examples(data, encoder.labels, renders, None) if e.source != "wordless"]
    pictures = as_pictures(examples)
    held_out = [s for s in scenes(pictures, encoder.labels, True, seed=8) if not for_fitting(s.id)]
    ours, heads = EmbeddedDescriber(encoder, decoder), EmbeddedDescriber(encoder)
    chosen = _chosen(pictures, held_out, photos)
    tables: Tables = {"stated with a confidence": []}
    captions: dict[str, dict[str, float]] = {}
    for name, describer in (("describer", ours), ("heads alone", heads)):
        readings = [describer.describe(picture) for picture, _ in chosen]
        captions[name] = _captions(encoder.labels, chosen, readings)
        tables["stated with a confidence"] += [{"by": name} | row for row in _stated(encoder.labels, chosen, readings)]
    figures = captions["describer"]
    tables["captions on real photos"] = [
        {"figure": figure} | {name: found[figure] for name, found in captions.items()} for figure in figures
    ]
    tables["answers"] = _answers(decoder, encoder, held_out)
    tables["pictures of no product"] = [_of_nothing(held_out, ours, "describer"), _of_nothing(held_out, heads, "heads")]
    tables["several products, each named rightly"] = [_of_several(encoder.labels, held_out, ours)]
    tables["milliseconds on one thread"] = [_speed(ours, [picture for picture, _ in chosen])]
    ours.close()
    heads.close()
    return tables


Labelled = Sequence[tuple[Image.Image, "Scene"]]


def _chosen(pictures: Pictures, held_out: Sequence[Scene], count: int) -> Labelled:
    """Real photos of a known type, as they were taken, from all sets alike; those of a known colour first."""
    content = {(e.source, e.id): e.picture for e in pictures.examples}
    chance = np.random.default_rng(2026)
    chosen: list[tuple[Image.Image, Scene]] = []
    for number, source in enumerate(SOURCES):
        known = [s for s in held_out if s.source == source and "type" in s.facts]
        known = sorted((known[i] for i in chance.permutation(len(known))), key=lambda s: "colour" not in s.facts)
        wanted = (count - len(chosen)) // (len(SOURCES) - number)
        chosen += [(Image.open(io.BytesIO(content[source, s.id])).convert("RGB"), s) for s in known[:wanted]]
    return chosen


def _captions(labels: PhotoLabels, chosen: Labelled, readings: Sequence[PhotoReading]) -> dict[str, float]:
    """Whether the words for type and colour stand in the caption and are right; wider words count where they hold."""
    row: dict[str, float] = {"photos": len(chosen)}
    for head in ("type", "colour"):
        asked = [(s.facts[head], r) for (_, s), r in zip(chosen, readings, strict=True) if head in s.facts]
        said = [
            (truth, value) for truth, r in asked if (value := r.value(head)) and _in_caption(labels, head, value, r)
        ]
        right = [_right(labels, head, truth, value) for truth, value in said]
        exact = [truth == value for truth, value in said]
        row |= {
            f"{head} known": len(asked),
            f"{head} said": _share([True] * len(said), len(asked)),
            f"{head} right of said": _share(right, len(said)),
            f"{head} right of all": _share(right, len(asked)),
            f"{head} exactly right of all": _share(exact, len(asked)),
        }
    damaged = [reading.value("condition") == "damaged" for reading in readings]
    several = [bool(reading.things) for reading in readings]
    return row | {"called damaged": _share(damaged, len(damaged)), "called several": _share(several, len(several))}


def _in_caption(labels: PhotoLabels, head: str, value: str, reading: PhotoReading) -> bool:
    words = [word for label in labels.heads[head] for word in (label, label.group) if word.name == value]
    return any(word.en.rpartition(" of ")[2] in reading.caption for word in words)


def _stated(labels: PhotoLabels, chosen: Labelled, readings: Sequence[PhotoReading]) -> list[dict[str, object]]:
    """How often what was stated with a confidence is right, by confidence."""
    judged = [
        (attribute.confidence, _right(labels, attribute.name, scene.facts[attribute.name], attribute.value))
        for (_, scene), reading in zip(chosen, readings, strict=True)
        for attribute in reading.attributes
        if attribute.name in scene.facts
    ]
    rows: list[dict[str, object]] = []
    for low, high in pairwise(STEPS):
        right = [good for confidence, good in judged if low <= confidence < high]
        rows.append({"confidence": f"{low:.2f}+", "stated": len(right), "right": _share(right, len(right))})
    return rows


def _answers(decoder: PhotoDecoder, encoder: PhotoEncoder, held_out: Sequence[Scene]) -> list[dict[str, object]]:
    """Each question on the scenes whose answer is known: the likeliest answer, the heads', and the commonest one."""
    looks = [encoder.look(Image.fromarray(scene.picture)) for scene in held_out]
    told = [decoder.tell(look) for look in looks]
    rows: list[dict[str, object]] = []
    for question in decoder.lexicon.answers:
        known = [i for i, scene in enumerate(held_out) if question in scene.facts]
        if not known:
            continue
        truths = [held_out[i].facts[question] for i in known]
        answers = decoder.lexicon.answers[question]
        row: dict[str, object] = {"question": question, "scenes": len(known)}
        row["describer"] = _same(truths, [answers[int(told[i].shares[question].argmax())] for i in known])
        if question in HEADS:
            names = [label.name for label in encoder.labels.heads[question]]
            row["heads"] = _same(truths, [names[int(looks[i].probabilities[question].argmax())] for i in known])
        row["commonest answer"] = Counter(truths).most_common(1)[0][1] / len(truths)
        sure = [(i, o) for i in known if (o := decoder.opinions(told[i], question)[0]).confidence >= 0.9]
        right = [o.word.name == held_out[i].facts[question] for i, o in sure]
        rows.append(row | {"sure of": len(sure), "right of those": _share(right, len(sure))})
    return rows


def _of_nothing(held_out: Sequence[Scene], describer: EmbeddedDescriber, name: str) -> dict[str, object]:
    shown = [describer.describe(Image.fromarray(s.picture)) for s in held_out if s.source == "nothing"]
    named = [reading.named or bool(reading.things) for reading in shown]
    return {"by": name, "pictures": len(shown), "given a name": _share(named, len(named))}


def _of_several(labels: PhotoLabels, held_out: Sequence[Scene], describer: EmbeddedDescriber) -> dict[str, object]:
    """Collages of which every part's type is known: how often they are listed, and how many of the list are right."""
    known = [s for s in held_out if s.source == "several" and len(s.shown) > 1]
    listed = [(s, describer.describe(Image.fromarray(s.picture)).things) for s in known]
    named = [
        any(_right(labels, "type", truth, thing.kind) for truth in scene.shown)
        for scene, things in listed
        for thing in things
    ]
    return {
        "pictures": len(known),
        "listed": _share([bool(things) for _, things in listed], len(known)),
        "right count of listed": _share(
            [len(t) == len(s.shown) for s, t in listed if t], sum(bool(t) for _, t in listed)
        ),
        "names right": _share(named, len(named)),
    }


def _speed(describer: EmbeddedDescriber, pictures: Sequence[Image.Image]) -> dict[str, object]:
    taken = [_milliseconds(describer.describe, picture) for picture in pictures]
    return {"photos": len(taken), "p50": percentile(taken, 0.5), "p95": percentile(taken, 0.95)}


def _milliseconds(work: Callable[[Image.Image], object], picture: Image.Image) -> float:
    begun = time.perf_counter()
    work(picture)
    return (time.perf_counter() - begun) * 1000


def _right(labels: PhotoLabels, head: str, truth: str, value: str) -> bool:
    """Whether the value is the label that is true, or the wider word for it."""
    if truth == value or head not in HEADS:
        return truth == value
    label: Label | None = next((one for one in labels.heads[head] if one.name == truth), None)
    return label is not None and label.group.name == value


def _same(truths: Sequence[str], said: Sequence[str]) -> float:
    return float(np.mean([a == b for a, b in zip(truths, said, strict=True)]))


def _share(right: Sequence[bool], of: int) -> float:
    return round(sum(right) / of, 4) if of else 0.0
