"""The next step towards what the customer wants changed: a look into the shop, a question, or the change itself.

Pure: the same brief and the same answers of tools give the same step. So what was asked is known afterwards, too,
without trusting a brain to say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.brief import Brief
from agent.goals import GOALS_AT_MOST, Goal, by_order, meant_orders, read_goals
from agent.need import Intent
from agent.steps import Ask, Look, Prove, Step, Told
from agent.swapping import named_lines, swaps_of, variant_named
from agent.understand import slots
from agent.understand.address_parts import new_address
from agent.understand.addresses import Place
from agent.understand.payments import method_in, names_method
from agent.understand.pieces import pieces
from agent.understand.which_order import fitting
from agent.wish_words import Family, asks, dropped, is_own
from tools.records import ORIGINAL, Address, Assurance, CustomerScope, Order, PaymentMethod, Subscription
from tools.results import Err, Ok, Result

Answered = tuple[str, Mapping[str, object], Result]
"""A call of this turn: tool, arguments, result."""

_ELSEWHERE: tuple[Intent, ...] = (
    "faq", "product_search", "product_question", "refine", "handoff", "off_topic", "greet", "thanks", "goodbye",
    "chitchat", "capabilities", "abuse",
)  # fmt: skip
_SURE_WORDS: tuple[Intent, ...] = ("handoff", "greet", "thanks", "goodbye", "capabilities", "abuse")
_OF_ORDER = ("give_back", "swap", "address", "payment", "problem", "invoice", "unclear")
FAMILIES: Mapping[str, Family] = {
    "cancel_order": "give_back", "return_items": "give_back", "exchange_items": "swap", "modify_items": "swap",
    "modify_order_address": "address", "modify_order_payment": "payment",
}  # fmt: skip
_ENDS: tuple[Intent, ...] = ("handoff", "goodbye", "abuse")
READS = ("get_order", "list_orders", "item_options", "list_payment_methods", "list_subscriptions")
_BEFORE_SENDING = ("pending", "processed")


ALREADY_DONE = Err("already_done", "that was changed before in this conversation")


def open_goals(brief: Brief) -> tuple[Goal, ...]:
    """The goals at the start of this turn's acting: the ones before, as this message changes them."""
    goals = list(brief.memory.goals)
    settled, words = brief.settled, brief.need.words
    only_consent = settled is not None and brief.need.intent in ("affirm", "deny") and brief.need.confidence == 1.0
    if settled is not None and goals and (settled.outcome in ("done", "refused") or only_consent):
        goals = goals[1:] if settled.outcome not in ("stale", "already") else goals
    if only_consent:
        return tuple(goals)
    if dropped(words):
        return tuple(goals[1:])
    photos = tuple(seen.photo.id for seen in brief.seen)
    if photos and goals:
        goals[0] = goals[0].model_copy(update={"photos": (*goals[0].photos, *photos)[:5]})
    corrects = settled is not None and settled.outcome != "done"
    slot = "correct" if corrects else brief.memory.slot or ("identity" if brief.memory.asked == "identity" else "")
    known = brief.conversation.scope.assurance > Assurance.ANONYMOUS
    answers = slot not in ("", "more", "change")  # then such words are about what was asked, or about the card
    replies = slot == "wish" and bool(slots.wish_in(words)) and not meant_orders(words)  # "my money back"
    new = [] if replies else read_goals(words, photos, loosely=known and not answers)
    new = [goal for goal in new if goal.family != "unclear" or not (answers and goals)]
    if not (new or goals) and brief.need.intent == "order_change" and is_own(words) and not asks(words):
        new = [Goal(family="unclear", photos=photos).told("", words)]
    if new:
        return _by_photo(in_order(_with_wishes(goals, new, slot))[:GOALS_AT_MOST], brief)
    return _by_photo(tuple(_with_answer(goals, words, slot) if goals and not elsewhere(brief) else goals), brief)


def _by_photo(goals: tuple[Goal, ...], brief: Brief) -> tuple[Goal, ...]:
    """A goal that names no order is about the one whose label or receipt is in the photo."""
    if not goals or goals[0].order_id or len(brief.need.printed_orders) != 1:
        return goals
    return (goals[0].model_copy(update={"order_id": brief.need.printed_orders[0]}), *goals[1:])


def _with_wishes(goals: list[Goal], new: Sequence[Goal], slot: str) -> tuple[Goal, ...]:
    """The goals with those of a message: what is told again adds to its goal, what is new goes on top."""
    fresh: list[Goal] = []
    for wish in new:
        if goals and goals[0].family == "unclear" and goals[0].may_be(wish):
            goals[0] = goals[0].model_copy(update={"family": wish.family})
        at = next((at for at, goal in enumerate(goals) if goal.is_also(wish)), None)
        if at is None:
            fresh.append(wish)
            continue
        for _, text in wish.said:
            goals[at] = goals[at].told("" if at else slot, text)
    return (*fresh, *goals)


def _with_answer(goals: list[Goal], text: str, slot: str) -> list[Goal]:
    """The goals with an answer, which is about the one on top unless it names the order of another."""
    first = goals[0]
    for part in by_order(text):
        named = meant_orders(part)
        at = next((at for at, goal in enumerate(goals) if goal.order_id in named), None)
        if at is None and named and first.order_id != goals[0].order_id:  # "both, #W1 and #W2": the same wish for each
            goals.append(first.told(slot, part))
        else:
            goals[at or 0] = goals[at or 0].told(slot, part)
    return goals


def in_order(goals: tuple[Goal, ...]) -> tuple[Goal, ...]:
    """Address and payment of an order before its items, after whose change an order can be changed no more."""
    first = goals[0]
    if first.family != "swap":
        return goals
    before = [g for g in goals if g.family in ("address", "payment") and g.order_id == first.order_id]
    return (*before, *(goal for goal in goals if goal not in before))


def elsewhere(brief: Brief) -> bool:
    """Whether the message leaves the open goal for something else, such as a question about delivery."""
    need, slot = brief.need, brief.memory.slot
    if slot == "more" and need.intent in ("deny", "goodbye", "thanks", "affirm"):
        return False
    if need.intent in _SURE_WORDS and need.confidence > 0.9:
        return True
    if need.intent == "identity" or need.order_ids or need.email:
        return False
    return asks(need.words) or (not slot and brief.settled is None and need.intent in _ELSEWHERE)


def concerns(brief: Brief) -> bool:
    """Whether this turn is about something to be changed."""
    goals = open_goals(brief)
    if not goals:
        return False
    return goals != brief.memory.goals or not elsewhere(brief)


def leaves_open(brief: Brief) -> bool:
    """Whether a question of an open goal waits while the message is about something else."""
    memory, need = brief.memory, brief.need
    waits = bool(memory.goals) and bool(memory.slot or memory.asked == "identity") and brief.settled is None
    return waits and need.intent not in _ENDS and brief.conversation.pending is None and not concerns(brief)


def plan(goal: Goal, brief: Brief, ran: Sequence[Answered], scope: CustomerScope) -> Step:
    """What to do next for the goal."""
    return _Plan(goal, brief, ran, scope).step()


class _Plan:
    def __init__(self, goal: Goal, brief: Brief, ran: Sequence[Answered], scope: CustomerScope) -> None:
        self._goal, self._brief, self._ran, self._scope = goal, brief, ran, scope

    def step(self) -> Step:  # noqa: PLR0911 - one return a family
        named = self._goal.order_id
        if refused := self._failed("verify_identity"):
            return Told(refused)
        reachable = self._scope.assurance >= Assurance.ACCOUNT or not named or named in self._scope.order_ids
        if self._scope.assurance == Assurance.ANONYMOUS or not reachable:
            return Prove(named)
        if self._goal.family not in _OF_ORDER:
            return self._of_account()
        order = self._order(named)
        if not isinstance(order, Order):
            return order
        if self._goal.family in ("give_back", "swap") and self._is_done(order):
            return Told(ALREADY_DONE)
        match self._goal.family:
            case "give_back":
                return self._give_back(order)
            case "swap":
                return self._swap(order)
            case "address":
                return self._address({"order_id": order.id}, "modify_order_address", order.address)
            case "payment":
                return self._payment(order)
            case "problem" if order.status not in _BEFORE_SENDING:
                return self._problem(order)
            case "unclear" | "problem":
                return self._unclear(order)
            case _:
                return self._proposed("send_invoice", {"order_id": order.id})

    # What the shop knows

    def _result(self, name: str, **arguments: object) -> Result | None:
        found = (r for n, a, r in reversed(self._ran) if n == name and all(a.get(k) == v for k, v in arguments.items()))
        return next(found, None)

    def _failed(self, name: str) -> Err | None:
        result = self._result(name)
        return result if isinstance(result, Err) else None

    def _order(self, named: str) -> Order | Step:
        """The order that is meant: named, the only one, or the only one that fits what they say."""
        if named:
            result = self._result("get_order", order_id=named)
            if result is None:
                return Look("get_order", {"order_id": named})
            value = result.value if isinstance(result, Ok) else None
            return value if isinstance(value, Order) else Told(result) if isinstance(result, Err) else Ask("order")
        listed = self._result("list_orders")
        if listed is None:
            return Look("list_orders")
        if isinstance(listed, Err):
            return Told(listed)
        orders = (
            [order for order in listed.value if isinstance(order, Order)] if isinstance(listed.value, tuple) else []
        )
        meant = self._fitting(orders)
        if len(meant) == 1:
            return meant[0]
        choices = tuple((order.id, order.id) for order in (meant or orders)[:4])
        return Ask("order", {"orders": tuple(meant or orders)[:4]}, choices)

    def _fitting(self, orders: Sequence[Order]) -> list[Order]:
        possible = [order for order in orders if order.status in self._states()] or list(orders)
        return fitting(possible, self._goal.text)

    def _states(self) -> tuple[str, ...]:
        text = self._goal.text.casefold()
        match self._goal.family:
            case "give_back" if "cancel" in text or "取消" in text:
                return _BEFORE_SENDING
            case "give_back" if "return" in text or "退货" in text:
                return ("delivered",)
            case "give_back" | "swap" | "unclear":
                return (*_BEFORE_SENDING, "delivered")
            case "address" | "payment":
                return _BEFORE_SENDING
            case "problem":
                return ("delivered", "shipped")
            case _:
                return ("pending", "processed", "shipped", "delivered", "returned")

    def _methods(self) -> tuple[PaymentMethod, ...] | Look:
        result = self._result("list_payment_methods")
        if result is None:
            return Look("list_payment_methods")
        value = result.value if isinstance(result, Ok) else ()
        return tuple(m for m in value if isinstance(m, PaymentMethod)) if isinstance(value, tuple) else ()

    def _is_done(self, order: Order) -> bool:
        return (self._goal.family, order.id) in self._brief.memory.done

    # The changes

    def _proposed(self, name: str, arguments: dict[str, object]) -> Step:
        result = self._result(name)
        if not isinstance(result, Err) or result.code == "awaiting_confirmation":
            return Look(name, arguments)
        done = (self._goal.family, arguments.get("order_id")) in self._brief.memory.done
        return Told(ALREADY_DONE if done and result.code == "refused" else result)

    def _unclear(self, order: Order) -> Step:
        """What they want of an order, as what they say of its items tells it; else the question."""
        if self._moved_to(order.address) is not None and order.status in _BEFORE_SENDING:
            return self._address({"order_id": order.id}, "modify_order_address", order.address)
        named = variant_named(self._goal.said, order, self._options)
        if isinstance(named, Look):
            return named
        return self._swap(order) if named else Ask("change", {"order": order.id, "status": order.status})

    def _give_back(self, order: Order) -> Step:
        """Cancelling what has not been sent, returning what has arrived: the order's state decides, not the word."""
        if order.status not in ("delivered", "shipped"):
            reason = slots.cancel_reason(slots.newest(self._goal.said, slots.cancel_reason))
            if not reason and order.status in _BEFORE_SENDING:
                return Ask("reason", {"order": order.id})
            return self._proposed("cancel_order", {"order_id": order.id, "reason": reason or "other"})
        items = pieces(self._goal.said, order)
        if not items and order.status == "delivered":
            return Ask("items", {"order": order}, named_lines(order))
        refund_to = self._chosen_method()
        if not isinstance(refund_to, str):
            return refund_to
        arguments: dict[str, object] = {
            "order_id": order.id,
            "item_ids": list(items or (order.lines[0].item_id,)),
            "refund_to": refund_to,
            "photos": list(self._goal.photos),
        }
        if reason := slots.return_reason(self._goal.text):
            arguments["reason"] = reason
        return self._proposed("return_items", arguments)

    def _chosen_method(self) -> str | Look | Ask:
        """The method that they named last, else the one that they paid with."""
        named = slots.newest(self._goal.said, names_method)
        if not named:
            return ORIGINAL
        methods = self._methods()
        if isinstance(methods, Look):
            return methods
        found = method_in(named, methods)
        return found.id if found else _which_method(methods)

    def _swap(self, order: Order) -> Step:
        """Every item with its variant is known before the one change that an order allows."""
        swaps = swaps_of(self._goal.said, order, self._options)
        if not isinstance(swaps, list):
            return swaps
        method = self._chosen_method()
        if not isinstance(method, str):
            return method
        name = "exchange_items" if order.status not in _BEFORE_SENDING else "modify_items"
        arguments: dict[str, object] = {"order_id": order.id, "swaps": swaps, "payment_method_id": method}
        return self._proposed(name, arguments)

    def _options(self, item_id: str) -> Result | None:
        return self._result("item_options", item_id=item_id)

    def _address(self, first: dict[str, object], name: str, old: Address | None) -> Step:
        place = self._moved_to(old)
        if place is None:
            return Ask("address")
        address = {
            "line1": place.line1, "line2": place.line2, "city": place.city, "postcode": place.postcode,
            "country": place.country, "state": place.state,
        }  # fmt: skip
        return self._proposed(name, {**first, "address": address})

    def _moved_to(self, old: Address | None) -> Place | None:
        said = [text for _, text in self._goal.said]
        if old is None:
            return new_address(said, "", None)
        before = Place(old.line1, old.postcode, old.city, old.country, state=old.state, line2=old.line2)
        return new_address(said, old.country, before)

    def _payment(self, order: Order) -> Step:
        if self._scope.assurance < Assurance.ACCOUNT:
            return Told(Err("identity_required", "only the account's owner changes how an order is paid"))
        methods = self._methods()
        if isinstance(methods, Look):
            return methods
        found = method_in(slots.newest(self._goal.said, names_method), methods)
        if found is None:
            return _which_method([m for m in methods if m.label != order.payment_method])
        return self._proposed("modify_order_payment", {"order_id": order.id, "payment_method_id": found.id})

    def _problem(self, order: Order) -> Step:
        problem = slots.problem_in(self._goal.text) or "damaged"
        items = pieces(self._goal.said, order)
        if not items and problem == "not_arrived":
            items = tuple(line.item_id for line in order.lines for _ in range(line.quantity))
        if not items:
            return Ask("items", {"order": order}, named_lines(order))
        wish = slots.wish_in("\n".join(text for slot, text in self._goal.said if slot == "wish") or self._goal.text)
        if not wish:
            return Ask("wish")
        arguments: dict[str, object] = {
            "order_id": order.id, "item_ids": list(items), "problem": problem, "wish": wish,
            "photos": list(self._goal.photos),
        }  # fmt: skip
        return self._proposed("report_problem", arguments)

    def _of_account(self) -> Step:
        if self._scope.assurance < Assurance.ACCOUNT:
            return Told(Err("identity_required", "only the account's owner changes it"))
        match self._goal.family:
            case "account_email":
                email = slots.email_in(self._goal.text)
                return self._proposed("modify_account_email", {"email": email}) if email else Ask("new_email")
            case "subscription":
                return self._subscription()
            case _:
                return self._address({}, "modify_account_address", None)

    def _subscription(self) -> Step:
        listed = self._result("list_subscriptions")
        if listed is None:
            return Look("list_subscriptions")
        value = listed.value if isinstance(listed, Ok) else ()
        kept = [s for s in value if isinstance(s, Subscription)] if isinstance(value, tuple) else []
        said = slots.tokens(self._goal.text)
        fitting = [s for s in kept if slots.tokens(s.title) & said] or kept
        if not fitting:
            return Told(Err("not_found", "there is no subscription"))
        if len(fitting) > 1:
            return Ask("subscription", {}, tuple((s.title, s.title) for s in fitting[:4]))
        action = slots.action_in(self._goal.text)
        if not action:
            return Ask("action")
        return self._proposed("change_subscription", {"subscription_id": fitting[0].id, "action": action})


def _which_method(methods: Sequence[PaymentMethod]) -> Ask:
    return Ask("method", {}, tuple((method.label, method.label) for method in methods)[:4])
