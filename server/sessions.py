"""Who is connected: visitor tokens, single-use tickets, and the shop's signed word for who a customer is."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import jwt
from pydantic import BaseModel, ConfigDict, Field

from server.clock import Clock, timestamp
from server.errors import Forbidden, NotFound, Unauthorized
from server.log import statements
from server.log.log import EventLog
from server.log.records import Visitor, conversation_from, visitor_from
from server.log.writer import Transaction

TICKET_SECONDS = 60
OPEN_TICKETS = 20_000
IDENTITY_SECONDS = 3600  # a signed identity may be valid for as long as this
LEEWAY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Site:
    """A shop, and how it signs who its customers are; without a key, nobody is believed."""

    key: str
    identity_key: str = ""
    identity_algorithm: Literal["HS256", "RS256"] = "HS256"
    identity_required: bool = False


class SessionRequest(BaseModel):
    """Asks for a session. A known visitor sends their token; `session_id` keeps a page's session on a new socket."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    site_key: str = Field(max_length=200)
    visitor_token: str | None = Field(None, max_length=200)
    identity: str | None = Field(None, max_length=4096)
    identifier: str | None = Field(None, min_length=1, max_length=200)
    identifier_hash: str | None = Field(None, max_length=128)
    session_id: str | None = Field(None, max_length=64, pattern=r"^[\w.:-]+$")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the shop says the visitor is, until `expires_at`."""

    customer_id: str
    name: str
    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A page of a visitor with their conversation."""

    id: str
    visitor: Visitor
    conversation_id: str


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session with the token that proves the visitor later and the ticket that opens one socket."""

    session: Session
    visitor_token: str
    ticket: str


class Sessions:
    """Opens sessions and recognises those who come back."""

    def __init__(self, log: EventLog, *, site: Site, signing_key: bytes, clock: Clock) -> None:
        self._log = log
        self._site = site
        self._key = signing_key
        self._clock = clock
        self._tickets: OrderedDict[str, tuple[datetime, Session]] = OrderedDict()

    async def open(self, request: SessionRequest) -> OpenedSession:
        """Raises Forbidden for another site, Unauthorized for a token or an identity that does not hold."""
        if not hmac.compare_digest(request.site_key.encode(), self._site.key.encode()):
            raise Forbidden(where="site_key", expected="the key of this shop")
        identity = self._identity(request)
        known = None
        if request.visitor_token is not None:
            known = self.visitor_of(request.visitor_token)
            if known is None:
                raise Unauthorized(where="visitor_token", expected="a token that this server gave")
        visitor, conversation_id = await self._log.write(lambda tx: _enter(tx, known, identity))
        session = Session(request.session_id or f"ses_{secrets.token_hex(12)}", visitor, conversation_id)
        return OpenedSession(session, self.token_for(visitor.id), self._ticket(session))

    def token_for(self, visitor_id: str) -> str:
        return f"{visitor_id}.{self._signature(visitor_id)}"

    def visitor_of(self, token: str) -> str | None:
        """The id of the visitor that a token proves; None when it was not made here."""
        visitor_id, _, signature = token.partition(".")
        expected = self._signature(visitor_id)
        return visitor_id if hmac.compare_digest(signature.encode(), expected.encode()) else None

    def redeem(self, ticket: str) -> Session:
        """The session of a ticket, once. Raises Unauthorized when it is forged, used or older than 60 seconds."""
        made, session = self._tickets.pop(ticket, (None, None))
        if made is None or session is None or self._clock.now() - made > timedelta(seconds=TICKET_SECONDS):
            raise Unauthorized(where="data.ticket", expected=f"an unused ticket of the last {TICKET_SECONDS} seconds")
        return session

    async def owned(self, conversation_id: str, visitor_id: str) -> None:
        """Raises NotFound unless the conversation is this visitor's; a foreign and a missing one look the same."""
        found = await self._log.read.conversation(conversation_id)
        if found is None or found.visitor_id != visitor_id:
            raise NotFound(where="cid", expected="a conversation of this visitor")

    def _ticket(self, session: Session) -> str:
        ticket = f"tkt_{secrets.token_urlsafe(32)}"
        self._tickets[ticket] = (self._clock.now(), session)
        while len(self._tickets) > OPEN_TICKETS:
            self._tickets.popitem(last=False)
        return ticket

    def _signature(self, visitor_id: str) -> str:
        return hmac.new(self._key, b"visitor\0" + visitor_id.encode(), hashlib.sha256).hexdigest()

    def _identity(self, request: SessionRequest) -> Identity | None:
        if request.identity is not None:
            return self._signed_identity(request.identity)
        if request.identifier is not None:
            return self._hashed_identity(request.identifier, request.identifier_hash or "")
        if self._site.identity_required:
            raise Unauthorized(where="identity", expected="a signed identity")
        return None

    def _signed_identity(self, token: str) -> Identity:
        if not self._site.identity_key:
            raise Unauthorized(where="identity", expected="no identity: this shop has set no key to check it with")
        now = self._clock.now()
        try:
            claims = jwt.decode(
                token,
                self._site.identity_key,
                algorithms=[self._site.identity_algorithm],
                # Times are checked against our own clock below.
                options={
                    "require": ["exp", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_aud": False,
                },
            )
            expires_at = datetime.fromtimestamp(float(claims["exp"]), UTC)
            begins_at = datetime.fromtimestamp(float(claims.get("nbf", 0)), UTC)
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError) as error:
            raise Unauthorized(
                where="identity",
                expected=f"a JWT signed with {self._site.identity_algorithm} that has sub and exp",
                got=type(error).__name__,
            ) from None
        leeway = timedelta(seconds=LEEWAY_SECONDS)
        if not now - leeway < expires_at <= now + timedelta(seconds=IDENTITY_SECONDS) + leeway:
            raise Unauthorized(where="identity.exp", expected=f"a time in the next {IDENTITY_SECONDS} seconds")
        if begins_at > now + leeway:
            raise Unauthorized(where="identity.nbf", expected="a time that has come")
        audience = claims.get("aud", self._site.key)
        if self._site.key not in (audience if isinstance(audience, list) else [audience]):
            raise Unauthorized(where="identity.aud", expected="the key of this shop")
        return Identity(
            customer_id=str(claims["sub"])[:200],
            name=str(claims.get("name") or "")[:200],
            email=str(claims.get("email") or "")[:320],
            expires_at=expires_at,
        )

    def _hashed_identity(self, identifier: str, given: str) -> Identity:
        """HMAC-SHA256 of the identifier in hex, as shops that come from Chatwoot have it."""
        expected = hmac.new(self._site.identity_key.encode(), identifier.encode(), hashlib.sha256).hexdigest()
        if not self._site.identity_key or not hmac.compare_digest(expected.encode(), given.encode()):
            raise Unauthorized(where="identifier_hash", expected="the HMAC-SHA256 of the identifier in hex")
        return Identity(identifier, "", "", self._clock.now() + timedelta(seconds=IDENTITY_SECONDS))


def _enter(tx: Transaction, known: str | None, identity: Identity | None) -> tuple[Visitor, str]:
    """The visitor with their open conversation; both are made where there are none."""
    visitor = _visitor(tx, known, identity)
    row = tx.one(statements.OPEN_CONVERSATION, visitor_id=visitor.id)
    if row is not None:
        return visitor, conversation_from(row).id
    conversation_id = tx.ids.new("conv")
    tx.run(
        statements.ADD_CONVERSATION,
        id=conversation_id,
        visitor_id=visitor.id,
        inbox_seq=tx.next_inbox_seq(),
        created_at=tx.now,
        updated_at=tx.now,
    )
    return visitor, conversation_id


def _visitor(tx: Transaction, known: str | None, identity: Identity | None) -> Visitor:
    row = tx.one(statements.VISITOR, visitor_id=known) if known else None
    found = visitor_from(row) if row else None
    if identity is None:
        # Signed out, or never in: what the account may see ends here.
        if found is not None and found.customer_id is not None:
            found = None
        return found or _add_visitor(tx, None)
    if found is None or found.customer_id not in (None, identity.customer_id):
        # Somebody else at this browser, or a new browser: they go on where this customer was.
        row = tx.one(statements.VISITOR_OF_CUSTOMER, customer=identity.customer_id)
        found = visitor_from(row) if row else None
    if found is None:
        return _add_visitor(tx, identity)
    tx.run(
        statements.IDENTIFY,
        visitor_id=found.id,
        customer=identity.customer_id,
        their_name=identity.name,
        their_email=identity.email,
        expires=timestamp(identity.expires_at),
    )
    return Visitor(
        found.id, identity.customer_id, identity.name, identity.email, timestamp(identity.expires_at), found.created_at
    )


def _add_visitor(tx: Transaction, identity: Identity | None) -> Visitor:
    visitor = Visitor(
        id=tx.ids.new("vis"),
        customer_id=identity.customer_id if identity else None,
        name=identity.name if identity else "",
        email=identity.email if identity else "",
        identity_expires_at=timestamp(identity.expires_at) if identity else None,
        created_at=tx.now,
    )
    tx.run(
        statements.ADD_VISITOR,
        id=visitor.id,
        customer_id=visitor.customer_id,
        name=visitor.name,
        email=visitor.email,
        identity_expires_at=visitor.identity_expires_at,
        created_at=visitor.created_at,
    )
    return visitor
