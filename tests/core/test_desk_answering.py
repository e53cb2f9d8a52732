"""What a desk file says of answering: steps that are off unless it names them, templates whose fields are known."""

import json
from dataclasses import replace

from meyasubako.core.desk import Answering, StartingTemplate, from_json, merge, parse_desk, to_json
from tests.core.small_desk import SMALL, mistakes_in

STEPS = "\n[answering]\ncontributions = true\napproval = true\n"
TEMPLATE = (
    '\n[[reply_templates]]\ncode = "thanks"\nlabel = "お礼"\ntext = "{件名}のこと、{ここにお礼を書く}"\n'
)


def test_steps_are_off_unless_the_file_names_them() -> None:
    assert parse_desk(SMALL, source="small.toml").answering == Answering()
    assert not Answering().has_steps
    named = parse_desk(SMALL + STEPS, source="small.toml").answering
    assert named == Answering(contributions=True, approval=True)
    assert (named.has_steps, named.is_decided, named.own_approval) == (True, True, False)
    assert not Answering(contributions=True).is_decided


def test_a_desk_stored_before_has_no_steps_and_changes_are_told() -> None:
    desk = parse_desk(SMALL + STEPS + TEMPLATE, source="small.toml")
    assert from_json(to_json(desk)) == desk
    stored = json.loads(to_json(desk))
    del stored["answering"], stored["reply_templates"]
    before = from_json(json.dumps(stored))
    assert before == replace(desk, answering=Answering(), reply_templates=())
    _, changes = merge(before, desk, used=lambda *_: False)
    assert {each.code for each in changes} == {
        "answering.contributions",
        "answering.approval",
        "reply_templates",
    }


def test_templates_are_read_and_an_unknown_field_is_named() -> None:
    [template] = parse_desk(SMALL + TEMPLATE, source="small.toml").reply_templates
    assert template == StartingTemplate("thanks", "お礼", "{件名}のこと、{ここにお礼を書く}")
    [mistake] = mistakes_in(SMALL + TEMPLATE.replace("{件名}", "{題名}"))
    assert mistake.key == "reply_templates[0].text"
    assert mistake.message.startswith("「{題名}」という差し込みはありません。")


def test_a_misspelt_step_is_named() -> None:
    [mistake] = mistakes_in(SMALL + STEPS.replace("approval", "aproval"))
    assert (mistake.key, mistake.message) == (
        "answering.aproval",
        "知らないキーです。「approval」のことではありませんか。",
    )
