"""Photos over HTTP: bounded as they arrive, made safe in a process of their own, kept under an unguessable name."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import multiprocessing
import os
import re
import secrets
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pebble import ProcessExpired, ProcessPool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from server.limits import TokenBuckets
from server.metrics import Metrics
from server.photos import CleanPhoto, PhotoRejected, PhotoTooLarge, confine_worker, sanitise
from server.photos_port import StoredPhoto

DECODE_SECONDS = 5.0
MULTIPART_OVERHEAD = 16 * 1024
_ID = re.compile(r"^up_[0-9a-f]{32}$")


class PhotoWorkshop:
    """Decodes photos in worker processes that are killed when one takes too long."""

    def __init__(self, max_megapixels: float, workers: int = 1) -> None:
        self._max_megapixels = max_megapixels
        self._workers = workers
        self._pool = self._open()

    async def sanitise(self, data: bytes) -> CleanPhoto:
        future = self._pool.schedule(sanitise, args=(data, self._max_megapixels), timeout=DECODE_SECONDS)
        try:
            return await asyncio.wrap_future(future)
        except (TimeoutError, concurrent.futures.TimeoutError):
            raise PhotoRejected(f"expected a photo that decodes within {DECODE_SECONDS:g} seconds") from None
        except ProcessExpired:
            raise PhotoRejected("expected a photo that decodes; this one broke the decoder") from None
        except BrokenProcessPool:  # its workers could not be started again: the machine was out of memory, say
            self._pool = self._open()
            raise PhotoRejected("the decoder broke; please send the photo again") from None

    def close(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def _open(self) -> ProcessPool:
        # Spawned, not forked: the server's threads and open databases must not be copied into it.
        context = multiprocessing.get_context("spawn")
        return ProcessPool(max_workers=self._workers, initializer=confine_worker, context=context)


@dataclass(frozen=True, slots=True)
class _Record:
    owner: str
    width: int
    height: int


class PhotoStore:
    """Photos on disk, each with a record of who sent it; a photo is only found by its owner or by its secret name."""

    def __init__(self, folder: Path, token: Callable[[], str] | None = None) -> None:
        """`token` gives 32 hexadecimal digits, which nobody can guess unless it is named otherwise."""
        self._folder = folder
        self._token = token or (lambda: secrets.token_hex(16))
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, photo: CleanPhoto, owner: str) -> StoredPhoto:
        """Keep a photo; when this returns, a power cut does not lose it."""
        upload_id = f"up_{self._token()}"
        _write(self._path(upload_id, ".jpg"), photo.jpeg)
        _write(self._path(upload_id, ".small.jpg"), photo.thumbnail)
        record = _Record(owner, photo.width, photo.height)
        _write(self._path(upload_id, ".json"), json.dumps(asdict(record)).encode())  # last: its presence is the commit
        return self._stored(upload_id, record)

    def find(self, upload_id: str, owner: str) -> StoredPhoto | None:
        """The photo, if this visitor sent it; someone else's looks like none."""
        record = self._record(upload_id)
        return self._stored(upload_id, record) if record and secrets.compare_digest(record.owner, owner) else None

    def picture(self, upload_id: str, *, small: bool) -> Path | None:
        """The file behind a photo's address. The name is 128 random bits, so knowing it is the permission."""
        return self._path(upload_id, ".small.jpg" if small else ".jpg") if self._record(upload_id) else None

    def erase(self, upload_id: str) -> None:
        """Remove a photo's bytes; nothing happens if there are none."""
        if _ID.match(upload_id):
            for suffix in (".json", ".jpg", ".small.jpg"):
                self._path(upload_id, suffix).unlink(missing_ok=True)

    def erase_of(self, owner: str) -> int:
        """Remove all photos that this visitor uploaded, sent or not; how many there were."""
        theirs = [path.stem for path in self._folder.glob("*/*.json") if self.find(path.stem, owner)]
        for upload_id in theirs:
            self.erase(upload_id)
        return len(theirs)

    def _record(self, upload_id: str) -> _Record | None:
        if not _ID.match(upload_id):
            return None
        try:
            return _Record(**json.loads(self._path(upload_id, ".json").read_bytes()))
        except FileNotFoundError:
            return None

    def _stored(self, upload_id: str, record: _Record) -> StoredPhoto:
        return StoredPhoto(
            id=upload_id,
            path=self._path(upload_id, ".jpg"),
            width=record.width,
            height=record.height,
            url=f"/v1/photos/{upload_id}.jpg",
            thumbnail_url=f"/v1/photos/{upload_id}.small.jpg",
        )

    def _path(self, upload_id: str, suffix: str) -> Path:
        return self._folder / upload_id[3:5] / f"{upload_id}{suffix}"


def uploads_router(
    store: PhotoStore,
    workshop: PhotoWorkshop,
    *,
    visitor_of: Callable[[str], str | None],
    max_bytes: int,
    per_minute: int,
    metrics: Metrics,
) -> APIRouter:
    """`POST /v1/uploads` and the addresses that photos are shown from.

    `visitor_of` maps a bearer token to the visitor's id, or None when the token is not good.
    """
    router = APIRouter(prefix="/v1", tags=["photos"])
    buckets = TokenBuckets(rate=per_minute / 60, burst=per_minute)

    @router.post("/uploads", status_code=201)
    async def upload(request: Request) -> JSONResponse:
        """Send one photo as the multipart field `file`; the answer's `upload_id` goes into `message.send`."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        visitor = visitor_of(token) if scheme.lower() == "bearer" else None
        if visitor is None:
            return _error(401, "unauthorized", "expected Authorization: Bearer and the visitor's token")
        if (wait := buckets.take(visitor)) > 0:
            return _error(429, "rate_limited", f"expected at most {per_minute} photos a minute", retry_after_ms=wait)
        try:
            data = await _read_photo(request, max_bytes)
            with metrics.photo_seconds.time():
                photo = await workshop.sanitise(data)
                stored = await asyncio.to_thread(store.add, photo, visitor)
        except PhotoRejected as rejected:
            metrics.photos.labels(rejected.code).inc()
            status = {"too_large": 413, "unsupported_media": 415}.get(rejected.code, 422)
            return _error(status, rejected.code, str(rejected))
        metrics.photos.labels("kept").inc()
        return JSONResponse(
            {
                "upload_id": stored.id,
                "url": stored.url,
                "thumbnail_url": stored.thumbnail_url,
                "width": stored.width,
                "height": stored.height,
            },
            status_code=201,
        )

    @router.get("/photos/{name}", response_class=FileResponse)
    async def photo(name: str) -> Response:
        """A photo by its secret name; `.small.jpg` is the thumbnail."""
        upload_id, _, rest = name.partition(".")
        path = await asyncio.to_thread(store.picture, upload_id, small=rest == "small.jpg")
        if path is None or rest not in ("jpg", "small.jpg"):
            return _error(404, "not_found", "there is no such photo")
        return FileResponse(
            path,
            media_type="image/jpeg",
            headers={
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "private, max-age=31536000, immutable",
                "Cross-Origin-Resource-Policy": "cross-origin",
            },
        )

    return router


async def _read_photo(request: Request, max_bytes: int) -> bytes:
    limit = max_bytes + MULTIPART_OVERHEAD
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise PhotoTooLarge(f"expected at most {max_bytes} bytes, got {declared}")
    bounded = Request(request.scope, _bounded(request.receive, limit))
    try:
        async with bounded.form(max_files=1, max_fields=4) as form:
            files = [part for part in form.values() if isinstance(part, UploadFile)]
            if len(files) != 1:
                raise PhotoRejected("expected one photo in the multipart field `file`, got none")
            data = await files[0].read()
    except HTTPException as error:  # what starlette makes of a form that it cannot read
        raise PhotoRejected(f"expected multipart/form-data with one file: {error.detail}") from None
    if len(data) > max_bytes:
        raise PhotoTooLarge(f"expected at most {max_bytes} bytes, got {len(data)}")
    return data


def _bounded(receive: Receive, limit: int) -> Receive:
    """Stop reading a body that is longer than it may be, whatever its headers said."""
    came = 0

    async def bounded() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            raise PhotoTooLarge(f"expected at most {limit} bytes, got more")
        return message

    return bounded


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name itself must survive, too
    finally:
        os.close(folder)


def _error(status: int, code: str, message: str, **more: object) -> JSONResponse:
    return JSONResponse({"code": code, "message": message, **more}, status_code=status)
