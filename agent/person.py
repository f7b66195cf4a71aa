"""When a person of the shop has to answer, whatever a brain thinks: asked for, anger, failure, doubt or a topic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from agent.anger import is_angry
from agent.brief import Brief
from agent.settle import doubtful, missed
from agent.understand.rules import SURE
from tools.results import Err

Reason = Literal["asked", "anger", "repeated", "unsure", "topic", "policy", "identity"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Why a person is wanted, and on which of the shop's topics."""

    reason: Reason
    topic: str = ""


def wanted(brief: Brief) -> Wanted | None:  # noqa: PLR0911 - one return a reason
    """Why a person is to answer this message; None where the bot may.

    Who asks for one need not say more first. Who has left an address for a person's answer goes on with the bot,
    except on what is not the bot's to answer.
    """
    need, memory, after = brief.need, brief.memory, brief.people.after
    if (topic := brief.people.topic_of(need.words, need.intent)) is not None:
        return Wanted("topic", topic.name)
    if need.intent == "handoff" and need.confidence >= SURE:
        return Wanted("asked")
    if brief.conversation.reply_email or (brief.settled is not None and need.intent in ("affirm", "deny")):
        return None
    if after.anger and angered(brief) >= after.anger:
        return Wanted("anger")
    if after.misses and missed(brief) and memory.misses + 1 >= after.misses:
        return Wanted("repeated")
    if after.doubts and doubtful(brief) and memory.doubts + 1 >= after.doubts:
        return Wanted("unsure")
    return None


def angered(brief: Brief) -> int:
    """How angry the customer is by now: an angry message counts one, a calm one takes one back."""
    if brief.need.intent == "abuse" or is_angry(brief.need.words):
        return brief.memory.anger + 1
    return max(0, brief.memory.anger - 1)


def asked_enough(brief: Brief, slot: str) -> bool:
    """Whether the same thing has been asked of the customer so often that a person should try."""
    most = brief.people.after.questions
    return bool(most) and slot == brief.memory.slot and brief.memory.questions >= most


def decided_by_people(results: Iterable[object]) -> bool:
    """Whether the shop's policy leaves something that was refused to a person."""
    return any(isinstance(r, Err) and r.code == "refused" and r.params.get("person") is True for r in results)
