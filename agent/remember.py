"""What a turn leaves for the next one; taken from what happened, never from what a brain wants remembered."""

from __future__ import annotations

from agent.brief import Brief, Reply
from agent.goals import Goal
from agent.memory import DONE_AT_MOST, SHOWN_AT_MOST, Asked, Identity, Looked, Memory, Wish
from agent.person import angered, decided_by_people
from agent.planning import FAMILIES, concerns, leaves_open, open_goals, plan
from agent.settle import doubtful, missed, settle
from agent.steps import Ask, Told
from agent.understand.rules import settled
from agent.vision.reading import OF_THE_PHOTO, PhotoAnswer
from tools.handoff import PersonAsked
from tools.records import Assurance
from tools.results import Ok


def remember(brief: Brief, reply: Reply, *, waiting: bool = False) -> Memory:
    """The next turn's memory; `waiting` says that the reply reminded of a card that is open."""
    intent = settle(brief)
    before, need = brief.memory, brief.need
    searched = intent in ("product_search", "refine")
    shown, earlier, focus = before.shown, before.earlier, before.focus
    if searched and reply.products:
        shown = reply.products[:SHOWN_AT_MOST]
        earlier = tuple(dict.fromkeys(i for i in (*before.shown, *before.earlier) if i not in shown))[:SHOWN_AT_MOST]
        focus = shown[0] if len(shown) == 1 or need.photo else ""
    elif intent == "product_question" and brief.evidence.pointed:
        focus = brief.evidence.pointed[0].id
        shown = shown or (focus,)
    goals, slot = _goals(brief, reply)
    return Memory(
        goals=goals,
        slot=slot,
        done=_done(brief),
        language=need.language,
        wish=_wish(brief) if searched else before.wish,
        shown=shown,
        earlier=earlier,
        focus=focus,
        asked="confirm" if reply.card or waiting else _asked(brief, reply),
        identity=_identity(brief, reply),
        **_trouble(brief, reply, slot),
        topic=intent,
        photo=bool(brief.seen) or (before.photo and intent == "product_question"),
        looked=_looked(brief) if brief.seen else before.looked if intent == "product_question" else (),
    )


def _trouble(brief: Brief, reply: Reply, slot: str) -> dict[str, int]:
    """What went wrong in a row so far; counted anew once a person has been asked for."""
    before = brief.memory
    if any(isinstance(ran.result, Ok) and ran.name == "handoff" for ran in reply.ran):
        return {}
    return {
        "misses": before.misses + 1 if missed(brief) else 0,
        "doubts": before.doubts + 1 if doubtful(brief) else 0,
        "anger": angered(brief),
        "questions": before.questions
        if leaves_open(brief)
        else (before.questions + 1 if slot == before.slot else 1)
        if slot
        else 0,
    }


def _looked(brief: Brief) -> tuple[Looked, ...]:
    """What the first photo says of itself: the next message may ask."""
    answers = [PhotoAnswer.of(brief.seen[0].reading, question) for question in OF_THE_PHOTO]
    return tuple(
        Looked.model_validate({"question": a.question, "value": a.value[:40], "confidence": a.confidence})
        for a in answers
        if a.value
    )


def _goals(brief: Brief, reply: Reply) -> tuple[tuple[Goal, ...], str]:
    """What is still to be changed, and which question of it is open."""
    ran = [(each.name, each.arguments, each.result) for each in reply.ran]
    goals = open_goals(brief)
    if any(isinstance(each.result, Ok) and each.name == "handoff" for each in reply.ran):
        return (goals[1:] if decided_by_people(each.result for each in reply.ran) else goals), ""
    if not concerns(brief):
        return goals, brief.memory.slot if goals else ""
    while goals:
        step = plan(goals[0], brief, ran, reply.scope)
        if not isinstance(step, Told) or step.waits or any(each.name == "verify_identity" for each in reply.ran):
            return goals, step.slot if isinstance(step, Ask) else ""
        goals = goals[1:]
    return (), ""


def _done(brief: Brief) -> tuple[tuple[str, str], ...]:
    """What was changed so far, this turn's confirmed change included."""
    before, settled = brief.memory.done, brief.settled
    if settled is None or settled.outcome != "done" or settled.card is None or settled.card.quote.order_id is None:
        return before
    family = FAMILIES.get(settled.card.operation)
    return (*before, (family, settled.card.quote.order_id))[-DONE_AT_MOST:] if family else before


def _wish(brief: Brief) -> Wish:
    """What was looked for. A photo's own kind of thing stands in for words that were not written."""
    need = brief.need
    kinds = [kind for seen in brief.seen if (kind := seen.reading.value("type"))]
    return Wish.of(need.query or " ".join(kinds), need.filters)


def _asked(brief: Brief, reply: Reply) -> Asked:
    """The question that the reply ends with, as far as the answer to it needs to be known as one."""
    for ran in reply.ran:
        if isinstance(ran.result, Ok) and isinstance(ran.result.value, PersonAsked):
            return "" if ran.result.value.there else "email"
    wants_order = settle(brief) in ("order_status", "identity") or concerns(brief)
    if wants_order and not reply.orders and reply.scope.assurance == Assurance.ANONYMOUS:
        return "identity"
    if wants_order and not reply.orders and not concerns(brief):
        return "identity"
    if brief.memory.asked == "identity" and leaves_open(brief):
        return "identity"
    if any(settled(offer.value) == "handoff" for offer in reply.choices) and len(reply.choices) == 1:
        return "handoff"
    return ""


def _identity(brief: Brief, reply: Reply) -> Identity:
    """What was given so far. A pair that did not fit is forgotten, so that the next message starts anew."""
    before, need = brief.memory.identity, brief.need
    tried = [ran for ran in reply.ran if ran.name == "verify_identity"]
    fitted = [str(ran.arguments.get("email", "")) for ran in tried if isinstance(ran.result, Ok)]
    proven = (fitted[-1] if fitted else before.proven)[:254]
    wants_order = settle(brief) in ("order_status", "identity") or concerns(brief) or bool(need.printed_orders)
    if tried or not wants_order:
        return Identity(proven=proven, attempts=reply.attempts)
    order_id = next(iter((*need.order_ids, *need.printed_orders)), before.order_id)
    email = (need.email or before.email)[:254]
    return Identity(email=email, order_id=order_id[:40], proven=proven, attempts=reply.attempts)
