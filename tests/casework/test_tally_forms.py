"""The forms a desk makes for itself: saved, changed, ended, written to a file and read again."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from meyasubako.casework import tallies
from meyasubako.core.desk import DeskFileError
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound, WrongState
from meyasubako.core.tabulation import Picture, Reach, Shown, TablePlan, TallyForm
from meyasubako.core.tabulation.reading import as_file, as_plain, from_plain, parse_forms
from meyasubako.core.vocabulary import AuditAction, Dimension, Quantity, Role
from meyasubako.store.database import Database
from meyasubako.store.models import AuditEntry, TallyFormRow
from tests.casework.tally_desk import MIE, TallyDesk, japan, open_desk

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
AT = japan("2022-06-01T09:00:00")
OWN = TallyForm(
    "",
    "議会への報告",
    Reach.QUARTER,
    (
        TablePlan(
            "手紙で届いたもの",
            (Quantity.RECEIPTS, Quantity.CASES),
            Dimension.PURPOSE,
            shown=(Shown.SPAN, Shown.SHARE, Shown.YEAR_BEFORE_CHANGE),
            filters=((Dimension.CHANNEL, ("letter", "fax")),),
            empty_rows=False,
            unknown_row=False,
            decimals=0,
            picture=Picture.BAR,
            note="締めたあとの訂正は、\nその月に入れています。",
        ),
        TablePlan("月別", (Quantity.CLOSED,), Dimension.OUTCOME, Dimension.MONTH, total=False),
    ),
)


@pytest.fixture
async def mie(database: Database) -> TallyDesk:
    return await open_desk(database)


@SQLITE
async def test_a_form_is_saved_changed_and_ended_with_a_record(mie: TallyDesk) -> None:
    by = mie.coordinator

    def save(session: Session) -> str:
        return tallies.save_form(session, mie.applied, OWN, by=by, at=AT)

    code = await mie.write(save)
    with pytest.raises(InvalidInput) as refused:
        await mie.write(save)
    assert refused.value.field == "title"
    known = await mie.database.read(lambda session: tallies.find_form(session, mie.applied, code))
    assert (known.form, known.version, known.changed_by) == (replace(OWN, code=code), 1, "調整役")

    changed = replace(OWN, title="県議会への報告", tables=OWN.tables[:1])

    def change(session: Session) -> bool:
        return tallies.change_form(session, mie.applied, code, changed, by=by, at=AT, expected_version=1)

    assert await mie.write(change)
    with pytest.raises(WrongState, match="調整役さんが改めました"):
        await mie.write(change)
    await mie.write(
        lambda session: tallies.end_form(session, mie.applied, code, by=by, at=AT, expected_version=2)
    )
    offered = await mie.database.read(lambda session: tallies.forms_of(session, mie.applied))
    assert all(each.is_ready_made for each in offered)
    # Its name is free again, and its code is not.
    assert await mie.write(save) != code
    ended = await mie.database.read(lambda session: tallies.find_form(session, mie.applied, code))
    assert ended.ended_at == AT
    entries = await mie.database.read(
        lambda session: session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == AuditAction.TALLY_FORMS_KEPT)
            .order_by(AuditEntry.id)
        ).all()
    )
    assert [entry.subject for entry in entries] == [
        "議会への報告：加えた",
        "県議会への報告：改めた",
        "県議会への報告：やめた",
        "議会への報告：加えた",
    ]
    assert entries[1].details["changes"] == [
        "表題：「議会への報告」 → 「県議会への報告」",
        "表：「手紙で届いたもの、月別」 → 「手紙で届いたもの」",
    ]


@SQLITE
@pytest.mark.parametrize(
    ("form", "field"),
    [
        (replace(OWN, title="月次報告"), "title"),
        (replace(OWN, title=" "), "title"),
        (replace(OWN, code="monthly"), "code"),
        (replace(OWN, code="Own form"), "code"),
        (replace(OWN, tables=()), "tables"),
        (
            replace(
                OWN,
                tables=(TablePlan("表", (Quantity.CASES,), filters=((Dimension.PURPOSE, ("nothing",)),)),),
            ),
            "tables.0.filters",
        ),
    ],
)
async def test_what_cannot_be_saved_is_refused_at_its_field(
    mie: TallyDesk, form: TallyForm, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await mie.write(
            lambda session: tallies.save_form(session, mie.applied, form, by=mie.coordinator, at=AT)
        )
    assert refused.value.field == field


@SQLITE
async def test_forms_are_kept_by_coordinators_and_those_of_other_desks_are_not_there(mie: TallyDesk) -> None:
    clerk = replace(mie.coordinator, roles={mie.applied.id: Role.CLERK})
    with pytest.raises(NotAllowed):
        await mie.write(lambda session: tallies.save_form(session, mie.applied, OWN, by=clerk, at=AT))
    code = await mie.write(
        lambda session: tallies.save_form(session, mie.applied, OWN, by=mie.coordinator, at=AT)
    )
    other = await open_desk(mie.database, replace(MIE, code="other"), "other")
    for wanted in (code, "nothing"):
        with pytest.raises(NotFound):
            await mie.database.read(
                lambda session, wanted=wanted: tallies.find_form(session, other.applied, wanted)
            )
    with pytest.raises(NotFound):
        await mie.write(
            lambda session: tallies.change_form(
                session, mie.applied, "monthly", OWN, by=mie.coordinator, at=AT, expected_version=0
            )
        )


@SQLITE
async def test_a_file_of_forms_is_taken_into_use_twice_without_a_trace(mie: TallyDesk) -> None:
    monthly = replace(tallies.ready_made(MIE)[0], code="mine", title="うちの月報")
    forms = (replace(OWN, code="council"), monthly)
    assert parse_forms(as_file(forms), source="forms.toml") == forms

    def load(session: Session) -> tallies.LoadedForms:
        return tallies.load_forms(session, mie.applied, forms, by=mie.coordinator, at=AT)

    assert await mie.write(load) == tallies.LoadedForms(2, 0)
    assert await mie.write(load) == tallies.LoadedForms(0, 0)


@SQLITE
async def test_a_form_with_words_nobody_knows_any_more_says_so(mie: TallyDesk) -> None:
    code = await mie.write(
        lambda session: tallies.save_form(session, mie.applied, OWN, by=mie.coordinator, at=AT)
    )

    def forget(session: Session) -> None:
        row = session.scalars(select(TallyFormRow)).one()
        row.definition = {**row.definition, "reach": "decade"}

    await mie.write(forget)
    known = await mie.database.read(lambda session: tallies.find_form(session, mie.applied, code))
    assert (known.form.title, known.form.tables) == (OWN.title, ())
    assert "decade" in known.problem


@pytest.mark.parametrize("form", [OWN, *tallies.ready_made(MIE)], ids=lambda form: form.code or "own")
def test_every_form_is_the_same_after_it_was_written_down(form: TallyForm) -> None:
    assert from_plain(form.code, as_plain(form)) == form


def test_a_file_names_every_mistake_with_its_line() -> None:
    text = """[[forms]]
code = "channels"
title = "受付経路別"
reach = "monthly"
tabels = 1

[[forms.tables]]
title = "受付経路別"
quantities = ["receipts", "letters"]
rows = "chanel"
filters = { channel = "letter" }
decimals = true
"""
    with pytest.raises(DeskFileError) as refused:
        parse_forms(text, source="forms.toml")
    assert [(each.line, each.key) for each in refused.value.mistakes] == [
        (4, "forms[0].reach"),
        (5, "forms[0].tabels"),
        (9, "forms[0].tables[0].quantities"),
        (10, "forms[0].tables[0].rows"),
        (11, "forms[0].tables[0].filters"),
        (12, "forms[0].tables[0].decimals"),
    ]
    assert "channel" in str(refused.value)
