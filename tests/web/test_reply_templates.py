"""The page of reply templates, and choosing one while an answer is written."""

from meyasubako.core.vocabulary import Role, Status
from tests.harness.desk_work import story_at
from tests.harness.site import MIE, Site

PAGE = f"/staff/desks/{MIE}/templates"
BODY = "「{件名}」（{受付番号}）についてお答えします。\n{ここに理由を書く}"


async def test_a_coordinator_keeps_the_templates(site: Site) -> None:
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    page = await client.get(PAGE)
    assert "定型文がありません" in page.text
    page = await client.get(page.links["定型文を加える"])
    page = await client.submit(page, {"label": "お礼", "body": "{受付番後}"}, button="保存する", expect=422)
    assert page.by_id("field-body-error") is not None
    page = await client.submit(page, {"body": BODY}, button="保存する")
    assert ("定型文を加えました。" in page.text, "{受付番号}" in page.text) == (True, True)

    stale = await client.get(page.links["「お礼」をなおす"])
    await client.submit(stale, {"body": "先に直した文。"}, button="保存する")
    page = await client.submit(stale, {"body": "あとから直した文。"}, button="保存する", expect=409)
    assert "先に直した文。" in page.text
    assert page.form(button="保存する").fields["body"] == ["あとから直した文。"]
    page = await client.submit(page, button="保存する")
    assert "あとから直した文。" in page.text

    page = await client.submit(page, button="使わないことにする（お礼）")
    page = await client.submit(page, button="また使う（お礼）")
    assert "また使うことにしました。" in page.text


async def test_an_answer_begins_with_a_template_and_leaves_without_its_blanks(site: Site) -> None:
    story = await story_at(site)
    case_id = await story.triaged()
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    page = await client.get(f"{PAGE}/new")
    await client.submit(page, {"label": "お礼", "body": BODY}, button="保存する")

    page = await client.get(f"/staff/cases/{case_id}")
    page = await client.submit(page, {"body": "書きかけ"}, button="定型文を入れる", expect=422)
    assert page.by_id("field-reply-template-error") is not None
    [chosen] = [each for each in page.form(button="定型文を入れる").choices("template") or () if each]
    page = await client.submit(page, {"template": chosen}, button="定型文を入れる")
    [body] = page.form(button="回答を送る").fields["body"]
    assert body.startswith("書きかけ\r\n\r\n「現場作業員へのIT導入を進めたい」（")
    page = await client.submit(page, button="回答を送る", expect=422)
    assert "「{ここに理由を書く}」が残っています。" in page.text
    await client.submit(page, {"body": body.partition("{")[0]}, button="回答を送る")
    assert (await story.case(case_id)).status is Status.ANSWERED


async def test_another_desks_template_is_not_there(site: Site) -> None:
    toyama = await site.signed_in("tateyama", {"toyama-meyasubako": Role.ADMIN})
    client = await site.signed_in("yamada", {MIE: Role.COORDINATOR})
    page = await client.get(f"{PAGE}/new")
    page = await client.submit(page, {"label": "お礼", "body": "文"}, button="保存する")
    own = page.links["「お礼」をなおす"].rpartition("/")[2]
    await toyama.get(f"/staff/desks/toyama-meyasubako/templates/{own}", expect=404)
    await toyama.get(f"{PAGE}/{own}", expect=404)
