"""Which pages may open a socket. Nothing below us checks this."""

from __future__ import annotations

from collections.abc import Iterable


def origin_allowed(headers: Iterable[tuple[bytes, bytes]], allowed: frozenset[str], *, has_token: bool) -> bool:
    """Whether a socket may open: one Origin that is exactly on the list, by scheme, host and port.

    A program that is not a browser sends no Origin; it needs a bearer token instead (`has_token`).
    """
    origins = [value for name, value in headers if name.lower() == b"origin"]
    if not origins:
        return has_token
    if len(origins) > 1:
        return False
    try:
        origin = origins[0].decode("ascii").lower()  # scheme and host have no case
    except UnicodeDecodeError:
        return False
    return origin in {each.lower() for each in allowed}
