"""The rules brain's one decision: what to do next, given what was understood, found and answered so far."""

from __future__ import annotations

from agent.brains.rules import changing, goods, orders, talk
from agent.brains.rules.acts import Act, Situation
from agent.person import Wanted, wanted
from agent.planning import concerns
from agent.settle import settle


def decide(situation: Situation) -> Act:  # noqa: PLR0911 - one return a case
    """The next call, or the words that end the turn.

    A person comes first where one is wanted. Open changes go on unless the message is about something else.
    """
    if talk.leaves_email(situation.brief):
        return talk.leave_email(situation)
    if (person := wanted(situation.brief)) is not None:
        return talk.hand_over(situation, person)
    if concerns(situation.brief):
        return changing.change(situation)
    if situation.brief.settled is not None and situation.brief.need.intent in ("affirm", "deny"):
        return changing.settled(situation)
    match settle(situation.brief):
        case "handoff":
            return talk.hand_over(situation, Wanted("asked"))
        case "order_status" | "identity":
            return orders.status(situation)
        case "faq":
            return talk.answer(situation)
        case "order_change":
            return talk.change(situation)
        case "product_search" | "refine":
            return goods.found(situation)
        case "product_question":
            return goods.about(situation)
        case "off_topic":
            return talk.off_topic(situation)
        case "greet" | "thanks" | "goodbye" | "chitchat" | "capabilities" | "abuse" | "affirm" | "deny" as intent:
            return talk.small(situation, intent)
