"""Public statistics: closed months for everybody, as pages and as data, without the numbers that would tell of somebody."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft7Validator
from sqlalchemy.orm import Session

from meyasubako.casework import desks
from meyasubako.core.dates import JAPAN
from meyasubako.core.desk import StatisticsRules
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, Role
from tests.casework.tally_desk import TallyDesk
from tests.harness.site import MIE, Site
from tests.house.source import ROOT
from tests.web.test_api import check, described

BASE = f"/desks/{MIE}/statistics"
ATOM = "{http://www.w3.org/2005/Atom}"
PROFILE = ROOT / "tests" / "vendor" / "datapackage" / "datapackage.json"
PLAIN = {"accept-language": "ja"}


def japan(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


@pytest.fixture
async def mie(site: Site) -> TallyDesk:
    """Nine consultations of 令和4年度, which is closed, and one of the month after, which is not."""
    staff_id = await site.add_staff("behind", {MIE: Role.COORDINATOR})
    actor = Actor(ActorKind.STAFF, staff_id, "調整役", {site.desks[MIE].id: Role.COORDINATOR})
    mie = TallyDesk(site.database, site.desks[MIE], actor)

    def fill(session: Session) -> None:
        for day, requester_type, number in (
            ("2022-04-10", "business", 4),
            ("2022-05-10", "business", 1),
            ("2022-05-11", "resident_group", 3),
            ("2022-06-10", "municipality", 1),
            ("2023-04-10", "business", 1),
        ):
            for _ in range(number):
                mie.receive_in(
                    session, japan(f"{day}T10:00:00"), requester_type=requester_type, title="題の秘密"
                )

    await mie.write(fill)
    await mie.close_month(202303, japan("2023-04-05T09:00:00"))
    return mie


async def test_a_year_is_a_page_with_what_is_hidden_marked(site: Site, mie: TallyDesk) -> None:
    client = site.client()
    desk = await client.get(f"/desks/{MIE}")
    index = await client.follow(desk, "月ごと、年度ごとの件数")
    assert index.path == BASE
    year = await client.follow(index, "令和4年度")
    groups = {row[0]: row[1:] for row in year.tables["相談者別（相談件数）"]}
    assert groups["県内事業者"] == ["5", "55.6%"]
    assert groups["県民グループ"] == ["3", "33.3%"]
    assert groups["県・市町"] == groups["その他"] == groups["不明"] == ["X秘匿", "X秘匿"]
    assert groups["合計"] == ["9", "100.0%"]
    assert "3より小さい数" in year.text
    months = {row[0]: row[1:] for row in year.tables["月ごとの数"]}
    assert (months["令和4年5月"], months["計"]) == (["4"], ["9"])
    assert "noindex" not in year.response.text
    may = await client.follow(year, "5月")
    assert (may.path, may.heading) == (f"{BASE}/2022-05", "令和4年5月の件数")
    assert (
        "内訳のうち、相談者、相談内容は、だれのことか分からないように、年度ごとにまとめて載せます。"
        in may.text
    )
    english = await client.get(f"{BASE}/fy2022?lang=en")
    assert "Requests" in english.text or "X marks numbers" in english.text


async def test_what_is_not_published_is_not_there(site: Site, mie: TallyDesk) -> None:
    client = site.client()
    for path in ("2023-04", "fy2023", "2022-5", "fy4", "fyR4", "2022-13", "9999-99", "fy99999", "nothing"):
        await client.get(f"{BASE}/{path}", expect=404)
    await client.get(f"{BASE}/fy2022/other.csv", expect=404)

    def stop(session: Session) -> None:
        desk = replace(mie.desk, public_statistics=StatisticsRules())
        desks.apply(session, desk, at=japan("2023-05-01T09:00:00"))

    await mie.write(stop)
    await site.app.state.service.shelf.look_again()
    for path in ("", "/fy2022", "/2022-05", "/fy2022/cells.csv", "/feed.atom", "/catalogue.jsonld"):
        await client.get(f"{BASE}{path}", expect=404)
    await client.get(f"/api/v1/desks/{MIE}/tallies", expect=404)
    assert (await client.get(f"/api/v1/desks/{MIE}")).json()["tallies_url"] is None
    assert "これまでの件数" not in (await client.get(f"/desks/{MIE}")).text


async def test_nobody_gets_the_same_answer_twice(site: Site, mie: TallyDesk) -> None:
    client = site.client()
    for path in ("", "/fy2022", "/2022-05", "/fy2022/cells.csv", "/feed.atom", "/catalogue.jsonld"):
        first = await client.request("GET", f"{BASE}{path}", headers=PLAIN)
        assert first.headers["cache-control"] == "public, max-age=600"
        assert "set-cookie" not in first.headers
        named = {**PLAIN, "if-none-match": first.headers["etag"]}
        again = await client.request("GET", f"{BASE}{path}", headers=named, expect=304)
        assert again.response.content == b""
        assert again.headers["etag"] == first.headers["etag"]


async def test_the_data_package_describes_its_files(site: Site, mie: TallyDesk) -> None:
    client = site.client()
    package = (await client.get(f"{BASE}/fy2022/datapackage.json")).json()
    Draft7Validator(json.loads(PROFILE.read_text(encoding="utf-8"))).validate(package)
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    assert package["homepage"] == f"https://testserver{BASE}/fy2022"
    contents: dict[str, bytes] = {}
    for resource in package["resources"]:
        answer = await client.get(f"{BASE}/fy2022/{resource['path']}")
        content = contents[resource["path"]] = answer.response.content
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert answer.headers["content-type"].startswith(resource["mediatype"])
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "題の秘密" not in content.decode()
    (schema,) = [each["schema"] for each in package["resources"] if "schema" in each]
    rows = list(csv.DictReader(io.StringIO(contents["cells.csv"].decode())))
    assert list(rows[0]) == [field["name"] for field in schema["fields"]]
    assert not {"correction", "as_of"} & rows[0].keys()
    keys = [tuple(row[name] for name in schema["primaryKey"]) for row in rows]
    assert len(set(keys)) == len(keys)
    hidden = {(row["row"], row["value"], row["of"]) for row in rows if row["mark"] == "hidden"}
    assert {("governments", "", ""), ("unknown", "", "")} <= hidden
    assert {row["value"] for row in rows if row["table"] == "receipts-requester_group"} == {
        *("5", "55.6", "3", "33.3", "", "9", "100.0")
    }
    assert "correction" not in contents["data.json"].decode()
    assert contents["tables.csv"].startswith(b"\xef\xbb\xbf")


async def test_portals_and_readers_find_what_is_new(site: Site, mie: TallyDesk) -> None:
    client = site.client()
    page = await client.get(f"{BASE}/2022-05")
    assert f'href="{BASE}/feed.atom"' in page.response.text
    feed = ET.fromstring((await client.get(f"{BASE}/feed.atom")).response.content)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 13
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert ids[:2] == [
        f"tag:testserver,2021-09-01:{MIE}/statistics/2023-03",
        f"tag:testserver,2021-09-01:{MIE}/statistics/fy2022",
    ]
    assert len(set(ids)) == len(ids)
    for element in (feed, *entries):
        assert {"id", "title", "updated"} <= {child.tag.removeprefix(ATOM) for child in element}
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo is not None
    record = (await client.get(f"{BASE}/catalogue.jsonld")).json()
    assert record["@type"] == "dcat:Catalog"
    sets = [each for each in record["dcat:dataset"] if each["@type"] == "dcat:Dataset"]
    assert len(sets) == 13
    for each in sets:
        assert each["dct:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
        for distribution in each["dcat:distribution"]:
            address = distribution["dcat:downloadURL"]["@id"]
            assert address.startswith("https://testserver/")
    await client.get(
        sets[0]["dcat:distribution"][0]["dcat:downloadURL"]["@id"].removeprefix("https://testserver")
    )


async def test_programs_get_what_is_published_and_no_more(site: Site, mie: TallyDesk) -> None:
    client = site.client()
    answer = await client.get(f"/api/v1/desks/{MIE}/tallies?from=2022-04&to=2023-04")
    found: Any = check(await described(client), "/desks/{desk}/tallies", answer)
    assert [each["month"] for each in found["months"]][-1] == "2023-03"
    assert [each["totals"][0]["value"] for each in found["months"]][:4] == [4, 4, 1, 0]
    assert [len(each["tables"]) for each in found["months"]] == [0] * 11 + [2]
    rows = {row["code"]: row["value"] for row in found["months"][-1]["tables"][0]["rows"]}
    assert rows == {"businesses": 5, "residents": 3, "governments": None, "others": None, "unknown": None}
    assert (await client.get(f"/api/v1/desks/{MIE}/tallies")).json()["months"] == []
