"""Where an order is: who asks must be proven first, then one call reads it."""

from __future__ import annotations

from agent.brains.rules.acts import Act, Call, Say, Situation, marks
from agent.brains.rules.talk import hand_over
from agent.brief import Brief
from agent.cards import day, money, status_of
from agent.person import Wanted
from retrieval.documents import Language
from tools.records import Assurance, Order
from tools.results import Ok

LISTED_AT_MOST = 4
ABOUT_SOMETHING = 0.5  # share of the odds from which on words say what they want, whatever is printed on the photo


def status(situation: Situation) -> Act:
    """Ask for what is missing, prove, read, tell."""
    if refused := situation.err("verify_identity"):
        return not_proven(situation, refused.code)
    for name in ("shipment_status", "list_orders"):
        if result := situation.ok(name):
            return _told(situation, result)
        if failed := situation.err(name):
            return _not_seen(situation, failed.code)
    wanted = _wanted(situation)
    if situation.known and (not wanted or _in_reach(situation, wanted)):
        return Call("shipment_status", {"order_id": wanted}) if wanted else Call("list_orders")
    return prove(situation, wanted)


def _wanted(situation: Situation) -> str:
    """The order that this message or the question before it names."""
    need = situation.brief.need
    named = need.order_ids or need.printed_orders
    return named[0] if named else situation.brief.memory.identity.order_id


def is_on_photo(brief: Brief) -> bool:
    """Whether a photo names orders and the words leave open what is wanted of them."""
    need = brief.need
    if not need.printed_orders or brief.settled is not None:
        return False
    if need.words.strip() and max(need.about_goods, need.about_shop) >= ABOUT_SOMETHING:
        return False
    return need.intent in ("product_search", "refine", "product_question", "off_topic", "faq")


def on_photo(situation: Situation) -> Act:
    """Say which orders can be read on the photo, and ask what is wanted; asked for a number, take it for the answer."""
    brief, words = situation.brief, situation.words
    if brief.memory.asked == "identity":
        return status(situation)
    numbers = brief.need.printed_orders
    ask = [f"[[choice:{number}|{words('choice_order', order=number)}]]" for number in numbers]
    if len(numbers) == 1:
        ask = [words("choices_printed", order=numbers[0])]
    return Say(words("printed_orders", orders=list(numbers)) + "".join(ask))


def _in_reach(situation: Situation, order_id: str) -> bool:
    """A signed-in customer's account may hold any order; who proved one order has only that one."""
    return situation.scope.assurance >= Assurance.ACCOUNT or order_id in situation.scope.order_ids


def prove(situation: Situation, order_id: str, known: str = "") -> Act:
    """E-mail address and order number, from this message or from earlier ones; `known` is one that fitted before."""
    words = situation.words
    email = situation.brief.need.email or situation.brief.memory.identity.email or known
    if email and order_id:
        return Call("verify_identity", {"email": email, "order_id": order_id})
    if email:
        return Say(words("ask_order_number"))
    if order_id:
        return Say(words("ask_email", order=order_id))
    return Say(words("ask_identity"))


def not_proven(situation: Situation, code: str) -> Act:
    """The same words whether the address or the number is wrong, or both are unknown."""
    words = situation.words
    if code == "too_many_attempts":
        return hand_over(situation, Wanted("identity"))
    if code == "another_customer":
        return Say(words("another_customer") + words("choice_person"))
    if code == "bad_arguments":
        return Say(words("ask_identity"))
    if code == "identity_not_proven":
        return Say(words("not_proven") + words("choice_person"))
    return Say(words("shop_unavailable") + words("choice_person"))


def _not_seen(situation: Situation, code: str) -> Act:
    words = situation.words
    if code == "not_found":
        return Say(words("order_not_found") + words("choice_person"))
    if code == "identity_required":
        return Say(words("ask_identity"))
    return Say(words("shop_unavailable") + words("choice_person"))


def _told(situation: Situation, result: Ok) -> Act:
    words = situation.words
    match result.value:
        case Order() as order:
            return Say(_one(situation, order, _overdue(result)))
        case (Order() as order,):
            return Call("shipment_status", {"order_id": order.id}) if order.shipment else Say(_one(situation, order, 0))
        case (Order(), *_) as orders:
            listed = [order for order in orders if isinstance(order, Order)][:LISTED_AT_MOST]
            lines = [_line(order, words.language) for order in listed]
            text = words("orders_listed", lines=lines, more=len(orders) > len(listed))
            choices = "".join(f"[[choice:{order.id}|{words('choice_order', order=order.id)}]]" for order in listed)
            return Say(text + choices)
        case _:
            return Say(words("no_orders"))


def _overdue(result: Ok) -> int:
    days = result.data.get("days_overdue")
    return days if isinstance(days, int) else 0


def _one(situation: Situation, order: Order, overdue: int) -> str:
    words, shipment = situation.words, order.shipment
    language = words.language
    text = words(
        "order_status",
        order=order.id,
        status=order.status,
        placed=day(order.placed_at.date(), language),
        carrier=shipment.carrier if shipment else "",
        tracking=shipment.tracking_number if shipment else "",
        shipped=day(shipment.shipped_on, language) if shipment else "",
        expected=day(shipment.expected_on, language) if shipment and shipment.expected_on else "",
        delivered=day(shipment.delivered_on, language) if shipment and shipment.delivered_on else "",
        overdue=overdue,
    )
    return text + marks("order", [order.id]) + (words("choice_person") if overdue else "")


def _line(order: Order, language: Language) -> str:
    placed = day(order.placed_at.date(), language)
    return f"{order.id} · {placed} · {status_of(order, language)} · {money(order.total, order.currency)}"
