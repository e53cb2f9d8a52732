"""Any bytes as a mail: its words in every encoding Japanese programs use, its files, and what tells machines from people."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core.vocabulary import Bounce
from meyasubako.edge.mail_in import Automatic, own_words, read
from meyasubako.edge.mail_in.charsets import decoded, header_text
from meyasubako.edge.mail_in.markup import words_of
from tests.harness.files import pdf
from tests.harness.mails import mail, of_carrier, report

US = "voice+b1-abc@example.lg.jp"


def in_jis(text: str) -> bytes:
    """ISO-2022-JP as Windows programs send it, with characters the standard does not have."""
    pieces = []
    for symbol in text:
        high, low = symbol.encode("cp932")
        high = (high - (0x81 if high < 0xA0 else 0xC1)) * 2 + 0x21
        if low >= 0x9F:
            high, low = high + 1, low - 0x7E
        else:
            low -= 0x1F + (low > 0x7F)
        pieces.append(bytes((high, low)))
    return b"\x1b$B" + b"".join(pieces) + b"\x1b(B"


def in_euc(text: str) -> bytes:
    return bytes(each | 0x80 for each in in_jis(text)[3:-3])


# ---- Encodings ----


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("髙橋です".encode(), "utf-8", "髙橋です"),
        (in_jis("①㈱髙﨑～"), "iso-2022-jp", "①㈱髙﨑～"),
        (b"\x1b(I1\x1b(Bx", "ISO-2022-JP", "ｱx"),
        ("①㈱髙ｱ".encode("cp932"), "Shift_JIS", "①㈱髙ｱ"),
        (in_euc("①㈱防災"), "EUC-JP", "①㈱防災"),
        # What is declared is not what is there.
        ("防災の相談です".encode("cp932"), "utf-8", "防災の相談です"),
        ("防災の相談です".encode("euc_jp"), "us-ascii", "防災の相談です"),
        (in_jis("防災"), "utf-8", "防災"),
        ("防災".encode(), "x-unheard-of", "防災"),
        ("防災".encode("utf-16"), "UTF-16", "防災"),
        # Cut in the middle of a character: what is whole is kept.
        ("防災".encode()[:-1], "utf-8", "防\ufffd"),
        (in_jis("防災")[:-4], "iso-2022-jp", "防\ufffd"),
    ],
)
def test_every_encoding_of_japanese_programs_is_read(data: bytes, charset: str, text: str) -> None:
    assert decoded(data, charset) == text


def word(data: bytes, charset: str) -> str:
    return f"=?{charset}?B?{base64.b64encode(data).decode()}?="


def test_headers_are_read_however_they_were_written() -> None:
    assert header_text(f"Re: {word(in_jis('①の件'), 'ISO-2022-JP')}") == "Re: ①の件"
    # A character that begins in one word and ends in the next.
    whole = "防災".encode()
    assert header_text(f"{word(whole[:4], 'UTF-8')}\r\n {word(whole[4:], 'UTF-8')}") == "防災"
    assert header_text("=?utf-8?Q?=E9=98=B2_=E7=81=BD?=") == "防 災"
    assert header_text("防災".encode("cp932").decode("ascii", "surrogateescape")) == "防災"
    assert header_text("=?utf-8?B?not base64!?= =?x?Q?=ZZ?=")


def test_a_mail_says_who_and_what_and_brings_its_files() -> None:
    raw = mail(
        "本文です。",
        sender="=?iso-2022-jp?B?GyRCOCtLXBsoQg==?= <Taro..K.@Docomo.NE.jp>",
        files=(("提案書.pdf", pdf(), "application/pdf"),),
        in_reply_to="<x@example.jp>",
    )
    said = read(raw, envelope_to=["Voice+R1-x@Example.lg.jp"])
    assert (said.senders, said.sender_name) == (("taro..k.@docomo.ne.jp",), "見本")
    assert said.recipients == ("voice+r1-x@example.lg.jp", "voice@example.lg.jp")
    assert (said.text, said.message_id) == ("本文です。", "one@example.jp")
    [file] = said.files
    assert (file.name, file.content) == ("提案書.pdf", pdf())
    assert (said.automatic, said.report, said.is_broken) == (Automatic.NO, None, False)


def test_of_two_forms_the_plain_one_is_read_and_html_only_for_want_of_it() -> None:
    both = (
        b'Subject: x\r\nContent-Type: multipart/alternative; boundary="a"\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\n%s\r\n'
        b"--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>markup</p>\r\n--a--\r\n"
    )
    assert read(both % b"plain").text == "plain"
    assert read(both % b" ").text == "markup"


def test_html_becomes_its_words_and_nothing_else() -> None:
    markup = (
        "<html><head><title>no</title><style>p{}</style></head><body onload=x()>こんにちは。<br>2行目 &amp; &lt;b&gt;"
        "<script>alert('</p>')</script><!-- no --><p>段落<b>太字</b></p><table><tr><td>左</td><td>右</td></tr></table>"
        "<blockquote type=cite><div>前の<br/>文</div></blockquote>5 < 6"
    )
    assert words_of(markup) == "こんにちは。\n2行目 & <b>\n\n段落太字\n\n左 右\n\n> 前の\n> 文\n\n5 < 6"


@pytest.mark.parametrize(
    "unit", ["<div>", "<!--", "<b", "<", "<script>", "&#1", "</p", "<blockquote>", "<!["]
)
def test_html_that_never_ends_is_read_in_one_go(unit: str) -> None:
    assert len(words_of(unit * 30_000)) <= 400_000


# ---- Quotations ----

OURS = "> 【みえDXセンター】おたずね\n> 何人でお使いですか。"


@pytest.mark.parametrize(
    "reply",
    [
        f"3人です。\n\n2026年7月3日(金) 10:12 みえDXセンター <no-reply@example.lg.jp>:\n{OURS}\n",
        f"3人です。\n\n2026年7月3日(金) 10:12 みえDXセンター\n<no-reply@example.lg.jp>:\n\n{OURS}",
        f"3人です。\n\nOn Fri, Jul 3, 2026 at 10:12 Desk <no-reply@example.lg.jp> wrote:\n{OURS}",
        f"3人です。\n\nみえDXセンターさんは書きました:\n{OURS}",
        f"{OURS}\n\n3人です。",
        f"3人です。\n{OURS}",
        "3人です。\n\n-----Original Message-----\nFrom: 窓口\nSent: Friday\n何人でお使いですか。",
        f"3人です。\n\n{'_' * 32}\n差出人: 窓口\n送信日時: 2026年7月3日\n宛先: 太郎\n件名: おたずね\n\n何人でお使いですか。",
        "3人です。\n\n----- 元のメッセージ -----\n何人でお使いですか。",
    ],
)
def test_only_the_own_words_of_a_reply_are_left(reply: str) -> None:
    assert own_words(reply) == "3人です。"


@pytest.mark.parametrize(
    "reply",
    [
        "> 何人ですか。\n3人です。\n> いつからですか。\n来月です。",
        "3人です。\n> いつからですか。\n来月です。",
        "差出人: を変えたいのですが。",
        "次のとおりです：\n1. 窓口\n2. 電話",
        OURS,
        "",
    ],
)
def test_what_may_be_somebodys_own_words_is_left(reply: str) -> None:
    left = own_words(reply)
    assert left == reply or left == reply.removeprefix("> 何人ですか。\n")


@pytest.mark.parametrize(
    "unit", ["> 2026/7/3:\n", "2026/7/3 a:\n> b\n", "From: a\nTo: b\n", "----\n", "\n", " "]
)
def test_a_reply_that_never_ends_is_read_in_one_go(unit: str) -> None:
    reply = f"{unit * 50_000}3人です。"
    left = own_words(reply)
    assert left
    assert left in reply


# ---- Machines ----


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ({}, Automatic.NO),
        ({"auto_submitted": "no"}, Automatic.NO),
        ({"auto_submitted": "auto-replied (vacation)"}, Automatic.SURELY),
        ({"x_autoreply": "yes"}, Automatic.SURELY),
        ({"precedence": "auto_reply"}, Automatic.SURELY),
        ({"return_path": "<>"}, Automatic.SURELY),
        ({"precedence": "bulk"}, Automatic.LIKELY),
        ({"subject": "自動応答: 夏季休暇のお知らせ"}, Automatic.LIKELY),
        ({"subject": "【自動返信】お問い合わせありがとうございます"}, Automatic.LIKELY),
        ({"subject": "Automatic reply: case"}, Automatic.LIKELY),
        ({"subject": "Re: 自動応答の機械を入れたい"}, Automatic.NO),
    ],
)
def test_absent_peoples_programs_are_told_from_people(headers: dict[str, Any], automatic: Automatic) -> None:
    assert read(mail(**headers)).automatic is automatic


@pytest.mark.parametrize(
    ("action", "status", "bounce"),
    [
        ("failed", "5.1.1", Bounce.HARD),
        ("failed", "5.4.4", Bounce.HARD),
        ("failed", "5.2.2", Bounce.SOFT),
        ("failed", "5.7.1", Bounce.SOFT),
        ("failed", "4.4.7", Bounce.SOFT),
        ("delayed", "4.4.1", None),
    ],
)
def test_a_report_by_the_standard_says_why_and_of_which_mail(
    action: str, status: str, bounce: Bounce | None
) -> None:
    said = read(report(to=US, action=action, status=status, message_id="abc@testserver"))
    assert said.report is not None
    assert (said.report.bounce, said.report.message_ids) == (bounce, ("abc@testserver",))


def test_a_receipt_of_delivery_is_no_bounce() -> None:
    said = read(report(to=US, action="delivered", status="2.0.0"))
    assert (said.report, said.automatic) == (None, Automatic.SURELY)


@pytest.mark.parametrize(
    ("text", "bounce"),
    [
        (
            "次のあて先へのメッセージはエラーのため送信できませんでした。\n<taro@docomo.ne.jp>: 550 Unknown user\n",
            Bounce.HARD,
        ),
        (
            "Each of the following recipients was rejected by a remote mail server.\n550 : User unknown",
            Bounce.HARD,
        ),
        ("宛先不明のため、送信できませんでした。", Bounce.HARD),
        ("受信者のメールボックスがいっぱいのため配信できませんでした。", Bounce.SOFT),
        ("ドメイン指定受信のため、お届けできませんでした。", Bounce.SOFT),
        ("メールの配送が遅延しています。再送を試みます。", None),
    ],
)
def test_what_carriers_write_in_plain_words_is_understood(text: str, bounce: Bounce | None) -> None:
    said = read(of_carrier(f"{text}\n\nMessage-ID: <abc@testserver>\n", to=US))
    assert said.report is not None
    assert (said.report.bounce, said.report.message_ids) == (bounce, ("abc@testserver",))


def test_a_report_of_empty_lines_is_read_in_one_go() -> None:
    said = read(of_carrier("宛先不明\n" + "\n" * 90_000 + "Message-ID: <abc@testserver>\n", to=US))
    assert said.report is not None
    assert said.report.message_ids == ("abc@testserver",)


def test_a_person_who_writes_of_undelivered_mail_is_no_mail_system() -> None:
    assert read(mail("メールが宛先不明で送信できませんでした。")).report is None


# ---- Anything ----

LINES = st.sampled_from(
    [
        b"Subject: =?utf-8?B?44Gv?=",
        b'From: a@b, "c',
        b"To: <>, x",
        b'Content-Type: multipart/mixed; boundary="a"',
        b"Content-Type: message/delivery-status",
        b"Content-Type: text/html; charset*=x''%ff",
        b"Content-Type: text/plain; format=flowed; charset=iso-2022-jp",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Disposition: attachment; filename*0*=utf-8''%E3; filename*1=x",
        b"Auto-Submitted: \xff",
        b"--a",
        b"--a--",
        b"",
        b"begin 666 x",
        b"\x1b$B\x21",
        b"<![if x]><a href='",
        b"> x wrote:",
    ]
)


@given(st.binary(max_size=400) | st.lists(LINES | st.binary(max_size=40), max_size=14).map(b"\r\n".join))
def test_no_bytes_fail(raw: bytes) -> None:
    said = read(raw)
    own_words(said.text)
    # What is stored must be storable.
    for each in (said.subject, said.text, said.sender_name, *said.recipients, *(f.name for f in said.files)):
        each.encode()
        assert "\x00" not in each


@given(
    st.binary(max_size=200),
    st.sampled_from(["", "utf-8", "iso-2022-jp", "shift_jis", "euc-jp", "utf-7", "gb2312"]),
)
def test_no_text_fails(data: bytes, charset: str) -> None:
    assert isinstance(decoded(data, charset), str)
    assert isinstance(words_of(decoded(data, charset)), str)
    assert isinstance(header_text(data.decode("ascii", "surrogateescape")), str)


def test_a_mail_of_nested_boxes_is_read_or_kept_as_broken() -> None:
    depth = 3_000
    boxes = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(depth)
    )
    assert read(b"Subject: x\r\n" + boxes).text == ""
