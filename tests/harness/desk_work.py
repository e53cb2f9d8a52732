"""A story that happens at a desk of a running site, so that a page can be opened in the middle of it."""

from datetime import timedelta

from meyasubako.core import dates
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, Role
from tests.harness.site import MIE, Site
from tests.harness.story import Story


async def story_at(site: Site, code: str = MIE, *, days_ago: float = 2) -> Story:
    """A story at one of the site's desks, begun a while ago, with a coordinator who never signs in."""
    applied = site.desks[code]
    staff_id = await site.add_staff(f"story-{code}", {code: Role.COORDINATOR}, name="語り手")
    clerk = Actor(ActorKind.STAFF, staff_id, "語り手", {applied.id: Role.COORDINATOR})
    began_at = dates.now() - timedelta(days=days_ago)
    return Story(site.database, applied, clerk, keys=site.keys, at=began_at)
