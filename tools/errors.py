"""What can go wrong while acting in the shop.

ToolError
├── UnknownTool         there is no tool of that name
├── BadArguments        the call's arguments do not fit the tool
├── IdentityRequired    the customer must prove who they are first
├── IdentityNotProven   the e-mail address and the order number do not fit together
├── AnotherCustomer     this conversation already serves someone else
├── NotFound            no such order or product for this customer (foreign and absent look the same)
├── Refused             the shop's policy says no, with the sentence that explains it
├── ConfirmationRequired  a write came without the customer's yes to exactly these arguments
├── QuoteChanged        what was confirmed is no longer what would happen; ask again
├── KeyReused           the call's id was used for another write
└── ShopUnavailable     the shop's own system does not answer; try again later
"""

from __future__ import annotations

from tools.sentences import Sentence


class ToolError(Exception):
    """Base class; `code` is for programs, `retryable` says if the same call may work later.

    The message is written for a brain, which may read it; `params` are what a reply's wording may need.
    """

    code = "tool_failed"
    retryable = False

    def __init__(self, message: str = "", **params: object) -> None:
        super().__init__(message)
        self.params = params


class UnknownTool(ToolError):
    """There is no tool of that name."""

    code = "unknown_tool"


class BadArguments(ToolError):
    """The call's arguments do not fit the tool."""

    code = "bad_arguments"


class IdentityRequired(ToolError):
    """The customer must prove who they are first."""

    code = "identity_required"


class IdentityNotProven(ToolError):
    """The e-mail address and the order number do not fit together; which of them is wrong is not said."""

    code = "identity_not_proven"


class AnotherCustomer(ToolError):
    """This conversation already serves someone else."""

    code = "another_customer"


class NotFound(ToolError):
    """No such record for this customer; someone else's and a missing one look the same."""

    code = "not_found"


class Refused(ToolError):
    """The shop's policy says no.

    `params` hold `rule`, the name of what refuses, `sentence`, what a customer is told of it by language, and `person`
    (True) where somebody of the shop has to decide.
    """

    code = "refused"

    def __init__(self, rule: str, sentence: Sentence, **params: object) -> None:
        super().__init__(sentence.en, rule=rule, sentence=sentence.model_dump(), **params)
        self.rule = rule
        self.sentence = sentence


class ConfirmationRequired(ToolError):
    """A write came without the customer's yes to exactly these arguments."""

    code = "confirmation_required"


class QuoteChanged(ToolError):
    """The shop has changed since the customer said yes: the same arguments would now do something else."""

    code = "quote_changed"


class KeyReused(ToolError):
    """The call's id has been used for a write with other arguments."""

    code = "key_reused"


class ShopUnavailable(ToolError):
    """The shop's own system does not answer."""

    code = "shop_unavailable"
    retryable = True
