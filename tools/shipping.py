"""The tool that tells what shipping costs and how long it takes."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from tools.arguments import Arguments
from tools.countries import country_code
from tools.results import Json, Ok, facts_of
from tools.spec import ToolContext, tool


def _a_country(value: object) -> object:
    if not isinstance(value, str) or not value.strip():
        return None if value == "" else value
    code = country_code(value)
    if code is None:
        raise ValueError("a country is its name or its two-letter code, such as DE")
    return code


class ShippingOptions(Arguments):
    country: Annotated[
        str | None,
        BeforeValidator(_a_country),
        Field(description="Where to: a country's name or two-letter code; none lists all options"),
    ] = None


@tool(ShippingOptions)
async def shipping_options(context: ToolContext, arguments: ShippingOptions) -> Ok:
    """List the ways to ship to a country: price, order value from which it is free, days. None where we do not ship."""
    options = await context.shop.shipping_options(arguments.country)
    listed: list[Json] = [option.model_dump(mode="json") for option in options]
    told: dict[str, Json] = {"country": arguments.country, "served": bool(options), "options": listed}
    return Ok(told, facts_of("shipping", told, "shop_record"), options)
