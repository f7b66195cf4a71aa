"""A change in the customer's language: the card that they confirm, and what they are told when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from agent.blocks import ConfirmBlock, ConfirmRow
from agent.card import Card
from agent.cards import day, money
from agent.confirming import Settled
from prompts import Prompts
from retrieval.documents import Language
from tools.quotes import Money, Quote, QuotedItem
from tools.records import Address, Subscription
from tools.results import Err

_AFTER_ARRIVAL = ("return_items", "exchange_items")
_WITHOUT_MONEY = ("modify_items", "exchange_items")


class CardWords:
    """Words for cards in one language; all of them come from `prompts/`, all values from the tool's quote."""

    def __init__(self, prompts: Prompts, language: Language) -> None:
        self._prompts, self._language = prompts, language

    def say(self, name: str, **values: object) -> str:
        """One of the words; of the values it gets those that it takes, since those of a family differ."""
        prompt = self._prompts[f"card.{name}", self._language]
        return prompt.render(**{key: value for key, value in values.items() if key in prompt.variables})

    def block(self, card: Card) -> ConfirmBlock:
        """The card with every consequence that the quote names."""
        quote = card.quote
        title = self.say(f"title_{card.operation}", order=quote.order_id, action=card.arguments.get("action", ""))
        rows = tuple(self._rows(quote))
        notes = tuple(getattr(note, self._language) for note in quote.notes)
        told = [title, *(f"{row.label}: {row.value}" for row in rows), *notes]
        return ConfirmBlock(
            id=card.id,
            title=title,
            rows=rows,
            notes=notes,
            confirm=self.say("confirm"),
            decline=self.say("decline"),
            expires_at=card.expires_at.isoformat(),
            text="\n".join(told),
        )

    def outcome(self, settled: Settled) -> str:
        """What became of the card, in one or two sentences."""
        if settled.outcome != "done":
            return self.say(f"settled_{settled.outcome}", sentence=self._sentence(settled.result))
        receipt = settled.receipt
        assert receipt is not None
        moved = "; ".join(f"{self._label(m)}: {self._money(m, receipt.quote)}" for m in receipt.quote.moves)
        return self.say(
            f"done_{receipt.operation}", order=receipt.quote.order_id, money=moved, reference=receipt.reference
        )

    def _sentence(self, result: object) -> str:
        """The shop's own sentence on a refusal, if it has one."""
        sentence = result.params.get("sentence") if isinstance(result, Err) else None
        return str(sentence.get(self._language, "")) if isinstance(sentence, dict) else ""

    def _rows(self, quote: Quote) -> Iterator[ConfirmRow]:
        for item, same in groupby(quote.items):
            pieces = len(list(same))
            counted = f"{pieces} × " if pieces > 1 else ""
            yield self._row("item", f"{counted}{_named(item.title, item.options)}, {money(item.price, quote.currency)}")
            if item.new_item_id is not None and item.new_price is not None:
                yield self._row("new_item", f"{self._new(item)}, {money(item.new_price, quote.currency)}")
        if quote.operation == "report_problem":
            problem, _, wish = quote.reason.partition(", ")
            yield self._row("problem", f"{self.say(problem)}; {self.say(wish)}")
        elif quote.reason and quote.subscription is None:  # of a subscription it is what the title says
            yield self._row("reason", self.say("reason", reason=quote.reason))
        if quote.address is not None:
            yield self._row("address", _address(quote.address))
        if quote.email:
            yield self._row("email", quote.email)
        if quote.subscription is not None:
            yield self._row("subscription", self._subscribed(quote.subscription))
        if quote.photos:
            yield self._row("photos", self.say("photos", count=len(quote.photos)))
        if quote.return_fee:
            yield self._row("return_fee", money(quote.return_fee, quote.currency))
        if quote.shipping_refund:
            yield self._row("shipping_refund", money(quote.shipping_refund, quote.currency))
        for moved in quote.moves:
            yield ConfirmRow(label=self._label(moved), value=self._money(moved, quote))
        if quote.operation in _WITHOUT_MONEY and not quote.moves:
            yield self._row("payment", self.say("no_money"))

    def _row(self, label: str, value: str) -> ConfirmRow:
        return ConfirmRow(label=self.say(f"label_{label}"), value=value)

    def _label(self, moved: Money) -> str:
        return self.say(f"label_{moved.kind}")

    def _money(self, moved: Money, quote: Quote) -> str:
        return self.say(
            "money",
            amount=money(moved.amount, quote.currency),
            method=moved.method,
            kind=moved.kind,
            days=moved.days,
            later=quote.operation in _AFTER_ARRIVAL,
        )

    def _new(self, item: QuotedItem) -> str:
        return ", ".join(item.new_options.values()) or item.title

    def _subscribed(self, subscription: Subscription) -> str:
        if subscription.status == "active":
            when = day(subscription.next_on or date.max, self._language)
            return self.say("next_on", title=subscription.title, day=when)
        return self.say(f"{subscription.status}_subscription", title=subscription.title)


def _named(title: str, options: dict[str, str]) -> str:
    return f"{title} ({', '.join(options.values())})" if options else title


def _address(address: Address) -> str:
    town = " ".join(part for part in (address.postcode, address.city) if part)
    parts = (address.name, address.line1, address.line2, town, address.state, address.country)
    return ", ".join(part for part in parts if part)
