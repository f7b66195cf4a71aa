"""Answers from the shop's own words, small talk, and asking for a person."""

from __future__ import annotations

from collections.abc import Sequence

from agent.brains.rules.acts import Act, Call, Say, Situation, marks
from agent.brief import Brief
from agent.need import Intent
from agent.person import Wanted
from agent.settle import offers_nearest
from agent.understand.codes import has_trouble
from retrieval.documents import Faq, Hit, Language
from tools.handoff import PersonAsked

HANDOFF, LEAVE_EMAIL = "handoff", "leave_email"
TIED = 0.15  # answers no further apart than this are about as likely
NAMED = 0.15  # a question this likely is worth naming when asking back


def answer(situation: Situation) -> Act:
    """The shop's own answer where it is sure enough, with the question that is about as likely as a quick reply.

    Where none is sure ask back.
    """
    brief = situation.brief
    if not brief.evidence.faq.answered:
        return unanswered(situation)
    faq = best_answer(brief.evidence.faq.hits, brief.need.language)
    ask = situation.words("ask_promo_code") if has_trouble(brief.need.words) and not brief.need.promo_code else ""
    return Say(
        situation.words("answer", answer=faq.answer, foreign=faq.language != brief.need.language)
        + f"\n\n{ask}" * bool(ask)
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
    """Nothing fits: name what is near, then offer a person."""
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


def hand_over(situation: Situation, wanted: Wanted) -> Act:
    """Ask for a person and say so; where nobody is free, offer an answer by e-mail. Why comes first where it helps."""
    words = situation.words
    if situation.err(HANDOFF):
        return Say(words("handoff_failed"))
    asked = situation.ok(HANDOFF)
    if asked is None:
        topic = {"topic": wanted.topic} if wanted.reason == "topic" else {}
        told = words.for_staff(f"handoff_reason_{wanted.reason}", **topic)
        return Call(HANDOFF, {"reason": told[:200], "summary": told})
    because = words("person_because", reason=wanted.reason)
    if isinstance(asked.value, PersonAsked) and not asked.value.there:
        return Say(f"{because} {_nobody_free(situation, asked.value)}".strip())
    return Say(f"{because} {words('handed_over')}".strip())


def _nobody_free(situation: Situation, asked: PersonAsked) -> str:
    """When somebody is back, and the question for an address; one that they have proven may just be pressed."""
    words, conversation = situation.words, situation.brief.conversation
    back = "" if asked.back is None else asked.back.zh if words.language == "zh" else asked.back.en
    if conversation.reply_email:
        return words("email_waits", back=back)
    known = situation.brief.memory.identity.proven
    press = words("choice_email", email=known) if known else ""
    return words("nobody_free", back=back, support=asked.support_email) + press + words("choice_go_on")


def leaves_email(brief: Brief) -> bool:
    """Whether the message answers the offer of an answer by e-mail with an address, or tries to."""
    if not brief.conversation.offered or brief.need.order_ids or brief.memory.asked == "identity":
        return False
    return bool(brief.need.email) or (brief.memory.asked == "email" and "@" in brief.need.words)


def leave_email(situation: Situation) -> Act:
    """Note the address, or ask for it again."""
    words, email = situation.words, situation.brief.need.email
    if situation.err(LEAVE_EMAIL) or not email:
        return Say(words("email_unclear") + words("choice_go_on"))
    if situation.ok(LEAVE_EMAIL):
        return Say(words("email_taken", email=email))
    return Call(LEAVE_EMAIL, {"email": email})
