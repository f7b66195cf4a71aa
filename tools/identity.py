"""A shop's signed word about who is chatting, brought to a scope. The signature is checked where the token comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from tools.errors import BadArguments
from tools.records import Assurance, CustomerScope


class SignedCustomer(BaseModel):
    """The claims that we read of an identity token whose signature and expiry were found good.

    `sub` is the customer's id in the shop. `email` and `name` are for greeting and for people in the console; nothing
    is opened by them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    sub: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    email: Annotated[str, StringConstraints(max_length=254)] = ""
    name: Annotated[str, StringConstraints(max_length=200)] = ""

    @property
    def scope(self) -> CustomerScope:
        """The customer's whole account."""
        return CustomerScope(assurance=Assurance.ACCOUNT, customer_id=self.sub)


def signed_customer(claims: Mapping[str, object]) -> SignedCustomer:
    """The customer that checked claims name; `BadArguments` says which claim is missing or not text."""
    try:
        return SignedCustomer.model_validate(dict(claims))
    except ValidationError as error:
        told = "; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors(include_url=False))
        raise BadArguments(f"identity token: {told}") from None
