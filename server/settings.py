"""Settings, read once from `VITRINE_…` variables and `vitrine.toml`; nothing else reads the environment."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from server.clock import Surroundings
from server.proxies import parse_networks

DEMO_SHOP = "Maren & Moss"
DEMO_TOKEN = "demo-console"  # refused outside the demo, see below
EMBEDDED = "embedded"

# What a profile chooses where the shop's own settings do not.
PROFILES: Mapping[str, Mapping[str, str]] = {
    "embedded": {},
    "hub": {
        "text_encoder": "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
        "photo_encoder": "google/siglip2-base-patch16-224",
        "describer": "hub",
        "describer_model": "HuggingFaceTB/SmolVLM-500M-Instruct",
    },
    "remote": {"brain": "openai_compatible", "describer": "openai_compatible"},
}


class Settings(BaseSettings):
    """What a shop can choose. Every field is `VITRINE_<NAME>` in the environment and `<name>` in `vitrine.toml`."""

    model_config = SettingsConfigDict(env_prefix="VITRINE_", toml_file="vitrine.toml", frozen=True, extra="ignore")

    # Where things are
    data_dir: Path = Field(Path("var"), description="Folder of all state: databases, index, photos, models.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8321, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field("", description="Address that shoppers reach the server at, if it is not host and port.")

    # The shop
    shop_name: str = Field("", description="Name of the shop, shown on pages; the demo has its own.")
    site_key: str = Field("demo", description="Names this shop in the widget's tag.")
    demo: bool = Field(False, description="Serve the demo shop and accept its well-known console token.")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins (scheme, host and port) whose pages may embed the chat, separated by commas."
    )
    identity_key: SecretStr = Field(SecretStr(""), description="Key by which the shop signs who a customer is (JWT).")
    identity_algorithm: Literal["HS256", "RS256"] = Field("HS256", description="How the identity tokens are signed.")
    identity_required: bool = Field(False, description="Refuse shoppers without a signed identity.")
    console_token: SecretStr = Field(
        SecretStr(""), description="Token that staff type into the console; at least 16 characters."
    )
    shop: Literal["sqlite", "http", "shopify", "woocommerce"] = Field(
        "sqlite", description="Where customers and orders are: our own file, a server that speaks docs/shop-api.md, …"
    )
    shop_url: str = Field("", description="Address of that shop's API: https://shop.example, https://x.myshopify.com.")
    shop_key: SecretStr = Field(SecretStr(""), description="Its key: bearer, Shopify access token, consumer key.")
    shop_secret: SecretStr = Field(SecretStr(""), description="WooCommerce's consumer secret.")
    shop_order_prefix: str = Field("#", max_length=10, description="What Shopify's order names begin with.")
    shop_delivery_days: int = Field(3, ge=0, le=60, description="Days that parcels take; WooCommerce knows none.")
    policy: Path | None = Field(
        None,
        description="File of the shop's policy (YAML). Without one the chat changes nothing; the demo has its own.",
    )
    people: Path | None = Field(
        None,
        description="File about the shop's people (YAML): their hours, topics that are theirs, when one is asked for.",
    )
    support_email: str = Field("", description="Where a shopper can write when nobody is free.")

    # Models
    profile: Literal["embedded", "hub", "remote"] = Field(
        "embedded",
        description="Which models are taken where the settings below name none: our own, the hub's, or an endpoint's.",
    )
    text_encoder: str = Field(
        EMBEDDED,
        min_length=1,
        description="Text search: `embedded`, or a sentence-transformers model by name or folder.",
    )
    text_revision: str = Field("", description="Branch, tag or commit of that model; empty takes its main branch.")
    photo_encoder: str = Field(
        EMBEDDED, min_length=1, description="Photo search: `embedded`, or a CLIP or SigLIP model (name or folder)."
    )
    photo_revision: str = Field("", description="Branch, tag or commit of that model; empty takes its main branch.")
    describer: Literal["embedded", "hub", "openai_compatible"] = Field(
        "embedded", description="Who says what photos show: our own model, one of a hub, or one behind an endpoint."
    )
    describer_model: str = Field(
        "", description="Name or folder of the hub's vision-language model, or its name at the endpoint."
    )
    describer_revision: str = Field(
        "", description="Branch, tag or commit of a hub's model; empty takes its main branch."
    )
    describer_url: str = Field(
        "",
        description="Base URL of the endpoint that is shown the photos; empty takes the brain's, with model and key.",
    )
    describer_key: SecretStr = Field(SecretStr(""), description="Key for that endpoint, if it wants one.")
    describer_timeout_s: float = Field(
        20.0, gt=0, le=300, description="Seconds until our own describer's reading is taken instead."
    )
    trust_remote_code: bool = Field(
        False, description="Run Python code that hub models bring. Only for authors whom you trust like your own."
    )
    local_files_only: bool = Field(False, description="Never download: hub models must be on this machine already.")

    # Brain
    brain: Literal["rules", "openai_compatible"] = Field("rules", description="Who decides what to do and say.")
    brain_url: str = Field(
        "", description="Base URL of an OpenAI-compatible endpoint, such as http://localhost:11434/v1."
    )
    brain_model: str = Field("", description="Name of the model at that endpoint.")
    brain_key: SecretStr = Field(SecretStr(""), description="Key for that endpoint, if it wants one.")
    brain_timeout_s: float = Field(20.0, gt=0, le=300, description="Seconds until the rules brain takes over.")

    # Limits
    turn_timeout_s: float = Field(60.0, gt=0, le=600, description="Seconds that one turn may take.")
    max_text: int = Field(10_000, ge=100, le=100_000, description="Characters in one message.")
    max_photos: int = Field(4, ge=0, le=16, description="Photos in one message.")
    max_upload_mib: float = Field(10.0, gt=0, le=100, description="MiB in one photo as it is sent.")
    max_megapixels: float = Field(40.0, gt=0, le=200, description="Megapixels in one photo.")
    uploads_per_minute: int = Field(20, ge=1, description="Photos that one visitor may send in a minute.")
    messages_per_minute: int = Field(20, ge=1, description="Messages that one visitor may send in a minute.")
    max_connections: int = Field(2000, ge=1, description="Sockets open at a time.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses or CIDR ranges of reverse proxies whose X-Forwarded-For is believed, by commas."
    )
    max_connections_per_address: int = Field(100, ge=1, description="Sockets open at a time from one address.")
    drain_s: float = Field(25.0, ge=0, le=300, description="Seconds that running turns may finish in after SIGTERM.")

    # Import and search
    allow_image_urls: bool = Field(False, description="Let an import fetch pictures by URL. Off: only files are read.")
    answer_threshold: float | None = Field(
        None, ge=0, le=1, description="Probability above which an FAQ answer is given; empty takes the calibrated one."
    )
    model_threads: int = Field(
        1, ge=1, le=64, description="Threads of each model; more than one is slower on busy cores."
    )

    # Conversations
    close_after_hours: float = Field(
        24.0, ge=0, le=8760, description="Hours of silence after which a conversation with the bot ends; 0: never."
    )

    # What shoppers view
    keep_views: int = Field(20, ge=0, le=20, description="Latest products viewed that are kept of a visitor; 0: none.")
    views_days: int = Field(90, ge=1, le=3650, description="Days after which a view is forgotten.")

    # Development
    fixed_clock: datetime | None = Field(
        None, description="For tests: the time stands at this moment (ISO 8601 with a zone), and nothing takes any."
    )
    id_seed: str = Field(
        "", description="For tests: names of events and messages are drawn from this seed, so they can be guessed."
    )

    # Logs
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What is logged.")
    log_json: bool = Field(False, description="Log JSON lines instead of text.")
    log_contents: bool = Field(False, description="Also log what customers wrote. Off for their privacy.")

    otel_endpoint: str = Field(
        "",
        description="OTLP/HTTP endpoint for spans of turns; OTEL_EXPORTER_OTLP_ENDPOINT names it too. Empty: none.",
        validation_alias=AliasChoices("VITRINE_OTEL_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", "otel_endpoint"),
    )

    secret: SecretStr = Field(
        SecretStr(""),
        description="Key for tickets and visitor tokens; made and kept in the data folder if it is empty.",
        validation_alias=AliasChoices("VITRINE_SECRET", "secret"),
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, which wins over `vitrine.toml`."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="before")
    @classmethod
    def _of_profile(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {**PROFILES.get(str(values.get("profile", "")), {}), **values}

    @field_validator("allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("allowed_origins")
    @classmethod
    def _whole_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            scheme, _, rest = origin.partition("://")
            if scheme not in ("http", "https") or not rest or "/" in rest or "*" in rest:
                raise ValueError(f"an origin is scheme://host or scheme://host:port, without a path; got {origin!r}")
        return origins

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        parse_networks(proxies)
        return proxies

    @model_validator(mode="after")
    def _console_token_is_safe(self) -> Self:
        token = self.console_token.get_secret_value()
        if token and not self.demo and (token == DEMO_TOKEN or len(token) < 16):
            raise ValueError("VITRINE_CONSOLE_TOKEN needs at least 16 characters; VITRINE_DEMO=1 tries the demo")
        return self

    @model_validator(mode="after")
    def _tests_are_on_this_machine(self) -> Self:
        if (self.fixed_clock or self.id_seed) and self.host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError(
                "VITRINE_FIXED_CLOCK and VITRINE_ID_SEED are for tests; they go with VITRINE_HOST=127.0.0.1"
            )
        if self.fixed_clock is not None and self.fixed_clock.tzinfo is None:
            raise ValueError("VITRINE_FIXED_CLOCK needs a time zone, as in 2026-11-26T10:00:00Z")
        return self

    @model_validator(mode="after")
    def _brain_is_reachable(self) -> Self:
        if self.brain == "openai_compatible" and not (self.brain_url and self.brain_model):
            raise ValueError("VITRINE_BRAIN=openai_compatible also needs VITRINE_BRAIN_URL and VITRINE_BRAIN_MODEL")
        return self

    @model_validator(mode="after")
    def _shop_is_reachable(self) -> Self:
        if self.shop == "sqlite":
            return self
        if self.demo:
            raise ValueError(f"the demo has its own shop: VITRINE_DEMO does not go with VITRINE_SHOP={self.shop}")
        if not (self.shop_url and self.shop_key.get_secret_value()):
            raise ValueError(f"VITRINE_SHOP={self.shop} also needs VITRINE_SHOP_URL and VITRINE_SHOP_KEY")
        if self.shop == "woocommerce" and not self.shop_secret.get_secret_value():
            raise ValueError("VITRINE_SHOP=woocommerce also needs VITRINE_SHOP_SECRET")
        return self

    @model_validator(mode="after")
    def _describer_can_be_asked(self) -> Self:
        if self.describer == "hub" and not self.describer_model:
            raise ValueError("VITRINE_DESCRIBER=hub also needs VITRINE_DESCRIBER_MODEL")
        if self.describer == "openai_compatible" and not all(self.describer_endpoint[:2]):
            raise ValueError(
                "VITRINE_DESCRIBER=openai_compatible also needs VITRINE_DESCRIBER_URL and VITRINE_DESCRIBER_MODEL, "
                "or those of the brain"
            )
        return self

    @property
    def surroundings(self) -> Surroundings:
        """Where time and names come from."""
        return Surroundings(self.fixed_clock, self.id_seed)

    @property
    def describer_endpoint(self) -> tuple[str, str, str]:
        """Address, model and key of the endpoint that is shown photos: its own, or the brain's."""
        if self.describer_url:
            return self.describer_url, self.describer_model, self.describer_key.get_secret_value()
        return self.brain_url, self.describer_model or self.brain_model, self.brain_key.get_secret_value()

    @property
    def base_url(self) -> str:
        """Where browsers reach this server."""
        host = "localhost" if self.host in ("0.0.0.0", "::", "127.0.0.1") else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def shown_name(self) -> str:
        """The shop's name as pages show it."""
        return self.shop_name or (DEMO_SHOP if self.demo else "")

    @property
    def max_upload_bytes(self) -> int:
        """The same limit in bytes."""
        return int(self.max_upload_mib * 1024 * 1024)

    @property
    def local_url(self) -> str:
        """Where commands on this machine reach this server."""
        anywhere = self.host in ("0.0.0.0", "::")
        host = "127.0.0.1" if anywhere else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def names_hub_models(self) -> bool:
        """Whether any model is of a hub, or in a folder like one."""
        return (self.text_encoder, self.photo_encoder) != (EMBEDDED, EMBEDDED) or self.describer == "hub"

    @property
    def identity_secret(self) -> str:
        """What identities are checked with. The demo signs its own customers in, by a key of this server's."""
        given = self.identity_key.get_secret_value()
        if given or not self.demo or self.identity_algorithm != "HS256":
            return given
        return hmac.new(self.signing_key(), b"demo identity", hashlib.sha256).hexdigest()

    @property
    def text_model(self) -> Path:
        """The quantised text encoder, made by `vitrine setup`."""
        return self.data_dir / "models" / "minilm-int8.onnx"

    @property
    def calibration(self) -> Path:
        """Probabilities fitted on hub models' scores by `vitrine train calibration`; ours come with the package."""
        return self.data_dir / "models" / "calibration.json"

    @property
    def shop_database(self) -> Path:
        """The shop's tables: products, FAQ, and in the demo customers and orders."""
        return self.data_dir / "shop.sqlite3"

    @property
    def ledgers(self) -> tuple[Path, ...]:
        """The files that keep receipts of what was written to a shop."""
        return self.shop_database, self.shop_ledger

    @property
    def shop_ledger(self) -> Path:
        """The ledger of what was written to a shop elsewhere."""
        return self.data_dir / "writes.sqlite3"

    @property
    def index_dir(self) -> Path:
        """Chroma and the token vectors: a cache of the shop's tables that can always be made again."""
        return self.data_dir / "index"

    @property
    def log_database(self) -> Path:
        """The event log."""
        return self.data_dir / "log.sqlite3"

    @property
    def staff_token(self) -> str:
        """The console's token; empty means that the console is closed."""
        return self.console_token.get_secret_value() or (DEMO_TOKEN if self.demo else "")

    def signing_key(self) -> bytes:
        """The key for tickets and visitor tokens, made on first use so that a restart keeps visitors signed in."""
        if given := self.secret.get_secret_value():
            return given.encode()
        path = self.data_dir / "secret.key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_suffix(f".{secrets.token_hex(4)}")
            new.touch(mode=0o600)
            new.write_text(secrets.token_hex(32))
            try:
                path.hardlink_to(new)  # atomic: of two servers starting at once, one wins and both read its key
            except FileExistsError:
                pass
            finally:
                new.unlink()
        return path.read_text().strip().encode()
