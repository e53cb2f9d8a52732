"""Files that lie in a store of their own: sent, read again on another machine, and what is said while the store is away."""

from pathlib import Path

from meyasubako.core.vocabulary import Role
from meyasubako.store.database import Database
from tests.harness.buckets import storing
from tests.harness.files import pdf
from tests.harness.site import TOYAMA, open_site
from tests.web.test_attachments import CHECK, OPINION, PLAN, downloads, error_beside, held, sent, with_files


async def test_a_file_is_kept_in_the_store_and_read_from_there(database: Database, tmp_path: Path) -> None:
    with storing() as store:
        site = await open_site(database, tmp_path, files=store.address)
        await sent(site.client(), PLAN)
        assert not [each for each in site.settings.files_folder.rglob("*") if each.is_file()]
        clerk = await site.signed_in("yamada", {TOYAMA: Role.CLERK})
        case = await clerk.follow(await clerk.get(f"/staff/desks/{TOYAMA}/cases"), OPINION["title"])
        link = downloads(case)["提案書.pdf"]
        found = await clerk.get(link)
        assert found.response.content == pdf()
        assert found.headers["content-type"] == "application/pdf"
        assert found.headers["content-length"] == str(len(pdf()))
        assert found.headers["cache-control"] == "no-store"

    away = await clerk.get(link, expect=503)
    assert "いま、ファイルを取り出せません" in away.text
    page = await with_files(site.client(), PLAN, expect=503)
    assert "いま、ファイルを保存できません" in error_beside(page)
    assert held(page) == []
    assert page.form(button=CHECK).fields["body"] == [OPINION["body"]]
