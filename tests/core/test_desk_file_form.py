"""The form of a desk file fits the rest of the file, or the mistake is named."""

import pytest

from meyasubako.core.desk import Option, parse_desk
from meyasubako.core.vocabulary import CaseKind
from tests.core.small_desk import Spoilt, assert_one_mistake, changed

TITLE = 'name = "title"\nlabel = "件名"\nrequired = true'
BODY = "max_length = 2000\n"
FIELD = '\n[[fields]]\nname = "{}"\nlabel = "見出し"\n'
CONSENT = ("asks_consent = false", "asks_consent = true")
OPTION = '[[fields.options]]\ncode = "{}"\nlabel = "選択肢"\n'

ONE_MISTAKE: dict[str, Spoilt] = {
    "field that does not exist": (
        (
            ('name = "requester_type"\nlabel', 'name = "requester_type"\nhint = "案内"\nlabel'),
            (BODY, BODY + FIELD.format("birthday")),
        ),
        'name = "birthday"',
        "fields[3].name",
        (
            "「birthday」という入力欄はありません。使えるのは requester_type、kind、purpose、topics、title、body、files、"
            "name、organisation、municipality、email、phone、postal_code、address、reply_wanted、"
            "publish_consent、share_consent、meeting_way、wished_dates です。"
        ),
    ),
    "field twice": (
        ((BODY, BODY + FIELD.format("title") + "required = true # again\n"),),
        "LAST title",
        "fields[3].name",
        "「title」は66行目でもう使っています。別の名前にしてください。",
    ),
    "essential field missing": (
        (("[[fields]]\n" + TITLE + "\n", ""),),
        "[[fields]]",
        "fields",
        '入力欄 name = "title" がありません。受付に欠かせません。',
    ),
    "files that must be given": (
        ((BODY, BODY + FIELD.format("files") + "required = true # files\n"),),
        "required = true # files",
        "fields[3].required",
        "ファイルは任意の入力欄です。この行を消してください。",
    ),
    "files for some": (
        ((BODY, BODY + FIELD.format("files") + 'requester_types = ["resident"]\n'),),
        'requester_types = ["resident"]',
        "fields[3].requester_types",
        "ファイルの欄は、だれにでも出します。この行を消してください。",
    ),
    "essential field not required": (
        ((TITLE, 'name = "title"\nlabel = "件名"\nrequired = false'),),
        "required = false",
        "fields[1].required",
        "「title」は受付に欠かせないので、required = true にしてください。",
    ),
    "essential field for some only": (
        ((TITLE, TITLE + '\nrequester_types = ["resident"]'),),
        'requester_types = ["resident"]',
        "fields[1].requester_types",
        "「title」はだれにでもたずねる入力欄です。この行を消してください。",
    ),
    "field for a type that is not offered": (
        ((BODY, BODY + FIELD.format("organisation") + 'requester_types = ["business"]\n'),),
        'requester_types = ["business"]',
        "fields[3].requester_types[0]",
        "「business」は [[requester_types]] の code にありません。先に [[requester_types]] の code に書いてください。",
    ),
    "limit above what is stored": (
        ((BODY, "max_length = 20001\n"),),
        "max_length",
        "fields[2].max_length",
        "1から20000までの整数を書いてください（いまは 20001）。",
    ),
    "limit where nothing is written": (
        ((BODY, BODY + FIELD.format("purpose") + "max_length = 10\n"),),
        "max_length = 10\n",
        "fields[3].max_length",
        "選んで答える入力欄に字数は要りません。この行を消してください。",
    ),
    "municipalities missing": (
        ((BODY, BODY + FIELD.format("municipality")),),
        "LAST [[fields]]",
        "fields[3].options",
        "options がありません。書き加えてください。",
    ),
    "options where there are none": (
        ((BODY, BODY + FIELD.format("name") + OPTION.format("a")),),
        "[[fields.options]]",
        "fields[3].options",
        "「name」に options は書けません。選択肢はほかの表から作られます。",
    ),
    "half a yes or no": (
        ((BODY, BODY + FIELD.format("share_consent") + OPTION.format("yes")),),
        "[[fields.options]]",
        "fields[3].options",
        "code は yes と no の2つにしてください。label は自由に決められます。",
    ),
    "unknown way to meet": (
        ((BODY, BODY + FIELD.format("meeting_way") + OPTION.format("fax")),),
        "[[fields.options]]",
        "fields[3].options",
        "code は visit、online、phone のどれかにしてください。",
    ),
    "reply without an address": (
        ((BODY, BODY + FIELD.format("reply_wanted")),),
        'name = "reply_wanted"',
        "fields[3].name",
        '返事の希望をたずねるなら、入力欄 name = "email" も書いてください。',
    ),
    "consent announced and not asked": (
        (CONSENT,),
        "[[fields]]",
        "fields",
        'publication.asks_consent が true なので、入力欄 name = "publish_consent" を書き加えてください。',
    ),
    "consent asked and not announced": (
        ((BODY, BODY + FIELD.format("publish_consent")),),
        'name = "publish_consent"',
        "fields[3].name",
        "publication.asks_consent が false なので、この欄は要りません。どちらかを直してください。",
    ),
    "sharing asked and no offers": (
        (('offers = ["adviser"]\n', ""), (BODY, BODY + FIELD.format("share_consent"))),
        'name = "share_consent"',
        "fields[3].name",
        "打診をしない窓口（offers が空）なので、この欄は要りません。どちらかを直してください。",
    ),
    "kind asked where there is one": (
        ((BODY, BODY + FIELD.format("kind")),),
        'name = "kind"',
        "fields[3].name",
        "[[kinds]] が1つなので、この入力欄は要りません。消してください。",
    ),
    "two kinds and nobody asks": (
        (
            (
                "[[requester_groups]]",
                '[[kinds]]\ncode = "consultation"\nlabel = "相談"\ndescription = "ご相談"\n\n[[requester_groups]]',
            ),
        ),
        "[[fields]]",
        "fields",
        '[[kinds]] が2つ以上あります。入力欄 name = "kind" を書くか、すべての [[purposes]] に kind を書いてください。',
    ),
}


@pytest.mark.parametrize("name", ONE_MISTAKE)
def test_one_mistake(name: str):
    assert_one_mistake(ONE_MISTAKE[name])


def test_two_kinds_chosen_by_purpose_or_by_field():
    second = (
        '[[kinds]]\ncode = "consultation"\nlabel = "相談"\ndescription = "ご相談"\n\n[[requester_groups]]'
    )
    by_purpose = changed(
        ("[[requester_groups]]", second),
        ('description = "思いついたこと"', 'description = "思いついたこと"\nkind = "suggestion"'),
    )
    assert parse_desk(by_purpose, source="small.toml").kind_of("idea") is CaseKind.SUGGESTION
    by_field = changed(("[[requester_groups]]", second), (BODY, BODY + FIELD.format("kind")))
    desk = parse_desk(by_field, source="small.toml")
    assert desk.kind_of("idea") is None
    assert desk.kind_of(None) is None


def test_choices_in_the_words_of_the_desk():
    email = FIELD.format("email")
    options = '[[fields.options]]\ncode = "yes"\nlabel = "ほしい"\n[[fields.options]]\ncode = "no"\nlabel = "いらない"\n'
    desk = parse_desk(
        changed((BODY, BODY + email + FIELD.format("reply_wanted") + options)), source="small.toml"
    )
    assert desk.field("reply_wanted").options == (Option("yes", "ほしい"), Option("no", "いらない"))
