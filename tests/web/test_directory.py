"""The directory's pages: who can be asked, and keeping it up to date."""

from dataclasses import replace

import pytest

from meyasubako.casework import directory
from meyasubako.core.vocabulary import MeetingWay, ProviderKind, Role
from tests.harness.desk_work import story_at
from tests.harness.html import words
from tests.harness.site import MIE, TOYAMA, Site

DIRECTORY = f"/staff/desks/{MIE}/directory"
ENTRY = directory.Entry(
    ProviderKind.ADVISER,
    "見本 花子",
    position="サンプル大学 教授",
    profile="工場の現場で\n教えています。",
    topics=("industry-data",),
    ways=(MeetingWay.ONLINE,),
    email="hanako@example.jp",
)


async def add(site: Site, *entries: directory.Entry) -> list[int]:
    story = await story_at(site)
    return [
        await site.database.write(
            lambda session, entry=entry: directory.add(
                session, story.applied.id, entry, by=story.clerk, at=story.at
            )
        )
        for entry in entries
    ]


async def test_an_empty_directory_says_what_it_is_for(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    page = await client.get(DIRECTORY)
    assert "名簿にはまだだれもいません" in page.text
    assert page.links["名簿に加える"].endswith(f"{DIRECTORY}/new")


async def test_the_list_says_by_kind_who_can_be_asked(site: Site) -> None:
    await add(
        site,
        replace(ENTRY, areas=("津市",), capacity=2),
        replace(ENTRY, name="名簿だけの人", email="", profile="", topics=()),
        replace(ENTRY, name="休みの人", profile="", is_active=False),
        replace(ENTRY, name="サンプル株式会社", kind=ProviderKind.PARTNER, profile="", position=""),
    )
    client = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await client.get(DIRECTORY)
    assert page.tables == {
        "アドバイザー": [
            ["名前", "肩書きなど", "分野", "打診"],
            ["名前名簿だけの人", "肩書きなどサンプル大学 教授 オンライン", "分野—", "打診メールアドレスなし"],
            [
                "名前見本 花子",
                "肩書きなどサンプル大学 教授 工場の現場で 教えています。 オンライン 津市 月2件まで",
                "分野ICT/データ活用",
                "打診できる",
            ],
            ["名前休みの人", "肩書きなどサンプル大学 教授 オンライン", "分野ICT/データ活用", "打診休止中"],
        ],
        "パートナー": [
            ["名前", "肩書きなど", "分野", "打診"],
            ["名前サンプル株式会社", "肩書きなど— オンライン", "分野ICT/データ活用", "打診できる"],
        ],
    }


async def test_somebody_is_added_and_changed(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    form = (await client.get(f"{DIRECTORY}/new")).form(button="名簿に載せる")
    typed = {
        "kind": "adviser",
        "name": "見本 花子",
        "topics": ["industry-data"],
        "ways": ["online", "visit"],
        "email": "hanako@example.jp",
        "purposes": ["training"],
        "areas": ["津市", "伊勢市"],
        "capacity": "３件",
        "absences": "2026-08-10〜2026-08-20",
        "sold_topics": ["industry-data"],
        "avoids": "株式会社サンプル商店",
    }
    page = await client.submit(form, typed)
    assert "見本 花子さんを名簿に加えました。" in page.text
    page = await client.follow(page, "なおす（見本 花子）")
    form = page.form(button="名簿に載せる")
    assert {name: form.fields[name] for name in typed} == {
        "kind": ["adviser"],
        "name": ["見本 花子"],
        "topics": ["industry-data"],
        "ways": ["visit", "online"],
        "email": ["hanako@example.jp"],
        "purposes": ["training"],
        "areas": ["津市", "伊勢市"],
        "capacity": ["3"],
        "absences": ["2026-08-10〜2026-08-20"],
        "sold_topics": ["industry-data"],
        "avoids": ["株式会社サンプル商店"],
    }
    page = await client.submit(form, {"email": "", "is_active": False})
    assert "見本 花子さんの内容をなおしました。" in page.text
    assert page.tables["アドバイザー"][1][3] == "打診休止中"


async def test_pressing_twice_adds_one(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    form = (await client.get(f"{DIRECTORY}/new")).form(button="名簿に載せる")
    typed = {"kind": "partner", "name": "サンプル株式会社"}
    await client.submit(form, typed)
    page = await client.submit(form, typed, expect=422)
    assert "もう名簿に載っています" in page.text
    assert len((await client.get(DIRECTORY)).tables["パートナー"]) == 2


async def test_mistakes_are_named_and_nothing_typed_is_lost(site: Site) -> None:
    (provider_id,) = await add(site, ENTRY)
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    for path in (f"{DIRECTORY}/new", f"{DIRECTORY}/{provider_id}"):
        form = (await client.get(path)).form(button="名簿に載せる")
        page = await client.submit(form, {"name": "", "email": "hanako", "profile": "書きかけ"}, expect=422)
        for field in ("name", "email"):
            page.by_id(f"field-{field}-error")
        fields = page.form(button="名簿に載せる").fields
        assert (fields["email"], fields["profile"]) == (["hanako"], ["書きかけ"])


async def test_two_who_change_the_same_entry_do_not_undo_each_other(site: Site) -> None:
    (provider_id,) = await add(site, ENTRY)
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    opened = (await client.get(f"{DIRECTORY}/{provider_id}")).form(button="名簿に載せる")
    await client.submit(opened, {"email": "new@example.jp"})
    page = await client.submit(opened, {"position": "サンプル研究所 所長"}, expect=409)
    assert "ほかの人が変えました" in page.text
    assert "「new@example.jp」になっています" in words(page.by_id("field-email-error"))
    form = page.form(button="名簿に載せる")
    assert (form.fields["position"], form.fields["email"]) == (["サンプル研究所 所長"], ["hanako@example.jp"])
    await client.submit(form, {"email": "new@example.jp"})
    kept = (await client.get(f"{DIRECTORY}/{provider_id}")).form(button="名簿に載せる").fields
    assert (kept["position"], kept["email"]) == (["サンプル研究所 所長"], ["new@example.jp"])


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_reads_and_only_some_change(site: Site, role: Role) -> None:
    (provider_id,) = await add(site, ENTRY)
    client = await site.signed_in("yamada", {MIE: role})
    may = role in {Role.COORDINATOR, Role.ADMIN}
    page = await client.get(DIRECTORY)
    assert ("名簿に加える" in page.links, "なおす（見本 花子）" in page.links) == (may, may)
    # Where people can be reached stands only in the form of those who keep the directory.
    assert "hanako@example.jp" not in page.response.text
    for path in (f"{DIRECTORY}/new", f"{DIRECTORY}/{provider_id}"):
        await client.get(path, expect=200 if may else 403)
        if not may:
            await client.post(path, {"name": "別の名前"}, expect=403)


async def test_the_directory_of_another_desk_is_not_there(site: Site) -> None:
    (provider_id,) = await add(site, ENTRY)
    client = await site.signed_in("yamada", {TOYAMA: Role.ADMIN})
    for path in (DIRECTORY, f"{DIRECTORY}/{provider_id}", f"/staff/desks/{TOYAMA}/directory/{provider_id}"):
        await client.get(path, expect=404)
