"""Sending photos over HTTP, with the real decoder process behind it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from server.metrics import Metrics
from server.uploads import PhotoStore, PhotoWorkshop, uploads_router

MAX_BYTES = 200_000
PER_MINUTE = 5


@pytest.fixture(scope="module")
def workshop() -> Iterator[PhotoWorkshop]:
    opened = PhotoWorkshop(max_megapixels=40)
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore(tmp_path / "photos")


@pytest.fixture
async def client(store: PhotoStore, workshop: PhotoWorkshop) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    visitors = {"anna-token": "anna", "ben-token": "ben"}
    app.include_router(
        uploads_router(
            store,
            workshop,
            visitor_of=visitors.get,
            max_bytes=MAX_BYTES,
            per_minute=PER_MINUTE,
            metrics=Metrics(),
        )
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as opened:
        yield opened


def _photo(size: tuple[int, int] = (300, 200), kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (20, 80, 160)).save(buffer, kind)
    return buffer.getvalue()


async def _send(
    client: httpx.AsyncClient, data: bytes, token: str = "anna-token", name: str = "p.jpg"
) -> httpx.Response:
    return await client.post("/v1/uploads", files={"file": (name, data)}, headers={"Authorization": f"Bearer {token}"})


async def test_a_photo_is_kept_and_shown_from_its_address(client: httpx.AsyncClient, store: PhotoStore) -> None:
    answer = await _send(client, _photo(kind="PNG"))
    shown = await client.get(answer.json()["url"])
    small = await client.get(answer.json()["thumbnail_url"])

    assert answer.status_code == 201
    assert (answer.json()["width"], answer.json()["height"]) == (300, 200)
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert Image.open(io.BytesIO(shown.content)).size == (300, 200)
    assert Image.open(io.BytesIO(small.content)).format == "JPEG"


async def test_only_the_sender_can_put_a_photo_into_a_message(client: httpx.AsyncClient, store: PhotoStore) -> None:
    upload_id = (await _send(client, _photo())).json()["upload_id"]

    assert store.find(upload_id, "anna") is not None
    assert store.find(upload_id, "ben") is None
    assert store.find("up_" + "0" * 32, "anna") is None


async def test_an_erased_photo_is_gone(client: httpx.AsyncClient, store: PhotoStore) -> None:
    answer = (await _send(client, _photo())).json()

    store.erase(answer["upload_id"])

    assert (await client.get(answer["url"])).status_code == 404
    assert store.find(answer["upload_id"], "anna") is None


@pytest.mark.parametrize("token", ["", "wrong", "anna-token extra"])
async def test_without_a_good_token_nothing_is_read(client: httpx.AsyncClient, token: str) -> None:
    answer = await _send(client, _photo(), token)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_a_file_that_is_no_photo_is_refused_whatever_its_name_says(client: httpx.AsyncClient) -> None:
    answer = await _send(client, b"MZ\x90\x00 not a photo", name="cat.jpg")

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media")
    assert "expected a JPEG, PNG, WebP or HEIC photo" in answer.json()["message"]


async def test_a_damaged_photo_is_refused_and_the_next_one_is_taken(client: httpx.AsyncClient) -> None:
    damaged = await _send(client, _photo()[:400])
    good = await _send(client, _photo())

    assert (damaged.status_code, damaged.json()["code"]) == (422, "photo_rejected")
    assert good.status_code == 201


async def test_a_photo_with_too_many_bytes_is_refused(client: httpx.AsyncClient) -> None:
    answer = await _send(client, _photo() + b"\0" * MAX_BYTES)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_body_that_hides_its_length_is_cut_at_the_limit(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="p.jpg"\r\n\r\n'
        for _ in range(1000):
            sent += 65536
            yield b"x" * 65536

    answer = await client.post(
        "/v1/uploads",
        content=endless(),
        headers={"Authorization": "Bearer anna-token", "Content-Type": "multipart/form-data; boundary=b"},
    )

    assert answer.status_code == 413
    assert sent < 4 * MAX_BYTES


async def test_two_files_at_once_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/uploads",
        files=[("file", ("a.jpg", _photo())), ("file", ("b.jpg", _photo()))],
        headers={"Authorization": "Bearer anna-token"},
    )

    assert answer.status_code == 422


async def test_a_form_without_a_file_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/uploads", data={"file": "hello"}, headers={"Authorization": "Bearer anna-token"})

    assert answer.status_code == 422
    assert "expected one photo in the multipart field" in answer.json()["message"]


async def test_a_visitor_who_sends_too_many_photos_waits_and_others_do_not(client: httpx.AsyncClient) -> None:
    answers = [await _send(client, b"no photo") for _ in range(PER_MINUTE + 1)]
    other = await _send(client, _photo(), "ben-token")

    assert [answer.status_code for answer in answers] == [415] * PER_MINUTE + [429]
    assert answers[-1].json()["retry_after_ms"] > 0
    assert other.status_code == 201


@pytest.mark.parametrize("name", ["up_xyz.jpg", "..%2f..%2fetc%2fpasswd", "up_" + "0" * 32 + ".jpg", "secret.key"])
async def test_an_address_that_was_never_given_out_shows_nothing(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/v1/photos/{name}")).status_code == 404
