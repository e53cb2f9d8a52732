"""Search finds what is there however it is written, the same on both engines, and never what one may not see."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from meyasubako import indexing
from meyasubako.casework import cases, matching, replies, searching, surveys, tracking, triage
from meyasubako.casework.casefiles import finding
from meyasubako.core import dates
from meyasubako.core.codes import grouped
from meyasubako.core.policy import Actor
from meyasubako.core.vocabulary import ActorKind, MeetingWay, QuarantineReason, Role
from meyasubako.store.database import Database
from meyasubako.store.models import Case, Receipt, Requester, SearchDue, SearchPart
from tests.harness import letters
from tests.harness.story import Story, open_story


async def found(story: Story, typed: str, *, by: Actor | None = None) -> set[int]:
    """The cases that are found."""
    actor = by or story.clerk
    asked = searching.read(typed, story.applied.desk, today=dates.japan_day(story.at))

    def look(session: Session) -> set[int]:
        wanted = searching.condition(asked, actor=actor, desk_id=story.applied.id)
        return set(session.scalars(cases.visible_cases(actor).with_only_columns(Case.id).where(wanted)))

    return await story.see(look)


async def received(story: Story, *texts: tuple[str, str], **changes: Any) -> list[int]:
    """Cases with these titles and texts, indexed."""
    ids = [await story.receive(title=title, body=body, confirmed=False, **changes) for title, body in texts]
    await indexing.index_all(story.database)
    return ids


async def test_spellings_of_one_word_find_each_other(database: Database) -> None:
    story = await open_story(database)
    spellings: Sequence[Sequence[str]] = (
        ("申込", "申込み", "申し込み"),
        ("引越し", "引っ越し", "引越"),
        ("子供", "子ども", "こども"),
        ("サーバ", "サーバー"),
    )
    ids = {
        spelling: (await received(story, (f"{spelling}について", "困っています。")))[0]
        for group in spellings
        for spelling in group
    }
    for group in spellings:
        for spelling in group:
            assert await found(story, spelling) == {ids[each] for each in group}, spelling
    assert await found(story, "「申込み」") == {ids["申込み"]}


async def test_words_phrases_exclusion_and_alternatives(database: Database) -> None:
    story = await open_story(database)
    drill, app, shelter = await received(
        story,
        ("防災訓練", "地区の防災訓練を、夜にも行ってほしい。"),
        ("防災アプリ", "訓練のお知らせが届きません。"),
        ("避難所", "ＦＡＸで申し込めますか。\n電話は 059－000－0000 です。"),
    )
    assert await found(story, "防災") == {drill, app}
    assert await found(story, "防災　訓練") == {drill, app}
    assert await found(story, "防災訓練") == {drill}
    assert await found(story, "「防災 訓練」") == {drill}
    assert await found(story, "防災 -アプリ") == await found(story, "防災　除く：アプリ") == {drill}
    assert await found(story, "防災 ーアプリ") == await found(story, "NOT アプリ 防災") == {drill}
    assert await found(story, "アプリ または 避難所") == {app, shelter}
    assert await found(story, "fax") == {shelter}
    assert await found(story, "059-000-0000") == {shelter}
    assert await found(story, "災") == {drill, app}
    assert await found(story, "夜に") == {drill}
    assert await found(story, "件名：訓練") == {drill}
    assert await found(story, "-防災") == {shelter}
    assert await found(story, "すか。電話") == {shelter}
    assert await found(story, "防災 夜間") == set()


async def test_everything_said_about_a_case_is_found_in_its_field(database: Database) -> None:
    story = await open_story(database)
    case_id, other = await story.triaged(), await story.receive()
    number = story.numbers[case_id]
    await story.do(triage.note, case_id, "課長と相談した。", by=story.clerk)
    await story.do(replies.ask, case_id, "何人いますか。", by=story.clerk)
    await story.do(tracking.add, number, 1, case_id, "三十五人です。")
    await story.do(replies.reply, case_id, "補助金があります。", by=story.clerk)
    await indexing.index_all(database)
    for field, word in (
        ("メモ", "課長"),
        ("問い合わせ", "何人"),
        ("追記", "三十五人"),
        ("回答", "補助金"),
    ):
        assert await found(story, word) == await found(story, f"{field}:{word}") == {case_id}
        assert await found(story, f"件名:{word}") == set()
    adviser = await story.list_provider()
    helped = await story.triaged(title="別の件")
    await letters.interim(story, helped)
    offer_id = await story.offer(
        helped, adviser, matching.Brief("蔵の記帳を変えたいそうです。", False, False)
    )
    await story.accept(offer_id, adviser)
    met = {"held_on": dates.japan_day(story.at), "way": MeetingWay.ONLINE, "minutes": 45}
    await story.do(
        matching.meet, story.applied.desk, offer_id, **met, summary="棚卸しから始める。", by=adviser
    )
    await story.do(matching.advise, offer_id, "表計算で足ります。", by=adviser)
    await story.do(replies.reply, helped, "お答えします。", by=story.clerk)
    await story.close(helped)
    survey = await story.see(lambda session: surveys.asked_of(session, helped))
    await story.do(surveys.answer, story.keys.survey_token(survey), "helped", "さっそく試します。")
    assert await found(story, "さっそく") == set()
    await indexing.index_all(database)
    viewer = replace(story.clerk, roles={story.applied.id: Role.VIEWER})
    for field, word in (
        ("中間", "調べて"),
        ("打診", "記帳"),
        ("面談", "棚卸し"),
        ("助言", "表計算"),
        ("アンケート", "さっそく"),
    ):
        assert await found(story, word, by=viewer) == await found(story, f"{field}:{word}") == {helped}
        assert await found(story, f"本文:{word}") == set()
    assert (await indexing.verify(database)).differences == ()
    for typed in (number, grouped(number), f"番号:{number[:6].lower()}", grouped(number)[:7]):
        assert await found(story, typed) == {case_id}, typed
    assert await found(story, "サンプル製作所") == {case_id, other, helped}
    # Two letters are a word, not a piece of a number, unless it is said.
    assert await found(story, number[:2]) == set()
    assert case_id in await found(story, f"番号:{number[:2]}")


async def test_facts_of_a_case_narrow_what_is_found(database: Database) -> None:
    story = await open_story(database)
    old = await story.triaged()
    await story.do(triage.assign, old, story.clerk.id, by=story.clerk)
    story.pass_time(days=40)
    new = await story.receive()
    await indexing.index_all(database)
    leaf = story.applied.desk.topic_leaves()[0].label
    for typed, expected in {
        "受付:先月": {old},
        "受付:2026-07": {old},
        "受付:2026-08..": {new},
        "受付:令和8年度": {old, new},
        "状態:受付": {new},
        "状態:未完了": {old, new},
        "状態:受付、振分済": {old, new},
        "担当:山田": {old},
        "担当:自分": {old},
        "担当:なし": {new},
        "-担当:山田": {new},
        f"分野:{leaf}": {old, new},
        "経路:ホームページ": {old, new},
        "経路:fax": set(),
        "種類:相談": {old, new},
        "日報 受付:先月": {old},
        "期限:2020": set(),
    }.items():
        assert await found(story, typed) == expected, typed


async def test_what_was_put_aside_is_found_only_by_asking_for_it(database: Database) -> None:
    story = await open_story(database)
    put_aside = await story.receive(quarantine=QuarantineReason.FLOOD)
    await indexing.index_all(database)
    for typed, expected in {
        "日報": [],
        "-状態:受付": [],
        "日報 状態:確かめ待ち": [put_aside],
        grouped(story.numbers[put_aside]): [put_aside],
    }.items():
        asked = searching.read(typed, story.applied.desk, today=dates.japan_day(story.at))
        page = await story.see(
            lambda session, asked=asked: finding.find(session, story.clerk, story.applied, asked)
        )
        assert [hit.id for hit in page.hits] == expected, typed


async def test_a_long_and_strange_query_is_only_a_query(database: Database) -> None:
    story = await open_story(database)
    body = "".join(chr(0x3300 + number) for number in range(0x58))
    (case_id,) = await received(story, ("単位", body * 2))
    assert await found(story, f"「{body}」") == {case_id}
    assert await found(story, "".join(chr(0x4E00 + number) for number in range(200))) == set()


async def test_nobody_finds_a_case_by_what_they_may_not_see(database: Database) -> None:
    story = await open_story(database)
    case_id = await story.receive()
    await indexing.index_all(database)
    desk_id = story.applied.id
    viewer = Actor(ActorKind.STAFF, story.clerk.id, "閲覧", {desk_id: Role.VIEWER})
    stranger = Actor(ActorKind.STAFF, story.clerk.id, "他", {desk_id + 1: Role.ADMIN})
    assert await found(story, "見本太郎") == await found(story, "名前:見本") == {case_id}
    assert await found(story, "日報", by=viewer) == {case_id}
    assert await found(story, "見本太郎", by=viewer) == await found(story, "名前:見本", by=viewer) == set()
    assert await found(story, "-見本太郎", by=viewer) == {case_id}
    assert await found(story, "日報", by=stranger) == set()


async def test_what_is_changed_or_erased_is_not_found_any_more(database: Database) -> None:
    story = await open_story(database)
    case_id = await story.receive(title="前の件名", body="前の本文")
    await indexing.index_all(database)
    assert await found(story, "前の") == {case_id}

    def change(session: Session) -> None:
        case = cases.lock_case(session, case_id)
        cases.change(case, at=story.at, title="新しい件名", body="")
        receipt = session.get_one(Receipt, case.receipt_id)
        erased = dict.fromkeys(map(str, cases.CONTACT), "")
        cases.correct_requester(
            session, cases.lock_requester(session, receipt), erased, confirm_token_hash=None
        )

    await database.write(change)
    assert await indexing.index_all(database) == 1
    assert await found(story, "前の") == await found(story, "見本太郎") == set()
    assert await found(story, "新しい") == {case_id}
    assert (await indexing.verify(database)).differences == ()


async def test_a_case_that_changes_while_it_is_indexed_is_indexed_again(database: Database) -> None:
    story = await open_story(database)
    case_id = await story.receive(title="はじめ")
    (read_before,) = await story.see(lambda session: searching.index.due(session, 9))

    def change(session: Session) -> None:
        cases.change(cases.lock_case(session, case_id), at=story.at, title="あとから")

    await database.write(change)
    made = searching.index.make(read_before)
    assert not await database.write(lambda session: searching.index.keep(session, [made]))
    await indexing.index_all(database)
    assert await found(story, "あとから") == {case_id}
    # Somebody who read even earlier comes last.
    assert not await database.write(lambda session: searching.index.keep(session, [made]))
    assert await found(story, "はじめ") == set()


async def test_the_index_is_verified_and_rebuilt(database: Database) -> None:
    story = await open_story(database)
    ids = [await story.receive(title=f"件名{number}") for number in range(3)]
    waiting = await indexing.verify(database)
    assert (waiting.cases, waiting.waiting, waiting.differences) == (3, 3, ())
    await indexing.index_all(database)
    assert await indexing.verify(database) == indexing.Verified(3, 0, ())

    def tamper(session: Session) -> None:
        session.execute(update(Case).where(Case.id == ids[0]).values(title="だまって変えた"))
        session.execute(update(Requester).values(name=""))
        first = searching.parts.row_id(ids[1], searching.Part.TITLE, 0)
        session.execute(delete(SearchPart).where(SearchPart.id == first))
        session.execute(
            text("INSERT INTO search_part (id, text, words) VALUES (:id, 'x', '')"), {"id": 10**9 << 16}
        )

    await database.write(tamper)
    differences = (await indexing.verify(database)).differences
    number = grouped(story.numbers[ids[0]])
    assert f"{number}の件名：索引の文が、いまの文と違います。" in differences
    assert f"{grouped(story.numbers[ids[1]])}の件名：索引にありません。" in differences
    assert differences[0] == "どの案件のものでもない行が、索引に2件あります。"
    assert await indexing.rebuild(database) == 3
    assert await indexing.verify(database) == indexing.Verified(3, 0, ())
    assert await found(story, "だまって") == {ids[0]}


async def test_a_very_long_text_is_found_to_its_end(database: Database) -> None:
    story = await open_story(database)
    case_id = await story.receive()
    long = "".join(f"第{number}項、防災。" for number in range(6_000))
    await database.write(
        lambda session: cases.change(cases.lock_case(session, case_id), at=story.at, body=long)
    )
    await indexing.index_all(database)
    rows = await story.see(lambda session: session.scalars(select(SearchPart.id)).all())
    assert len(rows) > 3
    for typed in ("第5999項", "「第3000項、防災。第3001項」", "防災"):
        assert await found(story, typed) == {case_id}, typed
    for cut in range(19_800, 20_200, 37):
        assert await found(story, f"「{long[cut : cut + 60]}」") == {case_id}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_only_what_changed_is_taken_apart_again(database: Database) -> None:
    story = await open_story(database)
    case_id = await story.receive()
    await indexing.index_all(database)
    await story.do(triage.note, case_id, "メモです。", by=story.clerk)
    (due,) = await story.see(lambda session: searching.index.due(session, 9))
    made = searching.index.make(due)
    assert [searching.parts.part_of(each.id) for each in made.made] == [searching.Part.NOTE]
    assert replace(due, held={}) != due
    await indexing.index_all(database)
    assert await story.see(lambda session: session.scalar(select(SearchDue.case_id))) is None
