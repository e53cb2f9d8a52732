"""The page of who carries how much."""

import pytest

from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, Site

WORKLOAD = f"/staff/desks/{MIE}/workload"


async def test_from_the_directory_to_who_carries_what(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    page = await client.follow(await client.get(f"/staff/desks/{MIE}/directory"), "引き受け手の負担を見る")
    assert "この年度には、まだ打診していません" in page.text
    story = await story_at(site, days_ago=0.01)
    await story.offer(await story.triaged(), await story.list_provider())
    page = await client.get(WORKLOAD)
    (_, line) = page.tables["だれが、どれだけ引き受けたか"]
    assert line[:3] == ["名前サンプル専門家（アドバイザー）", "打診1", "受諾0"]
    for odd in ("2025", "99", "９", "x"):
        await client.get(f"{WORKLOAD}?year={odd}")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLERK])
async def test_only_those_who_keep_the_directory_open_it(site: Site, role: Role) -> None:
    client = await site.signed_in("yamada", {MIE: role})
    await client.get(WORKLOAD, expect=403)
    assert "引き受け手の負担を見る" not in (await client.get(f"/staff/desks/{MIE}/directory")).links
