"""Tools about the customer: what the shop keeps of them, and proving who they are."""

from __future__ import annotations

from pydantic import Field

from tools.arguments import Arguments
from tools.email_address import EmailAddress
from tools.errors import AnotherCustomer, IdentityNotProven
from tools.order_numbers import OrderNumber
from tools.records import Assurance, CustomerScope
from tools.results import Fact, Json, Ok, facts_of
from tools.spec import ToolContext, tool


class GetCustomer(Arguments):
    pass


class VerifyIdentity(Arguments):
    email: EmailAddress = Field(description="The e-mail address that the order was placed with")
    order_id: OrderNumber


@tool(GetCustomer, assurance=Assurance.ACCOUNT)
async def get_customer(context: ToolContext, arguments: GetCustomer) -> Ok:
    """Read the signed-in customer's own record: name, e-mail address and delivery address."""
    customer = await context.shop.customer(context.scope)
    told: dict[str, Json] = customer.model_dump(mode="json", exclude={"id"})
    return Ok({"customer": told}, facts_of("customer", told, "shop_record"), customer)


@tool(VerifyIdentity)
async def verify_identity(context: ToolContext, arguments: VerifyIdentity) -> Ok:
    """Prove who the customer is by the e-mail address and the number of one order; that order may then be read.

    The answer never says which of the two was wrong.
    """
    proven = await context.shop.verify(email=arguments.email, order_id=arguments.order_id)
    if proven is None:
        raise IdentityNotProven("the e-mail address and the order number do not fit together")
    scope = joined(context.scope, proven)
    orders: list[Json] = [*sorted(proven.order_ids)]
    facts = tuple(Fact(f"proven.{index}", order, "shop_record") for index, order in enumerate(sorted(proven.order_ids)))
    return Ok({"verified": True, "orders": orders}, facts, scope=scope)


def joined(held: CustomerScope, proven: CustomerScope) -> CustomerScope:
    """What a customer may see after proving more: never less than before, and never two people's records."""
    if held.customer_id is not None and held.customer_id != proven.customer_id:
        raise AnotherCustomer("this conversation already serves another customer; a new chat can serve this one")
    return CustomerScope(
        assurance=max(held.assurance, proven.assurance),
        customer_id=proven.customer_id,
        order_ids=held.order_ids | proven.order_ids,
    )
