"""The tools that change something in the shop. None runs without the customer's yes to exactly its arguments."""

from __future__ import annotations

import inspect

from tools.changes import (
    CancelOrder,
    Change,
    ChangeSubscription,
    ExchangeItems,
    ModifyAccountAddress,
    ModifyAccountEmail,
    ModifyItems,
    ModifyOrderAddress,
    ModifyOrderPayment,
    ReportProblem,
    ReturnItems,
    SendInvoice,
)
from tools.errors import ConfirmationRequired
from tools.quotes import Quote, WriteKey, digest_of
from tools.records import Assurance
from tools.results import Json, Ok, facts_of
from tools.spec import Effect, ToolContext, ToolSpec


async def quote(context: ToolContext, change: Change) -> Quote:
    return await context.shop.quote(change, context.scope)


async def apply(context: ToolContext, change: Change) -> Ok:
    """Make the change that the customer has confirmed; at most once for their yes, however often it is called."""
    yes, digest = context.confirmed, digest_of(change.operation, change)
    if yes is None or yes.digest != digest:
        raise ConfirmationRequired("nothing in the shop is changed without the customer's own yes to these arguments")
    key = WriteKey(context.conversation_id, yes.call_id, digest)
    receipt = await context.shop.apply(change, context.scope, key, yes.version)
    told: dict[str, Json] = receipt.model_dump(mode="json", exclude={"order": {"customer_id", "note"}})
    return Ok(told, facts_of(f"receipt.{receipt.reference}", told, "shop_record"), receipt)


def _write(change: type[Change], assurance: Assurance) -> ToolSpec:
    summary = inspect.getdoc(change) or ""
    return ToolSpec(change.operation, summary, change, Effect.WRITE, assurance, run=apply, preview=quote)


WRITES = (
    _write(CancelOrder, Assurance.ORDER),
    _write(ReturnItems, Assurance.ORDER),
    _write(ExchangeItems, Assurance.ORDER),
    _write(ModifyItems, Assurance.ORDER),
    _write(ModifyOrderAddress, Assurance.ORDER),
    _write(ReportProblem, Assurance.ORDER),
    _write(SendInvoice, Assurance.ORDER),
    _write(ModifyOrderPayment, Assurance.ACCOUNT),
    _write(ModifyAccountAddress, Assurance.ACCOUNT),
    _write(ModifyAccountEmail, Assurance.ACCOUNT),
    _write(ChangeSubscription, Assurance.ACCOUNT),
)
