"""What a person who takes over must know: code writes it, whichever brain asked for them."""

from __future__ import annotations

from collections.abc import Sequence

from agent.brief import Brief
from agent.cards import title_of
from agent.conversation import Conversation, Tried
from agent.events import HandoffAsked
from agent.memory import Memory
from prompts import Prompts
from tools.records import Assurance, CustomerScope

CHARACTERS_AT_MOST = 4000
MESSAGES, TOOLS, PHOTOS, GOODS, NOTES = 4, 8, 4, 6, 3
QUOTED = 200  # characters of what somebody wrote

_LEVELS = {Assurance.ANONYMOUS: "not proven", Assurance.ORDER: "proven by an order", Assurance.ACCOUNT: "signed in"}
_PRIVATE = ("email", "summary", "reason")  # a tool's arguments that are told elsewhere or not at all


def summary_of_turn(
    brief: Brief, ran: Sequence[Tried], scope: CustomerScope, asked: HandoffAsked, prompts: Prompts
) -> str:
    """The summary in the middle of a turn: what came before, this message, and the tools that ran for it.

    The brain's own summary comes after what code knows, unless it only says the reason, which is told beside it anyway.
    """
    conversation = brief.conversation
    seen = tuple(in_words(one.reading.caption, [text.text for text in one.reading.text]) for one in brief.seen)
    return _written(
        prompts,
        conversation,
        brief.memory,
        words=brief.need.words,
        described=(*conversation.described, *seen),
        tried=(*conversation.tried, *ran),
        shown=[title_of(product, "en") for product in brief.evidence.goods],
        scope=scope,
        said="" if asked.summary == asked.reason else asked.summary,
    )


def summary_of(conversation: Conversation, prompts: Prompts) -> str:
    """The summary between turns, as when a customer presses the button for a person."""
    memory = Memory.read(conversation.memory)
    return _written(
        prompts,
        conversation,
        memory,
        words="",
        described=conversation.described,
        tried=conversation.tried,
        shown=[],
        scope=conversation.scope,
        said="",
    )


def in_words(caption: str, printed: Sequence[str]) -> str:
    """What a photo shows, with what is printed on it."""
    return f"{caption} (printed on it: {', '.join(printed)})" if printed else caption


def _written(
    prompts: Prompts,
    conversation: Conversation,
    memory: Memory,
    *,
    words: str,
    described: Sequence[str],
    tried: Sequence[Tried],
    shown: Sequence[str],
    scope: CustomerScope,
    said: str,
) -> str:
    asked = [one.text for one in conversation.history if one.author == "visitor" and one.text][-MESSAGES:]
    card = conversation.pending
    text = prompts["staff.handoff_summary", "en"].render(
        language=memory.language or conversation.language or "en",
        asked=[text[:QUOTED] for text in (*asked, words) if text],
        photos=[text[:QUOTED] for text in described][-PHOTOS:],
        wish=memory.wish.query,
        shown=list(shown or memory.shown)[:GOODS],
        known=_LEVELS[scope.assurance],
        customer=scope.customer_id or "",
        orders=sorted(scope.order_ids),
        goals=[goal.text.replace("\n", " / ")[:QUOTED] for goal in memory.goals],
        asking=memory.slot.partition(":")[0],
        card=f"{card.operation} {_shown(card.arguments)}".strip() if card else "",
        changed=conversation.writes,
        tried=[_in_a_line(one) for one in tried if one.name != "handoff"][-TOOLS:],
        noted=[note[:QUOTED] for note in conversation.noted][-NOTES:],
        misses=memory.misses,
        said=said[: QUOTED * 3],
    )
    return text[:CHARACTERS_AT_MOST]


def _in_a_line(one: Tried) -> str:
    return f"{one.name} {_shown(one.arguments)}".strip() + f": {one.outcome}"


def _shown(arguments: object) -> str:
    """A call's arguments in a line, without the customer's address."""
    if not hasattr(arguments, "items"):
        return ""
    shown = ", ".join(f"{name} {value}" for name, value in arguments.items() if name not in _PRIVATE and value)
    return f"({shown[:QUOTED]})" if shown else ""
