"""A change that waits for the customer's yes: exactly what was asked for, what it would do, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agent.names import NewId
from tools.quotes import Quote

OPEN_MINUTES = 15

CardOutcome = Literal["done", "declined", "expired", "refused", "changed", "replaced"]
"""How a card ended. `changed`: the shop has changed since, so a new card shows what would happen now; `replaced`: the
customer wanted something else."""


class Card(BaseModel):
    """A write as the customer sees it and as it will be made, or not at all.

    `id` is ours, never a brain's, and names the write in the shop's ledger. `arguments` are the call's own, `digest`
    and `quote.version` what a yes is bound to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    operation: str
    arguments: Mapping[str, Any]
    digest: str
    quote: Quote
    expires_at: datetime

    @classmethod
    def of(
        cls, operation: str, arguments: Mapping[str, Any], digest: str, quote: Quote, *, now: datetime, new_id: NewId
    ) -> Card:
        return cls(
            id=new_id("card"),
            operation=operation,
            arguments=arguments,
            digest=digest,
            quote=quote,
            expires_at=now + timedelta(minutes=OPEN_MINUTES),
        )

    def expired(self, now: datetime) -> bool:
        return now >= self.expires_at
