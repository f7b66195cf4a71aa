"""What can go wrong while acting in the shop.

ToolError
├── UnknownTool         there is no tool of that name
├── BadArguments        the call's arguments do not fit the tool
├── IdentityRequired    the customer must prove who they are first
├── IdentityNotProven   the e-mail address and the order number do not fit together
├── AnotherCustomer     this conversation already serves someone else
├── NotFound            no such order or product for this customer (foreign and absent look the same)
├── Refused             the shop's policy says no
└── ShopUnavailable     the shop's own system does not answer; try again later
"""

from __future__ import annotations


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
    """The shop's policy says no."""

    code = "refused"


class ShopUnavailable(ToolError):
    """The shop's own system does not answer."""

    code = "shop_unavailable"
    retryable = True
