"""Who hears that a conversation has new events. What they are is read from the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Heard = Callable[[str, int], None]


class Notifier(Protocol):
    """Carries (conversation, seq) and nothing else, so that a lost or doubled notice loses or doubles no event."""

    def publish(self, conversation_id: str, seq: int) -> None: ...

    def listen(self, heard: Heard) -> Callable[[], None]:
        """Call `heard` at each notice; returns what ends it."""
        ...


class InProcessNotifier:
    """The notifier for one server process. Everything happens on its event loop."""

    def __init__(self) -> None:
        self._listeners: list[Heard] = []

    def publish(self, conversation_id: str, seq: int) -> None:
        for heard in tuple(self._listeners):
            heard(conversation_id, seq)

    def listen(self, heard: Heard) -> Callable[[], None]:
        self._listeners.append(heard)
        return lambda: self._listeners.remove(heard)
