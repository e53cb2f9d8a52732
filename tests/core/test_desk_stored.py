"""A desk survives being stored exactly, and a new file applied over it loses nothing that is in use."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.core.desk import Change, Desk, Option, Topic, Used, from_json, merge, to_json
from meyasubako.core.desk.definition import walk
from meyasubako.core.vocabulary import CaseKind, RequesterType
from tests.core.test_desk import MIE, TOYAMA


def never(category: str, code: str) -> bool:
    return False


def always(category: str, code: str) -> bool:
    return True


def only(*used: tuple[str, str]) -> Used:
    return lambda category, code: (category, code) in used


def without(desk: Desk, part: str, *codes: str) -> Desk:
    """The desk as a file would give it that no longer has these codes."""
    rest: Any = tuple(item for item in getattr(desk, part) if item.code not in codes)
    return replace(desk, **{part: rest})


def pruned(topics: Iterable[Topic], codes: set[str]) -> tuple[Topic, ...]:
    return tuple(
        replace(topic, children=pruned(topic.children, codes)) for topic in topics if topic.code not in codes
    )


def kinds_of(changes: Iterable[Change]) -> list[tuple[str, str, str]]:
    return [(change.kind, change.what, change.code) for change in changes]


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


@pytest.mark.parametrize("desk", [TOYAMA, MIE], ids=lambda desk: desk.code)
def test_stored_and_back(desk: Desk):
    assert from_json(to_json(desk)) == desk
    assert to_json(from_json(to_json(desk))) == to_json(desk)


@given(
    name=TEXTS,
    phone=st.none() | TEXTS,
    postal_address=st.none() | st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
    days=st.none() | st.integers(1, 366),
    opened_on=st.dates(),
    topics=st.recursive(
        st.just(()),
        lambda below: st.lists(
            st.builds(
                Topic,
                code=TEXTS,
                label=TEXTS,
                description=TEXTS,
                keywords=st.lists(TEXTS, max_size=2).map(tuple),
                children=below,
                retired=st.booleans(),
            ),
            max_size=3,
        ).map(tuple),
        max_leaves=4,
    ),
)
def test_any_desk_is_stored_exactly(
    name: str,
    phone: str | None,
    postal_address: tuple[str, ...] | None,
    days: int | None,
    opened_on: date,
    topics: tuple[Topic, ...],
):
    desk = replace(
        MIE,
        name=name,
        phone=phone,
        postal_address=postal_address,
        answer_within_office_days=days,
        opened_on=opened_on,
        topics=topics,
    )
    assert from_json(to_json(desk)) == desk


def test_a_key_added_later_takes_its_default():
    assert from_json(to_json(TOYAMA).replace(', "retired": false', "")) == TOYAMA


@pytest.mark.parametrize("used", [never, always])
@pytest.mark.parametrize("desk", [TOYAMA, MIE], ids=lambda desk: desk.code)
def test_the_same_file_twice_changes_nothing(desk: Desk, used: Used):
    assert merge(desk, desk, used=used) == (desk, ())


def test_a_code_in_use_is_retired_and_comes_back():
    smaller = without(MIE, "purposes", "training")
    merged, changes = merge(MIE, smaller, used=only(("purpose", "training")))
    assert [purpose.code for purpose in merged.purposes] == [
        "information",
        "problem_solving",
        "other",
        "training",
    ]
    assert merged.purpose("training") == replace(MIE.purpose("training"), retired=True)
    assert [purpose.code for purpose in merged.open_purposes()] == ["information", "problem_solving", "other"]
    assert changes == (
        Change(
            "retired",
            "purpose",
            "training",
            "内容の種類「人材育成（セミナー開催等の相談）」（training）を、新しい受付や振分けでは選べないようにしました。これまでの案件には残ります。",
        ),
    )
    assert merge(merged, smaller, used=only(("purpose", "training"))) == (merged, ())
    back, changes = merge(merged, MIE, used=always)
    assert back == MIE
    assert kinds_of(changes) == [("revived", "purpose", "training")]


def test_a_code_nobody_used_is_removed():
    merged, changes = merge(MIE, without(MIE, "purposes", "training"), used=never)
    assert merged == without(MIE, "purposes", "training")
    assert kinds_of(changes) == [("removed", "purpose", "training")]


def test_what_is_new_or_worded_anew_is_named():
    new = replace(
        MIE,
        phone=None,
        fax="059-224-0000",
        meeting_quota=4,
        publication=replace(MIE.publication, asks_consent=False),
        purposes=(replace(MIE.purposes[0], label="情報がほしい"), *MIE.purposes[1:]),
        requester_groups=(
            *MIE.requester_groups,
            replace(MIE.requester_groups[0], code="new", label="新しい"),
        ),
    )
    merged, changes = merge(MIE, new, used=always)
    assert merged == new
    assert [change.text for change in changes] == [
        "窓口の phone を消しました（前は「059-224-3086」）。",
        "窓口の fax を書き加えました（「059-224-0000」）。",
        "窓口の meeting_quota を「3」から「4」に変えました。",
        "窓口の publication.asks_consent を「True」から「False」に変えました。",
        "相談者・投稿者のまとまり「新しい」（new）を加えました。",
        "内容の種類「情報がほしい」（information）の名前を「DXに関する情報提供」から「情報がほしい」に変えました。",
    ]


def test_long_texts_are_not_printed():
    _, changes = merge(MIE, replace(MIE, about="あ" * 41), used=never)
    assert [change.text for change in changes] == ["窓口の about を改めました。"]


def test_a_new_order_is_a_change():
    new = replace(MIE, purposes=MIE.purposes[::-1])
    merged, changes = merge(MIE, new, used=always)
    assert merged == new
    assert [change.text for change in changes] == ["内容の種類の並び順を変えました。"]


def test_topics_in_use_stay_in_their_place_in_the_tree():
    new = replace(MIE, topics=pruned(MIE.topics, {"life-health", "industry"}))
    merged, changes = merge(MIE, new, used=only(("topic", "life-health"), ("topic", "industry-data")))
    assert merged.topic_path("life-health") == ("暮らしのDX", "デジタルを活用した健康づくり")
    assert merged.topic("life-health").retired
    # The branch is kept for the sake of what hangs on it.
    assert merged.topic_path("industry-data") == ("産業のDX", "ICT/データ活用")
    assert merged.topic("industry").retired
    assert [topic.code for topic in merged.topic("industry").children] == ["industry-data"]
    assert "industry" not in [topic.code for topic in merged.open_topics]
    assert not {"life-health", "industry-data"} & {leaf.code for leaf in merged.topic_leaves()}
    assert set(kinds_of(changes)) == {
        ("retired", "topic", "life-health"),
        ("retired", "topic", "industry"),
        ("retired", "topic", "industry-data"),
        ("removed", "topic", "industry-startup"),
        ("removed", "topic", "industry-tourism"),
        ("removed", "topic", "industry-primary"),
        ("removed", "topic", "industry-other"),
    }
    assert merge(merged, MIE, used=never)[0] == MIE


def test_a_topic_can_move():
    moved = MIE.topic("industry-data")
    topics = pruned(MIE.topics, {"industry-data"})
    new = replace(MIE, topics=(replace(topics[0], children=(*topics[0].children, moved)), *topics[1:]))
    merged, changes = merge(MIE, new, used=always)
    assert merged == new
    assert "分野「ICT/データ活用」（industry-data）を「暮らしのDX」の下に移しました。" in [
        c.text for c in changes
    ]
    assert not [change for change in changes if change.kind in {"retired", "removed"}]


def test_what_a_kept_code_refers_to_is_kept_too():
    new = without(without(MIE, "requester_types", "other"), "requester_groups", "others")
    merged, _ = merge(MIE, new, used=only(("requester_type", "other")))
    group = merged.group_of(RequesterType.OTHER)
    assert group is not None
    assert (group.label, group.retired) == ("その他", True)

    suggestion = replace(MIE.kinds[0], code=CaseKind.SUGGESTION)
    both = replace(
        MIE,
        kinds=(*MIE.kinds, suggestion),
        purposes=(*MIE.purposes, replace(MIE.purposes[0], code="idea", kind=CaseKind.SUGGESTION)),
    )
    merged, _ = merge(both, MIE, used=only(("purpose", "idea")))
    assert merged.kind("suggestion").retired
    assert [kind.code for kind in merged.open_kinds] == [CaseKind.CONSULTATION]


def test_a_retired_division_names_only_topics_that_are_left():
    new = replace(
        without(MIE, "divisions", "smart-reform"), topics=pruned(MIE.topics, {"administration-platform"})
    )
    merged, _ = merge(MIE, new, used=only(("division", "smart-reform")))
    assert merged.division("smart-reform").topics == ()
    assert merged.division("smart-reform").retired


def test_fields_and_their_choices_are_kept_while_used():
    new = without(MIE, "fields", "meeting_way")
    kept = tuple(o for o in MIE.field("municipality").options if o.code not in {"御浜町", "紀宝町"})
    municipality = replace(MIE.field("municipality"), options=kept)
    new = replace(new, fields=tuple(municipality if f.name == "municipality" else f for f in new.fields))
    merged, changes = merge(MIE, new, used=only(("field", "meeting_way"), ("municipality", "紀宝町")))
    assert not merged.has_field("meeting_way")
    assert merged.field("meeting_way").option("visit").label == "会って相談する"
    assert merged.field("municipality").options[-1] == Option("紀宝町", "紀宝町", retired=True)
    assert len(merged.field("municipality").open_options) == 29
    assert kinds_of(changes) == [
        ("retired", "field", "meeting_way"),
        ("retired", "municipality", "紀宝町"),
        ("removed", "municipality", "御浜町"),
    ]


def test_another_desk_is_not_merged():
    with pytest.raises(ValueError, match="toyama-meyasubako"):
        merge(MIE, TOYAMA, used=always)


PARTS = {
    "purposes": [item.code for item in MIE.purposes],
    "divisions": [item.code for item in MIE.divisions],
    "outcomes": [item.code for item in MIE.outcomes],
    "fields": [item.name for item in MIE.fields],
}
LEAVES = [topic.code for topic in walk(MIE.topics)]


def file_without(gone: set[tuple[str, str]], topics: set[str], phone: str | None) -> Desk:
    rest: dict[str, Any] = {
        part: tuple(item for item in getattr(MIE, part) if (part, item.code) not in gone) for part in PARTS
    }
    return replace(MIE, phone=phone, topics=pruned(MIE.topics, topics), **rest)


FILES = st.builds(
    file_without,
    st.sets(st.sampled_from([(part, code) for part, codes in PARTS.items() for code in codes])),
    st.sets(st.sampled_from(LEAVES)),
    st.sampled_from([None, "059-224-3086", "059-224-0000"]),
)
USED = st.sets(
    st.sampled_from(
        [("purpose", code) for code in PARTS["purposes"]]
        + [("division", code) for code in PARTS["divisions"]]
        + [("outcome", code) for code in PARTS["outcomes"]]
        + [("field", code) for code in PARTS["fields"]]
        + [("topic", code) for code in LEAVES]
    )
)


@given(st.lists(FILES, min_size=1, max_size=4), USED)
def test_any_files_one_after_the_other(files: list[Desk], used: set[tuple[str, str]]):
    desk = MIE
    for file in files:
        merged, changes = merge(desk, file, used=only(*used))
        assert bool(changes) == (merged != desk)
        assert from_json(to_json(merged)) == merged
        for category, code in used:
            getattr(merged, category)(code)
        # What is offered is what the file says, in its order.
        assert merged.open_purposes() == file.purposes
        assert merged.open_topics == file.topics
        assert [division.code for division in merged.open_divisions] == [d.code for d in file.divisions]
        assert merge(merged, file, used=only(*used)) == (merged, ())
        desk = merged
