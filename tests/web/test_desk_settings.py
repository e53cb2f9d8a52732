"""The pages on which a desk's divisions, topics and closed days are changed."""

from meyasubako.casework import desks
from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, Site

SETTINGS = f"/staff/desks/{MIE}/settings"


async def test_a_division_is_added_renamed_and_ended(site: Site) -> None:
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    settings = await admin.get(SETTINGS)
    divisions = await admin.follow(settings, "担当課")
    new = await admin.follow(divisions, "担当課を加える")
    wrong = await admin.submit(new, {"label": "　"}, button="保存する", expect=422)
    assert "担当課の名前を書いてください" in wrong.text
    added = await admin.submit(wrong, {"label": "𠮷野デジタル課 😀"}, button="保存する")
    assert "「𠮷野デジタル課 😀」を加えました" in added.text
    page = await admin.follow(added, "𠮷野デジタル課 😀")
    renamed = await admin.submit(page, {"label": "デジタル未来課"}, button="保存する")
    assert "名前を「𠮷野デジタル課 😀」から「デジタル未来課」に変えました" in renamed.text
    page = await admin.follow(renamed, "デジタル未来課")
    ended = await admin.submit(page, button="選べないようにする")
    assert "終わった課" in ended.text
    case = await admin.get(f"/staff/cases/{await (await story_at(site)).receive()}")
    assert "デジタル未来課" not in case.text
    record = await admin.get(f"{SETTINGS}/audit?action=desk_amended")
    assert "「𠮷野デジタル課 😀」から「デジタル未来課」に" in record.text


async def test_a_stale_form_is_refused_with_what_changed_and_keeps_what_was_typed(site: Site) -> None:
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    other = await site.signed_in("betsu", {MIE: Role.ADMIN})
    address = f"{SETTINGS}/topics/of/life-health"
    mine = await admin.get(address)
    await other.submit(await other.get(address), {"label": "健康と医療"}, button="保存する")
    refused = await admin.submit(mine, {"label": "健康"}, button="保存する", expect=409)
    assert "betsuさんさんが改めました" in refused.text
    assert "から「健康と医療」に変えました" in refused.text
    assert refused.by_id("field-label").get("value") == "健康"
    done = await admin.submit(refused, button="保存する")
    assert "分野「健康」をなおしました" in done.text


async def test_residents_read_what_was_written_for_their_language_or_japanese(site: Site) -> None:
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    page = await admin.get(f"{SETTINGS}/topics/of/life-health")
    await admin.submit(
        page,
        {"label": "健康づくり", "label_easy": "{健康|けんこう}づくり", "label_en": ""},
        button="保存する",
    )
    resident = site.client()
    form = await resident.get(f"/desks/{MIE}/new?language=en")
    assert "健康づくり" in form.text


async def test_days_are_closed_and_opened_and_a_change_is_taken_back(site: Site) -> None:
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    page = await admin.get(f"{SETTINGS}/calendar?year=2026")
    assert "もう決まっている期限は変わりません" in page.text
    assert "元日" in page.text or "年末年始" in page.text
    for typed, field in (({"first": "きのう"}, "first"), ({"first": "2026-08-15"}, "first")):
        refused = await admin.submit(page, {**typed, "reason": "点検"}, button="休みにする", expect=422)
        assert refused.by_id(f"field-{field}").get("aria-invalid") == "true"
    closed = await admin.submit(
        page, {"first": "2026-12-24", "last": "2026-12-25", "reason": "庁舎の点検"}, button="休みにする"
    )
    assert "2日を休みにしました" in closed.text
    amended = await site.database.read(lambda session: desks.amendments(session, site.desks[MIE].id))
    opened = await admin.submit(closed, button="開庁日にする（令和8年12月24日）")
    assert "外しました" in opened.text
    back = await admin.submit(opened, button=f"元に戻す（{amended[1].text}）")
    assert "定義ファイルのとおりに戻しました" in back.text
    assert "祝日などのほかに、休みはありません" in back.text


async def test_only_administrators_of_the_desk_open_these_pages(site: Site) -> None:
    coordinator = await site.signed_in("chosei", {MIE: Role.COORDINATOR})
    for path in ("divisions", "divisions/new", "topics", "topics/of/life", "calendar"):
        await coordinator.get(f"{SETTINGS}/{path}", expect=403)
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    for path in ("divisions/of/nowhere", "topics/of/nowhere"):
        await admin.get(f"{SETTINGS}/{path}", expect=404)
