"""Mails to those who wrote in easy Japanese or English: the same mails, in their language, and plain text all the same."""

import re
from pathlib import Path

import pytest
from sqlalchemy import update

from meyasubako.core import marks
from meyasubako.core.sentences import Text
from meyasubako.core.settings import Settings
from meyasubako.core.tongues import tongue
from meyasubako.core.vocabulary import Language
from meyasubako.store.database import Database
from meyasubako.store.models import Receipt
from tests.harness.languages import JAPANESE
from tests.harness.letters import all_kinds, deliver
from tests.harness.mail_server import Delivery, MailServer
from tests.harness.site import MIE, TOYAMA, settings_for
from tests.harness.story import ADVISER_ADDRESS, open_story

LONGEST_LINE = 75


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def settings(tmp_path: Path, mail_server: MailServer) -> Settings:
    return settings_for(tmp_path, smtp=mail_server.url)


async def mailed(
    database: Database, settings: Settings, mail_server: MailServer, code: str, language: Language
) -> list[Delivery]:
    """Every mail a desk may ever send to people who wrote in this language."""
    story = await open_story(database, code)
    await all_kinds(story)
    await story.database.write(lambda session: session.execute(update(Receipt).values(language=language)))
    await deliver(story, settings)
    return [mail for mail in mail_server.deliveries if ADVISER_ADDRESS not in mail.recipients]


def own_text(mail: Delivery) -> str:
    """What the desk wrote, without what people wrote."""
    text = re.sub(r"(----- .+? -----)\n.*?\n(-{10,}\n)", r"\1\2", mail.text, flags=re.DOTALL)
    for name in ("見本太郎", "サンプル専門家", "体調"):
        text = text.replace(name, "")
    return text


@pytest.mark.parametrize("code", [TOYAMA, MIE])
async def test_every_mail_is_english_for_those_who_wrote_in_english(
    database: Database, settings: Settings, mail_server: MailServer, code: str
) -> None:
    mails = await mailed(database, settings, mail_server, code, Language.ENGLISH)
    assert len(mails) > 6
    for mail in mails:
        assert not JAPANESE.search(mail.subject), mail.subject
        assert not JAPANESE.search(own_text(mail)), own_text(mail)
        assert mail.message["content-language"] == "en"
        for line in own_text(mail).splitlines():
            assert len(line) <= LONGEST_LINE or "http" in line or "Mie DX Center Secretariat" in line, line


@pytest.mark.parametrize("code", [TOYAMA, MIE])
async def test_mails_in_easy_japanese_are_plain(
    database: Database, settings: Settings, mail_server: MailServer, code: str
) -> None:
    mails = await mailed(database, settings, mail_server, code, Language.EASY_JAPANESE)
    story_desk = next(mail for mail in mails if "番号は" in mail.subject)
    assert "送ったものを受け付けました。" in story_desk.text
    for mail in mails:
        assert mail.message["content-language"] == "ja"
        assert not re.search(r"[{}|<>\ufdd0-\ufdef]", mail.subject + own_text(mail)), own_text(mail)
        assert not re.search("ございます|いただ", own_text(mail)), own_text(mail)


def test_the_name_of_a_desk_is_plain_in_a_subject() -> None:
    name = Text("窓口", {"ja-x-easy": "{窓口|まどぐち}"})
    assert marks.plain(tongue(Language.EASY_JAPANESE).say("【%(desk)s】", desk=name)) == "【窓口】"
