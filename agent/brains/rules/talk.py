"""Answers from the shop's own words, small talk, and asking for a person."""

from __future__ import annotations

from collections.abc import Sequence

from agent.brains.rules.acts import Act, Call, Say, Situation, marks
from agent.cards import title_of
from agent.need import Intent
from agent.settle import missed, offers_nearest
from retrieval.documents import Faq, Hit, Language

HANDOFF = "handoff"
MISSES_AT_MOST = 2  # a third guess is never made
TIED = 0.15  # answers no further apart than this are about as likely
NAMED = 0.15  # a question this likely is worth naming when asking back


def answer(situation: Situation) -> Act:
    """The shop's own answer where it is sure enough, with the question that is about as likely as a quick reply.

    Where none is sure ask back, and at last ask for a person.
    """
    brief = situation.brief
    if not brief.evidence.faq.answered:
        return unanswered(situation)
    faq = best_answer(brief.evidence.faq.hits, brief.need.language)
    return Say(
        situation.words("answer", answer=faq.answer, foreign=faq.language != brief.need.language)
        + marks("faq", [faq.id])
        + _asks([rival for rival in _likeliest(brief.evidence.faq.hits) if _own(rival, faq, brief.need.language)][:1])
    )


def _own(rival: Faq, chosen: Faq, language: Language) -> bool:
    return rival.id != chosen.id and rival.language == language


def _likeliest(hits: Sequence[Hit]) -> list[Faq]:
    """The answers that are about as likely as the first."""
    answers = [hit for hit in hits if isinstance(hit.document, Faq)]
    return [
        hit.document
        for hit in answers
        if hit.probability >= answers[0].probability - TIED and isinstance(hit.document, Faq)
    ]


def best_answer(hits: tuple[Hit, ...], language: Language) -> Faq:
    """The likeliest answer; of two that are about as likely, the one in the customer's language."""
    near = _likeliest(hits)
    return next((answer for answer in near if answer.language == language), near[0])


def unanswered(situation: Situation) -> Act:
    """Nothing fits: name what is near, then offer a person, then ask for one."""
    if situation.brief.memory.misses >= MISSES_AT_MOST and missed(situation.brief):
        return hand_over(situation, "repeated")
    near = [
        hit.document
        for hit in situation.brief.evidence.faq.hits
        if isinstance(hit.document, Faq)
        and hit.document.language == situation.brief.need.language
        and hit.probability >= NAMED
    ]
    if near and offers_nearest(situation.brief):
        text = situation.words("nearest_answer", question=near[0].question, answer=near[0].answer)
        return Say(text + marks("faq", [near[0].id]) + _asks(near[1:2]) + situation.words("choice_person"))
    return Say(situation.words("unanswered", near=bool(near)) + _asks(near[:2]) + situation.words("choice_person"))


def _asks(answers: Sequence[Faq]) -> str:
    """Quick replies that ask the shop's own questions."""
    return "".join(f"[[choice:{answer.question[:60]}|{answer.question}]]" for answer in answers)


def change(situation: Situation) -> Act:
    """A wish to change an order: what the shop says about it, and a person who can do it."""
    hits = situation.brief.evidence.faq
    person = situation.words("choice_person")
    if not hits.answered:
        return Say(situation.words("change") + person)
    faq = best_answer(hits.hits, situation.brief.need.language)
    text = situation.words("change_with_answer", answer=faq.answer)
    return Say(text + marks("faq", [faq.id]) + person)


def off_topic(situation: Situation) -> Act:
    return Say(situation.words("off_topic") + situation.words("choice_capabilities"))


def small(situation: Situation, intent: Intent) -> Act:
    text = situation.words(intent)
    if intent in ("greet", "capabilities", "chitchat"):
        text += situation.words("choice_capabilities")
    if intent == "abuse":
        text += situation.words("choice_person")
    return Say(text)


def hand_over(situation: Situation, reason: str) -> Act:
    """Ask for a person with a summary, then say so."""
    if situation.ok(HANDOFF):
        return Say(situation.words("handed_over"))
    if situation.err(HANDOFF):
        return Say(situation.words("handoff_failed"))
    told = situation.words.for_staff(f"handoff_reason_{reason}")
    return Call(HANDOFF, {"reason": told, "summary": summary(situation)})


def summary(situation: Situation) -> str:
    """The conversation for the person who takes over, in the language of the shop's staff."""
    brief = situation.brief
    asked = [said.text for said in brief.conversation.history if said.author == "visitor" and said.text][-4:]
    shown = [title_of(p, "en") for p in brief.evidence.goods][:6]
    return situation.words.for_staff(
        "handoff_summary",
        language=brief.need.language,
        asked=[text[:200] for text in (*asked, brief.need.words) if text],
        wish=brief.memory.wish.query,
        shown=shown or list(brief.memory.shown),
        photos=[seen.reading.caption for seen in brief.seen],
        orders=sorted(situation.scope.order_ids),
        known=situation.known,
        misses=brief.memory.misses,
        goals=[goal.text.replace("\n", " / ")[:200] for goal in brief.memory.goals],
        card=brief.conversation.pending.operation if brief.conversation.pending else "",
        changed=list(brief.conversation.settled.values()).count("done"),
        noted=list(brief.conversation.noted),
    )[:2000]
