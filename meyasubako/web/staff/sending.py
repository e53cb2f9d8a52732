"""Sending an answer: the same from the page of a case and from the page of an answer under way."""

from datetime import datetime
from typing import Any

from meyasubako.casework import drafts, joining, replies
from meyasubako.core.policy import Actor
from meyasubako.web import forms


def send(
    session: Any,
    case_id: int,
    body: str,
    form: forms.Form,
    *,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
    draft_version: int | None = None,
) -> str:
    """The answer goes out to whom the form says and is under way no more; says what was done.

    `draft_version` is what was saved of it when the form was opened, where nobody checked that before.
    """
    reply_id = replies.reply(session, case_id, body, by=by, at=at, expected_version=expected_version)
    if draft_version is not None:
        drafts.check_version(session, case_id, draft_version)
    drafts.mark_sent(session, case_id, reply_id, body, by=by, at=at)
    others = joining.share_as_said(session, case_id, reply_id, form.text("share"), by=by, at=at)
    return f"回答を、統合した{others}件の送り主にも送りました。" if others else "回答を送りました。"
