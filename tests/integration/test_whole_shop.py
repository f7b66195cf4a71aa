"""The demo shop as a shopper and its owner meet it: the real server, models, index and tools behind a real socket."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from shop_process import ShopProcess, json_of, prepared_models

from server.chat_client import ChatClient, open_chat
from server.settings import Settings
from server.work import AskOnce, open_worker

PHOTOS = Path(__file__).parents[2] / "server" / "demo" / "photos"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopProcess]:
    running = ShopProcess(tmp_path_factory.mktemp("shop"))
    try:
        running.until_ready()
        yield running
    finally:
        if running.process.poll() is None:
            running.terminate()


@pytest.fixture
async def shopper(shop: ShopProcess) -> AsyncIterator[ChatClient]:
    async with open_chat(shop.url) as client:
        yield client


def test_starting_prints_where_the_pages_are(shop: ShopProcess) -> None:
    assert [line.split()[0:2] for line in shop.printed] == [
        ["Shop", "page"],
        ["Console", f"{shop.url}/console"],
        ["API", "docs"],
    ]
    assert all(
        httpx.get(f"{shop.url}{page}").status_code == 200 for page in ("/demo", "/console", "/docs", "/widget.js")
    )


async def test_a_question_gets_the_shops_own_answer_with_its_source(shopper: ChatClient) -> None:
    answer = await shopper.ask("How much does shipping to Germany cost?")

    assert "€4.90" in answer.text
    assert [block["id"] for block in answer.blocks if block["type"] == "faq"] == ["shipping-cost.en"]


async def test_a_question_in_chinese_gets_a_chinese_answer(shopper: ChatClient) -> None:
    answer = await shopper.ask("寄到德国运费多少钱？")

    assert "4.90" in answer.text
    assert [block["id"] for block in answer.blocks if block["type"] == "faq"] == ["shipping-cost.zh"]


async def test_every_product_shown_meets_every_condition_and_a_follow_up_keeps_them(shopper: ChatClient) -> None:
    blue = await shopper.ask("a blue mug under 20 euros, in stock")
    green = await shopper.ask("do you have it in green?")

    for answer, colour in ((blue, "blue"), (green, "green")):
        cards = [card for block in answer.blocks if block["type"] == "products" for card in block["products"]]
        products = json_products(shopper.base_url)
        assert cards
        assert {products[card["id"]]["colour"] for card in cards} == {colour}
        assert {products[card["id"]]["type"] for card in cards} == {"mug"}
        assert all(float(card["price"]) < 20 and card["availability"] == "in stock" for card in cards)
        pictures = [await shopper.http.get(card["image"]) for card in cards]
        assert {picture.headers["content-type"] for picture in pictures} == {"image/jpeg"}


async def test_the_second_one_means_the_second_one_shown(shopper: ChatClient) -> None:
    shown = await shopper.ask("show me mugs")
    second = next(block for block in shown.blocks if block["type"] == "products")["products"][1]

    answer = await shopper.ask("and the second one, is it dishwasher safe?")

    assert second["title"] in answer.text
    expected = json_products(shopper.base_url)[second["id"]]["dishwasher_safe"]
    assert answer.text.lower().startswith(expected)


async def test_an_order_is_shown_only_after_the_customer_has_proven_that_it_is_theirs(shopper: ChatClient) -> None:
    asked = await shopper.ask("Where is my order?")
    wrong = await shopper.ask("tom.baker@example.com #W10428")
    proven = await shopper.ask("anna.keller@example.com #W10428")

    assert not [block for answer in (asked, wrong) for block in answer.blocks if block["type"] == "order"]
    assert [block["id"] for block in proven.blocks if block["type"] == "order"] == ["#W10428"]


async def test_what_is_off_topic_gets_an_honest_no(shopper: ChatClient) -> None:
    answer = await shopper.ask("What is the capital of Mongolia?")

    assert "can't help with that" in answer.text
    assert "Ulaanbaatar" not in answer.text


async def test_a_photo_is_described_before_products_are_shown(shopper: ChatClient) -> None:
    answer = await shopper.ask(photo=PHOTOS / "MUG-1041-1.jpg")

    described = answer.first("photo.described")
    shown = answer.until_block("products")
    assert described is not None
    assert shown is not None
    assert described < shown
    assert answer.data("photo.described")[0]["caption"]


async def test_a_person_is_asked_for_and_the_bot_falls_silent(shopper: ChatClient) -> None:
    answer = await shopper.ask("I want to talk to a person")

    assert [data["control"] for data in answer.data("control.changed")] == ["queued"]
    assert answer.data("turn.ended")[0]["reason"] == "handoff"


async def test_markup_paths_and_addresses_in_a_message_are_only_words(shopper: ChatClient) -> None:
    hostile = "/etc/passwd <img src=x onerror=alert(1)> http://127.0.0.1:1/cat.jpg data:image/png;base64,AAAA"

    answer = await shopper.ask(hostile)

    assert "root:" not in answer.text
    assert "<img" not in answer.text
    assert answer.data("turn.ended")[0]["reason"] in ("done", "handoff")


async def test_an_import_while_the_server_runs_is_found_at_once(shop: ShopProcess, tmp_path: Path) -> None:
    rows = tmp_path / "mine.csv"
    rows.write_text(
        "id,title,description,price,currency,image,url,category,brand,availability,colour\n"
        "KZ-9001,Zorblax telescope,A brass telescope for stargazing,249.00,EUR,,,optics,Zorblax,in stock,gold\n"
        "KZ-9002,No price,Broken row,many,EUR,,,optics,Zorblax,in stock,gold\n"
    )

    imported = json_of(shop.vitrine("import", "products", str(rows), "--json"))
    again = json_of(shop.vitrine("import", "products", str(rows), "--json"))
    found = json_of(shop.vitrine("search", "telescope for the stars", "--json"))

    assert (imported["added"], again["added"], again["unchanged"]) == (1, 0, 1)
    assert [(p["line"], p["column"]) for p in imported["problems"] if p["column"] == "price"] == [(3, "price")]
    assert found["hits"][0]["id"] == "KZ-9001"
    async with open_chat(shop.url) as client:
        answer = await client.ask("do you sell telescopes?")
    assert "Zorblax telescope" in answer.text


def test_queries_from_a_file_are_answered_in_order(shop: ShopProcess, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"query": "How long do returns take?"}\n{"query": "What is the capital of Mongolia?"}\n')

    result = shop.vitrine("search", "--queries", str(queries), "--kind", "faq")

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["query"] for line in lines] == ["How long do returns take?", "What is the capital of Mongolia?"]
    assert [line["answered"] for line in lines] == [True, False]
    assert {"id", "score", "probability", "stages"} <= lines[0]["hits"][0].keys()


def test_a_second_server_on_the_same_folder_is_refused_and_told_where_the_first_is(shop: ShopProcess) -> None:
    result = shop.vitrine("serve", "--demo", "--port", "0")

    assert result.returncode == 1
    assert shop.url.split(":")[-1] in result.stderr


def test_a_bad_condition_is_named(shop: ShopProcess) -> None:
    result = shop.vitrine("search", "mug", "--where", "price<cheap")

    assert result.returncode == 1
    assert "price is compared with a number, got 'cheap'" in result.stderr
    assert "Traceback" not in result.stderr


async def test_a_conversation_goes_on_after_a_kill_and_a_restart(shop: ShopProcess) -> None:
    async with open_chat(shop.url) as client:
        await client.ask("show me green mugs")
        token, conversation = client.token, client.conversation_id
    before = events(shop.url, token, conversation)

    shop.kill()
    shop.start()
    shop.until_ready()

    assert events(shop.url, token, conversation) == before
    async with open_chat(shop.url, visitor_token=token) as client:
        answer = await client.ask("and in blue?")
    assert client.conversation_id == conversation
    assert "mug" in answer.text.lower()


def test_the_server_ends_cleanly_and_leaves_the_folder_to_the_next(shop: ShopProcess) -> None:
    assert shop.terminate() == 0

    found = json_of(shop.vitrine("search", "KZ-9001", "--json"))

    assert found["hits"][0]["id"] == "KZ-9001"


def test_an_index_that_another_encoder_made_is_refused_with_the_command_that_rebuilds_it(shop: ShopProcess) -> None:
    ledger = shop.folder / "index" / "tokens" / "ledger.sqlite3"
    with closing(sqlite3.connect(ledger)) as connection, connection:
        connection.execute("UPDATE spaces SET encoder = 'another-encoder' WHERE name = 'faq_text'")

    refused = shop.vitrine("search", "mug", "--json")
    rebuilt = shop.vitrine("import", "rebuild")
    found = json_of(shop.vitrine("search", "KZ-9001", "--json"))

    assert refused.returncode == 1
    assert "vitrine import rebuild" in refused.stderr
    assert "documents indexed" in rebuilt.stdout
    assert found["hits"][0]["id"] == "KZ-9001"


def events(url: str, token: str, conversation: str) -> list[dict[str, object]]:
    """The stored events that the visitor may see."""
    answer = httpx.get(f"{url}/v1/conversations/{conversation}/events", headers={"Authorization": f"Bearer {token}"})
    found: list[dict[str, object]] = answer.raise_for_status().json()["events"]
    return found


def json_products(url: str) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in httpx.get(f"{url}/demo/products.json").json()}


@pytest.mark.slow
async def test_a_question_is_answered_without_a_server(tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(prepared_models().absolute())

    async with open_worker(Settings(data_dir=tmp_path, demo=True)) as work:
        outcome = await work(AskOnce(text="How much does shipping to Germany cost?"))

    assert "€4.90" in str(outcome)
