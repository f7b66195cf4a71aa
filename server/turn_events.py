"""What the agent reports, in the form that the log keeps."""

from __future__ import annotations

from agent.events import (
    ConfirmationAsked,
    ConfirmationGiven,
    ConfirmationSettled,
    Explained,
    IdentityProven,
    PhotoDescribed,
    ToolRan,
)
from agent.vision.reading import Box
from server.wire import events as wire

Stored = (
    PhotoDescribed | ToolRan | IdentityProven | Explained | ConfirmationAsked | ConfirmationGiven | ConfirmationSettled
)


def stored_form(event: Stored, turn_id: str) -> wire.Durable:  # noqa: PLR0911 - one return a kind
    """One event of a turn as the log's event."""
    match event:
        case PhotoDescribed():
            return wire.PhotoDescribed(
                turn_id=turn_id,
                upload_id=event.upload_id,
                caption=event.caption,
                attributes=tuple(
                    wire.SeenAttribute(name=each.name, value=each.value, confidence=each.confidence, box=_box(each.box))
                    for each in event.attributes
                ),
                text=tuple(
                    wire.SeenText(text=each.text, confidence=each.confidence, box=_box(each.box)) for each in event.text
                ),
                named=event.named,
            )
        case ToolRan():
            return wire.ToolRan(
                turn_id=turn_id,
                call_id=event.call_id,
                name=event.name,
                arguments=event.arguments,
                outcome=event.outcome,
                milliseconds=event.milliseconds,
            )
        case IdentityProven(scope):
            return wire.IdentityProven(scope=scope.model_dump(mode="json"))
        case ConfirmationAsked(card):
            return wire.ConfirmationAsked(turn_id=turn_id, card_id=card.id, card=card.model_dump(mode="json"))
        case ConfirmationGiven(card_id, pressed):
            return wire.ConfirmationGiven(turn_id=turn_id, card_id=card_id, by="button" if pressed else "words")
        case ConfirmationSettled(card_id, outcome):
            return wire.ConfirmationSettled(card_id=card_id, outcome=outcome)
        case Explained(message_id, parts):
            return wire.Explain(message_id=message_id, parts=parts)


def _box(box: Box | None) -> tuple[float, float, float, float] | None:
    return (box.x, box.y, box.width, box.height) if box else None
