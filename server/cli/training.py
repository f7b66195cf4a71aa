"""`vitrine train`: the models that come with Vitrine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.app import err, out, settings_of
from server.cli.quality import RESULTS, RUNS, NeededData, Renders, library_of, report
from server.report import show

training = typer.Typer(no_args_is_help=True, help="Train the models that come with Vitrine.")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(training, name="train")


@training.command("eyes")
def train_eyes(
    data: NeededData,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for checkpoints and the learning curve.")] = Path(
        "build/eyes"
    ),
    renders: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="Rendered training views.")] = None,
    catalogue: Annotated[Path | None, typer.Option(exists=True, help="Products with pictures, JSON lines.")] = None,
    minutes: Annotated[float, typer.Option(min=0, help="With 0, what `--start` names is exported.")] = 40.0,
    threads: Annotated[int, typer.Option(min=1)] = 2,
    device: Annotated[str, typer.Option(help="Where to train: cpu, or cuda for a GPU.")] = "cpu",
    times: Annotated[int, typer.Option(min=1, help="Basic batches of 267 pictures in a step; 3 suit a GPU.")] = 1,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint.")] = False,
    start: Annotated[Path | None, typer.Option(exists=True, help="Weights of an earlier run to begin with.")] = None,
    teacher: Annotated[
        Path | None, typer.Option(exists=True, help="Weights whose readings of wordless pictures are learnt too.")
    ] = None,
    precision: Annotated[str, typer.Option(help="bfloat16 pays with AMX or avx512_bf16.")] = "float32",
    unseen: Annotated[int, typer.Option(min=0, help="Groceries whose photos are kept back until the last part.")] = 0,
    seed: int = 7,
) -> None:
    """The photo encoder and the describer's heads."""
    from retrieval.training.eyes import Options, train

    options = Options(
        data=data,
        out=out_dir,
        renders=renders,
        catalogue=catalogue,
        minutes=minutes,
        threads=threads,
        device=device,
        times=times,
        resume=resume,
        start=start,
        teacher=teacher,
        precision=precision,
        unseen=unseen,
        seed=seed,
    )
    report = train(options)
    out.print_json(data={name: round(value, 4) for name, value in report.figures.items()})
    out.print(f"{report.steps} steps, {report.minutes:.1f} minutes: {report.weights}", markup=False)


@training.command("rerank")
def train_rerank(
    context: typer.Context,
    data: NeededData,
    runs: Annotated[Path, typer.Option("--out", help="Folder for the vectors and each seed's network.")] = RUNS,
    renders: Renders = None,
    results: Annotated[Path, typer.Option(help="Folder of the figures as JSON.")] = RESULTS,
    steps: Annotated[int, typer.Option(min=100)] = 800,
    seeds: Annotated[int, typer.Option(min=1, max=9)] = 3,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    resume: Annotated[bool, typer.Option(help="Keep the networks of seeds that are there already.")] = False,
    parallel: Annotated[bool, typer.Option(help="A process for each seed.")] = False,
) -> None:
    """The co-attention reranker: its seeds, how much it counts in each kind of search, its figures and its card."""
    import torch

    from retrieval.coattention import WEIGHTS, Scorer
    from retrieval.training.coattention import load_network, network_file, train
    from retrieval.training.coattention_card import CARD, write_figures
    from retrieval.training.coattention_measure import evaluate_rerank

    torch.set_num_threads(threads)
    out.print("reading and encoding …")
    library = library_of(context, data, runs, renders)
    train(library, out=runs, seeds=range(seeds), steps=steps, resume=resume, parallel=parallel, report=out.print)
    networks = {seed: load_network(network_file(runs, seed)) for seed in range(seeds)}
    found = evaluate_rerank(library, networks, Scorer(), out.print)
    report("rerank", found, results)
    write_figures(WEIGHTS / CARD, found, Scorer())


@training.command("chinese")
def train_chinese(data: NeededData, minutes: float | None = None, seed: int = 7) -> None:
    """The Chinese text encoder, aligned to the English one's space."""
    from retrieval.training.chinese import train

    with err.status("training …") as status:
        report = train(data, minutes=minutes, seed=seed, progress=status.update)
    out.print(str(report), markup=False)


@training.command("intents")
def train_intents(context: typer.Context, data: NeededData) -> None:
    """The classifier of what a customer wants."""
    from retrieval.training.intents import train
    from server.bootstrap import open_encoder

    encoder = open_encoder(settings_of(context))
    figures = train(data, encoders={"en": encoder, "zh": encoder})
    out.print_json(data=figures)


@training.command("calibration")
def train_calibration(context: typer.Context, data: NeededData) -> None:
    """The probabilities of search results, fitted on shops made of other data than any test's."""
    from retrieval.calibration import WEIGHTS
    from retrieval.coattention import Scorer
    from retrieval.training.calibration import train_calibration as fit
    from server.bootstrap import open_encoders

    settings = settings_of(context)
    encoders = open_encoders(settings)
    out_file = WEIGHTS
    if encoders.texts is not encoders.bilingual or encoders.pictures is not encoders.photo:
        out_file = settings.calibration  # a shop's own, for the hub models that it chose
        out_file.parent.mkdir(parents=True, exist_ok=True)
    figures = fit(data, encoders.texts, encoders.pictures, scorer=Scorer(), out=out_file)
    show(out, "held-out topics", [{"case": case, **row} for case, row in figures.items()])


@training.command("recommend")
def train_recommend(context: typer.Context, data: NeededData, seed: int = 0) -> None:
    """The recommender's attention over what a shopper viewed, on simulated shoppers."""
    from retrieval.training.recommend import train
    from server.bootstrap import open_encoders

    encoders = open_encoders(settings_of(context))
    with err.status("training …") as status:
        trained = train(data, encoders.texts, encoders.pictures, seed=seed, report=status.update)
    told = f"{trained.parameters} parameters, loss {trained.loss:.3f}, {trained.minutes:.1f} minutes"
    out.print(f"{told}: {trained.weights}", markup=False)
