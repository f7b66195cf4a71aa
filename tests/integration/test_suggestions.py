"""Views that come in over HTTP, and recommendations that go out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from agent_parts import Suggester
from chat_server import OwnedPhotos, ScriptedTurn, StillClock, app_for, open_hub

from server.hub import Hub
from server.sessions import SessionRequest
from server.suggestions import VIEWS_PER_MINUTE, learn_and_forget, suggestions_router


@dataclass
class Loading:
    """A recommender that is not there before it is."""

    recommender: Suggester | None = field(default_factory=Suggester)

    def __call__(self) -> Any:
        return self.recommender


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    hub = await open_hub(tmp_path, ScriptedTurn(), OwnedPhotos(), clock=StillClock())
    yield hub
    await hub.close()


@pytest.fixture
def loading() -> Loading:
    return Loading()


@pytest.fixture
async def client(hub: Hub, loading: Loading) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(hub, loading) as client:
        yield client


def client_of(hub: Hub, loading: Loading, *, keep: int = 20) -> httpx.AsyncClient:
    app = app_for(hub)
    app.include_router(suggestions_router(hub, loading, keep_views=keep))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop.example")


async def a_visitor(hub: Hub) -> tuple[str, str, dict[str, str]]:
    """Their id, their conversation and their token as a header."""
    opened = await hub.sessions.open(SessionRequest(site_key="demo"))
    session = opened.session
    return session.visitor.id, session.conversation_id, {"Authorization": f"Bearer {opened.visitor_token}"}


async def view(client: httpx.AsyncClient, headers: dict[str, str], *products: str) -> None:
    for product in products:
        answer = await client.post("/v1/views", json={"product_id": product}, headers=headers)
        assert answer.status_code == 204


async def test_recommendations_go_by_the_latest_views_and_say_why(
    hub: Hub, client: httpx.AsyncClient, loading: Loading
) -> None:
    _, _, headers = await a_visitor(hub)
    await view(client, headers, "MUG-1", "VAS-2")

    answer = await client.get("/v1/recommendations", headers={**headers, "Accept-Language": "zh-CN"})

    assert loading.recommender is not None
    assert loading.recommender.asked[0][:2] == ("recommend", ("VAS-2", "MUG-1"))
    (card,) = answer.json()["products"]
    assert (card["id"], card["title"], card["why"]) == ("VAS-1", "钴蓝色月亮花瓶", "因为您看过陶土橙芦苇花瓶")


async def test_who_has_viewed_nothing_gets_nothing(hub: Hub, client: httpx.AsyncClient) -> None:
    _, _, headers = await a_visitor(hub)

    answer = await client.get("/v1/recommendations", headers=headers)

    assert answer.json() == {"products": []}


async def test_one_visitor_never_sees_what_fits_another(hub: Hub, client: httpx.AsyncClient) -> None:
    _, _, first = await a_visitor(hub)
    _, _, second = await a_visitor(hub)
    await view(client, first, "VAS-2")

    assert (await client.get("/v1/recommendations", headers=second)).json() == {"products": []}


@pytest.mark.parametrize("token", ["", "Bearer vis_made_up.0000"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/views"), ("GET", "/v1/recommendations")])
async def test_nobody_is_refused(client: httpx.AsyncClient, method: str, path: str, token: str) -> None:
    answer = await client.request(method, path, json={"product_id": "VAS-2"}, headers={"Authorization": token})

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_only_the_latest_views_are_kept_each_once(hub: Hub, client: httpx.AsyncClient) -> None:
    visitor, _, headers = await a_visitor(hub)

    await view(client, headers, *(f"P-{n}" for n in range(30)), "P-15")

    kept = await hub.log.read.views(visitor)
    assert kept == ("P-15", *(f"P-{n}" for n in range(29, 10, -1) if n != 15), "P-10")[:20]
    assert len(kept) == 20


async def test_a_shop_may_keep_none(hub: Hub, loading: Loading) -> None:
    visitor, _, headers = await a_visitor(hub)
    async with client_of(hub, loading, keep=0) as client:
        await view(client, headers, "VAS-2")

    assert await hub.log.read.views(visitor) == ()


async def test_views_reach_the_turn_that_answers(hub: Hub, client: httpx.AsyncClient) -> None:
    _, cid, headers = await a_visitor(hub)
    await view(client, headers, "MUG-1", "VAS-2")
    await client.post(f"/v1/conversations/{cid}/messages", json={"id": "k1", "text": "hello"}, headers=headers)

    while not hub.turns._answers.given:  # type: ignore[attr-defined]
        await hub.log.read.inbox_seq()

    conversation, _ = hub.turns._answers.given[0]  # type: ignore[attr-defined]
    assert conversation.viewed == ("VAS-2", "MUG-1")


async def test_a_visitor_can_have_their_views_forgotten_without_a_trace(
    hub: Hub, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    visitor, _, headers = await a_visitor(hub)
    await view(client, headers, "CANARY-77")

    assert (await client.delete("/v1/views", headers=headers)).status_code == 204

    assert await hub.log.read.views(visitor) == ()
    assert files_with(b"CANARY-77", tmp_path) == []


async def test_erasing_a_conversation_erases_what_its_visitor_viewed(
    hub: Hub, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    visitor, cid, headers = await a_visitor(hub)
    await view(client, headers, "CANARY-77")

    await hub.erase(cid)

    assert await hub.log.read.views(visitor) == ()
    assert files_with(b"CANARY-77", tmp_path) == []


async def test_a_view_of_an_erased_visitor_is_refused(hub: Hub, client: httpx.AsyncClient) -> None:
    _, cid, headers = await a_visitor(hub)
    await hub.erase(cid)

    answer = await client.post("/v1/views", json={"product_id": "VAS-2"}, headers=headers)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"product_id": ""}, 400), ({"product_id": "x" * 201}, 413), ({"product_id": 7}, 400), ([], 400)],
)
async def test_a_view_of_nothing_is_refused_and_says_why(
    hub: Hub, client: httpx.AsyncClient, body: Any, status: int
) -> None:
    _, _, headers = await a_visitor(hub)

    answer = await client.post("/v1/views", json=body, headers=headers)

    assert answer.status_code == status
    assert answer.json()["where"]


async def test_too_many_views_are_refused_with_a_wait(hub: Hub, client: httpx.AsyncClient) -> None:
    _, _, headers = await a_visitor(hub)
    await view(client, headers, *(f"P-{n}" for n in range(VIEWS_PER_MINUTE)))

    answer = await client.post("/v1/views", json={"product_id": "one more"}, headers=headers)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


async def test_similar_products_need_no_token_and_leave_out_what_is_sold_out(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/products/MUG-1/similar?limit=10")

    assert [card["id"] for card in answer.json()["products"]] == ["MUG-2", "MUG-3", "MUG-9"]  # MUG-8 is sold out
    assert {card["why"] for card in answer.json()["products"]} == {""}


async def test_an_unknown_product_and_a_wrong_limit_are_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/products/GONE/similar")).status_code == 404
    assert (await client.get("/v1/products/MUG-1/similar?limit=0")).status_code == 422


async def test_while_the_models_load_a_page_is_told_to_come_back(
    hub: Hub, client: httpx.AsyncClient, loading: Loading
) -> None:
    _, _, headers = await a_visitor(hub)
    await view(client, headers, "VAS-2")
    loading.recommender = None

    for path in ("/v1/products/MUG-1/similar", "/v1/recommendations"):
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


async def test_the_recommender_learns_who_viewed_what_and_old_views_are_forgotten(
    hub: Hub, client: httpx.AsyncClient
) -> None:
    first, _, headers = await a_visitor(hub)
    await view(client, headers, "OLD-1")
    hub.clock.moment = hub.clock.now().replace(year=2027)  # type: ignore[attr-defined]
    second, _, others = await a_visitor(hub)
    await view(client, others, "VAS-2", "MUG-1")
    learnt: list[Any] = []

    class Learner:
        def learn(self, histories: Any) -> None:
            learnt.extend(histories)

    await learn_and_forget(hub, Learner(), days=90)  # type: ignore[arg-type]

    assert learnt == [["MUG-1", "VAS-2"]]
    assert await hub.log.read.views(first) == ()
    assert await hub.log.read.views(second) == ("MUG-1", "VAS-2")


def files_with(text: bytes, folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if text in path.read_bytes()]
