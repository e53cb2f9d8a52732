"""Reads the form of a desk file: what is asked of whom, in which words, and whether it fits the rest."""

from dataclasses import dataclass

from meyasubako.core.desk.fields import FIELD_SHAPES, Control, Field, FieldShape, Option
from meyasubako.core.desk.reading import Codes, Table, nearest
from meyasubako.core.vocabulary import CaseKind, RequesterType


@dataclass(frozen=True, slots=True)
class FormRules:
    """What the rest of the file says about the form."""

    kinds: tuple[CaseKind, ...]
    requester_types: tuple[RequesterType, ...]
    purposes_give_kind: bool
    asks_consent: bool
    makes_offers: bool


def read_fields(root: Table, rules: FormRules) -> tuple[Field, ...]:
    """The fields in the order in which the form shows them."""
    found: list[Field] = []
    tables: dict[str, Table] = {}
    codes = Codes()
    for table in root.tables("fields", required=True):
        field = _read_field(table, rules)
        table.close()
        if field is not None:
            codes.add(table, "name", field.name)
            tables.setdefault(field.name, table)
            found.append(field)
    _check_form(root, tables, rules)
    return tuple(found)


def _read_field(table: Table, rules: FormRules) -> Field | None:
    name = table.text("name")
    shape = FIELD_SHAPES.get(name)
    label, hint = table.words("label"), table.optional_words("hint", single_line=False) or ""
    section = table.optional_words("section") or ""
    required = table.flag("required", default=False)
    requester_types = table.choices("requester_types", RequesterType)
    kinds = table.choices("kinds", CaseKind)
    max_length = table.whole("max_length", at_least=1, at_most=(shape.ceiling if shape else None) or 20_000)
    if shape is None:
        table.skip("options")
        if name:
            hint = nearest(name, FIELD_SHAPES) or f"使えるのは {'、'.join(FIELD_SHAPES)} です。"
            table.wrong("name", f"「{name}」という入力欄はありません。{hint}")
        return None
    if max_length is not None and shape.ceiling is None:
        table.wrong("max_length", "選んで答える入力欄に字数は要りません。この行を消してください。")
    for key, words, known in (
        ("requester_types", requester_types, rules.requester_types),
        ("kinds", kinds, rules.kinds),
    ):
        for position, word in enumerate(words):
            table.check_reference((*table.path, key, position), word, known, f"[[{key}]] の code")
    if shape.is_essential:
        _check_essential(table, name, required=required)
    if shape.control is Control.FILES:
        _check_files(table, required=required)
    return Field(
        name=name,
        label=label,
        hint=hint,
        required=required,
        max_length=max_length,
        requester_types=requester_types,
        kinds=kinds,
        options=_read_options(table, name, shape),
        section=section,
    )


def _check_essential(table: Table, name: str, *, required: bool) -> None:
    if not required:
        table.wrong("required", f"「{name}」は受付に欠かせないので、required = true にしてください。")
    for key in ("requester_types", "kinds"):
        if table.has(key):
            table.wrong(key, f"「{name}」はだれにでもたずねる入力欄です。この行を消してください。")


def _check_files(table: Table, *, required: bool) -> None:
    if required:
        table.wrong("required", "ファイルは任意の入力欄です。この行を消してください。")
    for key in ("requester_types", "kinds"):
        if table.has(key):
            table.wrong(key, "ファイルの欄は、だれにでも出します。この行を消してください。")


def _read_options(table: Table, name: str, shape: FieldShape) -> tuple[Option, ...]:
    if shape.options_are_names:
        # A municipality is known by its name, on paper as in the data.
        names = table.words_list("options", required=True)
        return tuple(Option(str(option), option) for option in names)
    found: list[Option] = []
    codes = Codes()
    for option in table.tables("options", required=False):
        found.append(Option(option.code("code", codes), option.words("label")))
        option.close()
    if not table.has("options"):
        return shape.default_options
    if not shape.default_options:
        table.wrong("options", f"「{name}」に options は書けません。選択肢はほかの表から作られます。")
        return ()
    known = {option.code for option in shape.default_options}
    given = {option.code for option in found}
    if shape.control is Control.YES_NO and given != known:
        table.wrong("options", "code は yes と no の2つにしてください。label は自由に決められます。")
    elif not given.issubset(known):
        ways = "、".join(option.code for option in shape.default_options)
        table.wrong("options", f"code は {ways} のどれかにしてください。")
    return tuple(found)


def _check_form(root: Table, tables: dict[str, Table], rules: FormRules) -> None:
    for name, shape in FIELD_SHAPES.items():
        if shape.is_essential and name not in tables:
            root.wrong("fields", f'入力欄 name = "{name}" がありません。受付に欠かせません。')
    if len(rules.kinds) > 1 and "kind" not in tables and not rules.purposes_give_kind:
        root.wrong(
            "fields",
            '[[kinds]] が2つ以上あります。入力欄 name = "kind" を書くか、'
            "すべての [[purposes]] に kind を書いてください。",
        )
    if len(rules.kinds) == 1 and "kind" in tables:
        tables["kind"].wrong("name", "[[kinds]] が1つなので、この入力欄は要りません。消してください。")
    if "reply_wanted" in tables and "email" not in tables:
        tables["reply_wanted"].wrong(
            "name", '返事の希望をたずねるなら、入力欄 name = "email" も書いてください。'
        )
    if rules.asks_consent and "publish_consent" not in tables:
        root.wrong(
            "fields",
            'publication.asks_consent が true なので、入力欄 name = "publish_consent" を書き加えてください。',
        )
    if not rules.asks_consent and "publish_consent" in tables:
        tables["publish_consent"].wrong(
            "name",
            "publication.asks_consent が false なので、この欄は要りません。どちらかを直してください。",
        )
    if not rules.makes_offers and "share_consent" in tables:
        tables["share_consent"].wrong(
            "name",
            "打診をしない窓口（offers が空）なので、この欄は要りません。どちらかを直してください。",
        )
