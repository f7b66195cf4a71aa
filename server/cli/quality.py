"""`vitrine eval`, `bench` and `train`: quality, speed and the models, each with a table and a JSON file."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.app import CommandFailed, err, out, settings_of
from server.measuring import DEMO, EVAL, measure_chat, measure_products
from server.report import rows_of, show, write
from server.settings import Settings

if TYPE_CHECKING:
    from retrieval.training.coattention_library import Library
    from server.parts import Knowledge

evaluating = typer.Typer(no_args_is_help=True, help="Measure quality; prints tables and writes JSON.")
benching = typer.Typer(no_args_is_help=True, help="Measure speed; prints tables and writes JSON.")
training = typer.Typer(no_args_is_help=True, help="Train the models that come with Vitrine.")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(evaluating, name="eval")
    app.add_typer(benching, name="bench")
    app.add_typer(training, name="train")


Data = Annotated[
    Path | None, typer.Option(envvar="VITRINE_EVAL_DATA", file_okay=False, help="Folder of the photo and text sets.")
]
NeededData = Annotated[
    Path, typer.Option(envvar="VITRINE_EVAL_DATA", exists=True, file_okay=False, help="Folder of the training sets.")
]
Out = Annotated[Path, typer.Option(help="Folder for the JSON files.")]
Runs = Annotated[Path, typer.Option(file_okay=False, help="Folder of what `vitrine train rerank` made.")]
Renders = Annotated[
    Path | None, typer.Option(exists=True, file_okay=False, help="Rendered training views of the demo's products.")
]
RESULTS = Path("build/results")
RUNS = Path("build/rerank")
BENCH_PORT = 8329
# The author of the development questions has seen the index; the author of the held-out ones never did.
QUESTIONS = (
    ("FAQ, held-out questions", "faq_test.jsonl", "off_topic_test.jsonl"),
    ("FAQ, development questions", "faq_paraphrases.jsonl", "off_topic.jsonl"),
)

Results = dict[str, list[dict[str, Any]]]


@evaluating.command("faq")
def eval_faq(context: typer.Context, results: Out = RESULTS) -> None:
    """Questions in other words to their FAQ entry, English and Chinese, against BM25 and cosine alone."""
    with _demo(context) as knowledge:
        report("faq", _faq(knowledge), results)


@evaluating.command("products")
def eval_products(context: typer.Context, results: Out = RESULTS) -> None:
    """Searches in words to the products that fit, with the conditions as the agent understands them."""
    with _demo(context) as knowledge:
        report("products", _products(knowledge), results)


@evaluating.command("codes")
def eval_codes(context: typer.Context, items: int = 4000, results: Out = RESULTS) -> None:
    """Exact product codes, alone and in sentences, in a made-up catalogue."""
    report("codes", _codes(settings_of(context), items), results)


@evaluating.command("photos")
def eval_photos(context: typer.Context, data: Data = None, results: Out = RESULTS) -> None:
    """Customers' photos to products of the demo shop; with --data also the development photos."""
    with _demo(context) as knowledge:
        report("photos", _photos(knowledge, data), results)


@evaluating.command("recommend")
def eval_recommend(context: typer.Context, data: Data = None, results: Out = RESULTS) -> None:
    """The next product that simulated shoppers view, among ten recommended; with --data also in a shop of clothes."""
    with _demo(context) as knowledge, err.status("simulating shoppers …"):
        report("recommend", _recommend(knowledge, data), results)


@evaluating.command("rerank")
def eval_rerank(
    context: typer.Context, data: NeededData, runs: Runs = RUNS, renders: Renders = None, results: Out = RESULTS
) -> None:
    """The co-attention reranker of every trained seed against its rivals, on the same candidates."""
    from retrieval.coattention import Scorer
    from retrieval.training.coattention_measure import evaluate_rerank, load_networks

    networks = load_networks(runs)
    if not networks:
        raise CommandFailed(f"expected networks in {runs}, found none; `vitrine train rerank --out {runs}` makes them")
    with err.status("reading and encoding …") as status:
        library = _library(context, data, runs, renders)
        found = evaluate_rerank(library, networks, Scorer(), status.update)
    report("rerank", found, results)


@evaluating.command("all")
def eval_all(context: typer.Context, data: Data = None, results: Out = RESULTS) -> None:
    """All of these."""
    with _demo(context) as knowledge:
        report("faq", _faq(knowledge), results)
        report("products", _products(knowledge), results)
        report("photos", _photos(knowledge, data), results)
        report("recommend", _recommend(knowledge, data), results)
    report("codes", _codes(settings_of(context), 4000), results)


@benching.command("search")
def bench_search(context: typer.Context, items: int = 100_000, results: Out = RESULTS) -> None:
    """Text search from encoding to fused hits, in a made-up catalogue."""
    report("search", _search_speed(settings_of(context), items), results)


@benching.command("chat")
def bench_chat(context: typer.Context, rounds: int = 40, results: Out = RESULTS) -> None:
    """Turns over a real socket on the demo shop: first sentence, photo described, products shown."""
    report("chat", _chat_speed(settings_of(context), rounds), results)


@benching.command("turns")
def bench_turns(context: typer.Context, turns: int = 400, results: Out = RESULTS) -> None:
    """Turns without photos: questions, searches, orders and changes, and where their time goes."""
    report("turns", _turn_speed(settings_of(context), turns), results)


@benching.command("photos")
def bench_photos(context: typer.Context, results: Out = RESULTS) -> None:
    """Photos decoded and looked at, and products with pictures indexed, one thread a model."""
    report("photo-speed", _photo_speed(settings_of(context)), results)


@benching.command("all")
def bench_all(context: typer.Context, results: Out = RESULTS) -> None:
    """All of these."""
    settings = settings_of(context)
    report("chat", _chat_speed(settings, 40), results)
    report("turns", _turn_speed(settings, 400), results)
    report("search", _search_speed(settings, 100_000), results)
    report("photo-speed", _photo_speed(settings), results)


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
    library = _library(context, data, runs, renders)
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


def _library(context: typer.Context, data: Path, runs: Path, renders: Path | None) -> Library:
    from retrieval.embedders.photo import PhotoEncoder
    from retrieval.training.coattention_library import Library
    from server.bootstrap import open_encoder

    encoder = open_encoder(settings_of(context))
    return Library.read(data, encoder, PhotoEncoder(), shop=DEMO, renders=renders, cache=runs / "vectors")


@contextmanager
def _shop(settings: Settings, *, demo: bool) -> Iterator[Knowledge]:
    """A shop in a folder of its own, empty or the demo, so that a running server is not in the way."""
    from retrieval.asking import beside
    from server.bootstrap import load_demo_shop, open_knowledge, prepare_models

    with tempfile.TemporaryDirectory() as folder:
        model = prepare_models(settings)
        scratch = settings.model_copy(update={"data_dir": Path(folder)})
        scratch.text_model.parent.mkdir()
        scratch.text_model.symlink_to(model.absolute())
        for fitted in (settings.calibration, beside(settings.calibration)):
            if fitted.exists():  # a shop's own, for the hub models that it chose
                scratch.text_model.with_name(fitted.name).symlink_to(fitted.absolute())
        if demo:
            load_demo_shop(scratch)
        with err.status("indexing the shop …"):
            knowledge = open_knowledge(scratch)
        try:
            yield knowledge
        finally:
            knowledge.close()


def _demo(context: typer.Context) -> AbstractContextManager[Knowledge]:
    return _shop(settings_of(context), demo=True)


def _faq(knowledge: Knowledge) -> Results:
    from retrieval.evaluation.faq import evaluate_faq, read_questions

    results: Results = {}
    for name, asked, off_topic in QUESTIONS:
        questions = [*read_questions(EVAL / asked), *read_questions(EVAL / off_topic)]
        found = evaluate_faq(knowledge.index, knowledge.encoders.queries, knowledge.searcher, questions)
        results[f"{name}, by method"] = rows_of(found.scores)
        results[f"{name}, as the service answers"] = rows_of(found.service)
    return results


def _products(knowledge: Knowledge) -> Results:
    from server.bootstrap import open_understanding

    return {"product searches": asyncio.run(measure_products(knowledge, open_understanding(knowledge)))}


def _photos(knowledge: Knowledge, data: Path | None) -> Results:
    from retrieval.evaluation.photo_strangers import evaluate_strangers
    from retrieval.evaluation.photos import evaluate_photos

    ours, photos = knowledge.encoders, DEMO / "photos"
    tables = evaluate_photos(
        ours.photo, ours.bilingual.encode, catalogue=DEMO / "products.jsonl", photos=photos, data=data
    )
    tables["photos that are answered"] = evaluate_strangers(ours.photo, knowledge.searcher, photos, data)
    return {title: [{"what": what, **row} for what, row in rows.items()] for title, rows in tables.items()}


def _recommend(knowledge: Knowledge, data: Path | None) -> Results:
    from retrieval.evaluation.recommend import evaluate_recommend
    from retrieval.taste import Attention
    from retrieval.training.session_shops import FashionRange, SessionShop

    products = knowledge.catalogue.products()
    shops = [SessionShop(f"demo, {len(products)} products", products, knowledge.index.shelf("product"))]
    if data is not None:
        fashion = FashionRange(data, knowledge.encoders.texts, knowledge.encoders.pictures)
        shops.append(fashion.shop("measuring", 600, seed=7))
    return {"the next view among ten": evaluate_recommend(shops, Attention.load())}


def _codes(settings: Settings, items: int) -> Results:
    from retrieval.evaluation.codes import evaluate_codes

    with _shop(settings, demo=False) as shop, err.status(f"making and indexing {items} products …"):
        return {"exact codes": rows_of(evaluate_codes(shop.index, shop.catalogue, shop.searcher, products=items))}


def _search_speed(settings: Settings, items: int) -> Results:
    from retrieval.evaluation.latency import bench_search as measure
    from server.bootstrap import open_encoders

    with err.status(f"making and indexing {items} products …"):
        return {"text search": rows_of(measure(open_encoders(settings).texts, items))}


def _photo_speed(settings: Settings) -> Results:
    from retrieval.evaluation.photo_speed import bench_import, bench_photos
    from retrieval.ingest.products import read_products

    with _shop(settings, demo=False) as shop:
        looks = bench_photos(shop.encoders.photo, sorted((DEMO / "photos").glob("*.jpg")))
        taken_in = bench_import(shop.index, shop.catalogue, read_products(DEMO / "products.jsonl"))
    return {"photos": rows_of(looks), "products with pictures": [taken_in]}


def _chat_speed(settings: Settings, rounds: int) -> Results:
    from server.running import find_running

    if find_running(settings.data_dir) is not None:
        raise CommandFailed("a server runs on this data folder; stop it, or choose another with --data-dir")
    with err.status("turns over a real socket …"):
        return {"turns": asyncio.run(measure_chat(settings, rounds, BENCH_PORT))}


def _turn_speed(settings: Settings, turns: int) -> Results:
    from server.bootstrap import prepare_models
    from server.turn_speed import measure_turns

    prepare_models(settings)
    with err.status("turns over a real socket …"):
        return asyncio.run(measure_turns(settings, turns))


def report(name: str, results: Results, folder: Path) -> None:
    for title, rows in results.items():
        show(out, title, rows)
    path = folder / f"{name}.json"
    write(path, results)
    out.print(f"written to {path}", markup=False)
