"""What a script says of a customer who reacts: what they know, what they want, how they talk. The talking itself is
`server.testing.customers`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from server.testing.customers.persona import Goal, Persona, Style
from server.testing.customers.phrasings import Phrasings, ours, placeholders
from server.testing.customers.tasks import REASONS
from server.testing.fixtures import Part, Several, Words
from tools.records import ORIGINAL

TURNS = 20
"""How many turns a customer has patience for where the file names no number."""
_SAID_AS_THEY_ARE = {"order_id": "order", "reason": "reason", "email": "new_email", "action": "action", "wish": "wish"}


class Wish(Part):
    """A change that the customer wants, as the shop's tools name it, with their own words for its parts."""

    name: Annotated[Words, Field(description="The change, such as cancel_order.")]
    arguments: Annotated[
        dict[str, Any], Field(description="What a card must have to be confirmed; what is not named may be anything.")
    ] = Field(default_factory=dict)
    says: Annotated[
        dict[Words, Words], Field(description="Their words for `items`, `method`, `reason`, `problem`, …")
    ] = Field(default_factory=dict)
    variants: Annotated[dict[Words, Words], Field(description="What they want in place of an item, by its title.")] = (
        Field(default_factory=dict)
    )
    slips: Annotated[
        dict[Words, Words], Field(description="Words of a first, wrong telling, for the style `changing`.")
    ] = Field(default_factory=dict)
    original: Annotated[
        str, Field(description="The payment method that a card may call `original`, where arguments name it.")
    ] = ""
    buttons: Annotated[
        Several, Field(description="Labels of quick replies that they press where their words were not understood.")
    ] = ()
    outcome: Annotated[Literal["made", "refused"], Field(description="What becomes of it.")] = "made"

    def goal(self) -> Goal:
        """It as the engine takes it: what needs no words of its own is said as it is."""
        said = {ours: str(self.arguments[name]) for name, ours in _SAID_AS_THEY_ARE.items() if name in self.arguments}
        if said.get("reason") in REASONS:
            said["reason"], said["reason_zh"] = REASONS[said["reason"]]
        if address := self.arguments.get("address"):
            town = " ".join(str(address.get(part, "")) for part in ("postcode", "city", "state")).strip()
            said["address"] = ", ".join(filter(None, (address.get("line1"), address.get("line2"), town)))
        if ORIGINAL in (self.arguments.get("refund_to"), self.arguments.get("payment_method_id")):
            said |= {"method": "the way I paid", "method_zh": "原支付方式"}
        if self.variants:
            said["swaps"] = "; ".join(f"the {title} for {wanted}" for title, wanted in self.variants.items())
        labels = frozenset(self.buttons)
        return Goal(self.name, self.arguments, said | self.says, self.variants, self.slips, self.original, labels)


class Simulated(Part):
    """A customer who reacts: they answer what the bot asks, confirm the card that is right and correct any other."""

    knows: Annotated[dict[Words, Words], Field(description="Facts about them: `email`, `name`, `zip`, …")]
    goals: Annotated[tuple[Wish, ...], Field(min_length=1, description="The changes that they want.")]
    style: Annotated[tuple[Style, ...], Field(description="How they talk; more than one may hold.")] = ()
    seed: Annotated[int, Field(strict=True, description="Makes what is left to chance the same each time.")] = 0
    opening: Annotated[Words, Field(description="Their first words.")] | None = None
    phrasings: Annotated[
        dict[Words, Several], Field(description="Their own words for an act: `identity`, `reason`, `yes`, …")
    ] = Field(default_factory=dict)
    turns: Annotated[int, Field(ge=1, le=100, strict=True, description="How many turns they take.")] = TURNS

    @field_validator("knows")
    @classmethod
    def _knows_who_they_are(cls, knows: dict[str, str]) -> dict[str, str]:
        if "email" not in knows:
            raise ValueError("`email` in knows: every proof of who somebody is asks for it")
        return knows

    @model_validator(mode="after")
    def _has_words(self) -> Simulated:
        """Whether every wish can be told."""
        known = set(self.persona().knows)
        for wish in self.goals:
            words = known | set(wish.goal().says)
            if (lacking := self._lacking(f"wish_{wish.name}", words)) is not None:
                raise ValueError(f"{' and '.join(lacking)} in says of {wish.name}: how the customer calls that")
        return self

    def _lacking(self, act: str, words: set[str]) -> Sequence[str] | None:
        """What the templates of an act lack, the one that lacks least; None where one lacks nothing."""
        templates = self.phrasings.get(act) or ours("en").get(act, ())
        lacks = [[name for name in placeholders(one) if name not in words] for one in templates]
        return None if not lacks or [] in lacks else min(lacks, key=len)

    def persona(self) -> Persona:
        """The customer as the engine takes them."""
        goals = tuple(wish.goal() for wish in self.goals)
        orders = dict.fromkeys(goal.order_id for goal in goals if goal.order_id)
        return Persona(
            knows={**{f"order{number}": order for number, order in enumerate(orders, 1)}, **self.knows},
            goals=goals,
            phrasings=Phrasings(self.phrasings),
            style=frozenset(self.style),
            opening=self.opening or "",
            seed=self.seed,
        )
