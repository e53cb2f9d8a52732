"""A desk file with mistakes is refused, and every mistake is named with its line, its key and what to do."""

from collections.abc import Callable

import pytest

from meyasubako.core.desk import Desk, DeskFileError, Mistake, parse_desk
from tests.core.small_desk import SMALL, Spoilt, assert_one_mistake, changed, mistakes_in


def test_the_small_desk_reads():
    desk = parse_desk(SMALL, source="small.toml")
    assert isinstance(desk, Desk)
    assert desk.purposes[0].short_label == "アイデア"
    assert desk.postal_address is None


@pytest.mark.parametrize(
    "as_windows_writes_it", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")]
)
def test_files_from_windows_read(as_windows_writes_it: Callable[[str], str]):
    assert parse_desk(as_windows_writes_it(SMALL), source="small.toml") == parse_desk(
        SMALL, source="small.toml"
    )


ONE_MISTAKE: dict[str, Spoilt] = {
    "unknown key, near a known one": (
        (('office = "デジタル推進課"', 'office = "デジタル推進課"\nphon = "076-225-0000"'),),
        "phon =",
        "phon",
        "知らないキーです。「phone」のことではありませんか。",
    ),
    "unknown key in a table": (
        (('note = "公表しません"', 'note = "公表しません"\nwhatever = 1'),),
        "whatever",
        "publication.whatever",
        "知らないキーです。綴りを確かめるか、この行を消してください。",
    ),
    "unknown table": (
        (("[[outcomes]]", "[outcome_colours]\nnoted = 1\n\n[[outcomes]]"),),
        "[outcome_colours]",
        "outcome_colours",
        "知らないキーです。綴りを確かめるか、この行を消してください。",
    ),
    "missing key at the top": (
        (('office = "デジタル推進課"\n', ""),),
        'code = "small"',
        "office",
        "office がありません。書き加えてください。",
    ),
    "missing key in a listed table": (
        (('description = "健康のこと"\n', ""),),
        "[[topics.children]]",
        "topics[0].children[0].description",
        "description がありません。書き加えてください。",
    ),
    "missing table": (
        (('[survey]\nenabled = false\nquestion = "役に立ちましたか"\n', ""),),
        'code = "small"',
        "survey",
        "[survey] がありません。書き加えてください。",
    ),
    "text for a table": (
        (
            ('[survey]\nenabled = false\nquestion = "役に立ちましたか"\n', ""),
            ("offer_valid_days = 7", 'offer_valid_days = 7\nsurvey = "なし"'),
        ),
        "survey",
        "survey",
        "[survey] という見出しの表にしてください。",
    ),
    "missing lists": (
        (('[[divisions]]\ncode = "digital"\nlabel = "デジタル推進課"\ntopics = ["life"]\n', ""),),
        'code = "small"',
        "divisions",
        "[[divisions]] がありません。書き加えてください。",
    ),
    "a list without entries": (
        (('steps = ["読みます"]', "steps = []"),),
        "steps",
        "steps",
        "1つ以上書いてください。",
    ),
    "empty label": (
        (('label = "健康"', 'label = "　"'),),
        'label = "　"',
        "topics[0].children[0].label",
        "空です。言葉を書いてください。",
    ),
    "empty optional text": (
        (('email = "desk@example.jp"', 'email = "desk@example.jp"\nphone = ""'),),
        "phone",
        "phone",
        "空です。言葉を書くか、この行を消してください。",
    ),
    "a label over two lines": (
        (('label = "健康"', 'label = """健康\nと医療"""'),),
        'label = """健康',
        "topics[0].children[0].label",
        "改行を入れずに1行で書いてください。",
    ),
    "empty keyword": (
        (('keywords = ["健康"]', 'keywords = [\n  "健康",\n  "",\n]'),),
        '  "",',
        "topics[0].children[0].keywords[1]",
        "空です。言葉を書くか、消してください。",
    ),
    "keyword twice": (
        (('keywords = ["健康"]', 'keywords = [\n  "健康",\n  "健康 ",\n]'),),
        '  "健康 ",',
        "topics[0].children[0].keywords[1]",
        "「健康」が2度あります。1つにしてください。",
    ),
    "a leaf without keywords": (
        (('keywords = ["健康"]\n', ""),),
        "[[topics.children]]",
        "topics[0].children[0].keywords",
        "keywords がありません。書き加えてください。",
    ),
    "number for text": (
        (('name = "小さな窓口"', "name = 1"),),
        "name = 1",
        "name",
        '文字を "…" のように引用符で囲んで書いてください。',
    ),
    "text for a list": (
        (('steps = ["読みます"]', 'steps = "読みます"'),),
        "steps",
        "steps",
        '["…", "…"] のように、引用符で囲んだ文字を並べてください。',
    ),
    "text for a number": (
        (("offer_valid_days = 7", 'offer_valid_days = "7"'),),
        "offer_valid_days",
        "offer_valid_days",
        "整数を、引用符で囲まずに書いてください（例 3）。",
    ),
    "true for a number": (
        (("offer_valid_days = 7", "offer_valid_days = true"),),
        "offer_valid_days",
        "offer_valid_days",
        "整数を、引用符で囲まずに書いてください（例 3）。",
    ),
    "text for a flag": (
        (("enabled = false", 'enabled = "false"'),),
        "enabled",
        "survey.enabled",
        "true か false を、引用符で囲まずに書いてください。",
    ),
    "text for a date": (
        (("opened_on = 2022-04-01", 'opened_on = "2022-04-01"'),),
        "opened_on",
        "opened_on",
        "日付を、引用符で囲まずに 2021-11-30 のように書いてください。",
    ),
    "instant for a date": (
        (("opened_on = 2022-04-01", "opened_on = 2022-04-01T09:00:00"),),
        "opened_on",
        "opened_on",
        "日付を、引用符で囲まずに 2021-11-30 のように書いてください。",
    ),
    "table for listed tables": (
        (("[[outcomes]]", "[outcomes]"),),
        "[outcomes]",
        "outcomes",
        "[[outcomes]] という見出しの表を並べてください。",
    ),
    "quota below one": (
        (("offer_valid_days = 7", "offer_valid_days = 7\nmeeting_quota = 0"),),
        "meeting_quota",
        "meeting_quota",
        "1から1000までの整数を書いてください（いまは 0）。",
    ),
    "no days to wait for an answer to an offer": (
        (("offer_valid_days = 7\n", ""),),
        'code = "small"',
        "offer_valid_days",
        "打診をする窓口では、返事を待つ日数が要ります（例 7）。",
    ),
    "mail address": (
        (("desk@example.jp", "desk＠example.jp"),),
        "email",
        "email",
        "「desk＠example.jp」はメールアドレスとして読めません。半角で書いてください。",
    ),
    "telephone number": (
        (('hours = "いつでも"', 'hours = "いつでも"\nphone = "076-22-50"'),),
        "phone",
        "phone",
        "「076-22-50」は電話番号として読めません。059-224-3086 のように半角で書いてください。",
    ),
    "web address": (
        (('hours = "いつでも"', 'hours = "いつでも"\nwebsite = "www.example.jp"'),),
        "website",
        "website",
        "「www.example.jp」はアドレスとして読めません。https:// から書いてください。",
    ),
    "no way to reach the office": (
        (('email = "desk@example.jp"\n', ""),),
        'code = "small"',
        "phone",
        "phone、email、postal_address、website のどれか1つは書いてください。",
    ),
    "not a prefecture": (
        (("石川県", "加賀国"),),
        "prefecture",
        "prefecture",
        "富山県 のように、都道府県の名前を書いてください。",
    ),
    "code in capitals": (
        (('code = "digital"', 'code = "Digital Ka"'),),
        "Digital Ka",
        "divisions[0].code",
        "「Digital Ka」は使えません。半角の小文字と数字をハイフンでつないで40字までで書いてください。",
    ),
    "reserved code": (
        (('code = "idea"', 'code = "unknown"'),),
        'code = "unknown"',
        "purposes[0].code",
        "「unknown」は集計の行に使うので、別の名前にしてください。",
    ),
    "code twice in the tree": (
        (('code = "life-health"', 'code = "life"  # again'),),
        "# again",
        "topics[0].children[0].code",
        "「life」は50行目でもう使っています。別の名前にしてください。",
    ),
    "code twice on one line": (
        (
            (
                '[[outcomes]]\ncode = "noted"\nlabel = "参考"\n',
                "",
            ),
            (
                "offer_valid_days = 7",
                'offer_valid_days = 7\noutcomes = [{ code = "noted", label = "あ" }, { code = "noted", label = "い" }]',
            ),
        ),
        "outcomes",
        "outcomes[1].code",
        "「noted」は14行目でもう使っています。別の名前にしてください。",
    ),
    "unknown requester type": (
        (('code = "resident"', 'code = "residents"'),),
        'code = "residents"',
        "requester_types[0].code",
        "「residents」は使えません。「resident」のことではありませんか。",
    ),
    "the requester type that is always there": (
        (('code = "resident"', 'code = "unknown"'),),
        'code = "unknown"',
        "requester_types[0].code",
        "「unknown」（不明）は職員がいつでも選べるので、ここには書きません。",
    ),
    "unknown outcome": (
        (('code = "noted"', 'code = "xyz"'),),
        'code = "xyz"',
        "outcomes[0].code",
        (
            "「xyz」は使えません。adopted、in_progress、already_done、not_for_now、not_possible、noted、solved、"
            "advised、referred、no_answer のどれかを書いてください。"
        ),
    ),
    "unknown kind of provider": (
        (('offers = ["adviser"]', 'offers = [\n  "adviser",\n  "advisor",\n]'),),
        '"advisor"',
        "offers[1]",
        "「advisor」は使えません。「adviser」のことではありませんか。",
    ),
    "group that is not defined": (
        (('group = "all"', 'group = "everybody"'),),
        "group =",
        "requester_types[0].group",
        "「everybody」は [[requester_groups]] の code にありません。先に [[requester_groups]] の code に書いてください。",
    ),
    "kind that is not offered": (
        (('description = "思いついたこと"', 'description = "思いついたこと"\nkind = "consultation"'),),
        "kind =",
        "purposes[0].kind",
        "「consultation」は [[kinds]] の code にありません。先に [[kinds]] の code に書いてください。",
    ),
    "division for an unknown topic": (
        (('topics = ["life"]', 'topics = [\n  "life",\n  "life-helth",\n]'),),
        "life-helth",
        "divisions[0].topics[1]",
        "「life-helth」は [[topics]] の code にありません。「life-health」のことではありませんか。",
    ),
    "closed twice": (
        (
            (
                "[tally_labels]",
                (
                    '[[closed_days]]\non = 2022-08-12\nreason = "点検"\n'
                    '[[closed_days]]\non = 2022-08-12 # again\nreason = "点検"\n\n[tally_labels]'
                ),
            ),
        ),
        "# again",
        "closed_days[1].on",
        "同じ日が2度あります。1つ消してください。",
    ),
}


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_one_mistake(name: str):
    assert_one_mistake(ONE_MISTAKE[name])


def test_all_mistakes_come_at_once_in_the_order_of_the_lines():
    text = changed(
        ('name = "小さな窓口"', 'name = ""'),
        ('code = "digital"', 'code = "課"'),
        ("opened_on = 2022-04-01", "opened_on = 2022"),
        ('label = "アイデア"', 'lable = "アイデア"'),
    )
    assert [(mistake.line, mistake.key) for mistake in mistakes_in(text)] == [
        (2, "name"),
        (7, "opened_on"),
        (44, "purposes[0].label"),
        (46, "purposes[0].lable"),
        (77, "divisions[0].code"),
    ]
    with pytest.raises(DeskFileError) as caught:
        parse_desk(text, source="small.toml")
    assert str(caught.value).splitlines()[:2] == [
        "small.toml に直すところが5か所あります。",
        "  2行目 name: 空です。言葉を書いてください。",
    ]


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        (
            'name = "小さな窓口"',
            "name = 小さな窓口",
            2,
            '8文字目: 値として読めません。文字は "…" と引用符で囲んでください。',
        ),
        (
            'name = "小さな窓口"',
            'name = "小さな窓口',
            2,
            "14文字目: 引用符が閉じていないか、使えない文字が入っています。",
        ),
        ('name = "小さな窓口"', 'name "小さな窓口"', 2, "6文字目: キーのあとに = がありません。"),
        (
            'name = "小さな窓口"',
            "name = “小さな窓口”",
            2,
            (
                '8文字目: 値として読めません。文字は "…" と引用符で囲んでください。'
                "この行に全角の空白や記号が混じっていないか確かめてください。"
            ),
        ),
        (
            'name = "小さな窓口"',
            '名前 = "小さな窓口"',
            2,
            "1文字目: キーや見出しとして読めません。",
        ),
        (
            'office = "デジタル推進課"',
            'code = "other"',
            4,
            "15文字目: 同じキーが2度書かれています。1つにしてください。",
        ),
        (
            'hours = "いつでも"',
            'hours = "いつでも" fax = "1"',
            6,
            "16文字目: 値のあとに余分なものがあります。1行に1つずつ書いてください。",
        ),
        ("[survey]", "[survey", 26, "8文字目: 見出しの角括弧が閉じていません。"),
        (
            "[survey]",
            "[publication]",
            26,
            "13文字目: 同じ見出しが2度書かれています。くり返す表は [[…]] と2重の角括弧にしてください。",
        ),
        ("2022-04-01", "2022-02-30", 7, "13文字目: ありえない日付です。"),
        ('text = "読み取れませんでした。"\n', 'text = """', 88, "文字を囲む引用符が閉じていません。"),
        ("offer_valid_days = 7", f"offer_valid_days = {'[' * 3000}", 1, "TOMLとして読めません。"),
    ],
)
def test_what_is_not_toml_says_where(before: str, after: str, line: int, message: str):
    assert mistakes_in(changed((before, after))) == [Mistake(line, "", message)]
