"""Visits of advisers and partners: the link of an offer is exchanged for a short session."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from meyasubako.core.codes import draw_token, token_hash
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind
from meyasubako.store.models import Provider, ProviderSession

PROVIDER_SESSION_LASTS: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class OpenProviderSession:
    """A browser in which a provider followed the link of an offer, at `began_at`."""

    offer_id: int
    actor: Actor
    began_at: datetime


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
