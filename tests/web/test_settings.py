"""The settings of a desk: its staff, handing cases over, taking lists along, and the record of it all."""

import csv
import io

import openpyxl
import pytest

from meyasubako.core.vocabulary import Role
from tests.harness.client import Client, Page
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site

SETTINGS = f"/staff/desks/{MIE}/settings"
STAFF = f"{SETTINGS}/staff"
EXPORT = f"/staff/desks/{MIE}/export"


async def post(client: Client, path: str, values: dict[str, str], *, expect: int) -> Page:
    """Send what no form of the page offers."""
    token = (await client.get("/staff/account")).form(button="パスワードを変える").fields["csrf_token"][0]
    return await client.post(path, {"csrf_token": token, **values}, expect=expect)


async def test_an_admin_adds_somebody_who_can_then_sign_in(site: Site) -> None:
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    settings = await admin.get(SETTINGS)
    people = await admin.get(settings.links["職員と役割"])
    refused = await admin.submit(
        people, {"login": "日本", "name": "鈴木", "role": "clerk"}, button="職員を加える", expect=422
    )
    assert refused.by_id("field-name").get("value") == "鈴木"
    told = await admin.submit(
        people, {"login": "suzuki", "name": "鈴木", "role": "clerk"}, button="職員を加える"
    )
    assert "この画面を閉じると" in told.text
    record = await admin.get(f"{SETTINGS}/audit")
    assert "鈴木（suzuki）：担当者" in record.text
    await site.add_staff("elsewhere", {TOYAMA: Role.CLERK})
    granted = await admin.submit(people, {"login": "elsewhere", "role": "viewer"}, button="職員を加える")
    assert "役割を付けました" in granted.text


async def test_who_is_there_already_is_not_added_with_another_role(site: Site) -> None:
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    await site.add_staff("yamada", {MIE: Role.COORDINATOR})
    for login in ("yamada", "ＫＡＮＲＩ"):
        people = await admin.get(STAFF)
        refused = await admin.submit(
            people, {"login": login, "role": "viewer"}, button="職員を加える", expect=422
        )
        assert "もうこの窓口の職員です" in refused.text
    assert "yamadaさん" in (await admin.get(STAFF)).text
    record = await admin.get(f"{SETTINGS}/audit?action=role_granted")
    assert "閲覧者" not in str(record.tables["操作の記録"])


async def test_who_manages_one_desk_has_no_power_over_those_of_another(site: Site) -> None:
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    both = await site.add_staff("both", {MIE: Role.CLERK, TOYAMA: Role.ADMIN})
    elsewhere = await site.add_staff("elsewhere", {TOYAMA: Role.CLERK})
    page = await admin.get(f"{STAFF}/{both}")
    assert "パスワードを作りなおす" not in page.text
    for then in ("password", "deactivate"):
        await post(admin, f"{STAFF}/{both}", {"then": then}, expect=403)
    await admin.get(f"{STAFF}/{elsewhere}", expect=404)
    record = (await admin.get(f"{SETTINGS}/audit")).text
    assert "（both）" in record
    assert "（elsewhere）" not in record
    clerk = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    await clerk.get(STAFF, expect=403)


async def test_nobody_takes_their_own_management_away(site: Site) -> None:
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    people = await admin.get(STAFF)
    mine = people.links["kanriさん"]
    for change in ({"then": "revoke"}, {"then": "role", "role": "viewer"}, {"then": "deactivate"}):
        refused = await post(admin, mine, change, expect=422)
        assert "自分の役割をなくすことはできません" in refused.text


async def test_the_cases_of_who_leaves_pass_to_another(site: Site) -> None:
    story = await story_at(site)
    case_ids = [await story.receive() for _ in range(3)]
    leaving = await site.add_staff("leaving", {MIE: Role.CLERK})
    coming = await site.add_staff("coming", {MIE: Role.CLERK})
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    for case_id in case_ids[:2]:
        case = await admin.get(f"/staff/cases/{case_id}")
        await admin.submit(case, {"assignee": str(leaving)}, button="担当者を決める")
    page = await admin.get(f"{STAFF}/{leaving}")
    done = await admin.submit(page, {"assignee": str(coming)}, button="まとめて引き継ぐ")
    assert "案件2件を引き継ぎました" in done.text
    assert [(await story.case(each)).assignee_id for each in case_ids] == [coming, coming, None]
    itself = await post(
        admin, f"{STAFF}/{leaving}", {"then": "hand-over", "assignee": str(leaving)}, expect=422
    )
    assert "ほかの人を選んでください" in itself.text


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_list_is_taken_along_whole_and_recorded(site: Site, form: str) -> None:
    story = await story_at(site)
    for number in range(3):
        await story.receive(title=f"=件名{number}")
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    cases = await admin.get(f"/staff/desks/{MIE}/cases")
    page = await admin.follow(cases, "この一覧を書き出す（CSV、Excel）")
    assert "一覧の3件を" in page.text
    response = (await admin.submit(page, {"form": form, "texts": True}, button="書き出す")).response
    assert response.headers["content-disposition"].startswith("attachment; ")
    if form == "csv":
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
        assert [row[-2] for row in rows] == ["件名", "'=件名0", "'=件名1", "'=件名2"]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(response.content))["案件"]
        assert [row[-2].value for row in sheet.iter_rows()] == ["件名", "=件名0", "=件名1", "=件名2"]
    assert "3件（番号と区分、本文）" in (await admin.get(f"{SETTINGS}/audit?action=exported")).text


async def test_contact_data_is_not_even_offered_to_clerks(site: Site) -> None:
    await (await story_at(site)).receive()
    clerk = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await clerk.get(EXPORT)
    assert "氏名と連絡先" not in page.text
    await post(clerk, EXPORT, {"form": "csv", "contact": "yes"}, expect=403)
    wrong = await post(clerk, EXPORT, {"form": "exe"}, expect=422)
    assert "ファイルの形を選んでください" in wrong.text


async def test_opening_contact_data_is_recorded(site: Site) -> None:
    case_id = await (await story_at(site)).receive()
    clerk = await site.signed_in("yamada", {MIE: Role.CLERK})
    for _ in range(2):
        await clerk.get(f"/staff/cases/{case_id}")
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    record = await admin.get(f"{SETTINGS}/audit?action=contact_seen")
    assert record.text.count("連絡先を見た") - record.text.count("<option") <= 3
    assert len(record.tables["操作の記録"]) == 2


async def test_a_division_somebody_speaks_for_is_chosen_on_their_page(site: Site) -> None:
    speaker = await site.add_staff("speaker", {MIE: Role.VIEWER})
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    division = site.desks[MIE].desk.open_divisions[0]
    page = await admin.get(f"{STAFF}/{speaker}")
    people = await admin.submit(page, {"division": division.code}, button="担当課を決める")
    assert f"課を「{division.label}」にしました" in people.text
    assert f"（なし） → 「{division.label}」" in (await admin.get(f"{SETTINGS}/audit")).text
    await post(admin, f"{STAFF}/{speaker}", {"then": "division", "division": "nowhere"}, expect=422)
    nobody = await admin.submit(
        await admin.get(f"{STAFF}/{speaker}"), {"division": ""}, button="担当課を決める"
    )
    assert "課としては考え方を出しません" in nobody.text
