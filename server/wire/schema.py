"""The protocol as JSON Schema, made from the models, for whoever writes a client."""

from __future__ import annotations

from typing import Any, get_args

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from server.wire.client import ShopperFrame, StaffFrame
from server.wire.events import DURABLE, Durable, Payload
from server.wire.server import EPHEMERAL, SHOPPER_ONLY, STAFF_ONLY

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def protocol_schemas() -> dict[str, dict[str, Any]]:
    """File name to schema: what shoppers and staff send, and what each of them gets."""
    shopper = tuple(event for event in DURABLE if event.AUDIENCE == "visitor")
    return {
        "shopper-to-server.schema.json": _from_client("What a shopper's client sends", get_args(ShopperFrame)),
        "server-to-shopper.schema.json": _from_server(
            "What a shopper's client gets", (*shopper, *SHOPPER_ONLY, *EPHEMERAL), for_staff=False
        ),
        "staff-to-server.schema.json": _from_client("What the console sends", get_args(StaffFrame)),
        "server-to-staff.schema.json": _from_server(
            "What the console gets", (*DURABLE, *STAFF_ONLY, *EPHEMERAL), for_staff=True
        ),
    }


def as_text(schema: dict[str, Any]) -> bytes:
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _from_client(title: str, frames: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    references, definitions = _definitions(frames, mode="validation")
    return {
        "$schema": DIALECT,
        "title": title,
        "oneOf": [references[frame] for frame in frames],
        "$defs": definitions,
    }


def _from_server(title: str, payloads: tuple[type[Payload], ...], *, for_staff: bool) -> dict[str, Any]:
    references, definitions = _definitions(payloads, mode="serialization")
    for payload in payloads:
        definition = definitions[references[payload]["$ref"].removeprefix("#/$defs/")]
        definition.pop("additionalProperties", None)  # a client ignores what it does not know
        _drop_absent(definition, payload, for_staff=for_staff)
    return {
        "$schema": DIALECT,
        "title": title,
        "oneOf": [_envelope(payload, references[payload]) for payload in payloads],
        "$defs": definitions,
    }


def _definitions(
    models: tuple[type[BaseModel], ...], *, mode: Any
) -> tuple[dict[type[BaseModel], dict[str, Any]], dict[str, Any]]:
    references, schema = models_json_schema([(model, mode) for model in models], ref_template="#/$defs/{model}")
    found = {model: references[model, mode] for model in models}
    definitions: dict[str, Any] = schema["$defs"]
    return found, definitions


def _drop_absent(definition: dict[str, Any], payload: type[Payload], *, for_staff: bool) -> None:
    """Fields without a value are left out of frames, and staff's own fields out of what a shopper gets."""
    optional = {
        name for name, field in payload.model_fields.items() if not field.is_required() and field.default is None
    }
    hidden = payload.STAFF_ONLY if issubclass(payload, Durable) and not for_staff else frozenset()
    for name in hidden:
        definition["properties"].pop(name)
    required = [name for name in definition.get("required", []) if name not in optional | hidden]
    definition["required"] = required


def _envelope(payload: type[Payload], data: dict[str, Any]) -> dict[str, Any]:
    durable = issubclass(payload, Durable)
    properties: dict[str, Any] = {
        "type": {"const": payload.TYPE},
        "id": {"type": "string"},
        "cid": {"type": "string"},
        "re": {"type": "string", "description": "The client's frame that this answers."},
        "ts": {"type": "string", "format": "date-time"},
        "data": data,
    }
    required = ["type", "id", "ts", "data"]
    if durable:
        properties["seq"] = {"type": "integer", "minimum": 1, "description": "Rises by exactly one."}
        required += ["cid", "seq"]
    description = (payload.__doc__ or "").strip()
    return {
        "title": payload.TYPE,
        **({"description": description} if payload.__doc__ else {}),
        "type": "object",
        "properties": properties,
        "required": required,
    }
