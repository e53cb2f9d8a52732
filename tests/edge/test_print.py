"""Printed papers: plain data becomes a PDF everybody can read, whatever somebody wrote."""

import unicodedata
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meyasubako.casework import papers
from meyasubako.core.desk import Desk, parse_desk
from meyasubako.core.places import static_folder
from meyasubako.edge.print import FONTS, qr_code, to_pdf
from meyasubako.edge.print.glyphs import MISSING, Glyphs, read_glyphs
from tests.core.small_desk import SMALL
from tests.harness.papers import Paper, close
from tests.harness.site import DESK_FILES, MIE, TOYAMA

ADDRESS = "https://voice.example.lg.jp/desks/example/new"
SENDER = papers.Sender("みえDXセンター", "みえDXセンター事務局", "059-224-3086", "", "dxcenter@example.lg.jp")
ACCESS = papers.Access("M7K-4TX-9PA", "ACD-EFG-HJK-MNP-QRT", "https://voice.example.lg.jp/status")
LETTER = papers.Letter(
    title="回答書",
    author="みえDXセンター事務局",
    dated="令和8年7月10日",
    to=papers.Addressee(
        "〒514-8570", ("三重県津市広明町13番地",), ("株式会社サンプル製作所", "見本　太郎　様")
    ),
    sender=SENDER,
    number="M7K-4TX-9PA",
    received_on="令和8年7月3日",
    subject="現場作業員へのIT導入を進めたい",
    body="ありがとうございます。\n\n写真による報告から、始めてください。",
    division="スマート改革推進課",
    answer_by="",
    access=ACCESS,
)
SLIP = papers.Slip(
    title="受付票",
    author="みえDXセンター事務局",
    dated="令和8年7月3日",
    to=LETTER.to,
    sender=SENDER,
    received_on="令和8年7月2日",
    channel="郵便",
    subjects=("導入を進めたい", "補助金を知りたい"),
    answer_by="7月10日（金）",
    access=ACCESS,
)
PARAGRAPH = "ご相談の内容を確かめ、「デジタル化」の進め方（案）を、専門家と話し合いました。" * 8


def desk(code: str) -> Desk:
    return parse_desk((DESK_FILES / f"{code}.toml").read_text(encoding="utf-8"), source=code)


def sheet(of: Desk) -> Paper:
    return Paper(to_pdf("form", {**asdict(papers.sheet(of, ADDRESS)), "qr": qr_code(ADDRESS)}))


def posted(paper: papers.Letter | papers.Slip) -> Paper:
    template = "letter" if isinstance(paper, papers.Letter) else "slip"
    return Paper(to_pdf(template, {**asdict(paper), "qr": qr_code(paper.access.address)}))


def assert_in_order(text: str, *said: str) -> None:
    start = 0
    for each in said:
        found = text.find(close(each), start)
        assert found >= 0, f"{each} is not in {text[start:]}"
        start = found + len(close(each))


@pytest.fixture(scope="module")
def fonts() -> list[bytes]:
    return [path.read_bytes() for path in sorted((static_folder() / FONTS).glob("*.ttf"))]


@pytest.fixture(scope="module")
def glyphs(fonts: list[bytes]) -> Glyphs:
    return read_glyphs(fonts)


@pytest.mark.parametrize("code", [MIE, TOYAMA])
def test_the_form_asks_what_the_desk_asks_in_its_order(code: str) -> None:
    of = desk(code)
    paper = sheet(of)
    assert paper.faults == []
    assert (paper.headings[0], paper.is_read_as_drawn, len(paper.pages)) == ("H1", True, 2)
    assert_in_order(
        paper.text,
        of.name,
        paper.title or "",
        ADDRESS,
        of.privacy_purpose,
        *("いっしょに送るもの" if each.name == "files" else each.label for each in of.fields_for(None, None)),
        "切り取らずに、2枚とも、このままお送りください。",
        *(of.postal_address or ()),
        of.office,
    )
    for choice in (
        *(each.label for each in of.open_requester_types),
        *(each.label for each in of.open_purposes()),
        *(each.label for each in of.topic_leaves()),
        *(each.label for field in of.fields for each in field.open_options if field.control != "select"),
        *(way for way in (of.fax, of.email, of.phone) if way),
        *("受付番号", "受付日", "受付経路", "「県内の事業者」"),
    ):
        assert close(choice) in paper.text, choice


def test_the_form_says_whom_an_entry_is_for_and_names_nothing_retired() -> None:
    of = desk(MIE)
    of = replace(
        of,
        purposes=(replace(of.purposes[0], retired=True), *of.purposes[1:]),
        fields=tuple(replace(each, retired=each.name == "wished_dates") for each in of.fields),
    )
    made = papers.sheet(of, ADDRESS)
    organisation = next(each for each in made.before if each.label == "会社・団体・所属の名前")
    assert organisation.only.endswith("「そのほか」の方だけ")
    assert next(each for each in made.before if each.label == "お名前（ご担当者）").only == ""
    text = sheet(of).text
    assert close(of.purposes[0].label) not in text
    assert "ご希望の日時" not in text


def test_the_smallest_desk_gets_one_page() -> None:
    paper = sheet(parse_desk(SMALL, source="small"))
    assert (paper.faults, len(paper.pages)) == ([], 1)
    assert_in_order(
        paper.text, "提案の用紙", "どなたですか", "件名", "内容", "切り取らずに、このままお送りください。"
    )


def test_a_desk_that_asks_very_much_still_gets_its_form() -> None:
    of = desk(TOYAMA)
    many = tuple(
        replace(of.topics[0], code=f"t{number}", label=f"分野その{number}", children=of.topics[0].children)
        for number in range(60)
    )
    every = sheet(replace(of, topics=many, privacy_purpose=of.privacy_purpose * 40))
    assert every.faults == []
    assert_in_order(every.text, "分野その0", "分野その59", "件名", "お送りいただくところ")
    assert all(y < 297 - 5 for number in range(len(every.pages)) for _, _, y in every.places(number))


def test_a_letter_shows_its_address_in_the_window_and_nothing_else() -> None:
    paper = posted(LETTER)
    assert (paper.faults, paper.headings, paper.is_read_as_drawn) == ([], ["H1", "H2"], True)
    assert_in_order(
        paper.text,
        *("〒514-8570", "三重県津市広明町13番地", "株式会社サンプル製作所", "見本　太郎　様"),
        *("令和8年7月10日", "みえDXセンター事務局", "スマート改革推進課", "059-224-3086"),
        *("「現場作業員へのIT導入を進めたい」について（回答）", "令和8年7月3日", "M7K-4TX-9PA"),
        *("ありがとうございます。", "写真による報告から、始めてください。", "以上"),
        *("https://voice.example.lg.jp/status", "M7K-4TX-9PA", "ACD-EFG-HJK-MNP-QRT"),
    )
    # The window reaches 57 mm down and 112 mm to the right at the most, and 37 mm and 87 mm at the least.
    inside = [(text, x, y) for text, x, y in paper.places() if x < 112 and y < 58]
    assert "".join(text for text, _, _ in inside) == close(
        "".join([LETTER.to.postal_code, *LETTER.to.address, *LETTER.to.names])
    )
    assert all(20 <= x < 87 and 13 < y <= 37.5 for _, x, y in inside)


@pytest.mark.parametrize("lines", [4, 7])
def test_a_long_address_stays_in_the_window(lines: int) -> None:
    to = papers.Addressee(
        "〒514-8570",
        tuple(f"三重県津市広明町{number}番地" for number in range(lines)),
        ("団体の名前" * 8, "名前" * 20 + "　様"),
    )
    paper = posted(replace(LETTER, to=to))
    inside = [(text, y) for text, x, y in paper.places() if x < 112 and y < 58]
    assert "".join(text for text, _ in inside) == close("".join([to.postal_code, *to.address, *to.names]))
    assert max(y for _, y in inside) <= 38


def test_a_long_reply_goes_on_with_page_numbers() -> None:
    body = "\n\n".join([PARAGRAPH] * 20)[:3000]
    paper = posted(replace(LETTER, body=body))
    assert (paper.faults, paper.is_read_as_drawn, len(paper.pages)) == ([], True, 2)
    for number, text in enumerate(paper.pages, 1):
        assert text.endswith(f"受付番号M7K-4TX-9PA{number}／2")
    whole = "".join(
        text.removesuffix(f"受付番号M7K-4TX-9PA{number}／2") for number, text in enumerate(paper.pages, 1)
    )
    assert close(body) in whole
    assert "1／1" not in posted(LETTER).text


def test_a_slip_says_how_to_ask_after_it() -> None:
    paper = posted(SLIP)
    assert (paper.faults, len(paper.pages)) == ([], 1)
    assert_in_order(
        paper.text,
        *(
            "見本　太郎　様",
            "受付票",
            "令和8年7月2日",
            "郵便",
            "（1）導入を進めたい",
            "（2）補助金を知りたい",
        ),
        *("7月10日（金）まで", "M7K-4TX-9PA", "ACD-EFG-HJK-MNP-QRT", "059-224-3086にお電話ください。"),
    )


def test_the_same_data_gives_the_same_bytes() -> None:
    assert posted(LETTER).content == posted(LETTER).content
    assert posted(LETTER).content != posted(SLIP).content


MARKUP = (
    '#import "x": y',
    "#data.access.passcode",
    "$x^2$ *太字* _斜体_ `code`",
    "@label <label> [内容] {式} ~ -- --- ...",
    "= 見出し",
    "- 箇条書き",
    "// 注 /* 注 */",
    r"\ \u{41} \#",
    "<b>&amp;</b>",
    "\"引用\" 'これも'",
)


def test_what_people_write_is_never_markup() -> None:
    text = "\n".join(MARKUP)
    paper = posted(replace(LETTER, body=text, subject=text.replace("\n", " ")))
    assert paper.faults == []
    assert paper.text.count(close(text)) == 2
    assert paper.headings == ["H1", "H2"]


def test_every_character_the_fonts_have_can_be_printed(glyphs: Glyphs) -> None:
    have = "".join(
        chr(point) for point in sorted(glyphs.points) if unicodedata.category(chr(point))[0] not in "CZ"
    )
    assert len(have) > 10_000
    assert glyphs.shown("葛髙﨑①㈱♥") == ("葛髙﨑①㈱♥", True)
    assert posted(replace(LETTER, body=have)).faults == []


def test_what_the_fonts_lack_is_marked_and_harms_nothing(glyphs: Glyphs) -> None:
    paper = posted(
        replace(LETTER, to=replace(LETTER.to, names=("𠮷野　様",)), body="笑顔😀と外字\ue000です。")
    )
    assert paper.faults == []
    assert f"{MISSING}野様" in paper.text
    assert f"笑顔{MISSING}と外字{MISSING}です。" in paper.text
    assert "〓は、この書体では印刷できない文字です。" in paper.text
    assert "〓" not in posted(LETTER).text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("か\u3099き\u3099", "がぎ"),
        ("葛\U000e0100飾", "葛飾"),
        ("👨\u200d👩", "〓〓"),
        ("𝐀㍿", "A㍿"),
        ("名\u2028前\u2029\t\u00ad\ufeff様", "名\n前\n 様"),
        ("a\u0300\x00\u202e", "à"),
        ("\u0300", "\u0300"),
        ("", ""),
    ],
)
def test_marks_and_unseen_signs_are_folded_in(glyphs: Glyphs, written: str, shown: str) -> None:
    assert glyphs.shown(written)[0] == shown


def test_a_file_that_is_no_font_is_refused(fonts: list[bytes]) -> None:
    for spoilt in (fonts[0].replace(b"cmap", b"none", 1), fonts[0][:4] + b"\0\0" + fonts[0][6:]):
        with pytest.raises(ValueError, match="a font without"):
            read_glyphs([spoilt])


@pytest.mark.parametrize("sign", ["ー", "a", "っ", "。", "「", "\u3000", "\u200b", "〓", "-", "/"])
def test_a_row_of_one_sign_stays_on_the_paper(sign: str) -> None:
    paper = posted(replace(LETTER, body=sign * 400, subject=sign * 200))
    assert paper.faults == []
    assert all(x < 210 - 15 for _, x, _ in paper.places())


HOSTILE = st.text(st.characters(codec=None), max_size=120)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(text=HOSTILE, other=HOSTILE)
def test_no_text_keeps_a_paper_from_being_made(text: str, other: str) -> None:
    hostile: dict[str, Any] = {"subject": text, "body": f"{other}\n{text}", "division": other, "number": text}
    to = papers.Addressee(text, (other, text), (other, f"{text}　様"))
    sender = papers.Sender(text, other, text, other, text)
    assert posted(replace(LETTER, **hostile, to=to, sender=sender)).faults == []
    assert posted(replace(SLIP, to=to, sender=sender, subjects=(text, other), channel=text)).faults == []


def test_a_qr_code_is_a_drawing_and_nothing_else() -> None:
    drawn = qr_code("https://voice.example.lg.jp/status?a=<b>&c=\"'")
    assert drawn.startswith("<svg")
    assert drawn.isascii()
    assert "<b>" not in drawn


def test_the_fonts_lie_beside_their_licence() -> None:
    folder = static_folder() / FONTS
    assert sorted(path.suffix for path in Path(folder).iterdir() if path.suffix == ".ttf") == [".ttf", ".ttf"]
    assert "SIL Open Font License" in (folder / "LICENSE").read_text(encoding="utf-8")
