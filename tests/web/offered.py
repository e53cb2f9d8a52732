"""Offers as their providers open them by the link of a mail."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from meyasubako.casework import matching
from meyasubako.core import dates
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, Role
from meyasubako.store.models import Offer
from tests.harness.client import Client, Page
from tests.harness.site import MIE, Site
from tests.harness.story import BRIEF, Story

TITLE = "現場作業員へのIT導入を進めたい"


# The text itself, and whom it is from: known only after accepting.
PRIVATE = ("何から始めれば", "見本太郎", "サンプル製作所", "taro@example.jp", "059-000-0000")


async def story_at(site: Site, code: str = MIE) -> Story:
    staff_id = await site.add_staff(f"clerk-{code}", {code: Role.COORDINATOR})
    roles = {site.desks[code].id: Role.COORDINATOR}
    clerk = Actor(ActorKind.STAFF, id=staff_id, name="サンプル山田", roles=roles)
    return Story(
        site.database, site.desks[code], clerk, keys=site.keys, at=dates.now() - timedelta(minutes=5)
    )


async def offered(story: Story, provider: Actor, brief: matching.Brief = BRIEF, **changes: Any) -> int:
    return await story.offer(await story.triaged(**changes), provider, brief)


async def follow(site: Site, offer_id: int, *, expect: int = 200) -> tuple[Client, Page]:
    """Somebody opens the link of a mail."""
    client = site.client()
    return client, await client.get(f"/offers/{site.keys.offer_token(offer_id)}", expect=expect)


async def accepted(site: Site, offer_id: int) -> tuple[Client, Page]:
    client, page = await follow(site, offer_id)
    return client, await client.submit(page, button="引き受ける")


async def row(site: Site, offer_id: int) -> Offer:
    return await site.database.read(lambda session: session.get_one(Offer, offer_id))


async def count(site: Site, kind: Any, *where: Any) -> int:
    return await site.database.read(
        lambda session: session.scalar(select(func.count()).select_from(kind).where(*where)) or 0
    )
