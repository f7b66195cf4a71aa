"""The changes that a customer may ask for. Each class is a tool's arguments; its docstring is what brains read."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from tools.arguments import Arguments
from tools.countries import country_code
from tools.email_address import EmailAddress
from tools.order_numbers import OrderNumber
from tools.records import ORIGINAL, Address, CancelReason, ReturnReason, Swap

PIECES_AT_MOST = 50
PHOTOS_AT_MOST = 5

Problem = Literal["not_arrived", "missing", "wrong_item", "damaged"]
Wish = Literal["replacement", "refund"]
SubscriptionAction = Literal["pause", "resume", "cancel", "skip_next"]

Id = Annotated[str, Field(min_length=1, max_length=100)]
Pieces = Annotated[
    tuple[Id, ...],
    Field(min_length=1, max_length=PIECES_AT_MOST, description="The item ids as in the order; an id once a piece"),
]
Swaps = Annotated[
    tuple[Swap, ...],
    Field(min_length=1, max_length=PIECES_AT_MOST, description="Which item for which other variant; one a piece"),
]
Photos = Annotated[
    tuple[Id, ...],
    Field(max_length=PHOTOS_AT_MOST, description="The ids of the photos that the customer sent for this"),
]
PaymentMethodId = Annotated[
    Id, Field(description=f"The id of one of the customer's payment methods, or {ORIGINAL!r}: the one they paid with")
]
Line = Annotated[str, Field(max_length=200)]


class NewAddress(Arguments):
    """An address as a customer gives it; without a name it stays the recipient's."""

    name: Line = Field(default="", description="Who receives it, if it is someone else than before")
    line1: Annotated[str, Field(min_length=1, max_length=200, description="Street and number")]
    line2: Line = Field(default="", description="Flat, floor, company")
    city: Annotated[str, Field(min_length=1, max_length=100, description="Town or city")]
    postcode: Annotated[str, Field(min_length=1, max_length=20, description="Postcode or ZIP")]
    country: Annotated[str, Field(min_length=2, max_length=60, description="A country's name or two-letter code")]
    state: Line = Field(default="", description="State or province, where the country has them")

    @field_validator("country")
    @classmethod
    def _a_country(cls, text: str) -> str:
        code = country_code(text)
        if code is None:
            raise ValueError("a country is its name or its two-letter code, such as DE")
        return code

    def of(self, name: str) -> Address:
        return Address(**{**self.model_dump(), "name": self.name or name})


class CancelOrder(Arguments):
    """Cancel a whole order that has not been sent; what was paid is refunded the way it was paid."""

    operation: ClassVar = "cancel_order"
    order_id: OrderNumber
    reason: CancelReason = Field(description="Why the customer cancels, in one of these words")


class ReturnItems(Arguments):
    """Ask for the return of delivered items, for a refund once they are back."""

    operation: ClassVar = "return_items"
    order_id: OrderNumber
    item_ids: Pieces
    refund_to: PaymentMethodId = ORIGINAL
    reason: ReturnReason | None = Field(default=None, description="Why it comes back, if they said so")
    photos: Photos = ()


class ExchangeItems(Arguments):
    """Exchange delivered items for other variants of the same products. Once an order: name all of them at once."""

    operation: ClassVar = "exchange_items"
    order_id: OrderNumber
    swaps: Swaps
    payment_method_id: PaymentMethodId = ORIGINAL
    photos: Photos = ()


class ModifyItems(Arguments):
    """Change items of an order not yet sent to other variants of the same products. Once: name all of them at once."""

    operation: ClassVar = "modify_items"
    order_id: OrderNumber
    swaps: Swaps
    payment_method_id: PaymentMethodId = ORIGINAL


class ModifyOrderAddress(Arguments):
    """Change where an order that has not been sent will be delivered."""

    operation: ClassVar = "modify_order_address"
    order_id: OrderNumber
    address: NewAddress = Field(description="The whole new address")


class ModifyOrderPayment(Arguments):
    """Pay an order that has not been sent by another of the customer's payment methods; the first one is refunded."""

    operation: ClassVar = "modify_order_payment"
    order_id: OrderNumber
    payment_method_id: Annotated[Id, Field(description="The id of another of the customer's payment methods")]


class ModifyAccountAddress(Arguments):
    """Change the customer's own address, which later orders start with. Orders already placed keep theirs."""

    operation: ClassVar = "modify_account_address"
    address: NewAddress = Field(description="The whole new address")


class ModifyAccountEmail(Arguments):
    """Change the e-mail address of the customer's account."""

    operation: ClassVar = "modify_account_email"
    email: EmailAddress = Field(description="The new address")


class ReportProblem(Arguments):
    """Report goods that did not arrive, are missing from the parcel, are the wrong ones or came damaged."""

    operation: ClassVar = "report_problem"
    order_id: OrderNumber
    item_ids: Pieces
    problem: Problem = Field(description="What is wrong")
    wish: Wish = Field(description="What the customer would like: the goods again, or their money")
    photos: Photos = ()


class ChangeSubscription(Arguments):
    """Pause, resume or cancel a subscription, or skip its next delivery."""

    operation: ClassVar = "change_subscription"
    subscription_id: Id = Field(description="The id of one of the customer's subscriptions")
    action: SubscriptionAction = Field(description="What to do with it")


class SendInvoice(Arguments):
    """Send a copy of an order's invoice to the e-mail address of the order's account."""

    operation: ClassVar = "send_invoice"
    order_id: OrderNumber


Change = (
    CancelOrder
    | ReturnItems
    | ExchangeItems
    | ModifyItems
    | ModifyOrderAddress
    | ModifyOrderPayment
    | ModifyAccountAddress
    | ModifyAccountEmail
    | ReportProblem
    | ChangeSubscription
    | SendInvoice
)
"""Every change; a `match` on it that forgets one does not pass the type checker."""

OrderChange = (
    CancelOrder
    | ReturnItems
    | ExchangeItems
    | ModifyItems
    | ModifyOrderAddress
    | ModifyOrderPayment
    | ReportProblem
    | SendInvoice
)
"""The changes of one order."""
