"""Changes in the shop, in words: one clear question at a time, refusals with their reason, then the card."""

from __future__ import annotations

from collections.abc import Sequence

from agent.brains.rules.acts import Act, Call, Say, Situation
from agent.brains.rules.orders import not_proven, prove
from agent.brains.rules.talk import hand_over
from agent.cards import day, money, status_of
from agent.goals import Goal
from agent.person import Wanted, asked_enough, decided_by_people
from agent.planning import READS, open_goals, plan
from agent.steps import Ask, Look, Prove, Told
from tools.records import Order
from tools.results import Err


def change(situation: Situation) -> Act:  # noqa: PLR0911 - one return a step
    """The next step of the goal on top; where it cannot be reached, say why and what else was wanted."""
    goals = open_goals(situation.brief)
    said = ""
    for place, goal in enumerate(goals):
        step = plan(goal, situation.brief, situation.calls, situation.scope)
        match step:
            case Look(name, arguments):
                return Call(name, arguments)
            case Ask():
                return _ask(situation, step, said)
            case Prove(order_id):
                return prove(situation, order_id, situation.brief.memory.identity.proven)
            case Told(result) if step.waits:
                return Say(said + _refusal(situation, goal, result))
            case Told(result):
                if situation.err("verify_identity") is not None:
                    return not_proven(situation, result.code)
                refusal = "" if _is_beside(goal, goals, result) else _refusal(situation, goal, result)
                said += f"{refusal}\n\n" if refusal and refusal not in said else ""
                if place == len(goals) - 1 or decided_by_people([result]):
                    return _refused(situation, result, said.strip())
    return settled(situation)


def open_question(situation: Situation) -> Call | Say | None:
    """The question that is open from before, or the call that it needs to be asked again."""
    goal = situation.brief.memory.goals[0]
    match plan(goal, situation.brief, situation.calls, situation.scope):
        case Look(name, arguments) if name in READS:
            return Call(name, arguments)
        case Ask() as ask:
            return Say(_question(situation, ask))
        case Prove(order_id):
            act = prove(situation, order_id, situation.brief.memory.identity.proven)
            return act if isinstance(act, Say) else None
    return None


def _ask(situation: Situation, ask: Ask, said: str) -> Act:
    """The next question; what was asked too often goes to a person."""
    if asked_enough(situation.brief, ask.slot):
        return hand_over(situation, Wanted("repeated"))
    return Say(said + _question(situation, ask))


def _refused(situation: Situation, result: Err, said: str) -> Act:
    """Offer a person; what the shop's policy leaves to one goes there, after the sentence that says so."""
    if not said or result.code == "already_done":
        return Say(f"{said} {situation.words('anything_else')}".strip())
    if not decided_by_people([result]):
        return Say(said + situation.words("choice_person"))
    act = hand_over(situation, Wanted("policy"))
    return Say(f"{said} {act.text}") if isinstance(act, Say) else act


def _is_beside(goal: Goal, goals: Sequence[Goal], result: Err) -> bool:
    """Whether what was refused needs no word: it is done, or it only says how another change of the order is paid."""
    others = [other for other in goals if other is not goal and other.may_be(goal)]
    if result.code == "already_done":
        return len(goals) > 1
    return goal.family == "payment" and any(other.family in ("swap", "give_back") for other in others)


def settled(situation: Situation) -> Act:
    """A card is over and nothing else is open."""
    return Say(situation.words("anything_else"))


def _question(situation: Situation, ask: Ask) -> str:
    words = situation.words
    slot = ask.slot.partition(":")[0]
    values = dict(ask.values)
    if slot == "order":
        orders = [order for order in values.get("orders", ()) if isinstance(order, Order)]  # type: ignore[attr-defined]
        values = {"lines": [_line(order, situation) for order in orders]}
    elif slot == "items":
        order = values["order"]
        assert isinstance(order, Order)
        values = {"order": order.id}
    choices = ask.choices
    if slot == "items" and len(choices) > 1:
        everything = words("everything")
        choices = (*choices, (everything, everything))
    if slot == "change":
        pressed = words("choices_change", status=values.pop("status"))
    elif slot in ("reason", "wish", "action", "more"):
        pressed = words(f"choices_{slot}")
    else:
        pressed = "".join(f"[[choice:{label}|{value}]]" for label, value in choices)
    return words(f"ask_{slot}", **values) + pressed


def _line(order: Order, situation: Situation) -> str:
    language = situation.words.language
    items = ", ".join(line.title for line in order.lines[:3])
    placed = day(order.placed_at.date(), language)
    return f"{order.id} · {placed} · {status_of(order, language)} · {money(order.total, order.currency)} · {items}"


def _refusal(situation: Situation, goal: Goal, result: Err) -> str:
    words = situation.words
    sentence = result.params.get("sentence")
    if result.code == "refused" and isinstance(sentence, dict):
        return words("refused", sentence=sentence[words.language])
    known = {
        "not_found": "order_not_found",
        "identity_required": "account_needed",
        "not_asked_for": "say_it_again",
        "bad_arguments": "say_it_again",
        "already_done": "already_done",
        "too_many_writes": "too_many_changes",
        "too_many_calls": "say_it_again",
    }
    return words(known.get(result.code, "shop_unavailable"))
