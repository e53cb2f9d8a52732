"""The record of what was done with a desk, taken along as a file."""

import csv
import io

import openpyxl
import pytest

from meyasubako.casework import audit
from meyasubako.core.vocabulary import Role
from tests.harness.site import MIE, TOYAMA, Site

AUDIT = f"/staff/desks/{MIE}/settings/audit"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_the_record_is_taken_along_whole_and_that_is_on_record(
    site: Site, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PIECE", 2)
    for number in range(3):
        await site.add_staff(f"member{number}", {MIE: Role.CLERK})
    await site.add_staff("elsewhere", {TOYAMA: Role.CLERK})
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    page = await admin.follow(
        await admin.get(f"{AUDIT}?action=role_granted"), "この記録を書き出す（CSV、Excel）"
    )
    assert "絞り込んだ4件を" in page.text
    response = (await admin.submit(page, {"form": form}, button="書き出す")).response
    assert response.headers["content-disposition"].startswith("attachment; ")
    if form == "csv":
        rows = [tuple(row) for row in csv.reader(io.StringIO(response.content.decode("utf-8-sig")))]
    else:
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        rows = [tuple(cell.value or "" for cell in row) for row in book["操作の記録"].iter_rows()]
        assert book["項目の説明"]["A2"].value == "at"
    assert rows[0] == tuple(column.label for column in audit.COLUMNS)
    assert [str(row[2]) for row in rows[1:]] == ["役割を決めた"] * 4
    assert "（なし） → 「担当者」" in str(rows[1][5])
    assert not any("elsewhere" in str(row) for row in rows)
    assert "操作の記録 4件" in (await admin.get(f"{AUDIT}?action=exported")).text


async def test_only_who_may_see_the_record_takes_it_along(site: Site) -> None:
    coordinator = await site.signed_in("chosei", {MIE: Role.COORDINATOR})
    await coordinator.get(f"{AUDIT}/export", expect=403)
    admin = await site.signed_in("kanri", {MIE: Role.ADMIN})
    page = await admin.get(f"{AUDIT}/export")
    meanings = (await admin.submit(page, {"form": "dictionary"}, button="書き出す")).response
    assert "変える前と変えたあと" in meanings.content.decode("utf-8-sig")
    assert "当てはまる記録はありません" in (await admin.get(f"{AUDIT}?action=exported")).text
