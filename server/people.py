"""What the settings say of the shop's people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent.need import INTENTS
from server.settings import Settings
from tools.people.people import ALWAYS, People
from tools.people.reading import read_people

DEMO_PEOPLE = Path(__file__).parent / "demo" / "people.yaml"


def open_people(settings: Settings) -> People:
    """What the shop says of its people, or `BadPeople` naming every fault of the file; the demo has its own."""
    path = settings.people or (DEMO_PEOPLE if settings.demo else None)
    people = ALWAYS if path is None else read_people(path, INTENTS)
    return replace(people, support_email=settings.support_email)
