"""Whatever customers do to an order, its books balance: what was paid less what went back is what it costs."""

from __future__ import annotations

from decimal import Decimal

from acting_shop import ANNA, CARD, GIFT_CARD, PAYPAL, PENDING, TODAY, an_order
from hypothesis import example, given
from hypothesis import strategies as st

from tools.changes import CancelOrder, Change, ModifyItems, ModifyOrderPayment
from tools.errors import Refused
from tools.policy.facts import Holding
from tools.policy.reading import packaged
from tools.quoting import quote
from tools.records import Assurance, Customer, Order, Swap, Variant
from tools.settling import settle

POLICY = packaged("demo")
# The plate that was bought at 12.90 has become dearer since.
PRICES = {"PLT-1-S": "13.50", "PLT-1-L": "18.90", "PLT-1-XL": "38.90", "PLT-1-XS": "8.90"}
VARIANTS = tuple(
    Variant(id=one, product_id="PLT-1", title="Plate", price=Decimal(price), available=True)
    for one, price in PRICES.items()
)
METHODS = st.sampled_from([CARD.id, GIFT_CARD.id, PAYPAL.id])
SWAPS = st.builds(Swap, item_id=st.sampled_from([*PRICES, "MUG-1"]), new_item_id=st.sampled_from([*PRICES]))
# The difference goes to another method than the one that paid.
CHEAPER = Swap(item_id="PLT-1-S", new_item_id="PLT-1-XS")
CHANGES = st.one_of(
    st.builds(
        ModifyItems,
        order_id=st.just(PENDING),
        swaps=st.lists(SWAPS, min_size=1, max_size=3).map(tuple),
        payment_method_id=METHODS,
    ),
    st.builds(ModifyOrderPayment, order_id=st.just(PENDING), payment_method_id=METHODS),
    st.builds(CancelOrder, order_id=st.just(PENDING), reason=st.just("other")),
)


def held(order: Order, customer: Customer) -> Holding:
    return Holding(customer, Assurance.ACCOUNT, TODAY, order, customer.payment_methods, VARIANTS)


def kept(order: Order) -> Decimal:
    return sum((p.amount if p.kind == "payment" else -p.amount for p in order.payments), Decimal())


def on_gift_card(customer: Customer) -> Decimal:
    return customer.payment_methods[1].balance or Decimal()


@example([ModifyItems(order_id=PENDING, swaps=(CHEAPER,), payment_method_id=GIFT_CARD.id),
          CancelOrder(order_id=PENDING, reason="other")], Decimal(0))  # fmt: skip
@given(st.lists(CHANGES, max_size=6), st.decimals(0, 100, places=2))
def test_the_books_balance_after_any_changes(changes: list[Change], balance: Decimal) -> None:
    gift_card = GIFT_CARD.model_copy(update={"balance": balance})
    customer = ANNA.model_copy(update={"payment_methods": (CARD, gift_card, PAYPAL)})
    order = an_order(PENDING, "pending")
    pieces = sum(line.quantity for line in order.lines)

    for change in changes:
        before = on_gift_card(customer)
        try:
            quoted = quote(change, held(order, customer), POLICY)
        except Refused:
            continue
        settled = settle(change, quoted, held(order, customer))
        assert settled.order is not None
        order, customer = settled.order, settled.customer or customer
        told = [move for move in quoted.moves if move.method_id == GIFT_CARD.id]
        moved = sum((m.amount if m.kind == "refund" else -m.amount for m in told), Decimal())
        assert on_gift_card(customer) == before + moved >= 0

    goods = sum((line.price * line.quantity for line in order.lines), Decimal())
    assert order.total == goods + order.shipping_cost
    assert kept(order) == (0 if order.status == "cancelled" else order.total)
    assert sum(line.quantity for line in order.lines) == pieces
    assert all(payment.amount > 0 for payment in order.payments)
