"""The one place that chooses adapters and builds what a turn needs. Heavy libraries load in these functions only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.catalogue import Catalogue
from retrieval.errors import IndexMismatch
from server.parts import Encoders, Knowledge, Models, Parts
from server.people import open_people
from server.settings import Settings

if TYPE_CHECKING:
    from agent.brains.rules.brain import RulesBrain
    from agent.loop import AgentLoop, Brain
    from agent.turn import Responds
    from agent.understand.understanding import Understanding
    from agent.vision.prompted import VisionLanguageModel
    from agent.vision.reading import Describer
    from prompts import Prompts
    from retrieval.asking import AskingHead
    from retrieval.calibration import Calibrator
    from retrieval.describer import PhotoDecoder
    from retrieval.documents import Language
    from retrieval.embedders.bilingual import Bilingual
    from retrieval.embedders.hub import HubEncoder
    from retrieval.embedders.photo import PhotoEncoder
    from retrieval.hub import HubModel
    from retrieval.roles import TextEncoder
    from tools.people.people import People
    from tools.policy.tables import Policy
    from tools.port import Shop

    Answering = Callable[[Callable[[Shop], AgentLoop]], Responds]
    BrainOf = Callable[[RulesBrain], Brain]

Progress = Callable[[str, int, int], None]


def _silent(space: str, done: int, total: int) -> None:
    """The progress that nobody watches."""


def prepare_models(settings: Settings) -> Path:
    """Export the text encoder if it is not there yet; the path of the file."""
    from retrieval.training.minilm_export import export_minilm

    return export_minilm(settings.text_model)


def export_encoders(settings: Settings, folder: Path) -> Path:
    """Our own encoders as a sentence-transformers model in a new folder."""
    from retrieval.embedders.export import export_router

    return export_router(folder, prepare_models(settings))


def fetch_models(settings: Settings) -> dict[str, str]:
    """Download the hub models that the settings name, where they are not there yet; by role, what each one is."""
    if not settings.names_hub_models:
        return {}
    from server.hub_models import HubModels

    return HubModels.of(settings).download()


def open_encoders(settings: Settings) -> Encoders:
    """Our own encoders, and those of a hub that the settings name; a model that is named twice is loaded once.

    Raises `ModelUnavailable` where one cannot be had.
    """
    from retrieval.embedders.photo import PhotoEncoder

    bilingual, photo = open_encoder(settings), PhotoEncoder(threads=settings.model_threads)
    ours = Encoders(bilingual, photo, texts=bilingual, queries=bilingual, pictures=photo)
    if not settings.names_hub_models:
        return ours
    from server.hub_models import HubModels

    named = HubModels.of(settings).by_role
    text, picture = named.get("text encoder"), named.get("photo encoder")
    loaded = {model: _load_hub_model(model, settings) for model in {text, picture} if model is not None}
    if text is not None:
        ours = replace(ours, texts=loaded[text].texts(), queries=loaded[text].queries())
    return ours if picture is None else replace(ours, pictures=loaded[picture].pictures())


def _load_hub_model(model: HubModel, settings: Settings) -> HubEncoder:
    from retrieval.embedders.hub import HubEncoder
    from retrieval.hub import fetch

    return HubEncoder(fetch(model), settings.model_threads)


def open_encoder(settings: Settings) -> Bilingual:
    """English by MiniLM and Chinese by our own encoder, in one space."""
    from retrieval.embedders.bilingual import Bilingual
    from retrieval.embedders.chinese import ChineseNgrams
    from retrieval.embedders.minilm import MiniLm

    if not settings.text_model.exists():
        prepare_models(settings)
    return Bilingual(MiniLm(settings.text_model, settings.model_threads), ChineseNgrams())


def open_knowledge(settings: Settings, progress: Progress = _silent, encoders: Encoders | None = None) -> Knowledge:
    """Open the shop's tables and the index, and make the index say what the tables say.

    Raises `IndexUnavailable` where another process has the index open, and `IndexMismatch` where another encoder
    made it: a large shop says itself when it has the time for a rebuild. The demo is small and just made anew.
    """
    from retrieval.coattention import CoAttention, Scorer
    from retrieval.index.shop import ShopIndex
    from retrieval.recommend import Recommender
    from retrieval.search import HybridSearch
    from retrieval.taste import Attention

    encoders = encoders or open_encoders(settings)
    try:
        index = ShopIndex.open(settings.index_dir, encoders.texts, encoders.pictures)
    except IndexMismatch:
        if not settings.demo:
            raise
        ShopIndex.discard(settings.index_dir)
        index = ShopIndex.open(settings.index_dir, encoders.texts, encoders.pictures)
    catalogue = Catalogue(settings.shop_database)
    index.sync(catalogue, progress)
    calibrator, asking = _open_judges(settings, encoders)
    scorer, photo = Scorer(threads=settings.model_threads), encoders.photo
    reranker = CoAttention(scorer, index, encoders.queries, encoders.pictures.name, photo.place_words)
    searcher = HybridSearch(index, catalogue, encoders.queries, reranker, calibrator, asking=asking)
    recommender = Recommender(index, catalogue, Attention.load())
    return Knowledge(catalogue, encoders, index, searcher, recommender)


def _open_judges(settings: Settings, encoders: Encoders) -> tuple[Calibrator, AskingHead]:
    """The shop's own calibration where it was fitted on the very encoders in use, else the one that comes with ours."""
    from retrieval.asking import AskingHead, beside
    from retrieval.calibration import WEIGHTS, Calibrator, fitted_with

    fitted = fitted_with(settings.calibration) == (encoders.texts.name, encoders.pictures.name)
    weights = settings.calibration if fitted else WEIGHTS
    calibrator = Calibrator.load(weights)
    if settings.answer_threshold is not None:
        calibrator = calibrator.answering_from(settings.answer_threshold)
    return calibrator, AskingHead.load(beside(weights))


def load_demo_shop(settings: Settings) -> None:
    """Fill the shop's tables with the demo; what is there already stays as it is."""
    from server.demo.load import load_demo
    from tools.adapters.sqlite import SqliteShop

    catalogue = Catalogue(settings.shop_database)
    asyncio.run(load_demo(catalogue, SqliteShop(settings.shop_database), settings.surroundings.clock.now()))
    catalogue.close()


def discard_index(settings: Settings) -> None:
    """Delete the index, whoever made it; raises `IndexUnavailable` where a server has it open."""
    from retrieval.index.shop import ShopIndex

    ShopIndex.discard(settings.index_dir)


def load_models(settings: Settings) -> Models:
    """Load what is slow to load, and start no thread: processes may be forked from this one."""
    from prompts import Prompts

    encoders, prompts = open_encoders(settings), Prompts()
    return Models(encoders, open_eyes(settings, encoders, prompts), prompts)


def open_parts(
    settings: Settings,
    progress: Progress = _silent,
    models: Models | None = None,
    answering: Answering | None = None,
    brain_of: BrainOf | None = None,
) -> Parts:
    """Open everything: the demo shop is loaded first where it is asked for, then knowledge, eyes and the agent.

    `models` are those that were loaded already. `answering` makes what acts and speaks of loops on shops of its own,
    for evaluations; without it there is one loop, on the shop that the settings name. `brain_of` makes an evaluation's
    own brain, in place of the one that the settings name. Raises what `open_knowledge` raises; nothing stays open then.
    """
    from threadpoolctl import threadpool_limits

    from agent.turn import TEXT_SECONDS, Turn
    from agent.vision.ocr import PrintedText
    from server.workbench import Workbench

    # Small matrices on busy cores: a second BLAS thread costs more in waiting than it computes.
    threadpool_limits(settings.model_threads)
    if settings.demo:
        load_demo_shop(settings)
    shop, people, models = open_shop(settings), open_people(settings), models or load_models(settings)
    knowledge = open_knowledge(settings, progress, models.encoders)
    understanding = open_understanding(knowledge)
    prompts, around = models.prompts, settings.surroundings
    eyes, reader = models.eyes, PrintedText(settings.model_threads)
    loop_on = partial(_open_loop, settings, knowledge, prompts, people, brain_of=brain_of)
    turn = Turn(
        eyes=eyes,
        reader=reader,
        understanding=understanding,
        searcher=knowledge.searcher,
        recommender=knowledge.recommender,
        goods=knowledge.catalogue,
        loop=loop_on(shop) if answering is None else answering(loop_on),
        prompts=prompts,
        clock=around.clock.now,
        # Where the time stands, printed words are waited for, however busy the machine is.
        text_seconds=settings.turn_timeout_s if settings.fixed_clock else TEXT_SECONDS,
        new_id=around.ids("turns").new,
        ticks=around.ticks,
        people=people,
    )
    work = Workbench(knowledge=knowledge, turn=turn, learn=understanding.learn, megapixels=settings.max_megapixels)
    return Parts(knowledge, eyes, reader, turn, work)


def open_eyes(settings: Settings, encoders: Encoders, prompts: Prompts) -> Describer:
    """Who says what photos show; a reading can be searched with, whoever made the index.

    Raises `ModelUnavailable` where the chosen model cannot be had.
    """
    from agent.vision.embedded import EmbeddedDescriber
    from agent.vision.searchable import Searchable

    eyes: Describer = EmbeddedDescriber(encoders.photo, open_decoder(encoders.photo, settings.model_threads))
    if settings.describer != "embedded":
        from agent.vision.prompted import PromptedDescriber

        eyes = PromptedDescriber(_open_vlm(settings), eyes, prompts, settings.describer_timeout_s)
    return eyes if encoders.pictures is encoders.photo else Searchable(eyes, encoders.pictures)


def open_decoder(encoder: PhotoEncoder, threads: int) -> PhotoDecoder | None:
    """The describer's decoder; None where it was trained on other eyes, whose heads then speak alone.

    Raises `ModelUnavailable` where its weights are missing or not the pinned ones.
    """
    from retrieval.describer import PhotoDecoder
    from retrieval.errors import TrainedOnOtherEyes

    try:
        return PhotoDecoder(encoder, threads=threads)
    except TrainedOnOtherEyes as mismatch:
        logging.getLogger(__name__).warning("describer left out", extra={"reason": str(mismatch)})
        return None


def open_shop(settings: Settings) -> Shop:
    """The shop's records and what its policy allows; raises `BadPolicy` naming every fault of the policy's file."""
    clock = settings.surroundings.clock.now
    policy, url, key = open_policy(settings), settings.shop_url, settings.shop_key.get_secret_value()
    match settings.shop:
        case "sqlite":
            from tools.adapters.sqlite import SqliteShop

            return SqliteShop(settings.shop_database, policy, clock)
        case "http":
            from tools.adapters.http import HttpShop

            return HttpShop(url, key)
        case "shopify":
            from tools.adapters.shopify import ShopifyShop

            prefix = settings.shop_order_prefix
            return ShopifyShop(url, key, policy=policy, ledger=settings.shop_ledger, clock=clock, prefix=prefix)
        case "woocommerce":
            from tools.adapters.woo import WooShop

            secret, days = settings.shop_secret.get_secret_value(), settings.shop_delivery_days
            ledger = settings.shop_ledger
            return WooShop(url, key, secret, policy=policy, ledger=ledger, clock=clock, delivery_days=days)


def open_policy(settings: Settings) -> Policy:
    """The policy in force; nothing is offered where a shop has none."""
    from tools.policy.reading import packaged, read_policy
    from tools.policy.tables import NOTHING_OFFERED

    if settings.policy is not None:
        return read_policy(settings.policy)
    return packaged("demo") if settings.demo else NOTHING_OFFERED


def _open_vlm(settings: Settings) -> VisionLanguageModel:
    seconds = settings.describer_timeout_s
    if settings.describer == "hub":
        from agent.vision.hub import HubVlm
        from retrieval.hub import fetch
        from server.hub_models import HubModels

        chosen = HubModels.of(settings).by_role["describer"]
        return HubVlm(fetch(chosen), seconds=seconds, threads=settings.model_threads)
    from agent.vision.endpoint import EndpointVlm

    url, model, key = settings.describer_endpoint
    return EndpointVlm(base_url=url, model=model, key=key, seconds=seconds)


def open_understanding(knowledge: Knowledge) -> Understanding:
    """Reads messages in the words of the shop's own catalogue."""
    from agent.understand.understanding import Understanding
    from retrieval.intents import IntentHead

    ours = knowledge.encoders.bilingual
    encoders: dict[Language, TextEncoder] = {"en": ours, "zh": ours}
    understanding = Understanding(IntentHead.load(), encoders, knowledge.catalogue.product)
    understanding.learn(knowledge.catalogue.products())
    return understanding


def _open_loop(
    settings: Settings, knowledge: Knowledge, prompts: Prompts, people: People, shop: Shop, *, brain_of: BrainOf | None
) -> AgentLoop:
    from agent.brains.rules.brain import RulesBrain
    from agent.loop import AgentLoop
    from tools.registry import shop_tools

    around, new_id = settings.surroundings, settings.surroundings.ids("calls").new
    rules = RulesBrain(prompts, new_id)
    return AgentLoop(
        brain=_open_brain(settings, rules, prompts) if brain_of is None else brain_of(rules),
        fallback=rules,
        registry=shop_tools(),
        shop=shop,
        searcher=knowledge.searcher,
        catalogue=knowledge.catalogue,
        clock=around.clock.now,
        new_id=new_id,
        ticks=around.ticks,
        people=people,
    )


def _open_brain(settings: Settings, rules: Brain, prompts: Prompts) -> Brain:
    match settings.brain:
        case "rules":
            return rules
        case "openai_compatible":
            from agent.brains.openai_compatible import OpenAiCompatibleBrain

            return OpenAiCompatibleBrain(
                prompts,
                base_url=settings.brain_url,
                model=settings.brain_model,
                key=settings.brain_key.get_secret_value(),
                seconds=settings.brain_timeout_s,
            )
