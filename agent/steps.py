"""The steps towards what a customer wants changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.results import Err


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the customer for one thing; `choices` are what they may press, as label and as what it says."""

    slot: str
    values: Mapping[str, object] = field(default_factory=dict)
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """Call a tool: a read, or the change itself."""

    name: str
    arguments: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """The goal cannot be reached, as `Err` says."""

    result: Err

    @property
    def waits(self) -> bool:
        """Whether it can be reached once they have sent a photo."""
        return self.result.params.get("photo") is True


@dataclass(frozen=True, slots=True)
class Prove:
    """Who is asking must be proven first, for this order if it is one."""

    order_id: str = ""


Step = Ask | Look | Told | Prove
