"""Watching a case, and what is said after a note that calls somebody."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from meyasubako.casework import casefiles, notices
from meyasubako.casework.triage import Noted
from meyasubako.web import forms, page
from meyasubako.web.staff import listing


async def watch(request: Request) -> Response:
    """Begin or stop watching a case; the form says which."""
    case_id, by, at = request.path_params["case_id"], page.actor(request), page.at(request)
    on = (await forms.read(request)).flag("watch")

    def unit(session: Any) -> str:
        notices.watch(session, case_id, on=on, by=by, at=at)
        applied = page.desk_by_id(request, casefiles.desk_of(session, by, case_id))
        return listing.along(
            request, session, applied, case_id, casefiles.place_of(session, by, case_id)
        ).query

    along = await page.write(request, unit)
    done = "この案件を見守ります。動きがあると「お知らせ」に出ます。" if on else "見守るのをやめました。"
    here = page.url(request, "staff_case", case_id=case_id)
    return page.redirect_to(request, f"{here}{along}", notice=done)


def noted(note: Noted) -> str:
    """What was done with a note: who is told, and who could not be found."""
    said = ["メモを残しました。"]
    if note.called and note.is_told:
        said.append(f"{'、'.join(f'{name}さん' for name in note.called)}に知らせます。")
    elif note.called:
        said.append("確かめ待ちのあいだは、だれにも知らせません。")
    if note.unknown:
        words = "".join(f"「@{word}」" for word in note.unknown)
        said.append(f"{words}に当たる職員はいないので、知らせていません。")
    return "".join(said)
