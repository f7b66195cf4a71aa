"""Searches as customers make them, on a real index: meaning, words, codes, photos, filters, and when not to answer."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from plain_encoders import MeanColours, WordSums

from retrieval.asking import AskingHead
from retrieval.calibration import CASES, FEATURES, Calibrator, Curve
from retrieval.catalogue import Catalogue
from retrieval.documents import Faq, Product, Query, Variant
from retrieval.errors import BadFilter
from retrieval.filters import Condition, Filters, parse_filters
from retrieval.index.shop import ShopIndex
from retrieval.ingest.parsed import Parsed
from retrieval.langchain import ShopRetriever
from retrieval.rerank import KeepOrder, MaxSim
from retrieval.search import HybridSearch, as_json

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 220)}
# The score alone decides, and from 0.5 on a hit is an answer.
SURE_BY_SCORE = Curve(np.eye(len(FEATURES))[0] * 10, -4.0, 0.5)


def goods(folder: Path) -> Iterator[Product]:
    for colour, rgb in COLOURS.items():
        picture = folder / f"{colour}.png"
        Image.new("RGB", (16, 16), rgb).save(picture)
        for number, kind in enumerate(("mug", "bowl", "vase", "lamp", "chair")):
            yield Product(
                f"{kind.upper()}-{colour[0].upper()}{100 + number}", f"{colour} {kind}", f"A {kind} for every home",
                Decimal(10 * (number + 1)), "EUR", image=str(picture), category=kind,
                attributes={"colour": colour}, stock=number,
            )  # fmt: skip


FAQS = (
    Faq("ship.en", "Do you ship abroad?", "We deliver to Norway and Spain.", variants=("foreign delivery",)),
    Faq("ship.zh", "你们发货到国外吗？", "可以寄到挪威和西班牙。", language="zh"),
    Faq("return.en", "How long may I return things?", "Thirty days."),
    Faq("pay.en", "Which cards may I pay with?", "Visa."),
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ShopIndex, Catalogue, WordSums]]:
    folder = tmp_path_factory.mktemp("shop")
    catalogue = Catalogue(folder / "shop.sqlite3")
    catalogue.import_products(Parsed("shop.csv", tuple(goods(folder))))
    catalogue.import_faq(Parsed("faq.csv", FAQS))
    encoder = WordSums()
    index = ShopIndex.open(folder, encoder, MeanColours())
    index.sync(catalogue)
    yield index, catalogue, encoder
    index.close()
    catalogue.close()


@pytest.fixture(scope="module")
def searcher(parts: tuple[ShopIndex, Catalogue, WordSums]) -> Iterator[HybridSearch]:
    index, catalogue, encoder = parts
    searcher = HybridSearch(index, catalogue, encoder, KeepOrder(), Calibrator(dict.fromkeys(CASES, SURE_BY_SCORE)))
    yield searcher
    searcher.close()


async def test_words_find_the_product_they_describe_and_say_why(searcher: HybridSearch) -> None:
    found = await searcher.search(Query("a blue mug", limit=3))

    best = found.hits[0]
    assert (best.id, found.answered) == ("MUG-B100", True)
    assert best.stages.keys() == {"way", "body", "dense", "lexical", "fused"}
    assert best.why.startswith("words blue, mug; like “blue mug. blue. mug”")
    assert list(found.milliseconds) == [
        "filter",
        "encode",
        "recall",
        "fuse",
        "read",
        "rerank",
        "decide",
        "explain",
        "total",
    ]


async def test_another_way_to_ask_finds_the_answer_once(searcher: HybridSearch) -> None:
    found = await searcher.search(Query("foreign delivery", "faq"))

    assert found.hits[0].document == FAQS[0]
    assert len({hit.id for hit in found.hits}) == len(found.hits)


async def test_what_only_the_answer_says_finds_it_too(searcher: HybridSearch) -> None:
    found = await searcher.search(Query("Visa?", "faq"))

    assert found.hits[0].id == "pay.en"


async def test_a_customer_gets_the_answer_in_their_own_language(searcher: HybridSearch) -> None:
    chinese = await searcher.search(Query("发货到国外", "faq", "zh"))
    english = await searcher.search(Query("ship abroad", "faq", "en"))

    assert (chinese.hits[0].id, english.hits[0].id) == ("ship.zh", "ship.en")


async def test_a_customer_whose_language_has_no_answer_gets_the_other_ones(searcher: HybridSearch) -> None:
    found = await searcher.search(Query("Which cards may I pay with", "faq", "zh"))

    assert found.hits[0].id == "pay.en"


async def test_a_code_goes_before_everything_else(searcher: HybridSearch) -> None:
    found = await searcher.search(Query("red bowl, no: the mug b100 please"))

    assert found.hits[0].id == "MUG-B100"
    assert found.hits[0].stages["code"] == 1.0
    assert found.hits[0].why.startswith("code mug b100; ")


async def test_a_photo_finds_what_looks_like_it(searcher: HybridSearch) -> None:
    photo = MeanColours().encode([Image.new("RGB", (4, 4), (200, 20, 20))])[0]

    alone = await searcher.search(Query(photo=photo, limit=5))
    with_words = await searcher.search(Query("vase", photo=photo, limit=5))

    assert {hit.document.attributes["colour"] for hit in alone.hits if isinstance(hit.document, Product)} == {"red"}
    assert "looks like the photo (1.00)" in alone.hits[0].why
    assert with_words.hits[0].id == "VASE-R102"


async def test_a_photo_is_as_sure_beside_words_that_only_point(searcher: HybridSearch) -> None:
    photo = MeanColours().encode([Image.new("RGB", (4, 4), (200, 20, 20))])[0]

    alone = await searcher.search(Query(photo=photo))
    for words in ("do you have this?", "I want one of these"):
        pointed = await searcher.search(Query(words, photo=photo))

        assert [hit.id for hit in pointed.hits] == [hit.id for hit in alone.hits]
        assert pointed.probability == pytest.approx(alone.probability)


async def test_filters_alone_list_what_matches(searcher: HybridSearch) -> None:
    found = await searcher.search(Query(filters=parse_filters(["colour=green", "price<25"])))

    assert [hit.id for hit in found.hits] == ["MUG-G100", "BOWL-G101"]
    assert (found.answered, found.probability, found.hits[0].why) == (True, 1.0, "matches the filters")


async def test_a_question_without_anything_in_it_finds_nothing(searcher: HybridSearch) -> None:
    found = await searcher.search(Query("  \n "))

    assert (found.hits, found.answered, found.probability) == ((), False, 0.0)


async def test_what_the_shop_does_not_know_is_not_answered(searcher: HybridSearch) -> None:
    found = await searcher.search(Query("quantum entanglement", "faq"))

    assert not found.answered
    assert found.hits


async def test_a_question_to_another_shop_is_not_answered_however_near_an_entry_it_is(
    parts: tuple[ShopIndex, Catalogue, WordSums],
) -> None:
    index, catalogue, encoder = parts
    (about_another,) = encoder.encode(["amazon"])
    asking = AskingHead(encoder.name, {"en": -30 * about_another, "zh": -30 * about_another}, {"en": 0.0, "zh": 0.0})
    weigh_both = Curve(np.array([10 * (name == "score") + (name == "asks") for name in FEATURES]), -4.0, 0.5)
    calibrator = Calibrator(dict.fromkeys(CASES, weigh_both))
    searcher = HybridSearch(index, catalogue, encoder, KeepOrder(), calibrator, asking=asking)

    ours, theirs = (searcher.find(Query(text, "faq")) for text in ("do you ship abroad", "amazon ship abroad"))
    goods = searcher.find(Query("amazon blue mug"))
    searcher.close()

    assert ours.hits[0].id == theirs.hits[0].id == "ship.en"
    assert ours.answered
    assert not theirs.answered
    assert goods.answered  # a product's name may be anyone's


async def test_words_the_shop_never_uses_make_an_answer_doubtful(
    parts: tuple[ShopIndex, Catalogue, WordSums],
) -> None:
    index, catalogue, encoder = parts
    by_words = Curve(np.array([10.0 * (name == "known") for name in FEATURES]), -7.0, 0.5)
    searcher = HybridSearch(index, catalogue, encoder, KeepOrder(), Calibrator(dict.fromkeys(CASES, by_words)))

    ours, theirs = (searcher.find(Query(text, "faq")) for text in ("ship abroad", "ship zebras abroad quickly"))
    searcher.close()

    assert ours.answered
    assert not theirs.answered


async def test_an_unknown_filter_is_refused(searcher: HybridSearch) -> None:
    with pytest.raises(BadFilter, match="got 'weight'"):
        await searcher.search(Query("mug", filters=parse_filters(["weight=5"])))


async def test_a_text_that_is_a_path_or_an_address_is_only_words(searcher: HybridSearch, tmp_path: Path) -> None:
    (tmp_path / "blue mug").write_text("secret", encoding="utf-8")

    for text in (str(tmp_path / "blue mug"), "https://example.com/blue/mug.jpg", "data:image/png;base64,blue mug"):
        assert (await searcher.search(Query(text))).hits[0].id == "MUG-B100"


async def test_a_very_long_question_is_cut_not_refused(searcher: HybridSearch) -> None:
    found = await searcher.search(Query("blue mug" + " ?" * 10_000))

    assert found.hits[0].id == "MUG-B100"


async def test_the_answer_as_json_is_what_the_command_prints(searcher: HybridSearch) -> None:
    found = await searcher.search(Query("foreign delivery", "faq", limit=1))

    line = as_json("foreign delivery", found)

    assert line.keys() == {"query", "answered", "probability", "hits"}
    assert (line["query"], line["answered"]) == ("foreign delivery", True)
    (hit,) = line["hits"]
    assert hit.keys() == {"id", "score", "probability", "stages", "why", "words", "regions"}
    assert hit["id"] == "ship.en"


async def test_late_interaction_adds_its_score(parts: tuple[ShopIndex, Catalogue, WordSums]) -> None:
    index, catalogue, encoder = parts
    calibrator = Calibrator(dict.fromkeys(CASES, SURE_BY_SCORE))
    searcher = HybridSearch(index, catalogue, encoder, MaxSim(index, encoder, 0.5), calibrator)

    best = (await searcher.search(Query("blue mug"))).hits[0]

    assert best.id == "MUG-B100"
    assert best.stages["rerank"] == pytest.approx(1.0, abs=1e-3)
    assert best.score == pytest.approx(best.stages["fused"] + 0.5 * best.stages["rerank"])


async def test_langchain_gets_the_same_hits_as_documents(searcher: HybridSearch) -> None:
    retriever = ShopRetriever(searcher=searcher, kind="faq", limit=2)

    documents = await retriever.ainvoke("foreign delivery")
    nothing = ShopRetriever(searcher=searcher, kind="faq", only_answers=True).invoke("quantum entanglement")

    assert documents[0].metadata["id"] == "ship.en"
    assert documents[0].page_content == "Do you ship abroad?\nWe deliver to Norway and Spain."
    assert documents[0].metadata["answered"] is True
    assert nothing == []


CONDITIONS = st.lists(
    st.builds(Condition, st.just("colour"), st.sampled_from(["=", "!="]), st.sampled_from(sorted(COLOURS)))
    | st.builds(Condition, st.just("price"), st.sampled_from(["<", ">="]), st.sampled_from(["15", "30", "45"]))
    | st.builds(Condition, st.just("stock"), st.sampled_from([">", "="]), st.sampled_from(["0", "2"])),
    max_size=3,
)


WORDS = st.sampled_from(["blue mug", "chair", "something else", ""])


@settings(max_examples=150, deadline=None)
@given(data=st.data(), conditions=CONDITIONS, words=WORDS, limit=st.integers(1, 20))
def test_no_product_that_matches_is_lost_to_the_cut(
    parts: tuple[ShopIndex, Catalogue, WordSums],
    data: st.DataObject,
    conditions: list[Condition],
    words: str,
    limit: int,
) -> None:
    index, catalogue, encoder = parts
    calibrator = Calibrator(dict.fromkeys(CASES, SURE_BY_SCORE))
    exact_below = data.draw(st.sampled_from([0, 4_000]))
    searcher = HybridSearch(index, catalogue, encoder, KeepOrder(), calibrator, exact_below=exact_below)
    matching = {p.id for p in catalogue.products() if all(_matches(p, condition) for condition in conditions)}

    hits = [hit.id for hit in searcher.find(Query(words, filters=Filters(tuple(conditions)), limit=limit)).hits]
    unfiltered = [hit.id for hit in searcher.find(Query(words, limit=20)).hits]

    if conditions:
        assert set(hits) <= matching
        assert len(hits) == min(limit, len(matching))
    if words:
        assert hits == [hit for hit in unfiltered if hit in matching][:limit]


def _matches(product: Product, condition: Condition) -> bool:
    value = condition.value
    match condition.field, condition.operator:
        case "colour", "=":
            return product.attributes["colour"] == value
        case "colour", _:
            return product.attributes["colour"] != value
        case "price", "<":
            return product.price < Decimal(value)
        case "price", _:
            return product.price >= Decimal(value)
        case "stock", ">":
            return (product.stock or 0) > int(value)
    return product.stock == int(value)


async def test_a_change_of_the_catalogue_is_found_after_the_next_sync(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "shop.sqlite3")
    old = Product("T1", "Wool throw", "", Decimal(5), "EUR", variants=(Variant("T1-S", {"size": "S"}, Decimal(5), 1),))
    catalogue.import_products(Parsed("shop.csv", (old,)))
    encoder = WordSums()
    index = ShopIndex.open(tmp_path, encoder)
    index.sync(catalogue)
    searcher = HybridSearch(index, catalogue, encoder, KeepOrder(), Calibrator(dict.fromkeys(CASES, SURE_BY_SCORE)))

    catalogue.import_products(Parsed("shop.csv", (Product("L1", "Oak lamp", "", Decimal(5), "EUR"),)))
    between = await searcher.search(Query("wool throw"))
    index.sync(catalogue)
    after = await searcher.search(Query("oak lamp"))

    assert between.hits == ()
    assert [hit.id for hit in after.hits] == ["L1"]
    searcher.close()
    index.close()
