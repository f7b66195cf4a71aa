"""`vitrine train describer`: teaches a small decoder to say what the photo encoder sees, and to answer about it.

The photo encoder is frozen: what it sees in each scene is computed once (`describer_bank.py`), so that only the decoder
is trained, in minutes on one thread. Each step takes some scenes; of each it learns a sentence and two answers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the trade's name
from transformers import VisionEncoderDecoderModel

from retrieval.describer_words import ASKED, PAD, Lexicon
from retrieval.embedders.photo import PhotoEncoder
from retrieval.embedders.photo_labels import WEIGHTS
from retrieval.training.describer_bank import Bank, bank
from retrieval.training.describer_export import DecoderGraph, MemoryGraph, export
from retrieval.training.describer_lessons import IGNORED, Lesson, caption_lesson, question_lessons, sentence
from retrieval.training.describer_network import new_describer, save_for_transformers
from retrieval.training.describer_scenes import scenes
from retrieval.training.eyes_data import as_pictures, read_examples
from retrieval.training.learning_curve import draw

BATCH = 28  # scenes in a step
QUESTIONS_EACH = 2
NOTED = 30.0  # seconds between notes of the curve, which are checkpoints too
# How often a scene of each kind is taken, relative to its share of the bank.
WEIGHTS_OF = {"altered": 0.7, "damage": 1.6, "several": 1.6, "nothing": 1.3, "catalogue": 2.0}


@dataclass(frozen=True, slots=True)
class Options:
    """What to train on, and for how long. `out` keeps the bank, the checkpoint, the curve and transformers' files;
    `weights` gets what the service runs and holds the photo encoder that is looked with."""

    data: Path
    out: Path
    renders: Path | None = None
    catalogue: Path | None = None
    weights: Path = WEIGHTS
    minutes: float = 10.0
    threads: int = 1
    seed: int = 7
    peak_rate: float = 2e-3
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """Where the weights are and how good they are on the development scenes that nothing was fitted on."""

    weights: Path
    steps: int
    minutes: float
    figures: Mapping[str, float]
    curve: Path


@dataclass(slots=True)
class _Run:
    """What a checkpoint holds."""

    model: VisionEncoderDecoderModel
    optimiser: torch.optim.Optimizer
    step: int = 0
    spent: float = 0.0
    curve: list[dict[str, float]] = field(default_factory=list)


def train(options: Options) -> Report:
    """Train, export to `options.weights`, calibrate and evaluate. Raises BadImport where data is missing."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    encoder = PhotoEncoder(options.weights)
    lexicon = Lexicon(encoder.labels)
    training, development = banks(options, encoder)
    run = _begin(options, lexicon)
    _learn(run, lexicon, training, development, options)
    save_for_transformers(run.model, lexicon, options.out / "transformers")
    figures = export(run.model, lexicon, encoder, development, options.weights)
    draw(run.curve, options.out / "curve.png", "describer")
    return Report(options.weights, run.step, run.spent / 60, figures, options.out / "curve.json")


def banks(options: Options, encoder: PhotoEncoder) -> tuple[Bank, Bank]:
    """What the encoder sees in the training scenes and in the development scenes."""
    made: dict[bool, Bank] = {}
    pictures = None
    for held_out in (False, True):
        folder = options.out / ("development" if held_out else "training")
        if not Bank.is_of(folder, encoder) and pictures is None:
            print("reading pictures", flush=True)
            examples = read_examples(options.data, encoder.labels, options.renders, options.catalogue)
            pictures = as_pictures([e for e in examples if e.source != "wordless"])
        # The scenes are the same whatever the seed of the training: runs of several seeds share them.
        found = scenes(pictures, encoder.labels, held_out, seed=8 if held_out else 7) if pictures else ()
        made[held_out] = bank(folder, encoder, found)
    return made[False], made[True]


def _begin(options: Options, lexicon: Lexicon) -> _Run:
    model = new_describer(lexicon)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    free = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.03}, {"params": free, "weight_decay": 0.0}]
    run = _Run(model, torch.optim.AdamW(groups, lr=options.peak_rate, betas=(0.9, 0.98)))
    checkpoint = options.out / "checkpoint.pt"
    if options.resume and checkpoint.exists():
        kept = torch.load(checkpoint, weights_only=True)
        run.model.load_state_dict(kept["model"])
        run.optimiser.load_state_dict(kept["optimiser"])
        run.step, run.spent, run.curve = kept["step"], kept["spent"], kept["curve"]
    return run


def _learn(run: _Run, lexicon: Lexicon, training: Bank, development: Bank, options: Options) -> None:
    """Until the minutes are spent; a checkpoint and a line of the curve every half minute."""
    chance = np.random.default_rng(options.seed + run.step)
    odds = np.array([WEIGHTS_OF.get(source, 1.0) for source in training.sources])
    odds /= odds.sum()
    budget, begun, noted = options.minutes * 60, time.monotonic() - run.spent, run.spent
    totals: dict[str, float] = {}
    while run.spent < budget:
        for group in run.optimiser.param_groups:
            group["lr"] = _rate(run.spent / budget, run.step, options.peak_rate)
        run.model.train()
        losses = _losses(run.model, lexicon, training, chance.choice(len(odds), BATCH, p=odds), chance)
        run.optimiser.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
        run.optimiser.step()
        run.step, run.spent = run.step + 1, time.monotonic() - begun
        for name, loss in losses.items():
            totals[name] = 0.97 * totals.get(name, loss.item()) + 0.03 * loss.item()
        if run.spent - noted >= NOTED or run.spent >= budget:
            noted = run.spent
            _note(run, lexicon, development, totals, options.out)
    run.model.eval()  # type: ignore[no-untyped-call]


def _rate(share: float, step: int, peak: float) -> float:
    """A short warm-up, then a cosine over the time that there is."""
    return peak * min(1.0, (step + 1) / 50) * (0.02 + 0.98 * 0.5 * (1 + float(np.cos(np.pi * min(share, 1.0)))))


def _losses(
    model: VisionEncoderDecoderModel,
    lexicon: Lexicon,
    scenes_of: Bank,
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    chance: np.random.Generator,
) -> dict[str, Tensor]:
    rows = np.sort(rows)
    # The graphs that serve hold the same parameters and do the same sums, but place a look once for all its questions.
    memory = MemoryGraph(model)(torch.from_numpy(scenes_of.looks[rows].astype(np.float32)))
    decoder = DecoderGraph(model)
    captions: list[tuple[int, Lesson]] = []
    answers: list[tuple[int, Lesson]] = []
    for place, row in enumerate(rows):
        facts = scenes_of.facts[row]
        tokens, unknown = sentence(
            lexicon, facts, scenes_of.shown[row], scenes_of.guessed_colour(int(row), lexicon), chance
        )
        if tokens:
            captions.append((place, caption_lesson(lexicon, tokens, unknown, int(chance.integers(3)))))
        answers += [(place, lesson) for lesson in question_lessons(lexicon, facts, QUESTIONS_EACH, chance)]
    pad = lexicon.number[PAD]
    return {
        "sentence": _loss(decoder, memory, captions, pad),
        "answers": 1.5 * _loss(decoder, memory, answers, pad),
    }


def _loss(decoder: DecoderGraph, memory: Tensor, lessons: list[tuple[int, Lesson]], pad: int) -> Tensor:
    longest = max(len(tokens) for _, (tokens, _) in lessons)
    asked = torch.full((len(lessons), longest), pad)
    learnt = torch.full((len(lessons), longest), IGNORED)
    for row, (_, (tokens, targets)) in enumerate(lessons):
        asked[row, : len(tokens)], learnt[row, : len(targets)] = torch.tensor(tokens), torch.tensor(targets)
    places = torch.tensor([place for place, _ in lessons])
    layers, _, _, heads, _, wide = memory.shape
    logits, _ = decoder(asked, memory[:, :, places], torch.zeros(layers, 2, len(lessons), heads, 0, wide))
    return F.cross_entropy(logits.flatten(0, 1), learnt.flatten(), ignore_index=IGNORED, label_smoothing=0.03)


def _note(run: _Run, lexicon: Lexicon, development: Bank, totals: Mapping[str, float], out: Path) -> None:
    """The progress line, the learning curve and the checkpoint."""
    run.model.eval()  # type: ignore[no-untyped-call]
    line = {"minute": run.spent / 60, "step": run.step}
    line |= {f"loss_{name}": value for name, value in totals.items()} | _glance(run.model, lexicon, development)
    run.curve.append({name: round(float(value), 4) for name, value in line.items()})
    print("  ".join(f"{name} {value:.3g}" for name, value in run.curve[-1].items()), flush=True)
    (out / "curve.json").write_text(json.dumps(run.curve, indent=1))
    state = {
        "model": run.model.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "step": run.step,
        "spent": run.spent,
        "curve": run.curve,
    }
    torch.save(state, out / "checkpoint.part")
    (out / "checkpoint.part").replace(out / "checkpoint.pt")


def _glance(model: VisionEncoderDecoderModel, lexicon: Lexicon, development: Bank, most: int = 160) -> dict[str, float]:
    """Share of right answers to each question on some development scenes."""
    figures = {}
    for question in ASKED:
        known = [row for row, facts in enumerate(development.facts) if question in facts]
        rows = np.array(known[:: max(1, len(known) // most)][:most], np.int64)
        if not len(rows):
            continue
        with torch.inference_mode():
            seen = model.encoder(pixel_values=torch.from_numpy(development.looks[rows].astype(np.float32)))
            asked = torch.tensor([lexicon.asked(question)] * len(rows))
            logits = model.decoder(input_ids=asked, encoder_hidden_states=seen.last_hidden_state).logits[:, -1]
        said = logits[:, lexicon.places(question)].argmax(dim=1).numpy()
        right = [lexicon.answers[question].index(development.facts[row][question]) for row in rows]
        figures[question] = float((said == np.array(right)).mean())
    return figures
