"""The directory as a file, page by page: out, changed, looked at, in; and out of the hands of those who may not."""

import pytest

from meyasubako.casework import directory
from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, TOYAMA, Site
from tests.web.test_directory import DIRECTORY, ENTRY, add

FILE = f"{DIRECTORY}/file"


async def names(site: Site) -> list[tuple[str, int | None]]:
    found = await site.database.read(lambda session: directory.entries(session, site.desks[MIE].id))
    return [(each.entry.name, each.entry.capacity) for each in found]


async def test_a_directory_goes_out_is_changed_and_comes_in(site: Site) -> None:
    await add(site, ENTRY)
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    page = await client.get(FILE)
    along = await client.submit(page.form(button="CSVで書き出す"), {})
    written = along.response.content.decode("utf-8-sig")
    assert "hanako@example.jp" in written
    changed = (
        written.replace("hanako@example.jp", "new@example.jp")
        + ",パートナー,サンプル株式会社\r\n,だれ,名無し\r\n"
    )

    look = await client.submit(
        page.form(button="変わるところを見る"), files={"file": [("名簿.csv", changed.encode())]}
    )
    assert "メールアドレス：「hanako@example.jp」 → 「new@example.jp」" in look.text
    assert "4行め" in look.text
    assert await names(site) == [("見本 花子", None)]

    form = look.form(button="この内容で取り入れる")
    done = await client.submit(form, {})
    assert "新しく1件を加え、1件を改めました。1行は取り入れていません。" in done.text
    assert await names(site) == [("見本 花子", None), ("サンプル株式会社", None)]
    # Pressed twice.
    again = await client.submit(form, {}, expect=409)
    assert "もう一度ファイルを選んでください" in again.text


async def test_what_moved_while_one_looked_is_not_overwritten(site: Site) -> None:
    (provider_id,) = await add(site, ENTRY)
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    written = f"番号,月の上限\n{provider_id},3\n".encode()
    page = await client.get(FILE)
    look = await client.submit(page.form(button="変わるところを見る"), files={"file": [("a.csv", written)]})
    opened = (await client.get(f"{DIRECTORY}/{provider_id}")).form(button="名簿に載せる")
    await client.submit(opened, {"capacity": "9"})
    page = await client.submit(look.form(button="この内容で取り入れる"), {}, expect=409)
    assert "名簿が変わりました" in page.text
    assert await names(site) == [("見本 花子", 9)]


@pytest.mark.parametrize("content", [b"%PDF-1.7\n%%EOF", b"a,b\n1,2\n", b""])
async def test_what_is_no_directory_is_refused_beside_the_field(site: Site, content: bytes) -> None:
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    page = await client.get(FILE)
    page = await client.submit(
        page.form(button="変わるところを見る"), files={"file": [("名簿.xlsx", content)]}, expect=422
    )
    page.by_id("field-file-error")


async def test_a_file_somebody_else_handed_in_cannot_be_named(site: Site) -> None:
    await story_at(site)
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    form = (await client.get(FILE)).form(button="変わるところを見る")
    await client.post(FILE, {"digest": "0" * 64, "csrf_token": form.fields["csrf_token"][0]}, expect=409)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLERK])
async def test_only_those_who_keep_the_directory_take_it_along(site: Site, role: Role) -> None:
    client = await site.signed_in("yamada", {MIE: role})
    await client.get(FILE, expect=403)
    await client.post(f"{FILE}/along", {"form": "csv"}, expect=403)
    other = await site.signed_in("suzuki", {TOYAMA: Role.ADMIN})
    await other.get(FILE, expect=404)
