"""The rules brain's one decision: what to do next, given what was understood, found and answered so far."""

from __future__ import annotations

from agent.brains.rules import changing, codes, goods, orders, talk
from agent.brains.rules.acts import Act, Call, Say, Situation
from agent.person import Wanted, wanted
from agent.planning import concerns, leaves_open
from agent.settle import settle


def decide(situation: Situation) -> Act:
    """The next call, or the words that end the turn; who asked something else in between is brought back to what was
    open before.
    """
    if not leaves_open(situation.brief):
        return _decided(situation)
    back = changing.open_question(situation)
    if isinstance(back, Call):
        return back
    act = _decided(situation)
    return Say(f"{act.text}\n\n{back.text}") if isinstance(act, Say) and back is not None else act


def _decided(situation: Situation) -> Act:  # noqa: PLR0911 - one return a case
    if (first := _before_all(situation)) is not None:
        return first
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


def _before_all(situation: Situation) -> Act | None:
    """What comes before the message's own intent: an address for an answer, a person where one is wanted, the changes
    that are open unless the message is about something else, what is printed on a photo, and a code that is named.
    """
    brief = situation.brief
    if talk.leaves_email(brief):
        return talk.leave_email(situation)
    if (person := wanted(brief)) is not None:
        return talk.hand_over(situation, person)
    if concerns(brief):
        return changing.change(situation)
    if orders.is_on_photo(brief):
        return orders.on_photo(situation)
    if brief.settled is not None and brief.need.intent in ("affirm", "deny"):
        return changing.settled(situation)
    return codes.told(situation)
