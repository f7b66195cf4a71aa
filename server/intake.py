"""Takes in what customers say, from whichever door."""

from __future__ import annotations

import asyncio

from agent.blocks import AnyBlock, ChoicesBlock, ConfirmBlock, PhotoBlock, ProductsBlock, TextBlock, plain_text
from server.errors import BadRequest, NotFound, RateLimited, TooLarge
from server.limits import TokenBuckets
from server.log import changes, people
from server.log.log import EventLog
from server.log.records import Appended
from server.log.writer import Transaction
from server.photos_port import StoredPhoto, UploadLookup
from server.turns import TurnRunner
from server.wire.client import ExplainCorrectData, MessageActionData, MessageSendData
from server.wire.events import MessageCreated, PhotoDescribed

READ_IN_PHOTOS = ("type", "colour", "pattern", "material")  # also where the photo did not tell


class Intake:
    """Checks a customer's message, stores it, and has it answered."""

    def __init__(
        self,
        log: EventLog,
        *,
        turns: TurnRunner,
        uploads: UploadLookup,
        messages_per_minute: int,
        max_text: int,
        max_photos: int,
    ) -> None:
        self._log = log
        self._turns = turns
        self._uploads = uploads
        self._buckets = TokenBuckets(rate=messages_per_minute / 60, burst=messages_per_minute)
        self._max_text = max_text
        self._max_photos = max_photos

    async def message(
        self, conversation_id: str, data: MessageSendData, *, visitor_id: str, client_id: str
    ) -> Appended:
        """Store a message; when this returns, it is on the disk and will be answered.

        Raises TooLarge, RateLimited, or NotFound for a photo that this visitor has not sent; then nothing is stored.
        """
        if len(data.text) > self._max_text:
            raise TooLarge(where="data.text", expected=f"at most {self._max_text} characters", got=str(len(data.text)))
        if len(data.photos) > self._max_photos:
            raise TooLarge(where="data.photos", expected=f"at most {self._max_photos}", got=str(len(data.photos)))
        self._take_turn(visitor_id)
        photos = await self._photos(data.photos, visitor_id)
        text: tuple[AnyBlock, ...] = (TextBlock(text=data.text),) if data.text.strip() else ()
        context = {name: value for name, value in data.context.model_dump().items() if value} if data.context else None
        return await self._store(conversation_id, (*text, *photos), client_id, data.reply_to, context)

    async def action(
        self, conversation_id: str, data: MessageActionData, *, visitor_id: str, client_id: str
    ) -> Appended:
        """Press a quick reply, which says its value for the customer, a product's card, which asks about it, or a
        button of a change's card, which is the yes or no to it.

        Raises NotFound unless the message has such a choice, product or card: a client cannot make up what is said.
        """
        self._take_turn(visitor_id)
        event = await self._log.read.message(conversation_id, data.message_id)
        if event is None:
            raise NotFound(where="data.message_id", expected="a message of this conversation")
        said, context = _pressed(MessageCreated.model_validate_json(event.data), data)
        return await self._store(conversation_id, (TextBlock(text=said),), client_id, data.message_id, context)

    async def correction(
        self, conversation_id: str, data: ExplainCorrectData, *, visitor_id: str, client_id: str
    ) -> Appended:
        """Send the photo that a message answers once more, with the word that was read wrongly in it put right.

        Raises NotFound unless the message answers a photo that is still there, and BadRequest for an attribute that
        photos are not described by.
        """
        self._take_turn(visitor_id)
        described = await self._described(conversation_id, data.message_id)
        names = sorted({*READ_IN_PHOTOS, *(each.name for each in described.attributes)})
        if data.attribute not in names:
            raise BadRequest(where="data.attribute", expected=f"one of {', '.join(names)}", got=data.attribute)
        photos = await self._photos((described.upload_id,), visitor_id)
        said: tuple[AnyBlock, ...] = (TextBlock(text=data.value), *photos)
        return await self._store(conversation_id, said, client_id, data.message_id, {"corrects": data.attribute})

    async def _described(self, conversation_id: str, message_id: str) -> PhotoDescribed:
        """What was seen in the first photo of the turn that said a message."""
        event = await self._log.read.message(conversation_id, message_id)
        if event is not None and event.visitor_seq is not None:
            turn_id = MessageCreated.model_validate_json(event.data).turn_id
            for before in await self._log.read.events_before(conversation_id, event.visitor_seq, "visitor"):
                if before.type == PhotoDescribed.TYPE:
                    described = PhotoDescribed.model_validate_json(before.data)
                    if described.turn_id == turn_id:
                        return described
        raise NotFound(where="data.message_id", expected="a message of this conversation that answers a photo")

    async def _store(
        self,
        conversation_id: str,
        blocks: tuple[AnyBlock, ...],
        client_id: str,
        reply_to: str | None,
        context: dict[str, str] | None,
    ) -> Appended:
        def change(tx: Transaction) -> Appended:
            received = changes.receive(
                tx, conversation_id, client_id=client_id, blocks=blocks, reply_to=reply_to, context=context
            )
            if not received.duplicate:
                people.take_typed_address(tx, conversation_id, plain_text(blocks))
            return received

        stored = await self._log.write(change)
        if not stored.duplicate:
            self._turns.wake(conversation_id)
        return stored

    def _take_turn(self, visitor_id: str) -> None:
        if wait := self._buckets.take(visitor_id):
            raise RateLimited(where="message", expected="fewer messages a minute", retry_after_ms=wait)

    async def _photos(self, upload_ids: tuple[str, ...], visitor_id: str) -> tuple[PhotoBlock, ...]:
        if not upload_ids:
            return ()
        found = await asyncio.to_thread(lambda: [self._uploads.find(each, visitor_id) for each in upload_ids])
        for place, photo in enumerate(found):
            if photo is None:
                raise NotFound(where=f"data.photos.{place}", expected="a photo that this visitor has uploaded")
        return tuple(_block(photo) for photo in found if photo)


def _block(photo: StoredPhoto) -> PhotoBlock:
    return PhotoBlock(
        upload_id=photo.id,
        url=photo.url,
        thumbnail_url=photo.thumbnail_url,
        width=photo.width,
        height=photo.height,
    )


def _pressed(message: MessageCreated, action: MessageActionData) -> tuple[str, dict[str, str] | None]:
    for block in message.blocks:
        match block:
            case ChoicesBlock(choices=choices):
                for choice in choices:
                    if choice.id == action.action_id:
                        return choice.value, None
            case ProductsBlock(products=products):
                for card in products:
                    if action.action_id == "ask" and card.id == action.value:
                        return card.title, {"product_id": card.id}
            case ConfirmBlock() as card if card.id == action.action_id and action.value in ("yes", "no"):
                label = card.confirm if action.value == "yes" else card.decline
                return label, {"card": card.id, "answer": action.value}
    raise NotFound(where="data.action_id", expected="a choice, a product or a card of that message")
