"""The pages: the widget that shops embed, the console for their people, and the demo shop.

Everything is read once at the start and answered from memory. Pages run under a policy that allows nothing but this
server's own scripts, styles and pictures; the widget may be loaded by any page, since the socket checks origins.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from server.web.bundle import bundle

HERE = Path(__file__).parent
WEB = HERE / "web"
DEMO = HERE / "demo"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ANY_PAGE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
CHECK_FIRST = "no-cache"
FIVE_MINUTES = "public, max-age=300, stale-while-revalidate=86400"
A_DAY = "public, max-age=86400"
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """Something that is served as it is. `small` is its gzip, where that is worth it."""

    body: bytes
    media_type: str
    cache: str = CHECK_FIRST
    headers: Mapping[str, str] = field(default_factory=dict)
    small: bytes = b""
    etag: str = ""

    @classmethod
    def of(cls, body: bytes | str, suffix: str, *, cache: str = CHECK_FIRST, **headers: Mapping[str, str]) -> Asset:
        """An asset with its tag; text is compressed here, once."""
        data = body.encode() if isinstance(body, str) else body
        return cls(
            body=data,
            media_type=MEDIA_TYPES[suffix],
            cache=cache,
            headers=headers.get("headers", {}),
            small=b"" if suffix == ".jpg" else gzip.compress(data, mtime=0),
            etag=hashlib.sha256(data).hexdigest()[:20],
        )

    def answer(self, request: Request) -> Response:
        """304 for who has it already, else the body in the form that the client takes."""
        compressed = bool(self.small) and "gzip" in request.headers.get("accept-encoding", "")
        tag = f'"{self.etag}{"-gz" if compressed else ""}"'
        headers = {
            "ETag": tag,
            "Cache-Control": self.cache,
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept-Encoding",
            **self.headers,
        }
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if compressed:
            return Response(self.small, headers=headers | {"Content-Encoding": "gzip"}, media_type=self.media_type)
        return Response(self.body, headers=headers, media_type=self.media_type)


def pages_router(*, site_key: str, shop_name: str, demo: bool) -> APIRouter:
    """The widget and the console; with `demo` also the shop page, which embeds the widget for `site_key`."""
    router = APIRouter(include_in_schema=False)
    widget = Asset.of(bundle(WEB / "widget.js"), ".js", cache=FIVE_MINUTES, headers=ANY_PAGE)
    console = _page(WEB / "console.html", shop_name=shop_name)
    shared = _folder(WEB)

    @router.get("/widget.js")
    async def widget_js(request: Request) -> Response:
        return widget.answer(request)

    @router.get("/console")
    async def console_page(request: Request) -> Response:
        return console.answer(request)

    @router.get("/web/{name}")
    async def part(name: str, request: Request) -> Response:
        return _found(shared, name).answer(request)

    if demo:
        _add_demo_shop(router, site_key, shop_name)
    return router


def _add_demo_shop(router: APIRouter, site_key: str, shop_name: str) -> None:
    page = _page(DEMO / "web" / "shop.html", site_key=site_key, shop_name=shop_name)
    parts = _folder(DEMO / "web")
    products = [json.loads(line) for line in (DEMO / "products.jsonl").read_text(encoding="utf-8").splitlines()]
    ids = frozenset(product["id"] for product in products)
    catalogue = Asset.of(json.dumps(products, ensure_ascii=False, separators=(",", ":")), ".json")
    pictures = DEMO / "pictures"

    @router.get("/")
    async def front() -> Response:
        return RedirectResponse("/demo", status_code=302)

    @router.get("/demo")
    async def shop(request: Request) -> Response:
        return page.answer(request)

    @router.get("/demo/p/{product_id}")
    async def product(product_id: str, request: Request) -> Response:
        if product_id not in ids:
            raise HTTPException(404, f"expected the id of a product of the demo shop, got {product_id[:80]!r}")
        return page.answer(request)

    @router.get("/demo/products.json")
    async def products_json(request: Request) -> Response:
        return catalogue.answer(request)

    @router.get("/demo/web/{name}")
    async def part(name: str, request: Request) -> Response:
        return _found(parts, name).answer(request)

    @router.get("/demo/pictures/{name}.jpg")
    def picture(name: str, request: Request) -> Response:
        path = pictures / f"{name}.jpg"
        if name not in ids or not path.is_file():
            raise HTTPException(404, f"expected the id of a product of the demo shop, got {name[:80]!r}")
        return Asset.of(path.read_bytes(), ".jpg", cache=A_DAY, headers=ANY_PAGE).answer(request)


def _page(path: Path, **values: str) -> Asset:
    """A page with its `$names` filled in, as words and never as markup."""
    text = Template(path.read_text(encoding="utf-8")).substitute({k: html.escape(v) for k, v in values.items()})
    return Asset.of(text, ".html", headers=PAGE_HEADERS)


def _folder(folder: Path) -> dict[str, Asset]:
    """The scripts, styles and drawings of a folder, by name: what is not among them cannot be asked for."""
    served = (".js", ".css", ".svg")
    files = (path for path in sorted(folder.iterdir()) if path.suffix in served)
    return {path.name: Asset.of(path.read_bytes(), path.suffix) for path in files}


def _found(assets: Mapping[str, Asset], name: str) -> Asset:
    if name not in assets:
        raise HTTPException(404, f"expected one of {', '.join(assets)}, got {name[:80]!r}")
    return assets[name]
