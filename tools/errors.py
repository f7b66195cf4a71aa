"""What can go wrong while acting in the shop.

ToolError
├── NotFound            no such order or product for this customer (foreign and absent look the same)
├── IdentityRequired    the customer must prove who they are first
├── BadArguments        the call's arguments do not fit the tool
├── Refused             the shop's policy says no
└── ShopUnavailable     the shop's own system does not answer; try again later
"""


class ToolError(Exception):
    """Base class; `code` is for programs, `retryable` says if the same call may work later."""

    code = "tool_failed"
    retryable = False


class NotFound(ToolError):
    """No such record for this customer; someone else's and a missing one look the same."""

    code = "not_found"


class IdentityRequired(ToolError):
    """The customer must prove who they are first."""

    code = "identity_required"


class BadArguments(ToolError):
    """The call's arguments do not fit the tool."""

    code = "bad_arguments"


class Refused(ToolError):
    """The shop's policy says no."""

    code = "refused"


class ShopUnavailable(ToolError):
    """The shop's own system does not answer."""

    code = "shop_unavailable"
    retryable = True
