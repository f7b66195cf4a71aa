"""What each operation's table may ask, and which answers there are: a closed list, or a number of days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from tools.changes import Problem, SubscriptionAction, Wish
from tools.policy.tables import Value
from tools.records import CancelReason, OrderStatus, ReturnReason, Subscription


@dataclass(frozen=True, slots=True)
class Words:
    """One of these values."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """Whole days from 0 on; `unknown` where the shop may not know them."""

    unknown: bool = False


Field = Words | Number

YES_OR_NO = Words((True, False))
_WHO: Mapping[str, Field] = {"assurance": Words(("order", "account"))}
_ORDER: Mapping[str, Field] = {
    **_WHO,
    "status": Words(get_args(OrderStatus)),
    "items_modified": YES_OR_NO,
    "days_since_order": Number(),
    "days_since_delivery": Number(unknown=True),
    "overdue": YES_OR_NO,
    "in_season": YES_OR_NO,
}

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "cancel_order": {**_ORDER, "reason": Words(get_args(CancelReason))},
    "return_items": {
        **_ORDER,
        "reason": Words((*get_args(ReturnReason), "not said")),
        "photo": YES_OR_NO,
        "refund_to": Words(("original", "gift card", "another")),
    },
    "exchange_items": {**_ORDER, "same_variant": YES_OR_NO},
    "modify_items": {**_ORDER, "same_variant": YES_OR_NO},
    "modify_order_address": {**_ORDER, "country": Words(("same", "another"))},
    "modify_order_payment": _ORDER,
    "modify_account_address": _WHO,
    "modify_account_email": _WHO,
    "report_problem": {
        **_ORDER,
        "problem": Words(get_args(Problem)),
        "wish": Words(get_args(Wish)),
        "photo": YES_OR_NO,
    },
    "change_subscription": {
        **_WHO,
        "state": Words(get_args(Subscription.model_fields["status"].annotation)),
        "action": Words(get_args(SubscriptionAction)),
    },
    "send_invoice": _ORDER,
}
"""The fields by operation. `membership` comes on top, with the levels that the policy file names."""

MEANS: Mapping[str, str] = {
    "assurance": "how the customer is known: by an order's number and e-mail address, or signed in",
    "membership": "the customer's level; `none`, or one that the file names under `memberships`",
    "status": "the order's state",
    "items_modified": "whether its items have been changed once",
    "days_since_order": "since it was placed",
    "days_since_delivery": "since the carrier delivered it",
    "overdue": "whether it should have arrived by now and has not",
    "in_season": "whether the file's `season` keeps its window open",
    "reason": "why the customer cancels or returns",
    "photo": "whether they sent one for this",
    "refund_to": "where the refund is to go: the way the order was paid, a gift card of theirs, or another method",
    "same_variant": "whether a piece would be swapped for the same variant",
    "country": "whether the new address is in the order's country",
    "problem": "what is wrong with the delivery",
    "wish": "what they would like",
    "state": "the subscription's state",
    "action": "what is to be done with it",
}
"""What each field asks, for the people who write policies."""
