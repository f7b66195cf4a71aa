"""What the shop says of its people: when they are there, how long a customer waits, and what is theirs to answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from tools.people.hours import OpeningHours
from tools.sentences import Sentence

WAIT_MINUTES = 10.0
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that people answer themselves: recognised by one of its words or phrases, or by an intent."""

    name: str
    words: tuple[str, ...] = ()
    intents: frozenset[str] = frozenset()

    def touches(self, text: str, intent: str) -> bool:
        """Whether a message is about it. Chinese words may stand anywhere, others only as whole words."""
        said = text.casefold()
        return intent in self.intents or any(_stands_in(word.casefold(), said) for word in self.words)


@dataclass(frozen=True, slots=True)
class After:
    """How often something happens in a row until a person is asked for; 0: never.

    `misses` are messages that nothing was found for, `doubts` those whose answer was unsure or missing, `anger` those
    of an angry customer (a calm one takes one back), and `questions` how often one thing is asked of the customer.
    """

    misses: int = 3
    doubts: int = 4
    anger: int = 2
    questions: int = 3


@dataclass(frozen=True, slots=True)
class People:
    """Without `hours` people may come at any time. `wait_minutes` in line, and an answer by e-mail is offered."""

    hours: OpeningHours | None = None
    wait_minutes: float = WAIT_MINUTES
    after: After = field(default_factory=After)
    topics: tuple[Topic, ...] = ()
    support_email: str = ""

    def there(self, now: datetime) -> bool:
        """Whether somebody may take over now."""
        return self.hours is None or self.hours.open_at(now)

    def back(self, now: datetime) -> Sentence | None:
        """When somebody comes, in words, where nobody is there now."""
        return None if self.hours is None or self.there(now) else self.hours.next_in_words(now)

    def topic_of(self, text: str, intent: str) -> Topic | None:
        """The first of their topics that a message is about."""
        return next((topic for topic in self.topics if topic.touches(text, intent)), None)


def _stands_in(word: str, said: str) -> bool:
    if _HAN.search(word):
        return word in said
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", said) is not None


ALWAYS = People()
"""People who may come at any time and have no topics of their own."""
