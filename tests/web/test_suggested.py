"""What stands beside a case: suggestions with their words, similar cases; and the page that says how right they were."""

from meyasubako import indexing, learning
from meyasubako.casework import replies
from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.html import elements, words
from tests.harness.site import MIE, TOYAMA, Site


async def test_a_suggestion_is_confirmed_and_its_rightness_told(site: Site) -> None:
    story = await story_at(site)
    before = await story.triaged(title="旅館の予約台帳", body="旅館の予約を、紙の台帳からネットに移したい。")
    await story.do(replies.reply, before, "予約の仕組みの事例集をお送りします。", by=story.clerk)
    case_id = await story.receive(
        title="旅館の予約", body="外国人の観光客の旅館の予約を、ネットで受けたい。", topics=()
    )
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    assert "まもなく出ます" in (await client.get(f"/staff/cases/{case_id}")).text
    await indexing.index_all(site.database)
    await learning.learn_all(site.database)

    page = await client.get(f"/staff/cases/{case_id}")
    said = " ".join(words(each) for each in elements(page.tree, "p") if "hint" in each.get("class", ""))
    assert "根拠：" in said
    assert "「旅館」" in said
    assert "似た案件 1" in page.text
    assert "予約の仕組みの事例集をお送りします。" in page.text
    assert [words(each) for each in elements(page.tree, "button") if each.get("data-key") == "Enter"] == [
        "この内容で決める"
    ]

    await client.submit(page, {}, button="この内容で決める")
    await learning.learn_all(site.database)
    rightness = await client.get(f"/staff/desks/{MIE}/suggestions")
    assert rightness.heading == "振分けの案の確かさ"
    assert "2件に案を出し" in rightness.text


async def test_before_anything_was_decided_the_page_says_what_will_be_there(site: Site) -> None:
    client = await site.signed_in("yamada", {TOYAMA: Role.VIEWER})
    page = await client.get(f"/staff/desks/{TOYAMA}/suggestions")
    assert "まだ振り分けた案件がありません" in page.text


async def test_the_list_marks_only_what_is_high(site: Site) -> None:
    story = await story_at(site)
    high, usual = await story.receive(title="装置の停止"), await story.receive(title="旅館の予約")
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    for case_id, priority in ((high, "high"), (usual, "normal")):
        page = await client.get(f"/staff/cases/{case_id}")
        await client.submit(page, {"priority": priority}, button="この内容で決める")
    inbox = await client.get(f"/staff/desks/{MIE}/inbox?sort=due")
    assert inbox.text.count("優先度 高") == 1
    assert inbox.text.index("優先度 高") < inbox.text.index("装置の停止") < inbox.text.index("旅館の予約")
    assert "優先度 高" in (await client.get(f"/staff/cases/{high}")).text
    page = await client.get(f"/staff/desks/{MIE}/conditions")
    found = await client.submit(page.form(button="一覧を見る"), {"priority": ["high"]}, button="一覧を見る")
    assert "優先度： 高" in found.text
    assert "旅館の予約" not in found.text
