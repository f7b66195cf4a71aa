"""`vitrine eval` and `bench`: quality and speed, each with a table and a JSON file."""

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


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(evaluating, name="eval")
    app.add_typer(benching, name="bench")


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
        library = library_of(context, data, runs, renders)
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


def library_of(context: typer.Context, data: Path, runs: Path, renders: Path | None) -> Library:
    """What the reranker is trained and measured on; its vectors are kept in the folder of the runs."""
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
