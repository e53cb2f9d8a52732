"""Did it help? Asked by a link that works once."""

from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import replies, surveys
from meyasubako.core.dates import japan_day, now
from meyasubako.core.vocabulary import Helpfulness, Role
from meyasubako.store.models import LedgerEntry, Survey
from tests.harness.sent import EMAIL, Sent, somebody_sent
from tests.harness.site import TOYAMA, Site

SEND = "答えを送る"


@pytest.fixture
async def sent(site: Site) -> Sent:
    return await somebody_sent(site)


@pytest.fixture
async def link(site: Site, sent: Sent) -> str:
    """The link in the mail, after the case was answered and closed."""
    await sent.client.submit(await sent.client.get(f"/confirm/{site.keys.confirm_token(sent.number, EMAIL)}"))
    await sent.triage()
    await sent.reply("回答")
    desk = site.desks[TOYAMA].desk

    def close(session: Any) -> int:
        replies.close(session, desk, sent.case_id, "noted", by=sent.clerk, at=now())
        assert surveys.invite(session, desk, sent.case_id, keys=site.keys, at=now())
        return session.scalars(select(Survey.id)).one()

    return f"/survey/{site.keys.survey_token(await site.database.write(close))}"


async def answers(site: Site) -> list[tuple[Helpfulness | None, str]]:
    return await site.database.read(
        lambda s: [(row.grade, row.comment) for row in s.scalars(select(Survey)) if row.answered_at]
    )


async def test_the_answer_is_taken_and_counted_once(site: Site, link: str) -> None:
    client = site.client()
    page = await client.get(link)
    assert "今回の県の対応は、役に立ちましたか。" in page.text
    assert page.form(button=SEND).choices("grade") == [each.value for each in Helpfulness]
    thanks = await client.submit(page, {"grade": "helped_somewhat", "comment": "早かった😀"}, button=SEND)
    assert thanks.heading == "ありがとうございました"
    again = await client.submit(page, {"grade": "did_not_help"}, button=SEND, expect=404)
    assert "もうお答えをいただいています" in again.text
    closed = await client.get(link, expect=404)
    assert closed.heading == "このアンケートは終わっています"
    assert await answers(site) == [(Helpfulness.HELPED_SOMEWHAT, "早かった😀")]
    grades = await site.database.read(
        lambda s: s.scalars(select(LedgerEntry.grade).where(LedgerEntry.grade.is_not(None))).all()
    )
    assert grades == [Helpfulness.HELPED_SOMEWHAT]


async def test_opening_the_link_answers_nothing(site: Site, link: str) -> None:
    for _ in range(3):
        await site.client().get(link)
    assert await answers(site) == []


async def test_what_was_written_stays_when_no_grade_was_chosen(site: Site, link: str) -> None:
    client = site.client()
    page = await client.get(link)
    refused = await client.submit(page, {"comment": "ていねいでした。"}, button=SEND, expect=422)
    assert "4つの中から1つ選んでください。" in refused.text
    assert refused.form(button=SEND).fields["comment"] == ["ていねいでした。"]
    too_long = await client.submit(
        page, {"grade": "helped", "comment": "あ" * 2_001}, button=SEND, expect=422
    )
    assert too_long.form(button=SEND).fields["grade"] == ["helped"]
    assert await answers(site) == []


async def test_a_link_that_never_was_opens_nothing(site: Site) -> None:
    await site.client().get("/survey/none", expect=404)


async def test_the_mails_can_be_stopped_and_wished_for_again(site: Site, link: str) -> None:
    client = site.client()
    page = await client.follow(await client.get(link), "これからは、アンケートのメールを受け取らない")
    stopped = await client.submit(page, button="アンケートのメールを止める")
    assert "このアドレスには、アンケートのメールを送りません。" in stopped.text
    again = await client.submit(stopped, button="やはり、アンケートを受け取る")
    assert again.form(button="アンケートのメールを止める")
    await client.get("/surveys/none/stop", expect=404)


async def test_paper_is_entered_on_the_case_and_stands_in_the_figures(
    site: Site, sent: Sent, link: str
) -> None:
    client = await site.signed_in("suzuki", {TOYAMA: Role.CLERK})
    case = await client.get(f"/staff/cases/{sent.case_id}")
    missing = await client.submit(case, {"grade": "helped_somewhat"}, button="答えを入力する", expect=422)
    assert "答えを受け取った日を、年月日で書いてください。" in missing.text
    typed = {"grade": "helped_somewhat", "received_on": japan_day(now()).isoformat()}
    done = await client.submit(missing, typed, button="答えを入力する")
    assert "紙の答えを入力しました。" in done.text
    assert "やや役に立った" in done.text
    figures = await client.get(f"/staff/desks/{TOYAMA}/tallies/surveys")
    assert "1件のうち、これまでに答えがあったのは 1件（回答率 100.0%）" in figures.text
    await site.client().get(link, expect=404)
