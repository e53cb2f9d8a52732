"""Everything of one case, what may come next, and whom it could be offered to."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from meyasubako.casework import (
    casefiles,
    directory,
    lifecycle,
    matching,
    outbox,
    replies,
    surveys,
    tracking,
    triage,
)
from meyasubako.casework.casefiles import (
    Action,
    Contact,
)
from meyasubako.casework.casefiles.allowed import IN_ORDER
from meyasubako.core.errors import NotFound
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    Channel,
    Helpfulness,
    MeetingWay,
    Message,
    OfferState,
    RequesterType,
    Role,
    Status,
)
from meyasubako.store.database import Database
from tests.casework.files_read import file_of, inbox
from tests.harness.story import REQUESTER_DETAILS, TOYAMA, Story, open_story

BODY = "紙の日報をやめたいのですが、\n何から始めればよいでしょうか。"


@pytest.fixture
async def story(database: Database) -> Story:
    return await open_story(database)


def somebody(story: Story, role: Role) -> Actor:
    return Actor(ActorKind.STAFF, story.clerk.id, "ほかの人", {story.applied.id: role})


# ---- The file


async def test_a_file_holds_everything_of_a_case(story: Story) -> None:
    adviser, busy = await story.list_provider(), await story.list_provider("忙しい専門家")
    case_id = await story.receive()
    story.pass_time(minutes=1)
    await story.triage(case_id)
    story.pass_time(minutes=1)
    await story.do(triage.assign, case_id, story.clerk.id, by=story.clerk)
    await story.do(triage.note, case_id, "電話した。", by=story.clerk)
    question_id = await story.do(replies.ask, case_id, "何人ですか。", by=story.clerk)
    story.pass_time(minutes=1)
    await story.do(tracking.add, story.numbers[case_id], 1, case_id, "35人です。")
    refused, taken = await story.offer(case_id, busy), await story.offer(case_id, adviser)
    story.pass_time(minutes=1)
    await story.do(matching.turn_down, refused, "予定が埋まっています。", keys=story.keys, by=busy)
    await story.accept(taken, adviser)
    await story.do(matching.advise, taken, "写真から始めましょう。", by=adviser)
    await story.do(
        matching.meet,
        story.applied.desk,
        taken,
        held_on=date(2026, 7, 3),
        way=MeetingWay.ONLINE,
        minutes=45,
        summary="現場を見せてもらった。",
        by=adviser,
    )
    story.pass_time(minutes=1)
    await story.do(replies.reply, case_id, "補助金もあります。", by=story.clerk)
    await story.close(case_id)
    survey = story.keys.survey_token(1)
    await story.do(surveys.answer, survey, "helped", "助かりました。")

    file = await file_of(story, case_id)

    desk = story.applied.desk
    topic = desk.topic_leaves()[0]
    assert (file.status, file.outcome_label) == (Status.CLOSED, desk.open_outcomes[0].label)
    assert (file.triage.requester_type_label, file.triage.topic_labels) == ("県内の事業者", (topic.label,))
    assert (file.assignee, file.channel, file.entered_by) == ("サンプル山田", Channel.WEB, "")
    assert [(said.id, said.who, said.body) for said in file.questions] == [
        (question_id, "サンプル山田", "何人ですか。")
    ]
    assert [(said.who, said.body) for said in file.additions] == [("本人", "35人です。")]
    assert [(said.who, said.body) for said in file.replies] == [("サンプル山田", "補助金もあります。")]
    assert [(said.who, said.body) for said in file.notes] == [("サンプル山田", "電話した。")]
    assert [(each.provider_name, each.state, each.reason) for each in file.offers] == [
        ("忙しい専門家", OfferState.TURNED_DOWN, "予定が埋まっています。"),
        ("サンプル専門家", OfferState.ACCEPTED, ""),
    ]
    assert [said.body for said in file.offers[1].advices] == ["写真から始めましょう。"]
    assert (file.meetings_held, file.meetings_left) == (1, 2)
    assert [(each.grade, each.comment) for each in file.surveys] == [(Helpfulness.HELPED, "助かりました。")]
    assert {mail.kind for mail in file.unsent} >= {Message.REPLIED, Message.SURVEY, Message.OFFER}
    codes = f"県内の事業者 ／ {desk.open_purposes()[0].label} ／ {topic.label}"
    assert [(each.what, each.by, each.said) for each in file.history] == [
        ("受け付けました（ホームページ）", "本人", ""),
        ("振り分けました", "サンプル山田", codes),
        ("担当者をサンプル山田さんにしました", "サンプル山田", ""),
        ("メモを書きました", "サンプル山田", "電話した。"),
        ("問い合わせました", "サンプル山田", "何人ですか。"),
        ("お返事がありました", "本人", "35人です。"),
        ("忙しい専門家さん（アドバイザー）に打診しました", "サンプル山田", ""),
        ("サンプル専門家さん（アドバイザー）に打診しました", "サンプル山田", ""),
        ("忙しい専門家さん（アドバイザー）が打診を辞退しました", "", "予定が埋まっています。"),
        ("サンプル専門家さん（アドバイザー）が引き受けました", "", ""),
        ("助言を書きました", "サンプル専門家", "写真から始めましょう。"),
        ("面談を記録しました", "サンプル専門家", "7月3日（金）　オンライン　45分\n現場を見せてもらった。"),
        ("回答しました", "サンプル山田", "補助金もあります。"),
        ("完了しました", "サンプル山田", f"対応結果：{desk.open_outcomes[0].label}"),
        ("アンケートに答えがありました", "本人", "役に立った\n助かりました。"),
    ]


async def test_contact_data_is_only_for_those_who_work_with_it(story: Story) -> None:
    case_id = await story.receive()
    assert (await file_of(story, case_id)).contact == Contact(
        "見本太郎",
        "サンプル製作所",
        "津市",
        "taro@example.jp",
        email_confirmed=True,
        phone="059-000-0000",
        postal_code="",
        address="",
    )
    seen = await file_of(story, case_id, by=somebody(story, Role.VIEWER))
    assert (seen.contact, seen.actions, seen.next_action, seen.body) == (None, (), None, BODY)
    assert "見本太郎" not in repr(seen)
    assert "taro@example.jp" not in repr(seen)


async def test_a_case_of_another_desk_is_not_there(story: Story, database: Database) -> None:
    other = await open_story(database, TOYAMA)
    case_id = await other.receive()
    with pytest.raises(NotFound):
        await file_of(story, case_id)
    with pytest.raises(NotFound):
        await story.see(lambda session: casefiles.desk_of(session, story.clerk, case_id))
    # Not even with a role there, under the wrong desk.
    both = replace(story.clerk, roles={**story.clerk.roles, **other.clerk.roles})
    with pytest.raises(NotFound):
        await file_of(story, case_id, by=both)
    assert await story.see(lambda session: casefiles.desk_of(session, both, case_id)) == other.applied.id


async def test_a_letter_is_known_by_its_day_and_who_entered_it(story: Story) -> None:
    received_at = story.at - timedelta(days=2)
    case_id = await story.receive(
        channel=Channel.LETTER, by=story.clerk, received_at=received_at, confirmed=False
    )
    file = await file_of(story, case_id)
    assert (file.entered_by, file.received_at, file.recorded_at) == ("サンプル山田", received_at, story.at)
    first = file.history[0]
    assert (first.at, first.has_time, first.what, first.by) == (
        received_at,
        False,
        "受け付けました（郵便）",
        "入力：サンプル山田",
    )


async def test_mails_nobody_gets_are_not_spoken_of(story: Story) -> None:
    nobody = replace(REQUESTER_DETAILS, email="")
    without = await story.triaged(requester=nobody, reply_wanted=False)
    unwanted = await story.triaged(reply_wanted=False)
    for case_id in (without, unwanted):
        await story.do(replies.ask, case_id, "何人ですか。", by=story.clerk)
        await story.do(replies.reply, case_id, "こうしてください。", by=story.clerk)
    assert (await file_of(story, without)).mails == ()
    assert [mail.kind for mail in (await file_of(story, unwanted)).mails] == [Message.CONFIRM, Message.ASKED]


async def test_what_went_by_mail_stands_in_the_history(story: Story) -> None:
    case_id = await story.receive()
    story.pass_time(minutes=5)
    await story.do(outbox_sent)
    file = await file_of(story, case_id)
    assert [(each.what, each.by) for each in file.history][1:] == [
        ("メール「受付のお知らせと確認のお願い」を送りました", "自動")
    ]
    assert file.unsent == ()


def outbox_sent(session: Any, *, at: datetime) -> None:
    for claimed in outbox.claim(session, at=at, limit=10):
        outbox.mark_sent(session, claimed.id, at=at)


# ---- What may come next


async def test_every_action_offered_is_one_the_life_of_a_case_allows(story: Story) -> None:
    """Each status has its first action; nothing is offered that would be refused."""
    desk, by = story.applied.desk, story.clerk
    case_id = await story.receive()
    seen: dict[Status, tuple[Action, ...]] = {}

    async def look() -> None:
        file = await file_of(story, case_id)
        seen[file.status] = tuple(each for each in file.actions if each not in casefiles.JOINING)

    await look()
    await story.do(triage.decline, desk, case_id, desk.decline_reasons[0].code, by=by)
    await look()
    await story.do(triage.undo, case_id, "間違えました。", by=by)
    await story.triage(case_id)
    adviser = await story.list_provider()
    await story.list_provider("もう一人の専門家")
    await look()
    offer_id = await story.offer(case_id, adviser)
    await look()
    await story.accept(offer_id, adviser)
    await look()
    await story.do(replies.ask, case_id, "何人ですか。", by=by)
    await look()
    await story.do(replies.reply, case_id, "こうしてください。", by=by)
    await look()
    await story.close(case_id)
    await look()

    a = Action
    always = (a.ASSIGN, a.NOTE)
    assert seen == {
        Status.RECEIVED: (a.TRIAGE, a.ASK, a.DECLINE, a.REFER, *always),
        Status.DECLINED: (a.UNDO, a.REFER, *always),
        Status.TRIAGED: (a.OFFER, a.REPLY, a.START, a.ASK, a.TRIAGE, a.DECLINE, a.REFER, *always),
        Status.OFFERED: (a.OFFER, a.REPLY, a.ASK, a.TRIAGE, a.REFER, *always),
        Status.IN_PROGRESS: (a.REPLY, a.OFFER, a.ASK, a.TRIAGE, a.HAND_BACK, a.REFER, *always),
        Status.WAITING: (a.RESUME, a.REPLY, a.TRIAGE, a.CLOSE, a.REFER, *always),
        Status.ANSWERED: (a.CLOSE, a.REPLY, a.TRIAGE, a.REOPEN, a.REFER, *always),
        Status.CLOSED: (a.REOPEN, a.TRIAGE, a.SURVEY, a.FOLLOW_UP, *always),
    }


async def test_who_was_asked_before_triage_cannot_be_answered_yet(story: Story) -> None:
    case_id = await story.receive()
    await story.do(replies.ask, case_id, "どちらの会社ですか。", by=story.clerk)
    file = await file_of(story, case_id)
    assert (Action.REPLY in file.actions, file.next_action, file.came_from) == (False, None, Status.RECEIVED)


def test_every_status_says_what_makes_sense() -> None:
    assert set(IN_ORDER) == set(Status) == set(lifecycle.TRANSITIONS) - {None}


async def test_asking_comes_last_while_nobody_can_be_asked(story: Story) -> None:
    case_id = await story.triaged()
    await story.list_provider("名簿だけの人", email="")
    file = await file_of(story, case_id)
    assert (file.next_action, file.actions[-1]) == (Action.REPLY, Action.OFFER)


# ---- Whom to ask


async def test_candidates_come_with_the_reason_in_words(story: Story) -> None:
    desk = story.applied.desk
    topic, near = desk.topic_leaves()[0], desk.topic_leaves()[1]
    far = desk.topic_leaves()[-1]

    async def enter(name: str, **more: Any) -> int:
        more.setdefault("email", "a@example.jp")
        entry = directory.Entry(kind=directory.ProviderKind.ADVISER, name=name, **more)
        return await story.database.write(
            lambda session: directory.add(session, story.applied.id, entry, by=story.clerk, at=story.at)
        )

    await enter("遠い人", topics=(far.code,))
    await enter("近い人", topics=(near.code,))
    fitting = await enter("合う人", topics=(topic.code,), ways=(MeetingWay.ONLINE,))
    await enter("書類だけの人", topics=(topic.code,), email="")
    await enter("休みの人", topics=(topic.code,), is_active=False)
    case_id, other = await story.triaged(), await story.triaged()
    await story.offer(other, Actor(ActorKind.PROVIDER, fitting, "合う人"))

    found = (await file_of(story, case_id)).candidates

    top = desk.topic_line(topic.code)[0].label
    busy = "希望の方法（オンライン）に応じられます。今月は1件を引き受けるか、返事待ちです。きょう打診したばかりです。"
    assert [(each.name, each.fits, each.why, each.obstacle) for each in found] == [
        (
            "書類だけの人",
            True,
            f"分野「{topic.label}」が合います。まだ打診したことがありません。",
            "メールアドレスが名簿にありません",
        ),
        (
            "合う人",
            True,
            f"分野「{topic.label}」が合います。{busy}",
            "",
        ),
        ("近い人", True, f"「{top}」の中の近い分野です。まだ打診したことがありません。", ""),
        ("遠い人", False, "まだ打診したことがありません。", ""),
    ]
    asked = {each.name: each.obstacle for each in (await file_of(story, other)).candidates}
    assert asked["合う人"] == "すでに打診しています"


async def test_who_did_not_take_the_case_comes_last_and_is_marked(story: Story) -> None:
    case_id = await story.triaged()
    declined = await story.list_provider(name="断った人")
    silent = await story.list_provider(name="返事のない人")
    await story.list_provider(name="まだの人")
    offer_id = await story.offer(case_id, declined)
    await story.do(matching.turn_down, offer_id, "忙しい時期のため", keys=story.keys, by=declined)
    await story.offer(case_id, silent)
    story.pass_time(days=10)
    await story.do(matching.expire_overdue, keys=story.keys)

    found = (await file_of(story, case_id)).candidates

    assert {each.obstacle for each in found} == {""}
    assert (found[0].name, found[0].earlier) == ("まだの人", "")
    assert {each.name: each.earlier for each in found[1:]} == {
        "断った人": "この件は辞退（理由：忙しい時期のため）",
        "返事のない人": "この件は期限切れ（期限までに返事がありませんでした）",
    }


async def test_unknown_requesters_have_a_word_as_well(story: Story) -> None:
    await story.receive(requester_type=RequesterType.UNKNOWN)
    assert (await inbox(story)).rows[0].requester_label == "不明"
