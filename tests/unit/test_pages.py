"""What the pages are served with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.app import create_app
from server.pages import pages_router
from server.settings import Settings

WIDGET_ON_THE_WIRE = 25 * 1024


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(pages_router(site_key="demo", shop_name='Cups & <b>"Co"</b>', demo=True))
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("path", ["/demo", "/demo/p/MUG-1040", "/console"])
def test_a_page_allows_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    answer = client.get(path)

    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_shops_name_is_words_in_the_page(client: TestClient) -> None:
    assert "Cups &amp; &lt;b&gt;&quot;Co&quot;&lt;/b&gt;" in client.get("/demo").text


def test_the_widget_is_small_on_the_wire_and_may_be_loaded_by_any_page(client: TestClient) -> None:
    answer = client.get("/widget.js", headers={"Accept-Encoding": "gzip"})

    assert int(answer.headers["content-length"]) < WIDGET_ON_THE_WIRE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


def test_a_client_without_gzip_gets_the_same_script(client: TestClient) -> None:
    plain = client.get("/widget.js", headers={"Accept-Encoding": "identity"})

    assert "content-encoding" not in plain.headers
    assert plain.text == client.get("/widget.js").text


@pytest.mark.parametrize(
    "path", ["/widget.js", "/demo", "/demo/products.json", "/web/console.js", "/demo/web/shop.css"]
)
def test_what_a_browser_has_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.parametrize("path", ["/demo/p/NO-1", "/demo/pictures/NO-1.jpg", "/web/bundle.py", "/web/..%2Fsettings.py"])
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_without_the_demo_there_is_no_shop() -> None:
    app = FastAPI()
    app.include_router(pages_router(site_key="s", shop_name="", demo=False))
    client = TestClient(app, follow_redirects=False)

    found = [client.get(path).status_code for path in ("/", "/demo", "/demo/products.json", "/widget.js")]
    assert found == [404, 404, 404, 200]


@pytest.mark.parametrize(("origin", "allowed"), [("https://shop.example", True), ("https://shop.example.evil", False)])
def test_only_pages_of_the_shop_may_open_a_session_from_elsewhere(tmp_path: Path, origin: str, allowed: bool) -> None:
    client = TestClient(create_app(Settings(data_dir=tmp_path, allowed_origins=("https://shop.example",)), pid=1))

    answer = client.options(
        "/v1/uploads",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        },
    )

    assert answer.is_success == allowed
    assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
