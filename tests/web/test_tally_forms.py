"""Making a form of statistical tables on the page: from a copy, tried before it is saved, and nothing typed lost."""

from meyasubako.core.vocabulary import Role
from tests.harness.client import Page
from tests.harness.site import MIE, Site

PATH = f"/staff/desks/{MIE}/tallies/forms"


def titles(page: Page) -> list[str]:
    """The names of the tables as they stand in the form."""
    fields = page.form(button="保存する").fields
    return [fields[f"tables.{place}.title"][0] for place in range(int(fields["count"][0]))]


async def test_a_form_is_made_from_a_copy_tried_and_saved(site: Site) -> None:
    client = await site.signed_in("suzuki", {MIE: Role.COORDINATOR})
    page = await client.get(f"{PATH}/new?from=monthly")
    first, second, *_ = begun = titles(page)
    page = await client.submit(page, button="下へ（表1 " + first + "）")
    assert titles(page)[:2] == [second, first]
    page = await client.submit(page, button="表を加える")
    assert titles(page) == [second, first, *begun[2:], ""]
    last = len(begun)
    page = await client.submit(
        page,
        {f"tables.{last}.add_filter": "channel"},
        button=f"しぼり込みを加える（表{last + 1} （名前なし））",
    )
    typed = {
        "title": "議会に出す表",
        f"tables.{last}.title": "電話と郵便",
        f"tables.{last}.quantities": ["cases"],
        f"tables.{last}.rows": "purpose",
        f"tables.{last}.columns": "channel",
        f"tables.{last}.only.channel": ["phone", "letter"],
        f"tables.{last}.note": "注の言葉",
    }
    tried = await client.submit(page, typed, button="試しに出す")
    assert "まだ保存していません" in tried.text
    assert tried.tables["電話と郵便"][0][-1] == "合計"
    assert "注の言葉" in tried.text
    saved = await client.submit(tried, button="保存する")
    assert saved.heading.startswith("議会に出す表")
    assert "電話と郵便" in saved.tables
    listed = await client.get(PATH)
    changed = await client.follow(listed, "なおす（議会に出す表）")
    assert titles(changed)[-1] == "電話と郵便"
    fields = changed.form(button="保存する").fields
    assert set(fields[f"tables.{last}.only.channel"]) == {"phone", "letter"}
    shorter = await client.submit(changed, button=f"取り除く（表1 {second}）")
    assert titles(shorter)[0] == first
    await client.submit(shorter, button="保存する")

    stale = await client.submit(changed, {"title": "古いまま"}, button="保存する", expect=409)
    assert "まだ保存していません" in stale.text
    assert stale.form(button="保存する").fields["title"] == ["古いまま"]
    after = await client.submit(stale, button="保存する")
    assert after.heading.startswith("古いまま")
    ended = await client.submit(await client.get(PATH), button="使わないことにする（古いまま）")
    assert "使わないことにした様式" in ended.text


async def test_what_cannot_be_counted_is_said_beside_its_field(site: Site) -> None:
    client = await site.signed_in("suzuki", {MIE: Role.COORDINATOR})
    page = await client.get(f"{PATH}/new?from=blank")
    wrong = {
        "tables.0.title": "合わない表",
        "tables.0.quantities": ["meetings"],
        "tables.0.rows": "outcome",
    }
    refused = await client.submit(page, wrong, button="保存する", expect=422)
    assert "対応結果ごとには数えられません" in refused.text
    said = refused.by_id("field-tables-0-rows-error")
    assert "表1：「面談」" in "".join(said.itertext())
    fields = refused.form(button="保存する").fields
    assert (fields["tables.0.title"], fields["tables.0.rows"]) == (["合わない表"], ["outcome"])
    assert "表題" in "".join(refused.by_id("field-title-error").itertext())
    twice = {**wrong, "tables.0.quantities": ["cases"], "tables.0.rows": "topic"}
    page = await client.submit(
        refused, {**twice, "tables.0.add_filter": "topic"}, button="しぼり込みを加える（表1 合わない表）"
    )
    refused = await client.submit(
        page, {"title": "名前", "tables.0.only.topic": ["life"]}, button="試しに出す", expect=422
    )
    assert refused.text.count("分野は、行、列、しぼり込みのどれか1つだけで選んでください。") == 2
    await client.post(f"{PATH}/new", {"csrf_token": fields["csrf_token"][0], "count": "999", "do": "up.998"})


async def test_only_coordinators_make_forms(site: Site) -> None:
    clerk = await site.signed_in("yamada", {MIE: Role.CLERK})
    listed = await clerk.get(PATH)
    assert "月次報告" in listed.links
    assert "写して作る（月次報告）" not in listed.links
    await clerk.get(f"{PATH}/new", expect=403)
    lead = await site.signed_in("suzuki", {MIE: Role.COORDINATOR})
    await lead.get(f"{PATH}/monthly", expect=404)
    await lead.get(f"{PATH}/nothing", expect=404)
