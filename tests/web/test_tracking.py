"""Asking how things stand, as somebody with number and passcode does."""

from datetime import date

import pytest
from sqlalchemy import select, update

from meyasubako.casework import triage
from meyasubako.core import codes
from meyasubako.core.dates import day_text, now
from meyasubako.core.vocabulary import Message, Status
from meyasubako.store.models import Addition, Case, OutboxMessage, Receipt
from tests.harness.client import Page
from tests.harness.html import elements, words
from tests.harness.matters import raise_another
from tests.harness.sent import EMAIL, SEE, Sent, somebody_sent
from tests.harness.site import LONG_WAIT, TOYAMA, Site
from tests.harness.waiting import half_an_hour_passes

ADD = "書き足して送る"


@pytest.fixture
async def sent(site: Site) -> Sent:
    return await somebody_sent(site)


def step(page: Page) -> str:
    """The step the page says one is at."""
    return next(words(each) for each in elements(page.tree, "li") if each.get("aria-current") == "step")


# ---- Opening ----


async def test_number_and_passcode_open_the_page_in_any_writing(sent: Sent) -> None:
    page = await sent.client.get("/status")
    wide = "".join(chr(ord(each) + 0xFEE0) for each in codes.grouped(sent.number).replace("-", "").lower())
    typed = {"number": wide, "passcode": codes.grouped(sent.passcode).replace("-", "ー").lower()}
    opened = await sent.client.submit(page, typed, button=SEE)
    assert (opened.path, opened.heading) == ("/status/case", "いまの状況")
    assert opened.headers["cache-control"] == "no-store"
    assert codes.grouped(sent.number) in opened.text
    # Coming back within the half hour needs no typing.
    assert (await sent.client.get("/status")).path == "/status/case"


async def test_a_wrong_number_and_a_wrong_passcode_look_the_same(sent: Sent) -> None:
    said = set()
    other = codes.draw_receipt_number()
    for number, passcode in ((sent.number, sent.site.keys.passcode(sent.number, 2)), (other, sent.passcode)):
        client = sent.site.client()
        page = await client.get("/status")
        refused = await client.submit(page, {"number": number, "passcode": passcode}, button=SEE, expect=422)
        assert refused.form(button=SEE).fields["number"] == [number]
        assert "受付番号か合言葉が違います。" in words(refused.by_id("field-number-error"))
        assert "受付番号か合言葉が違います。" in words(refused.by_id("field-passcode-error"))
        said.add(refused.text)
        assert (await client.get("/status/case")).path == "/status"
    assert len(said) == 1


@pytest.mark.parametrize(
    ("number", "passcode", "said"),
    [
        ("", "", ["受付番号を入力してください。", "合言葉を入力してください。"]),
        (
            "M7K-4TX",
            "M7K",
            [
                "受付番号は9文字です。いまは6文字になっています。",
                "合言葉は15文字です。いまは3文字になっています。",
            ],
        ),
    ],
)
async def test_what_is_miscounted_is_said(sent: Sent, number: str, passcode: str, said: list[str]) -> None:
    page = await sent.client.get("/status")
    refused = await sent.client.submit(page, {"number": number, "passcode": passcode}, button=SEE, expect=422)
    assert all(sentence in refused.text for sentence in said)


async def test_guessing_becomes_slow_and_the_owner_elsewhere_is_not_locked_out(sent: Sent) -> None:
    guesser = sent.site.client(visitor=("198.51.100.7", 4_000))
    wrong = {"number": sent.number, "passcode": sent.site.keys.passcode(sent.number, 2)}
    page = await guesser.get("/status")
    for _ in range(6):
        page = await guesser.submit(page, wrong, button=SEE, expect=422)
    await sent.site.make_waits_long()
    stopped = await guesser.submit(page, wrong, button=SEE, expect=429)
    assert 1 <= int(stopped.headers["retry-after"]) <= LONG_WAIT.total_seconds()
    assert "後にもう一度お試しください" in stopped.text
    # Not even the right one is looked at while one has to wait.
    await guesser.submit(page, {**wrong, "passcode": sent.passcode}, button=SEE, expect=429)
    assert (await sent.open()).path == "/status/case"


async def test_the_right_one_forgets_the_wrong_ones(sent: Sent) -> None:
    for _ in range(2):
        client = sent.site.client()
        page = await client.get("/status")
        wrong = {"number": sent.number, "passcode": sent.site.keys.passcode(sent.number, 2)}
        for _ in range(4):
            page = await client.submit(page, wrong, button=SEE, expect=422)
        await client.submit(page, {**wrong, "passcode": sent.passcode}, button=SEE)


async def test_without_number_and_passcode_nothing_is_shown_or_done(sent: Sent) -> None:
    stranger = sent.site.client()
    page = await stranger.get("/status")
    token = page.form(button=SEE).fields["csrf_token"]
    for path in ("/status/case", "/status/case/1/withdraw"):
        assert (await stranger.get(path)).path == "/status"
    for path in ("/status/case/1/withdraw", "/status/consent"):
        assert (await stranger.post(path, {"csrf_token": token})).path == "/status"
    assert await sent.status() is Status.RECEIVED
    stranger.cookies.set("__Host-receipt", f"{sent.number} 1", domain="testserver.local", path="/")
    assert (await stranger.get("/status/case")).path == "/status"


async def test_a_number_in_the_address_is_put_into_the_form(sent: Sent) -> None:
    page = await sent.client.get("/status?number=M7K-4TX-9PA")
    assert page.form(button=SEE).fields["number"] == ["M7K-4TX-9PA"]


# ---- Seeing ----


async def test_where_it_stands_is_said_in_plain_words_and_nothing_internal(sent: Sent) -> None:
    page = await sent.open()
    assert (step(page), "これから内容を確かめます" in page.text) == ("受付", True)
    await sent.triage()
    await sent.ask("どちらの公民館ですか。")
    page = await sent.client.get("/status/case")
    waiting = step(page)
    assert "お返事をお待ちしています。" in page.text
    assert "どちらの公民館ですか。" in page.text
    answered = await sent.client.submit(page, {"body": "中央公民館です。"}, button="返事を送る")
    assert (step(answered), waiting) == ("確認中", "確認中")
    await sent.reply("回数を増やします。\n夜にも開きます。")
    page = await sent.client.get("/status/case")
    assert step(page).endswith("回答")
    assert "回数を増やします。 夜にも開きます。" in page.text
    for internal in ("山田", "案件", "振分", "打診", "トリアージ", "県民健康増進"):
        assert internal not in page.text


@pytest.mark.parametrize(
    ("due_on", "sentence"),
    [(date(2099, 7, 10), "までに、お返事します。"), (date(2026, 4, 3), "までにお返事する予定でした。")],
)
async def test_a_promised_date_is_said_and_so_is_a_broken_promise(
    sent: Sent, due_on: date, sentence: str
) -> None:
    await sent.write(lambda s: s.execute(update(Case).values(due_on=due_on)))
    assert f"{day_text(due_on)}{sentence}" in (await sent.open()).text


async def test_a_long_text_of_ones_own_is_folded(sent: Sent) -> None:
    await sent.write(lambda s: s.execute(update(Case).values(body="あ" * 3_000)))
    page = await sent.open()
    assert "送った内容を読む" in page.text


# ---- Adding ----


async def test_an_answer_moves_a_waiting_case_back(sent: Sent) -> None:
    await sent.triage()
    await sent.ask("どちらの公民館ですか。")
    page = await sent.open()
    added = await sent.client.submit(page, {"body": "中央公民館です。🏫"}, button="返事を送る")
    assert added.path == "/status/case"
    assert "お返事を受け取りました。" in added.text
    assert "中央公民館です。🏫" in added.text
    assert await sent.status() is Status.TRIAGED


async def test_pressing_twice_adds_once(sent: Sent) -> None:
    page = await sent.open()
    for _ in range(2):
        await sent.client.submit(page, {"body": "夜にも開いてください。"}, button=ADD)
    assert await sent.additions() == ["夜にも開いてください。"]


async def test_nothing_or_too_much_is_said_beside_the_box_and_kept(sent: Sent) -> None:
    page = await sent.open()
    empty = await sent.client.submit(page, {"body": " "}, button=ADD, expect=422)
    assert "書き足す内容を入力してください。" in words(empty.by_id("field-c1-body-error"))
    long = await sent.client.submit(page, {"body": "あ" * 4_001}, button=ADD, expect=422)
    assert long.form(button=ADD).fields["body"] == ["あ" * 4_001]
    assert await sent.additions() == []


async def test_what_was_written_while_the_time_ran_out_is_not_lost(sent: Sent) -> None:
    page = await sent.open()
    half_an_hour_passes(sent.site, sent.client, "receipt")
    asked = await sent.client.submit(page, {"body": "長い時間をかけて書いた文章"}, button=ADD, expect=422)
    assert "まだ送られていません" in asked.text
    assert "長い時間をかけて書いた文章" in asked.text
    wrong = {"number": sent.number, "passcode": sent.site.keys.passcode(sent.number, 2)}
    asked = await sent.client.submit(asked, wrong, button=SEE, expect=422)
    opened = await sent.client.submit(asked, {**wrong, "passcode": sent.passcode}, button=SEE)
    assert opened.form(button=ADD).fields["body"] == ["長い時間をかけて書いた文章"]
    await sent.client.submit(opened, button=ADD)
    assert await sent.additions() == ["長い時間をかけて書いた文章"]


async def test_what_came_too_late_is_shown_again(sent: Sent) -> None:
    page = await sent.open()
    at = now()
    await sent.triage()
    desk = sent.site.desks[TOYAMA].desk
    await sent.write(lambda s: triage.decline(s, desk, sent.case_id, "not-dx", by=sent.clerk, at=at))
    late = await sent.client.submit(page, {"body": "まにあわなかった文章"}, button=ADD, expect=409)
    assert "対応が終わっているため" in late.text
    assert "まにあわなかった文章" in late.text
    assert desk.decline_reason("not-dx").text in late.text


async def test_nobody_floods_the_desk(sent: Sent) -> None:
    page = await sent.open()
    for number in range(30):
        await sent.client.submit(page, {"body": f"{number}"}, button=ADD, follow=False, expect=303)
    stopped = await sent.client.submit(page, {"body": "もう1つ"}, button=ADD, expect=429)
    assert int(stopped.headers["retry-after"]) > 0
    assert stopped.form(button=ADD).fields["body"] == ["もう1つ"]


# ---- Several matters ----


async def test_each_matter_of_a_receipt_has_its_own_box(sent: Sent) -> None:
    second = await sent.write(
        lambda s: raise_another(
            s, sent.case_id, by=sent.clerk, at=now(), title="申込みの電話", body="つながりません。"
        )
    )
    page = await sent.open()
    assert "1. スマホ講座を増やしてほしい" in page.text
    await sent.client.submit(page.form(action="/status/case/2/add"), {"body": "平日の昼です。"})
    assert await sent.read(lambda s: s.scalars(select(Addition.case_id)).all()) == [second]
    asked = await sent.client.get("/status/case/2/withdraw")
    assert "「申込みの電話」" in asked.text
    await sent.client.submit(asked, button="取り下げる")
    assert await sent.status() is Status.RECEIVED
    await sent.client.get("/status/case/3/withdraw", expect=404)


# ---- Withdrawing ----


async def test_withdrawing_is_asked_once_more(sent: Sent) -> None:
    page = await sent.open()
    asked = await sent.client.follow(page, "取り下げる")
    assert asked.heading == "取り下げますか"
    assert await sent.status() is Status.RECEIVED
    back = await sent.client.follow(asked, "やめて戻る")
    assert back.path == "/status/case"
    withdrawn = await sent.client.submit(asked, button="取り下げる")
    assert await sent.status() is Status.WITHDRAWN
    assert "対応は終わっています。" in withdrawn.text
    assert not [each for each in elements(withdrawn.tree, "li") if each.get("aria-current") == "step"]
    assert "取り下げる" not in withdrawn.links
    again = await sent.client.submit(asked, button="取り下げる", expect=409)
    assert "取り下げることができません" in again.text


async def test_consent_to_publish_can_be_taken_back(sent: Sent) -> None:
    page = await sent.open()
    after = await sent.client.submit(page, button="載せないでほしい")
    assert "載せないようにします" in after.text
    assert "載せないでほしい" not in after.text
    assert await sent.read(lambda s: s.scalars(select(Receipt.publish_consent)).one()) is False


async def test_signing_off_leaves_nothing_on_the_device(sent: Sent) -> None:
    page = await sent.open()
    gone = await sent.client.submit(page, button="この端末での表示を終わる")
    assert gone.path == "/status"
    assert not {each.name for each in sent.client.cookies.jar} & {"__Host-receipt", "__Host-sent"}
    assert (await sent.client.get("/status/case")).path == "/status"


# ---- Address and passcode ----


async def test_only_the_button_confirms_an_address(sent: Sent) -> None:
    path = f"/confirm/{sent.site.keys.confirm_token(sent.number, EMAIL)}"
    page = await sent.client.get(path)
    assert "メールアドレスの確認がまだです" in (await sent.open()).text
    done = await sent.client.submit(page, button="このアドレスでよい")
    assert done.heading == "メールアドレスを確かめました"
    assert "メールアドレスの確認がまだです" not in (await sent.client.get("/status/case")).text
    assert (await sent.client.submit(page, button="このアドレスでよい")).status == 200
    refused = await sent.client.get("/confirm/none", expect=404)
    assert refused.heading == "このリンクは使えません"


async def test_a_new_passcode_ends_the_old_one_and_every_open_page(sent: Sent) -> None:
    await sent.client.submit(
        await sent.client.get(f"/confirm/{sent.site.keys.confirm_token(sent.number, EMAIL)}")
    )
    page = await sent.open()
    other = sent.site.client()
    asked = await other.get("/status/passcode")
    answer = await other.submit(asked, {"number": codes.grouped(sent.number), "email": EMAIL})
    kinds = await sent.read(lambda s: s.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)).all())
    assert kinds == [Message.CONFIRM, Message.PASSCODE]

    late = await sent.client.submit(page, {"body": "古い合言葉で"}, button=ADD, expect=422)
    assert "まだ送られていません" in late.text
    locked = await sent.client.get("/status/case")
    assert locked.path == "/status"
    old = {"number": sent.number, "passcode": sent.passcode}
    await sent.client.submit(locked, old, button=SEE, expect=422)
    new = {**old, "passcode": sent.site.keys.passcode(sent.number, 2)}
    assert (await sent.client.submit(locked, new, button=SEE)).path == "/status/case"

    # Whoever is not the owner reads the very same answer.
    stranger = await other.submit(asked, {"number": codes.draw_receipt_number(), "email": "x@example.jp"})
    assert (stranger.path, stranger.text) == (answer.path, answer.text)


async def test_what_is_missing_for_a_new_passcode_is_said(sent: Sent) -> None:
    page = await sent.client.get("/status/passcode")
    # A desk without telephone and mail is still reached by letter.
    assert "富山県デジタル化推進室 郵便 〒930-8501" in page.text
    refused = await sent.client.submit(page, {"number": "M7K", "email": "hanako"}, expect=422)
    assert "受付番号は9文字です" in refused.text
    assert "メールアドレスを入力してください" in refused.text
    assert refused.form(field="email").fields["email"] == ["hanako"]


async def test_new_passcodes_are_not_sent_without_end(sent: Sent) -> None:
    page = await sent.client.get("/status/passcode")
    typed = {"number": sent.number, "email": EMAIL}
    for _ in range(5):
        await sent.client.submit(page, typed)
    assert int((await sent.client.submit(page, typed, expect=429)).headers["retry-after"]) > 3_600
