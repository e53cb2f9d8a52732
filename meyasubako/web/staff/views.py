"""Saved views (保存した一覧): saving a list under a name, renaming, ordering and deleting it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles, saved_views
from meyasubako.casework.saved_views import View
from meyasubako.core.condition_words import SORTING_WORDS, described
from meyasubako.core.errors import FieldError, InvalidInput, NotFound
from meyasubako.core.policy import Need
from meyasubako.web import forms, page
from meyasubako.web.staff.listing import Listing


async def views(request: Request) -> Response:
    """The saved views one has at a desk, and the list to save, if one leads here; saves it."""
    if request.method != "POST":
        return await _show(request, Listing.read(request.query_params.multi_items()))
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    form = await forms.read(request)
    listing = Listing.read(form.pairs)
    try:
        await page.write(
            request,
            lambda session: saved_views.save(
                session,
                applied.id,
                form.text("name"),
                listing.conditions,
                listing.sorting,
                is_shared=form.flag("is_shared"),
                by=actor,
                at=at,
            ),
        )
    except InvalidInput as error:
        return await _show(request, listing, error.errors, typed=form)
    return page.redirect_to(
        request,
        listing.href(request, applied.code),
        notice="一覧を保存しました。「保存した一覧」から開けます。",
    )


async def change(request: Request) -> Response:
    """Rename, move up or delete one saved view."""
    applied, actor, at = page.desk(request), page.actor(request), page.at(request)
    view_id = request.path_params["view_id"]
    form = await forms.read(request)
    what = form.text("do")

    def unit(session: Any) -> str:
        if what == "rename":
            saved_views.rename(session, applied.id, view_id, form.text("name"), by=actor, at=at)
            return "名前を変えました。"
        if what == "up":
            saved_views.move_up(session, applied.id, view_id, by=actor, at=at)
            return "順番を変えました。"
        if what == "delete":
            saved_views.delete(session, applied.id, view_id, by=actor, at=at)
            return "一覧を削除しました。案件はそのままです。"
        raise NotFound

    try:
        notice = await page.write(request, unit)
    except InvalidInput as error:
        errors = [FieldError(f"view{view_id}.{each.field}", each.message) for each in error.errors]
        return await _show(request, Listing(), errors, typed=form, view_id=view_id)
    return page.redirect(request, "staff_views", desk=applied.code, notice=notice)


async def _show(
    request: Request,
    listing: Listing,
    errors: Any = (),
    *,
    typed: forms.Form | None = None,
    view_id: int | None = None,
) -> Response:
    applied, actor = page.desk(request), page.actor(request)
    may_share = actor.may(Need.SHARE_VIEWS, applied.id)

    def unit(session: Any) -> tuple[tuple[View, ...], dict[int, str]]:
        found = saved_views.views_for(session, actor, applied.id)
        return found, dict(casefiles.staff_of(session, applied.id))

    found, staff = await page.read(request, unit)

    def told(its: Listing) -> str:
        parts = [f"{each.label}：{each.words}" for each in described(its.conditions, applied.desk, staff)]
        where = "対応中のもの" if its.conditions.scope == "inbox" else "すべての案件"
        return "　".join([where, *parts, SORTING_WORDS[its.sorting]])

    return page.render(
        request,
        "staff/views.html",
        title="保存した一覧",
        status_code=422 if errors else 200,
        errors=errors,
        desk=applied,
        groups=[
            (
                label,
                is_shared,
                is_shared <= may_share,
                [_row(view, told) for view in found if view.is_shared is is_shared],
            )
            for label, is_shared in (("窓口の一覧", True), ("自分の一覧", False))
        ],
        hrefs={view.id: Listing(view.conditions, view.sorting).href(request, applied.code) for view in found},
        to_save=listing,
        to_save_told=told(listing),
        is_saving=listing != Listing() or (typed is not None and view_id is None),
        may_share=may_share,
        typed=typed,
        typed_for=view_id,
        editor_href=f"{page.url(request, 'staff_conditions', desk=applied.code)}{listing.full_query()}",
    )


def _row(view: View, told: Any) -> tuple[int, str, str]:
    return view.id, view.name, told(Listing(view.conditions, view.sorting))
