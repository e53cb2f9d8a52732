"""Sending a mail again on the page of a case."""

from sqlalchemy import update

from meyasubako.core.vocabulary import Bounce, Message, Role
from meyasubako.store.models import OutboxMessage, Requester
from tests.harness.client import Client, Page
from tests.harness.desk_work import story_at
from tests.harness.letters import answer, correct, rows
from tests.harness.site import MIE, TOYAMA, Site
from tests.harness.story import ADDRESS, Story


async def opened_again(site: Site, story: Story, clerk: Client, case_id: int) -> Page:
    """The page of an answer that came back."""
    await answer(story, case_id)
    [reply] = await rows(story, Message.REPLIED)
    came_back = update(OutboxMessage).where(OutboxMessage.id == reply.id)
    await site.database.write(
        lambda s: s.execute(came_back.values(sent_at=story.at, bounced_at=story.at, bounce=Bounce.HARD))
    )
    return await clerk.follow(await clerk.get(f"/staff/cases/{case_id}"), "もう一度送る（回答）")


async def test_what_the_sender_corrected_meanwhile_is_not_overwritten(site: Site) -> None:
    story = await story_at(site)
    clerk = await site.signed_in("yamada", {MIE: Role.CLERK})
    page = await opened_again(site, story, clerk, await story.triaged())
    await correct(story, 1, email="mine@example.jp")
    refused = await clerk.submit(page, button="もう一度送る", expect=409)
    assert "開いたあとに改められました" in refused.text
    assert refused.form(field="email").fields["email"] == ["mine@example.jp"]
    await clerk.submit(refused, button="もう一度送る")
    contact = await story.see(lambda s: s.get(Requester, 1))
    assert contact.email == "mine@example.jp"


async def test_an_address_is_corrected_and_the_mail_sent_again(site: Site) -> None:
    story = await story_at(site)
    case_id, other = await story.triaged(), await story.triaged()
    await answer(story, case_id)
    [reply] = await rows(story, Message.REPLIED)
    came_back = update(OutboxMessage).where(OutboxMessage.id == reply.id)
    await site.database.write(
        lambda s: s.execute(came_back.values(sent_at=story.at, bounced_at=story.at, bounce=Bounce.HARD))
    )
    clerk = await site.signed_in("yamada", {MIE: Role.CLERK})
    case = await clerk.get(f"/staff/cases/{case_id}")
    assert "「回答」：あて先がありません" in case.text
    page = await clerk.follow(case, "もう一度送る（回答）")
    assert page.form(field="email").fields["email"] == [ADDRESS]
    wrong = await clerk.submit(page, {"email": "tarou.example.jp"}, button="もう一度送る", expect=422)
    assert wrong.form(field="email").fields["email"] == ["tarou.example.jp"]
    done = await clerk.submit(wrong, {"email": "tarou@example.jp"}, button="もう一度送る")
    assert "メール「回答」をもう一度送ります。" in done.text
    assert "メール「回答」をもう一度送ることにしました" in done.text
    assert "もう一度送る（回答）" not in done.links
    assert "連絡先が改められました" in done.text
    assert "相談者がしたことです" not in done.text
    twice = await clerk.submit(wrong, {"email": "tarou@example.jp"}, button="もう一度送る", expect=409)
    assert "もう一度送ってあります" in twice.text
    await clerk.get(f"/staff/cases/{other}/mails/{reply.id}/again", expect=404)
    stranger = await site.signed_in("tanaka", {TOYAMA: Role.ADMIN})
    await stranger.get(f"/staff/cases/{case_id}/mails/{reply.id}/again", expect=404)
    viewer = await site.signed_in("sato", {MIE: Role.VIEWER})
    await viewer.get(f"/staff/cases/{case_id}/mails/{reply.id}/again", expect=403)
