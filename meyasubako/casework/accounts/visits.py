"""Visits of advisers and partners: the link of an offer, or one they asked for, is exchanged for a short session."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from meyasubako.casework import outbox
from meyasubako.core import text
from meyasubako.core.codes import SIGN_IN_LASTS, Keys, draw_token, token_hash
from meyasubako.core.errors import NotFound
from meyasubako.core.numbers import whole
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, Message
from meyasubako.store.models import Provider, ProviderSession

PROVIDER_SESSION_LASTS: Final = timedelta(hours=2)
MOST_ENTRIES: Final = 20
"""Of how many entries one address is told."""


@dataclass(frozen=True, slots=True)
class OpenProviderSession:
    """A browser in which a provider followed the link of an offer, or of a mail they asked for, at `began_at`."""

    offer_id: int | None
    actor: Actor
    began_at: datetime


def ask_to_sign_in(session: Session, typed: str, *, at: datetime) -> None:
    """Send a link to whoever is listed with this address; nobody is told whether there is anybody."""
    address = text.clean_email(typed).lower()
    found = session.scalars(
        select(Provider.id)
        .where(func.lower(Provider.email) == address, Provider.email != "", Provider.is_active)
        .order_by(Provider.id)
        .limit(MOST_ENTRIES)
    )
    for provider_id in found:
        outbox.enqueue(session, Message.SIGN_IN, subject_id=provider_id, at=at)


def sign_in_by_link(session: Session, token: str, *, keys: Keys, at: datetime) -> str:
    """What the browser keeps, signed, after the link of a mail was followed. Raises NotFound for one that opens nothing now."""
    number, _, asked = token.partition(".")[0].partition("-")
    provider_id, seconds = whole(number), whole(asked, digits=11)
    provider = None if provider_id is None else session.get(Provider, provider_id)
    if provider is None or seconds is None or not provider.is_active:
        raise NotFound
    asked_at = datetime.fromtimestamp(seconds, UTC)
    is_ours = hmac.compare_digest(
        keys.sign_in_token(provider.id, provider.email, asked_at).encode(), token.encode()
    )
    if not is_ours or not provider.email or at >= asked_at + SIGN_IN_LASTS:
        raise NotFound
    return f"{provider.id} {token_hash(provider.email)} {at.timestamp():.0f}"


def open_own_visit(session: Session, kept: str) -> OpenProviderSession | None:
    """The visit a browser keeps; None when its person left the directory or has another address."""
    number, mark, began = kept.split(" ")
    provider = session.get(Provider, int(number))
    if provider is None or not provider.is_active or token_hash(provider.email) != mark:
        return None
    actor = Actor(ActorKind.PROVIDER, id=provider.id, name=provider.name)
    return OpenProviderSession(None, actor, datetime.fromtimestamp(int(began), UTC))


def begin_provider_session(session: Session, provider_id: int, offer_id: int, *, at: datetime) -> str:
    """Exchange the link of an offer for a session and return its token."""
    session.execute(
        delete(ProviderSession).where(
            ProviderSession.provider_id == provider_id, ProviderSession.expires_at <= at
        )
    )
    token = draw_token()
    session.add(
        ProviderSession(
            token_hash=token_hash(token),
            provider_id=provider_id,
            offer_id=offer_id,
            expires_at=at + PROVIDER_SESSION_LASTS,
        )
    )
    session.flush()
    return token


def open_provider_session(session: Session, token: str, *, at: datetime) -> OpenProviderSession | None:
    """The session a provider's token opens; None when it has ended or the provider left the directory."""
    found = session.execute(
        select(ProviderSession.offer_id, ProviderSession.expires_at, Provider.id, Provider.name)
        .join(Provider, Provider.id == ProviderSession.provider_id)
        .where(
            ProviderSession.token_hash == token_hash(token),
            ProviderSession.expires_at > at,
            Provider.is_active,
        )
    ).first()
    if found is None:
        return None
    offer_id, expires_at, provider_id, name = found
    actor = Actor(ActorKind.PROVIDER, id=provider_id, name=name)
    return OpenProviderSession(offer_id, actor, expires_at - PROVIDER_SESSION_LASTS)
