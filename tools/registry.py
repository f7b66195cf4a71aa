"""The tools of a shop, and the one way to call them."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

from pydantic import ValidationError

from retrieval.errors import RetrievalError
from tools import after_sales, customer, finding, handoff, options, orders, shipping
from tools.arguments import Arguments
from tools.errors import BadArguments, IdentityRequired, ToolError, UnknownTool
from tools.results import Err, Json, Ok, Result, facts_of
from tools.spec import ToolContext, ToolSpec
from tools.writing import WRITES

SHOWN_CHARACTERS = 80

log = logging.getLogger(__name__)


class Registry:
    """Tools by name. Iterating gives them in the order they were given in."""

    def __init__(self, specs: Iterable[ToolSpec]) -> None:
        self._specs: dict[str, ToolSpec] = {}
        for spec in specs:
            if spec.name in self._specs:
                raise ValueError(f"two tools are called {spec.name!r}")
            self._specs[spec.name] = spec

    def __iter__(self) -> Iterator[ToolSpec]:
        return iter(self._specs.values())

    def __contains__(self, name: object) -> bool:
        return name in self._specs

    def __getitem__(self, name: str) -> ToolSpec:
        """The tool of that name, or `UnknownTool` naming those there are."""
        try:
            return self._specs[name]
        except KeyError:
            known = ", ".join(self._specs)
            raise UnknownTool(f"there is no tool {_shown(name)}; there are {known}") from None

    async def call(self, name: str, raw_arguments: Mapping[str, object] | str, context: ToolContext) -> Result:
        """Run a tool on arguments as a brain wrote them (a mapping or JSON text); every failure is an `Err`.

        Assurance is checked here too, so that a call that came past the gate still sees nothing.
        """

        async def run(spec: ToolSpec, arguments: Arguments) -> Ok:
            return await spec.run(context, arguments)

        return await self._guarded(name, raw_arguments, context, run)

    async def preview(self, name: str, raw_arguments: Mapping[str, object] | str, context: ToolContext) -> Result:
        """What a write would do, as `Ok` with a `Quote` as its value, or why it would not be done; changes nothing."""

        async def run(spec: ToolSpec, arguments: Arguments) -> Ok:
            if spec.preview is None:
                raise BadArguments(f"{name} changes nothing, so there is nothing to preview")
            quote = await spec.preview(context, arguments)
            told: dict[str, Json] = quote.model_dump(mode="json")
            return Ok(told, facts_of("quote", told, "shop_record"), quote)

        return await self._guarded(name, raw_arguments, context, run)

    async def _guarded(
        self,
        name: str,
        raw_arguments: Mapping[str, object] | str,
        context: ToolContext,
        run: Callable[[ToolSpec, Arguments], Awaitable[Ok]],
    ) -> Result:
        try:
            spec = self[name]
            if context.scope.assurance < spec.assurance:
                raise IdentityRequired(
                    f"{name} needs the customer to prove who they are: the e-mail address and the number of an order",
                    assurance=spec.assurance.name.lower(),
                )
            return await run(spec, read_arguments(spec, raw_arguments))
        except ToolError as error:
            return Err(error.code, str(error), error.params, error.retryable)
        except RetrievalError as error:
            return Err(error.code, str(error), retryable=error.retryable)
        except Exception as error:
            # The error's own words may quote a customer's record, so the log says only what failed and where.
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error(
                "a tool failed",
                extra={
                    "tool": name,
                    "conversation": context.conversation_id,
                    "error": type(error).__name__,
                    "where": f"{place.filename}:{place.lineno}",
                },
            )
            return Err(ToolError.code, "the tool failed for a reason of its own; do not try it again in this turn")


def read_arguments(spec: ToolSpec, raw: Mapping[str, object] | str) -> Arguments:
    """Arguments of the tool's own type, or `BadArguments` naming each one that does not fit."""
    try:
        if isinstance(raw, str):
            raw = json.loads(raw or "{}")
        return spec.arguments.model_validate(raw)
    except json.JSONDecodeError as error:
        raise BadArguments(f"{spec.name}: the arguments are not JSON: {error}") from None
    except ValidationError as error:
        faults = error.errors(include_url=False)
        names = [".".join(str(part) for part in fault["loc"]) or "arguments" for fault in faults]
        told = "; ".join(
            f"{name}: {fault['msg']}" + ("" if fault["type"] == "missing" else f", got {_shown(fault['input'])}")
            for name, fault in zip(names, faults, strict=True)
        )
        raise BadArguments(f"{spec.name}: {told}", arguments=names) from None


def shop_tools() -> Registry:
    """Every tool of the service."""
    return Registry(
        (
            finding.search_products,
            finding.search_faq,
            finding.get_product,
            orders.list_orders,
            orders.get_order,
            orders.shipment_status,
            options.item_options,
            options.list_payment_methods,
            after_sales.refund_status,
            after_sales.list_subscriptions,
            after_sales.check_promo_code,
            customer.get_customer,
            customer.verify_identity,
            shipping.shipping_options,
            *WRITES,
            handoff.handoff,
            handoff.leave_email,
        )
    )


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
