"""What of a turn is the customer's own, apart from all that was read elsewhere."""

from __future__ import annotations

from agent.brief import Brief


def words_of(brief: Brief) -> list[str]:
    """Everything that they wrote or pressed in this conversation, oldest first."""
    said = [said.text for said in brief.conversation.history if said.author == "visitor" and said.text]
    return [*said, brief.need.words]


def photos_of(brief: Brief) -> frozenset[str]:
    """The ids of the photos that they sent."""
    before = (photo for said in brief.conversation.history if said.author == "visitor" for photo in said.photos)
    return frozenset((*before, *(seen.photo.id for seen in brief.seen)))


def shown_by(brief: Brief) -> str:
    """What their photos of this turn show, in the closed words of the eyes; never what is written on them."""
    readings = [seen.reading for seen in brief.seen]
    return " ".join(attribute.value for reading in readings for attribute in reading.attributes)
