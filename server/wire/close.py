"""Why a socket closes."""

from __future__ import annotations

import enum


class Close(enum.IntEnum):
    """The close codes of `vitrine.v1`; what a client does about each is in `docs/protocol.md`."""

    NORMAL = 1000
    GOING_AWAY = 1001
    TOO_BIG = 1009
    RESTART = 1012
    OVERLOADED = 1013
    MALFORMED = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL = 4406
    TIMEOUT = 4408
    REPLACED = 4409
    SLOW = 4413
    TOO_MANY = 4429
    SERVER_ERROR = 4500
