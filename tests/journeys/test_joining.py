"""A letter came twice: a clerk makes one case of both from the list, its sender follows the main one, and all is taken back."""

import pytest

from meyasubako.core.codes import grouped
from meyasubako.core.vocabulary import Role
from tests.harness.desk_work import story_at
from tests.harness.site import MIE
from tests.journeys.steps import (
    DESK,
    Town,
    ask_how_it_stands,
    choose,
    follow,
    press,
    sees,
    sign_in,
    visit,
)

pytestmark = pytest.mark.journey


async def test_two_cases_are_merged_from_the_list_and_parted_again(town: Town) -> None:
    story = await story_at(town.site)
    main = await story.triaged(title="日報をやめたい")
    again = await story.triaged(title="日報をやめたい（再送）")
    number = story.numbers[again]
    passcode = town.site.keys.passcode(number, 1)
    async with town.visitor(DESK) as clerk, town.visitor(script=False) as sender:
        await sign_in(town, clerk, "yamada", roles={MIE: Role.CLERK}, name="山田一郎")
        await visit(clerk, f"/staff/desks/{MIE}/inbox")
        await clerk.get_by_role("button", name="すべて選ぶ").click()
        await press(clerk, "選んだものをまとめて行う")
        await sees(clerk, "選んだ2件をまとめて行う")
        await choose(clerk, {"何をしますか": "統合する"})
        await choose(clerk, {"どの案件に統合しますか": "日報をやめたい"})
        await press(clerk, "どうなるかを確かめる")
        await sees(clerk, "統合する：確かめる", "「振分済」から「統合」になります", grouped(number))
        await press(clerk, "1件を統合する")
        await sees(clerk, "受付箱", "1件を統合しました")

        await ask_how_it_stands(sender, number, passcode)
        await sees(sender, "いまの状況", "同じ内容のものとまとめて対応しています。")

        await follow(clerk, "日報をやめたい")
        await sees(clerk, "日報をやめたい", "この案件に統合したもの 1")
        await visit(clerk, f"/staff/desks/{MIE}/inbox")
        await press(clerk, "元に戻す")
        await sees(clerk, "受付箱", "1件を元に戻しました", "日報をやめたい（再送）")
        await visit(clerk, f"/staff/cases/{main}")
        await sees(clerk, "日報をやめたい", "まとめた案件を元に戻しました")
        await visit(sender, "/status/case")
        await sees(sender, "いまの状況", "内容を確かめ、対応を準備しています。")
