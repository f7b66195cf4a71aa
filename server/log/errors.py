"""What can go wrong with the log.

ServerError
├── LogLocked           another server process has this log open
├── Busy
│   └── LogUnwritable   the disk is full or failing; nothing was stored
└── Conflict
    └── StaleEpoch      somebody else has taken the conversation over; this output is dropped
"""

from __future__ import annotations

from server.errors import Busy, Conflict, ServerError


class LogLocked(ServerError):
    """Another server process has this log open: embedded stores are for one process."""


class LogUnwritable(Busy):
    """The disk is full or failing; nothing was stored."""


class StaleEpoch(Conflict):
    """Somebody else has taken the conversation over since; this output is dropped."""
