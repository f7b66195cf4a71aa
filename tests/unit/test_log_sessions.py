"""Who a visitor is: tokens, tickets, and the shop's signed word."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server.clock import UlidIds
from server.errors import Forbidden, NotFound, Unauthorized
from server.log.log import EventLog
from server.sessions import OpenedSession, SessionRequest, Sessions, Site

KEY = "the-shop-signs-with-this-key-" * 3
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def log(tmp_path: Path, clock: Clock) -> AsyncIterator[EventLog]:
    log = await EventLog.open(tmp_path / "log.sqlite3", clock=clock, ids=UlidIds(clock))
    yield log
    await log.close()


def sessions_of(log: EventLog, clock: Clock, **site: Any) -> Sessions:
    return Sessions(log, site=Site("demo", **{"identity_key": KEY, **site}), signing_key=b"k" * 32, clock=clock)


@pytest.fixture
def sessions(log: EventLog, clock: Clock) -> Sessions:
    return sessions_of(log, clock)


async def opened(sessions: Sessions, **body: Any) -> OpenedSession:
    return await sessions.open(SessionRequest(site_key="demo", **body))


def signed(key: str = KEY, algorithm: str = "HS256", **claims: Any) -> str:
    claims = {"sub": "customer-7", "name": "Ada", "exp": (NOW + timedelta(minutes=10)).timestamp(), **claims}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm=algorithm)


async def test_who_comes_back_with_their_token_finds_their_conversation(sessions: Sessions) -> None:
    first = await opened(sessions)

    again = await opened(sessions, visitor_token=first.visitor_token)

    assert again.session.visitor == first.session.visitor
    assert again.session.conversation_id == first.session.conversation_id
    assert again.ticket != first.ticket


async def test_strangers_share_nothing(sessions: Sessions) -> None:
    one, other = await opened(sessions), await opened(sessions)

    assert one.session.visitor.id != other.session.visitor.id
    with pytest.raises(NotFound):
        await sessions.owned(one.session.conversation_id, other.session.visitor.id)


async def test_a_ticket_is_good_once_and_for_a_minute(sessions: Sessions, clock: Clock) -> None:
    used, stale = await opened(sessions), await opened(sessions)

    assert sessions.redeem(used.ticket) == used.session
    with pytest.raises(Unauthorized):
        sessions.redeem(used.ticket)
    clock.moment += timedelta(seconds=61)
    with pytest.raises(Unauthorized):
        sessions.redeem(stale.ticket)


async def test_a_token_that_was_changed_proves_nobody(sessions: Sessions, log: EventLog, clock: Clock) -> None:
    one, other = await opened(sessions), await opened(sessions)
    signature = one.visitor_token.partition(".")[2]

    assert sessions.visitor_of(one.visitor_token) == one.session.visitor.id
    for forged in ("", ".", f"{other.session.visitor.id}.{signature}", one.visitor_token[:-1], "vis_1.é"):
        assert sessions.visitor_of(forged) is None
    with pytest.raises(Unauthorized):
        await opened(sessions, visitor_token="vis_1.forged")


async def test_another_shops_key_opens_nothing(sessions: Sessions) -> None:
    with pytest.raises(Forbidden):
        await sessions.open(SessionRequest(site_key="other"))


async def test_the_shops_signed_word_says_who_the_customer_is(sessions: Sessions, clock: Clock) -> None:
    session = (await opened(sessions, identity=signed(email="ada@example.org"))).session

    assert (session.visitor.customer_id, session.visitor.name) == ("customer-7", "Ada")
    assert session.visitor.signed_in("2026-11-22T10:09:59.999Z")
    assert not session.visitor.signed_in("2026-11-22T10:10:00.000Z")


PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_PEM = PRIVATE.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC_PEM = (
    PRIVATE.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def confused() -> str:
    """A token that takes the public RSA key for a shared secret; PyJWT itself refuses to make one."""
    head, body, _ = signed().split(".")
    signature = hmac.new(PUBLIC_PEM.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{jwt.utils.base64url_encode(signature).decode()}"


@pytest.mark.parametrize(
    "forged",
    [
        "not.a.token",
        "",
        jwt.encode({"sub": "customer-7", "exp": 1e12}, None, algorithm="none"),
        signed(key="another-key-that-is-also-32-bytes-long"),
        signed(algorithm="HS512"),
        signed(exp=(NOW - timedelta(minutes=1)).timestamp()),
        signed(exp=(NOW + timedelta(hours=2)).timestamp()),
        signed(exp=None),
        signed(exp="soon"),
        signed(exp=1e300),
        signed(sub=None),
        signed(nbf=(NOW + timedelta(minutes=5)).timestamp()),
        signed(aud="another-shop"),
        signed(aud=["a", "b"]),
        signed()[:-2],
        ".".join([signed().split(".")[0], signed(sub="customer-8").split(".")[1], signed().split(".")[2]]),
    ],
)
async def test_a_forged_or_stale_identity_is_refused(sessions: Sessions, forged: str) -> None:
    with pytest.raises(Unauthorized):
        await opened(sessions, identity=forged)


async def test_an_identity_can_be_signed_with_rsa_and_not_confused_with_a_secret(log: EventLog, clock: Clock) -> None:
    sessions = sessions_of(log, clock, identity_key=PUBLIC_PEM, identity_algorithm="RS256")

    session = (await opened(sessions, identity=signed(key=PRIVATE_PEM, algorithm="RS256", aud="demo"))).session

    assert session.visitor.customer_id == "customer-7"
    for forged in (confused(), signed()):
        with pytest.raises(Unauthorized):
            await opened(sessions, identity=forged)


async def test_a_shop_without_a_key_believes_nobody(log: EventLog, clock: Clock) -> None:
    sessions = sessions_of(log, clock, identity_key="")
    empty = hmac.new(b"", b"customer-7", hashlib.sha256).hexdigest()

    for body in ({"identity": signed()}, {"identifier": "customer-7", "identifier_hash": empty}):
        with pytest.raises(Unauthorized):
            await opened(sessions, **body)


async def test_a_hash_of_the_identifier_is_taken_from_shops_that_come_from_elsewhere(sessions: Sessions) -> None:
    right = hmac.new(KEY.encode(), b"customer-7", hashlib.sha256).hexdigest()

    session = (await opened(sessions, identifier="customer-7", identifier_hash=right)).session

    assert session.visitor.customer_id == "customer-7"
    with pytest.raises(Unauthorized):
        await opened(sessions, identifier="customer-8", identifier_hash=right)


async def test_a_shop_can_want_everybody_signed_in(log: EventLog, clock: Clock) -> None:
    sessions = sessions_of(log, clock, identity_required=True)

    with pytest.raises(Unauthorized):
        await opened(sessions)
    assert (await opened(sessions, identity=signed())).session.visitor.customer_id == "customer-7"


async def test_signing_in_keeps_the_conversation_and_signing_out_leaves_it(sessions: Sessions) -> None:
    before = await opened(sessions)

    signed_in = await opened(sessions, visitor_token=before.visitor_token, identity=signed())
    signed_out = await opened(sessions, visitor_token=signed_in.visitor_token)

    assert signed_in.session.conversation_id == before.session.conversation_id
    assert signed_out.session.conversation_id != before.session.conversation_id
    assert signed_out.session.visitor.customer_id is None


async def test_another_customer_at_the_same_browser_does_not_see_the_first_ones_chat(sessions: Sessions) -> None:
    ada = await opened(sessions, identity=signed())

    ben = await opened(sessions, visitor_token=ada.visitor_token, identity=signed(sub="customer-8"))

    assert ben.session.visitor.id != ada.session.visitor.id
    assert ben.session.conversation_id != ada.session.conversation_id
