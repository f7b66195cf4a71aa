"""What a shop can set, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from server.reference import pages
from server.settings import PROFILES, Settings

DOCS = Path(__file__).parents[2] / "docs"


def test_variables_win_over_the_file_and_arguments_over_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vitrine.toml").write_text('port = 1000\nshop_name = "From the file"\nhost = "::1"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VITRINE_PORT", "2000")
    monkeypatch.setenv("VITRINE_HOST", "0.0.0.0")

    settings = Settings(port=3000)

    assert (settings.port, settings.host, settings.shop_name) == (3000, "0.0.0.0", "From the file")


def test_the_demo_console_token_is_refused_outside_the_demo() -> None:
    with pytest.raises(ValidationError, match="at least 16 characters"):
        Settings(console_token="demo-console")  # type: ignore[arg-type]


def test_without_a_console_token_the_console_is_closed_except_in_the_demo() -> None:
    assert Settings().staff_token == ""
    assert Settings(demo=True).staff_token != ""


@pytest.mark.parametrize("origin", ["https://shop.example/path", "*", "shop.example", "https://*.shop.example"])
def test_an_origin_that_is_not_exact_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError, match="an origin is scheme://host"):
        Settings(allowed_origins=(origin,))


def test_origins_are_read_from_one_line() -> None:
    settings = Settings(allowed_origins="https://a.example, http://b.example:8080")  # type: ignore[arg-type]

    assert settings.allowed_origins == ("https://a.example", "http://b.example:8080")


def test_an_outside_brain_needs_its_address_and_name() -> None:
    with pytest.raises(ValidationError, match="VITRINE_BRAIN_URL and VITRINE_BRAIN_MODEL"):
        Settings(brain="openai_compatible")


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"id_seed": "7", "host": "0.0.0.0"}, "they go with VITRINE_HOST=127.0.0.1"),
        ({"fixed_clock": "2026-11-26T10:00:00Z", "host": "shop.example"}, "they go with VITRINE_HOST=127.0.0.1"),
        ({"fixed_clock": "2026-11-26T10:00:00"}, "needs a time zone"),
    ],
)
def test_names_that_can_be_guessed_and_a_clock_that_stands_stay_on_this_machine(
    chosen: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Settings(**chosen)


def test_the_same_seed_and_clock_give_the_same_names_and_take_no_time() -> None:
    def names(**chosen: Any) -> list[str]:
        around = Settings(**chosen).surroundings
        ids = around.ids("log")
        return [ids.new("evt"), ids.new("evt"), around.ids("turns").new("evt"), around.tokens("photos")()]

    seeded: dict[str, Any] = {"id_seed": "7", "fixed_clock": "2026-11-26T10:00:00Z"}

    assert names(**seeded) == names(**seeded)
    assert len({*names(**seeded), *names(**{**seeded, "id_seed": "8"})}) == 8
    assert len({*names(), *names()}) == 8
    assert Settings(**seeded).surroundings.ticks() == Settings(**seeded).surroundings.ticks()
    assert Settings().surroundings.ticks() < Settings().surroundings.ticks()


def test_a_profile_chooses_what_the_shop_does_not() -> None:
    hub = Settings(profile="hub", photo_encoder="openai/clip-vit-large-patch14")

    assert hub.text_encoder == PROFILES["hub"]["text_encoder"]
    assert hub.photo_encoder == "openai/clip-vit-large-patch14"
    assert (Settings().text_encoder, Settings().names_hub_models) == ("embedded", False)


def test_a_profile_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINE_PROFILE", "hub")
    monkeypatch.setenv("VITRINE_TEXT_ENCODER", "embedded")

    assert Settings().text_encoder == "embedded"
    assert Settings().photo_encoder == PROFILES["hub"]["photo_encoder"]


def test_the_remote_profile_needs_an_endpoint() -> None:
    with pytest.raises(ValidationError, match="VITRINE_BRAIN_URL"):
        Settings(profile="remote")


def test_the_signing_key_is_made_once_kept_and_private(tmp_path: Path) -> None:
    first = Settings(data_dir=tmp_path).signing_key()

    assert Settings(data_dir=tmp_path).signing_key() == first
    assert len(first) >= 32
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_secrets_are_masked_when_settings_are_shown() -> None:
    shown = repr(Settings(console_token="0123456789abcdef"))  # type: ignore[arg-type]

    assert "0123456789abcdef" not in shown


@pytest.mark.parametrize("name", list(pages()))
def test_generated_pages_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text() == pages()[name], "run `make docs`"


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"shop": "http"}, "VITRINE_SHOP_URL and VITRINE_SHOP_KEY"),
        ({"shop": "shopify", "shop_url": "https://x.myshopify.com"}, "VITRINE_SHOP_URL and VITRINE_SHOP_KEY"),
        ({"shop": "woocommerce", "shop_url": "https://x.example", "shop_key": "ck"}, "VITRINE_SHOP_SECRET"),
        ({"shop": "http", "shop_url": "https://x.example", "shop_key": "k", "demo": True}, "the demo has its own shop"),
    ],
)
def test_a_shop_elsewhere_needs_its_address_and_keys(chosen: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Settings(**chosen)  # type: ignore[arg-type]
