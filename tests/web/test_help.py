"""Help for residents, with every word of the desks."""

from meyasubako.core.vocabulary import WORDS, Role
from meyasubako.web.public.help import GLOSSARY
from tests.harness.site import MIE, Site


async def test_help_explains_every_word(site: Site) -> None:
    page = await site.client().get("/help")
    assert set(GLOSSARY) == set(WORDS)
    for words in WORDS:
        assert GLOSSARY[words] in page.text
        for word in words:
            assert word.label in page.text
            assert " ".join(word.meaning.split()) in page.text


async def test_help_is_one_step_away_from_every_page(site: Site) -> None:
    client = site.client()
    for path in ("/", "/status", *(f"/desks/{code}" for code in site.desks)):
        helped = await client.follow(await client.get(path), "使い方")
        assert helped.path == "/help"


async def test_staff_find_their_help_from_every_page(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.VIEWER})
    helped = await client.follow(await client.get(f"/staff/desks/{MIE}/inbox"), "職員の使い方")
    assert helped.path == "/staff/help"
    assert all(role.meaning in helped.text for role in Role)
