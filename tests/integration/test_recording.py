"""A conversation that was held becomes a test that passes, and nothing personal is left in it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from chat_server import STAFF_TOKEN, ChatServer, ScriptedTurn, running
from PIL import Image

from server.chat_client import ChatClient, open_chat
from server.testing.format import Staff, Step
from server.testing.reading import Known, read_script
from server.testing.recording import Recorded, record
from server.testing.running import run_case
from server.testing.staging import Shop
from server.testing.talking import Customer, open_console
from tools.adapters.sqlite import SqliteShop
from tools.records import Address, PaymentMethod
from tools.records import Customer as CustomerRecord

KNOWN = Known(None, None, frozenset({"find_order"}), frozenset({"cancel_order"}))

PLANTED = (
    "Leonora",
    "Achterberg",
    "Quentin",
    "Vandermolen",
    "王小明",
    "leonora.achterberg@private-post.net",
    "some.one@elsewhere.org",
    "151 2345 6789",
    "13812345678",
    "DE89 3704 0044",
    "Kirschblütenweg",
    "Lindenstraße 7",
    "48143",
    "Münster",
    "南京西路",
    "C-7788",
    "A-1",
    "#W77123",
    "9321",
    "Beatrix",
)

SAID = (
    "Hello, my name is Leonora Achterberg, where is my order A-1? I am leonora.achterberg@private-post.net",
    "Call me on +49 151 2345 6789, or write to some.one@elsewhere.org. My other order is #W77123.",
    "Send it to Lindenstraße 7, 48143 Münster. Or to Kirschblütenweg 12. My account is DE89 3704 0044 0532 0130 00",
    "我叫王小明，电话 13812345678，地址 上海市静安区南京西路100号",
    "I paid with Visa ending in 9321.\nKind regards\nQuentin Vandermolen",
    "手机13812345678，邮箱leonora.achterberg@private-post.net谢谢",
    "choose",
)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    (tmp_path / "server").mkdir()
    async with running(tmp_path / "server", turn=ScriptedTurn()) as server:
        yield server


async def shop_database(folder: Path) -> Path:
    """A shop that knows one customer, whose order it is."""
    address = Address(
        name="Leonora Achterberg", line1="Kirschblütenweg 12", city="Münster", postcode="48143", country="DE"
    )
    card = PaymentMethod(id="PM-1", kind="card", label="Visa ending in 9321")
    who = CustomerRecord(id="C-7788", name="Leonora Achterberg", email="leonora.achterberg@private-post.net",
                 address=address, payment_methods=(card,))  # fmt: skip
    await SqliteShop(folder / "shop.sqlite3").load(customers=(who,), orders=())
    return folder / "shop.sqlite3"


async def held(server: ChatServer, folder: Path) -> str:
    """A conversation with all of that in it; its id."""
    shop = Shop(server.http, console_token=STAFF_TOKEN)
    async with (
        open_chat(shop.url) as client,
        open_console(shop.url, STAFF_TOKEN, client.conversation_id, client.new_key) as console,
    ):
        customer = Customer(client, console, Path())
        await send_photo(server, client, folder)
        for words in SAID:
            await customer.take(Step(user=words))
        await customer.take(Step(button="Blue"))
        await customer.take(Step(feedback="up"))
        await customer.take(Step(handoff="request"))
        await customer.take(
            Step(staff=Staff(take_over="Beatrix", write="Beatrix here, Ms. Achterberg.", note="Call 13812345678"))
        )
        await customer.take(Step(staff=Staff(hand_back="Leonora is a regular.")))
        return client.conversation_id


async def send_photo(server: ChatServer, client: ChatClient, folder: Path) -> None:
    """A photo of this customer, as if it had been uploaded before."""
    found = await server.hub.log.read.conversation(client.conversation_id)
    assert found is not None
    Image.new("RGB", (64, 48), "navy").save(folder / "sent.jpg")
    server.photos.photos[("up_1", found.visitor_id)] = folder / "sent.jpg"
    await client.send("message.send", {"text": "look at this photo", "photos": ["up_1"]})
    while (await client.receive())["type"] != "turn.ended":
        pass


async def recorded(server: ChatServer, conversation_id: str, shop: Path | None) -> Recorded:
    made = await record(server.hub.log.read, server.photos, conversation_id, shop=shop, name="mine")
    assert made is not None
    return made


async def test_nothing_personal_is_left_and_the_file_says_what_was_replaced(server: ChatServer, tmp_path: Path) -> None:
    shop = await shop_database(tmp_path)
    made = await recorded(server, await held(server, tmp_path), shop)
    assert [planted for planted in PLANTED if planted.lower() in made.text.lower()] == []
    assert "order numbers" in made.text.split("test_cases:")[0]
    for kept in ("my name is", "staff:", "write:", "note:", "hand_back:", "find_order", "feedback: up"):
        assert kept in made.text


async def test_what_was_held_becomes_a_test_with_its_buttons_photo_and_people(
    server: ChatServer, tmp_path: Path
) -> None:
    made = await recorded(server, await held(server, tmp_path), await shop_database(tmp_path))
    made.write(tmp_path / "mine.chat.yaml")
    (located,) = read_script(tmp_path / "mine.chat.yaml", KNOWN)
    steps = located.case.steps
    assert [step.button for step in steps if step.button] == ["Blue"]
    assert [step.handoff for step in steps if step.handoff] == ["request"]
    assert [step.feedback for step in steps if step.feedback] == ["up"]
    assert (tmp_path / "mine-1.jpg").read_bytes() == (tmp_path / "sent.jpg").read_bytes()
    acts = [name for step in steps if step.staff for name in step.staff.model_dump(exclude_none=True)]
    assert acts == ["take_over", "write", "note", "hand_back"]
    tools = [call.name for step in steps if step.bot for call in step.bot.tools]
    assert tools == ["find_order"] * tools.count("find_order")
    assert not any(step.bot.contains for step in steps if step.bot)  # acts, no wording


async def test_a_recorded_conversation_passes_where_it_was_held(server: ChatServer, tmp_path: Path) -> None:
    shop = Shop(server.http, console_token=STAFF_TOKEN)
    async with open_chat(shop.url) as client:
        customer = Customer(client, None, Path())
        for step in (Step(user="choose"), Step(button="Blue"), Step(user="a person please")):
            await customer.take(step)
    (await recorded(server, client.conversation_id, None)).write(tmp_path / "mine.chat.yaml")
    (located,) = read_script(tmp_path / "mine.chat.yaml", KNOWN)
    assert [step.bot.mode for step in located.case.steps if step.bot][-1] == "queued"
    assert (await run_case(shop, located)).failure is None


async def test_what_is_of_the_demo_shop_stays(server: ChatServer) -> None:
    async with open_chat(server.http) as client:
        await client.ask("#W10428, anna.keller@example.com, a MUG-1041 for 14.90 on 2026-11-26")
    made = await recorded(server, client.conversation_id, None)
    assert "#W10428, anna.keller@example.com, a MUG-1041 for 14.90 on 2026-11-26" in made.text
    assert "demo shop: nothing was found" in made.text


async def test_there_is_no_test_of_a_conversation_that_is_not_there(server: ChatServer) -> None:
    assert await record(server.hub.log.read, server.photos, "conv_none", shop=None, name="mine") is None


async def test_the_console_gets_a_test_as_one_file(server: ChatServer, tmp_path: Path) -> None:
    conversation_id = await held(server, tmp_path)
    address = f"{server.http}/v1/console/conversations/{conversation_id}/test"
    async with httpx.AsyncClient() as http:
        assert (await http.get(address)).status_code == 401
        answer = await http.get(address, headers={"Authorization": f"Bearer {STAFF_TOKEN}"})
        gone = f"{server.http}/v1/console/conversations/conv_none/test"
        assert (await http.get(gone, headers={"Authorization": f"Bearer {STAFF_TOKEN}"})).status_code == 404
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == [f"{conversation_id}.chat.yaml", f"{conversation_id}-1.jpg"]
        assert "Achterberg" not in archive.read(archive.namelist()[0]).decode()
