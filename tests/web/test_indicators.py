"""The pages of indicators: kept by a coordinator, looked at by everybody of the desk, taken along as files."""

import io

import openpyxl

from meyasubako.core.vocabulary import Role
from tests.harness.site import MIE, TOYAMA, Site

PAGE = f"/staff/desks/{MIE}/tallies/indicators"


async def test_a_coordinator_sets_a_target_and_says_what_came_of_it(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    page = await client.get(f"/staff/desks/{MIE}/tallies")
    page = await client.get(page.links["指標"])
    assert "この年度の指標がありません" in page.text
    page = await client.get(page.links["指標を加える"])
    page = await client.submit(page, {"baseline": "百人"}, button="保存する", expect=422)
    assert page.by_id("field-label-error") is not None
    typed = {"label": "<b>件数</b>😀", "unit": "件", "gauge": "receipts", "baseline": "26"}
    page = await client.submit(page, typed, button="保存する")
    assert "指標を加えました。" in page.text

    page = await client.submit(page, {"year": "いつか"}, button="この年度の目標と実績を入れる", expect=422)
    page = await client.submit(page, {"year": "R3"}, button="この年度の目標と実績を入れる")
    stale = page
    page = await client.submit(page, {"target": "30人"}, button="保存する", expect=422)
    assert page.by_id("field-target-error") is not None
    values = {"target": "30", "actual": "31", "comment": "届いた。", "next_action": "続ける。"}
    page = await client.submit(page, values, button="保存する")
    assert "令和3年度の目標と実績を保存しました。" in page.text
    page = await client.submit(stale, {"target": "99"}, button="保存する", expect=409)
    assert "まだ保存していません" in page.text
    assert page.form(button="保存する").fields["target"] == ["99"]
    page = await client.submit(page, {"actual": "28"}, button="保存する")

    page = await client.get(f"{PAGE}?year=R3")
    for said in ("未達成", "前は31件", "前は30件", "99件", "<b>件数</b>😀"):
        assert said in page.text, said
    page = await client.get(f"{PAGE}/years")
    assert "令和3年度" in page.text
    page = await client.get(page.links["<b>件数</b>😀"])
    page = await client.submit(page, button="使わないことにする")
    page = await client.submit(page, button="また使う")
    assert "また使うことにしました。" in page.text


async def test_files_hold_what_the_page_shows(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    page = await client.get(f"{PAGE}/new")
    page = await client.submit(page, {"label": "=1+1", "unit": "％", "baseline": "56.8"}, button="保存する")
    page = await client.submit(page, {"year": "R3"}, button="この年度の目標と実績を入れる")
    await client.submit(page, {"target": "80.0", "actual": "81.25"}, button="保存する")
    viewer = await site.signed_in("tateyama", {MIE: Role.VIEWER})
    sheet = await viewer.get(f"{PAGE}/files/csv?year=R3")
    assert "'=1+1,％,大きいほどよい" in sheet.text
    assert ",81.25％,81.25,手で入れる,,,1.00,達成," in sheet.text
    book = openpyxl.load_workbook(io.BytesIO((await viewer.get(f"{PAGE}/files/xlsx")).response.content))
    assert book["指標"]["N2"].value == 81.25
    assert 'target = "80.0"' in (await viewer.get(f"{PAGE}/files/toml")).text
    await viewer.get(f"{PAGE}/files/pdf", expect=404)
    await viewer.get(f"{PAGE}/files/csv?year=x", expect=404)
    page = await viewer.get(f"{PAGE}?year=x&as_of=y", expect=422)
    assert page.by_id("field-as-of-error") is not None


async def test_indicators_are_kept_by_those_who_may(site: Site) -> None:
    admin = await site.signed_in("yamada", {MIE: Role.ADMIN})
    page = await admin.get(f"{PAGE}/new")
    page = await admin.submit(page, {"label": "回答の数"}, button="保存する")
    own = page.links["指標をなおす"].split("/")[-2]
    clerk = await site.signed_in("suzuki", {MIE: Role.CLERK})
    page = await clerk.get(f"{PAGE}/{own}")
    assert "指標をなおす" not in page.links
    for path in (f"{PAGE}/new", f"{PAGE}/{own}/change", f"{PAGE}/{own}/years/2026"):
        await clerk.get(path, expect=403)
    other = await site.signed_in("tateyama", {TOYAMA: Role.ADMIN})
    there = f"/staff/desks/{TOYAMA}/tallies/indicators"
    for path in (f"{PAGE}/{own}", f"{there}/{own}", f"{there}/{own}/change", f"{there}/{own}/years/2026"):
        await other.get(path, expect=404)
    await admin.get(f"{PAGE}/{own}/years/3000", expect=404)
