"""起案: writing an answer down and saving it without sending."""

from datetime import datetime

from sqlalchemy.orm import Session

from meyasubako.casework import lifecycle
from meyasubako.casework.drafts import rows
from meyasubako.core import dates, text
from meyasubako.core.errors import WrongState
from meyasubako.core.policy import Actor, Need
from meyasubako.core.vocabulary import DraftState, EventKind
from meyasubako.store.models import AnswerDraft, AnswerVersion


def save(
    session: Session,
    case_id: int,
    body: str,
    *,
    base: int,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> bool:
    """Keep the answer as it is written now; False when it says what it said before.

    `base` is the version it was written over, 0 for none. Raises WrongState when somebody saved another one meanwhile.
    """
    case = rows.open_case(session, case_id, Need.REPLY, by=by, expected_version=expected_version)
    written = text.needed(body, field="body", message="回答案を書いてください。")
    draft = rows.current(session, case.id)
    now = rows.wording(session, draft) if draft else None
    if now is not None and now.body == written:
        return False
    _refuse_stale(draft, now, base)
    if draft is not None and draft.state is not DraftState.DRAFTING:
        raise WrongState(f"回答案は「{draft.state.label}」です。直すときは、先に引き戻してください。")
    draft = draft or rows.begin(session, case.id, at=at)
    rows.add_wording(session, draft, written, by=by, at=at)
    if draft.version == 1:
        lifecycle.record(session, case, EventKind.DRAFTED, by=by, at=at, data={"draft_id": draft.id})
    return True


def check_version(session: Session, case_id: int, base: int) -> None:
    """Raises WrongState when the answer under way is not the one that was read."""
    draft = rows.current(session, case_id)
    _refuse_stale(draft, rows.wording(session, draft) if draft else None, base)


def _refuse_stale(draft: AnswerDraft | None, now: AnswerVersion | None, base: int) -> None:
    if draft is None and base:
        raise WrongState("回答案は、開いたあとに送られました。")
    if now is not None and now.number != base:
        when = dates.instant_text(now.written_at)
        raise WrongState(f"回答案は、開いたあとに{now.author_name}さんが保存しました（{when}）。")
