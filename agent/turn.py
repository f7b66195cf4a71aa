"""One turn of conversation. Read `Turn._story` first: it is the path of a message."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from agent.answering import answered, goes_on, nothing, only_answered
from agent.blocks import EmailBlock, TextBlock
from agent.brief import Brief, Offer, Reply
from agent.card import Card
from agent.card_words import CardWords
from agent.cards import blocks_of
from agent.confirming import Answer, Settled, answer_to
from agent.conversation import Conversation, Message, Seen, Tried
from agent.errors import MessageEmpty, MessageRefused, MessageTooLong, PhotoUnreadable, TooManyPhotos
from agent.events import (
    ConfirmationAsked,
    ConfirmationSettled,
    EmailLeft,
    Explained,
    HandoffAsked,
    IdentityProven,
    MessageSaid,
    Outcome,
    Stage,
    StageStarted,
    TextDelta,
    ToolRan,
    TurnEnded,
    TurnEvent,
)
from agent.evidence import Evidence, Goods, arrange, gather
from agent.guard import Incoming, check, clean
from agent.memory import Memory
from agent.names import NewId, Ticks, random_id
from agent.need import Need
from agent.remember import remember
from agent.see import Sight, see
from agent.suggest import Suggests, history_of, suggest
from agent.summary import summary_of_turn
from agent.understand.language import reply_language
from agent.vision.printed_orders import orders_on
from agent.vision.reading import TextReader, VisionModel
from prompts import Prompts
from retrieval.documents import Hit, Language
from retrieval.roles import Searcher
from tools.people.people import ALWAYS, People
from tools.records import CustomerScope

TEXT_SECONDS = 3.5  # for printed words, from the start of looking: the products of such a photo are due after four

log = logging.getLogger(__name__)

_EXCUSES = {
    MessageTooLong: "refused_long",
    MessageEmpty: "refused_empty",
    TooManyPhotos: "refused_photos",
    PhotoUnreadable: "photo_unreadable",
}


Step = str | ToolRan | IdentityProven | HandoffAsked | EmailLeft | Reply


class Understands(Protocol):
    """Turns a message into a need."""

    async def need(self, incoming: Incoming, memory: Memory, seen: tuple[Seen, ...], language: Language) -> Need: ...


class Responds(Protocol):
    """Acts and speaks: checked sentences and what tools did as they come, then one `Reply`."""

    def respond(self, brief: Brief) -> AsyncGenerator[Step, None]: ...

    async def carry_out(self, card: Card, conversation: Conversation, language: Language) -> Settled:
        """Make the change of a card that the customer said yes to."""
        ...


@dataclass
class Underway:
    """A turn that runs: the id of the message it says, and milliseconds a step and until the first word.

    `pending` is the card that is open, `settled` how one ended in this turn and `spoken` the same in words: the
    customer must hear of it, whatever goes wrong afterwards.
    """

    message_id: str
    ticks: Ticks
    started: float
    last: float
    timings: dict[str, float] = field(default_factory=dict)
    spoken: str = ""
    settled: Settled | None = None
    pending: Card | None = None
    sight: Sight = field(default_factory=Sight)
    tried: list[Tried] = field(default_factory=list)
    proven: CustomerScope | None = None
    reply: Reply = field(default_factory=lambda: Reply(text=""))
    handed_over: bool = False
    offered: bool = False

    @classmethod
    def begin(cls, new_id: NewId, ticks: Ticks) -> Underway:
        now = ticks()
        return cls(new_id("msg"), ticks, started=now, last=now)

    def lap(self, step: str) -> None:
        now = self.ticks()
        self.timings[step] = round((now - self.last) * 1000, 2)
        self.last = now

    def note(self, step: ToolRan | IdentityProven | EmailLeft) -> None:
        """Keep what somebody who takes over must know."""
        match step:
            case ToolRan():
                self.tried.append(Tried(step.name, step.arguments, step.outcome))
            case IdentityProven():
                self.proven = step.scope

    def closed(self, card_id: str) -> None:
        if self.pending is not None and self.pending.id == card_id:
            self.pending = None

    def first_token(self) -> None:
        self.timings.setdefault("first_token", self._since_start())

    def ended(self) -> Mapping[str, float]:
        return {**self.timings, "total": self._since_start()}

    def _since_start(self) -> float:
        return round((self.ticks() - self.started) * 1000, 2)


class Turn:
    """Everything that one turn needs. It keeps nothing between turns and touches no storage."""

    def __init__(
        self,
        *,
        eyes: VisionModel,
        reader: TextReader,
        understanding: Understands,
        searcher: Searcher,
        recommender: Suggests,
        goods: Goods,
        loop: Responds,
        prompts: Prompts,
        clock: Callable[[], datetime],
        text_seconds: float = TEXT_SECONDS,
        new_id: NewId = random_id,
        ticks: Ticks = time.perf_counter,
        people: People = ALWAYS,
    ) -> None:
        self._eyes, self._reader = eyes, reader
        self._understanding = understanding
        self._searcher, self._recommender, self._goods = searcher, recommender, goods
        self._loop = loop
        self._prompts = prompts
        self._clock = clock
        self._text_seconds = text_seconds
        self._new_id, self._ticks = new_id, ticks
        self._people = people

    async def run(self, conversation: Conversation, messages: tuple[Message, ...]) -> AsyncGenerator[TurnEvent, None]:
        """What happens in the turn, in order; always one `TurnEnded` last, also when something failed.

        Only closing the generator or cancelling the task leaves it without one.
        """
        underway = Underway.begin(self._new_id, self._ticks)
        excuse = partial(self._excuse, conversation, messages, underway)
        try:
            async with aclosing(self._story(conversation, messages, underway)) as events:
                async for event in events:
                    yield event
        except (MessageRefused, PhotoUnreadable) as refusal:
            name = _EXCUSES[type(refusal)]
            for event in excuse(name, "done"):
                yield event
        except Exception:
            log.exception("turn failed", extra={"conversation": conversation.id})
            for event in excuse("apology", "error"):
                yield event

    async def _story(
        self, conversation: Conversation, messages: tuple[Message, ...], underway: Underway
    ) -> AsyncGenerator[TurnEvent, None]:
        incoming = check(messages)
        memory = Memory.read(conversation.memory)
        memory = memory.after_people() if conversation.handed_back else memory
        language = _language(conversation, messages)

        underway.pending = conversation.pending
        answer = answer_to(conversation, messages, asked=memory.asked == "confirm")
        if answer is not None:
            async with aclosing(self._answer(answer, conversation, language, underway)) as events:
                async for event in events:
                    yield event
            incoming = replace(incoming, text=clean(answer.rest))
            underway.lap("answer")
        settled = underway.settled

        if incoming.photos:
            yield self._stage("seeing", language)
            async with aclosing(self._see(incoming, language, underway)) as found:
                async for event in found:
                    yield event
            underway.lap("see")
        sight = underway.sight
        if not sight.seen and not incoming.text and settled is None:
            raise PhotoUnreadable("none of the photos can be opened")

        if settled is not None and not (incoming.text or sight.seen):
            need = only_answered(settled, messages, language)
        else:
            need = await self._understanding.need(incoming, memory, sight.seen, language)
        need = replace(need, printed_orders=orders_on([line for one in sight.seen for line in one.reading.text]))
        seen = await self._asked(need, sight.seen)
        underway.lap("understand")

        yield self._stage("searching", need.language)
        photo = sight.seen[0].reading if sight.seen else None
        evidence = await gather(need, self._searcher, self._goods, photo, memory.shown)
        evidence = await suggest(need, evidence, self._recommender, self._goods, history_of(conversation, memory))
        underway.lap("search")

        yield self._stage("ranking", need.language)
        evidence = arrange(need, evidence)
        underway.lap("rank")

        yield self._stage("composing", need.language)
        brief = Brief(conversation, need, seen, evidence, memory, settled, self._people)
        underway.reply = Reply(text="", card=settled.renewed if settled else None)
        async with aclosing(self._respond(brief, underway)) as events:
            async for event in events:
                yield event
        underway.lap("respond")

        for event in self._ending(brief, underway.reply, underway):
            yield event

    async def _see(self, incoming: Incoming, language: Language, underway: Underway) -> AsyncGenerator[TurnEvent, None]:
        """A description of each photo as it comes; all of them are then `underway.sight`."""
        async with aclosing(see(incoming.photos, self._eyes, self._reader, language, self._text_seconds)) as sights:
            async for found in sights:
                if isinstance(found, Sight):
                    underway.sight = found
                else:
                    yield found

    async def _respond(self, brief: Brief, underway: Underway) -> AsyncGenerator[TurnEvent, None]:
        """What is said and done, as it comes; the whole of it is then `underway.reply`."""
        steps = self._loop.respond(brief) if goes_on(brief.settled) else nothing()
        async with aclosing(steps) as running:
            async for step in running:
                match step:
                    case str():
                        underway.first_token()
                        yield TextDelta(underway.message_id, step)
                    case Reply():
                        underway.reply = step
                    case HandoffAsked():
                        underway.handed_over, underway.offered = step.there, not step.there
                        scope = underway.proven or brief.conversation.scope
                        told = summary_of_turn(brief, underway.tried, scope, step, self._prompts)
                        yield replace(step, summary=told)
                    case _:
                        underway.note(step)
                        yield step

    async def _answer(
        self, answer: Answer, conversation: Conversation, language: Language, underway: Underway
    ) -> AsyncGenerator[TurnEvent, None]:
        """What the customer says to a card, and what comes of it, in words that are no brain's."""
        carry_out = partial(self._loop.carry_out, conversation=conversation, language=language)
        async with aclosing(answered(answer, conversation, carry_out, self._clock(), self._ticks)) as steps:
            async for step in steps:
                if isinstance(step, Settled):
                    underway.settled = step
                    underway.spoken = CardWords(self._prompts, language).outcome(step)
                    underway.first_token()
                    yield TextDelta(underway.message_id, f"{underway.spoken}\n\n")
                else:
                    if isinstance(step, ConfirmationSettled):
                        underway.closed(step.card_id)
                    yield step

    def _ending(self, brief: Brief, reply: Reply, underway: Underway) -> Iterator[TurnEvent]:
        """The message with all that it points at; a new card takes the place of one that is open."""
        language, evidence = brief.need.language, brief.evidence
        if reply.card is not None:
            if underway.pending is not None:
                yield ConfirmationSettled(underway.pending.id, "replaced")
                underway.closed(underway.pending.id)
            yield ConfirmationAsked(reply.card)
        said = self._whole(reply, language, underway)
        underway.first_token()
        blocks = blocks_of(said, evidence, language)
        if said.card is not None:
            blocks = (*blocks, CardWords(self._prompts, language).block(said.card))
        if underway.offered and not brief.conversation.reply_email:
            field = EmailBlock(text=self._say("email_field", language))
            blocks = (*blocks[:-1], field, *blocks[-1:]) if said.choices else (*blocks, field)
        yield MessageSaid(underway.message_id, blocks, citations=(*said.answers, *said.products))
        if parts := _explained(evidence, said):
            yield Explained(underway.message_id, parts)
        memory = remember(brief, reply, waiting=underway.pending is not None)
        outcome: Outcome = "handoff" if underway.handed_over else "done"
        yield TurnEnded(outcome, underway.ended(), memory.to_json())

    async def _asked(self, need: Need, seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
        """The photos, each with its answer to what the customer asks about it."""
        if need.asks_photo is None:
            return seen
        answers = [await self._eyes.answer(one.photo, need.asks_photo) for one in seen]
        return tuple(replace(one, answer=answer) for one, answer in zip(seen, answers, strict=True))

    def _whole(self, reply: Reply, language: Language, underway: Underway) -> Reply:
        """The reply with what code adds: how a card ended, the words around one, a word on photos that could not be
        opened, and one for silence.
        """
        cards = CardWords(self._prompts, language)
        if reply.card is not None:
            reply = replace(reply, text=_paragraphs(underway.spoken, reply.text, cards.say("intro")), choices=())
        elif underway.spoken or underway.pending is not None:
            reminder = cards.say("reminder") if underway.pending is not None else ""
            reply = replace(reply, text=_paragraphs(underway.spoken, reply.text, reminder))
        if not (reply.text or reply.orders or reply.products):
            person = self._say("person", language), self._say("person_value", language)
            reply = replace(reply, text=self._say("unsupported", language), choices=(Offer(*person),))
        if underway.sight.unreadable:
            reply = replace(reply, text=f"{self._say('photo_unreadable', language)}\n\n{reply.text}")
        return reply

    def _excuse(
        self,
        conversation: Conversation,
        messages: tuple[Message, ...],
        underway: Underway,
        name: str,
        outcome: Outcome,
    ) -> tuple[TurnEvent, ...]:
        """The end of a turn that could not answer; what was remembered stays."""
        text = _paragraphs(underway.spoken, self._say(name, _language(conversation, messages)))
        underway.first_token()
        return (
            MessageSaid(underway.message_id, (TextBlock(text=text),)),
            TurnEnded(outcome, underway.ended(), dict(conversation.memory)),
        )

    def _stage(self, stage: Stage, language: Language) -> StageStarted:
        return StageStarted(stage, self._say(f"stage_{stage}", language))

    def _say(self, name: str, language: Language) -> str:
        return self._prompts[f"say.{name}", language].render()


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)


def _language(conversation: Conversation, messages: tuple[Message, ...]) -> Language:
    """The newest words' language; of a photo alone, the conversation's."""
    text = " ".join(message.text for message in messages)
    return reply_language(text, Memory.read(conversation.memory).language or conversation.language)


def _explained(evidence: Evidence, reply: Reply) -> tuple[Mapping[str, object], ...]:
    """Why each shown product is there: its score parts, and the reasons in words."""
    shown = set(reply.products)
    suggested = tuple(
        {"id": s.id, "score": s.score, "why": f"like {s.because.title}"} for s in evidence.suggested if s.id in shown
    )
    return suggested + tuple(
        {
            "id": hit.id,
            "score": hit.score,
            "probability": hit.probability,
            "stages": dict(hit.stages),
            "why": hit.why,
            **_carried(hit),
        }
        for hit in evidence.products.hits
        if hit.id in shown
    )


def _carried(hit: Hit) -> dict[str, object]:
    """What of the query carried a hit, where that was looked into."""
    words, regions = dict(hit.carried.words), [list(row) for row in hit.carried.regions]
    return ({"words": words} if words else {}) | ({"regions": regions} if regions else {})
