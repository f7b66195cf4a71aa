"""Which pages may open a socket."""

from __future__ import annotations

import pytest

from server.origins import origin_allowed

ALLOWED = frozenset({"https://shop.example", "https://shop.example:8443"})


@pytest.mark.parametrize(
    ("origins", "has_token", "allowed"),
    [
        (["https://shop.example"], False, True),
        (["HTTPS://SHOP.EXAMPLE"], False, True),
        ([], True, True),
        ([], False, False),
        (["https://evil.example"], False, False),
        (["null"], False, False),
        (["https://shop.example.evil"], False, False),
        (["http://shop.example"], False, False),
        (["https://shop.example:444"], False, False),
        (["https://shop.example."], False, False),
        (["https://shоp.example"], False, False),  # the o is Cyrillic
        (["https://shop.example", "https://shop.example"], False, False),
        (["https://evil.example"], True, False),
        (["https://shop.example/"], False, False),
        ([""], True, False),
    ],
)
def test_only_the_shops_own_pages_and_programs_with_a_token_come_in(
    origins: list[str], has_token: bool, allowed: bool
) -> None:
    headers = [(b"host", b"chat.example"), *((b"origin", each.encode()) for each in origins)]

    assert origin_allowed(headers, ALLOWED, has_token=has_token) is allowed
