"""The page of one case: what was written, what happened, and what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from meyasubako.casework import audit, casefiles, drafts, looks, mailbox, reply_templates
from meyasubako.casework.casefiles import Action, CaseFile
from meyasubako.casework.looks import Other, Seen
from meyasubako.casework.mailbox import MailRow
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.desk import Desk
from meyasubako.core.errors import FieldError, Unavailable
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import (
    ConsentWay,
    Helpfulness,
    Outcome,
    Practice,
    Priority,
    ReferralState,
    RequesterType,
    Status,
)
from meyasubako.web import forms, page
from meyasubako.web.staff import joining_choices, listing, notices, shown, suggested, timeline
from meyasubako.web.staff.listing import Along

ACTION_WORDS = {
    Action.ADMIT: "受付を認める",
    Action.TRIAGE: "振り分ける",
    Action.OFFER: "打診する",
    Action.START: "窓口で対応を始める",
    Action.REPLY: "回答する",
    Action.CLOSE: "完了する",
    Action.RESUME: "対応に戻す",
    Action.ASK: "相手に問い合わせる",
    Action.INTERIM: "中間のお知らせを送る",
    Action.MOVE_DUE: "期限を改める",
    Action.REFER: "ほかの機関に引き継ぐ",
    Action.HAND_BACK: "振分けに戻す",
    Action.DECLINE: "対象外とする",
    Action.REOPEN: "対応を再開する",
    Action.UNDO: "元に戻す",
    Action.ASSIGN: "担当者を決める",
    Action.NOTE: "メモを書く",
    Action.REVOKE: "打診を取り消す",
    Action.SPLIT: "ことがらを分ける",
    Action.UNSPLIT: "分けたものを戻す",
    Action.MERGE: "統合する",
    Action.UNMERGE: "統合を取り消す",
    Action.TAKE_OUT: "まとめから外す",
    Action.CONVERT: "種類を改める",
    Action.SURVEY: "紙のアンケートの答えを入力する",
    Action.FOLLOW_UP: "その後のようすの答えを入力する",
}
AGAIN_WORDS = {
    Action.TRIAGE: "振分けを改める",
    Action.OFFER: "ほかの人にも打診する",
    Action.REPLY: "回答を書き足す",
}
"""The same when it was done before."""

KEPT_FIELDS = ("body", "brief", "reason", "passed", "comment")
"""Texts a person wrote, which are shown again even where their form is gone."""

MOST_AT_ONCE = 8

ON_PAPER = {
    action: [(each.value, each.label) for each in words]
    for action, words in ((Action.SURVEY, Helpfulness), (Action.FOLLOW_UP, Practice))
}
"""What can be answered after closing."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into one of the forms of the page; everything else stands as the case does."""

    action: Action | None = None
    form: forms.Form | None = None

    def is_for(self, action: Action) -> bool:
        """Whether this form was sent and refused."""
        return self.form is not None and self.action == action

    def text(self, action: Action, name: str, otherwise: str = "") -> str:
        """What stands in a field."""
        return self.form.text(name) if self.form and self.action == action else otherwise

    def values(self, action: Action, name: str, otherwise: Sequence[str] = ()) -> Sequence[str]:
        """What is ticked in a field with several values."""
        return self.form.values(name) if self.form and self.action == action else otherwise

    def flag(self, action: Action, name: str, *, otherwise: bool) -> bool:
        """Whether a box is ticked."""
        return self.form.flag(name) if self.form and self.action == action else otherwise

    def kept(self, offered: Sequence[Action]) -> str:
        """What was written into a form that is no longer on the page."""
        if self.form is None or self.action in offered:
            return ""
        return "\n".join(text for name in KEPT_FIELDS if (text := self.form.text(name).strip()))


@dataclass(frozen=True, slots=True)
class Choices:
    """What the forms of the page offer: codes with the words of the desk."""

    requester_types: shown.Options
    purposes: shown.Options
    topics: list[tuple[str, shown.Options]]
    divisions: shown.Options
    division: str
    priorities: shown.Options
    outcomes: shown.Options
    outcome: str
    decline_reasons: list[tuple[str, str, str]]
    offices: shown.Options
    consent_ways: shown.Options
    assignees: shown.Options
    providers: list[tuple[str, str, str]]
    more_providers: list[tuple[str, str, str]]
    stopped_providers: list[tuple[str, str, str]]
    not_askable: list[tuple[str, str]]
    templates: shown.Options
    draft: drafts.Summary
    suggested: suggested.Beside
    on_paper: Mapping[Action, shown.Options]


@dataclass(frozen=True, slots=True)
class _Read:
    """What the page is made of, read in one unit."""

    applied: AppliedDesk
    file: CaseFile
    templates: shown.Options
    draft: drafts.Summary
    incoming: tuple[MailRow, ...]
    people: tuple[Other, ...]
    along: Along
    known: suggested.Known
    is_new_look: bool


async def case(request: Request) -> Response:
    """The page of a case."""
    return await show(request, request.path_params["case_id"])


async def presence(request: Request) -> Response:
    """A sign of life from an open page; tells who else is there, and the version the case has now."""
    actor, at, case_id = page.actor(request), page.at(request), request.path_params["case_id"]

    def unit(session: Any) -> tuple[int, tuple[Other, ...]]:
        version = casefiles.version_of(session, actor, case_id)
        looks.stay(session, case_id, by=actor, at=at)
        return version, looks.others(session, case_id, by=actor, at=at)

    version, people = await page.write(request, unit)
    return JSONResponse({"version": version, "people": shown.people_here(people, at)})


async def show(
    request: Request,
    case_id: int,
    status_code: int = 200,
    *,
    errors: Sequence[FieldError] = (),
    refused: str = "",
    typed: Typed | None = None,
) -> Response:
    """The case as it stands now; `refused` says why what was `typed` was not done."""
    actor, at = page.actor(request), page.at(request)
    typed = typed or Typed()

    def unit(session: Any) -> _Read:
        applied = page.desk_by_id(request, casefiles.desk_of(session, actor, case_id))
        seen_until = looks.new_since(session, case_id, by=actor, at=at)
        file = casefiles.case_file(session, actor, applied, case_id, at=at, seen_until=seen_until)
        found = reply_templates.offered(session, applied.id) if Action.REPLY in file.actions else []
        return _Read(
            applied,
            file,
            templates=[(str(template_id), label) for template_id, label in found],
            draft=drafts.summary(session, applied, case_id),
            incoming=mailbox.of_case(session, actor, case_id),
            people=looks.others(session, case_id, by=actor, at=at),
            along=listing.along(request, session, applied, case_id, file.place),
            known=suggested.known(request, session, applied, file),
            is_new_look=file.contact is not None and not audit.is_looking(session, case_id, by=actor, at=at),
        )

    read = await page.read(request, unit)
    await _note_seen(request, read.file, is_new_look=read.is_new_look)
    applied, file, draft = read.applied, read.file, read.draft
    words = {
        action: AGAIN_WORDS[action] if _was_done(action, file) else ACTION_WORDS[action]
        for action in file.actions
    }
    others = [
        action
        for action in file.actions
        if action not in {file.next_action, Action.ASSIGN, Action.NOTE, *casefiles.JOINING}
    ]
    beside = await suggested.beside(request, applied, file, read.known)
    choices = _choices(applied.desk, file, typed, read.templates, draft, beside)
    return page.render(
        request,
        "staff/case.html",
        title=file.title,
        status_code=status_code,
        errors=[_placed(each, file, choices) for each in errors],
        desk=applied,
        file=file,
        incoming=read.incoming,
        definition=applied.desk,
        choices=choices,
        typed=typed,
        joining=joining_choices.choices(applied.desk, file),
        refused=refused,
        chosen_provider=request.query_params.get("provider", ""),
        kept=typed.kept(_with_form(file.actions, draft)),
        near=choices.suggested.near,
        action_words=words,
        along=read.along,
        people=shown.people_here(read.people, at),
        timeline=timeline.timeline(request, file, read.along.query, applied.desk.tally_labels.requesters),
        others=others,
        may_revoke=actor.may(casefiles.NEEDS[Action.REVOKE], applied.id),
        may_send_again=file.contact is not None and actor.may(Need.ASK, applied.id),
        may_print=file.contact is not None and actor.may(Need.REPLY, applied.id),
        words=shown.words(request),
    )


def _with_form(actions: Sequence[Action], draft: drafts.Summary) -> list[Action]:
    """The actions whose form stands on this page; an answer that takes several steps has a page of its own."""
    return [action for action in actions if not (action is Action.REPLY and draft.has_steps)]


async def _note_seen(request: Request, file: CaseFile, *, is_new_look: bool) -> None:
    """Note how far the case was seen, and who looked at contact data."""
    actor, at = page.actor(request), page.at(request)
    seen = Seen(file.changed_at, file.last_event_id)

    def unit(session: Any) -> None:
        if is_new_look:
            audit.note_look(session, file.id, by=actor, at=at)
        looks.look(session, file.id, seen, by=actor, at=at)

    try:
        await page.write(request, unit)
        await notices.seen_with_case(request, file.id, until=file.last_event_id)
    except Unavailable:
        # While nothing can be written, cases can still be read; contact data only by whom that is noted already.
        if is_new_look:
            raise


def _placed(error: FieldError, file: CaseFile, choices: Choices) -> FieldError:
    """The error beside its field, or on top of the page where the field is not there any more."""
    action, _, name = error.field.partition(".")
    is_there = action in _with_form(file.actions, choices.draft) and (
        name != "provider" or choices.providers or choices.stopped_providers
    )
    return error if is_there else replace(error, field="")


def _was_done(action: Action, file: CaseFile) -> bool:
    done = {
        Action.TRIAGE: file.is_triaged,
        Action.OFFER: file.status is Status.OFFERED,
        Action.REPLY: bool(file.replies),
    }
    return done.get(action, False)


def _choices(
    desk: Desk,
    file: CaseFile,
    typed: Typed,
    templates: shown.Options,
    draft: drafts.Summary,
    beside: suggested.Beside,
) -> Choices:
    triage = file.triage
    types = [(each.code.value, each.label) for each in desk.open_requester_types]
    if triage.requester_type not in {code for code, _ in types} | {RequesterType.UNKNOWN}:
        types.append((triage.requester_type.value, triage.requester_type_label))
    purposes = [(each.code, each.label) for each in desk.open_purposes(file.kind)]
    if triage.purpose is not None and triage.purpose not in {code for code, _ in purposes}:
        purposes.append((triage.purpose, triage.purpose_label))
    divisions = [(each.code, each.label) for each in desk.open_divisions]
    if triage.division is not None and triage.division not in {code for code, _ in divisions}:
        divisions.append((triage.division, triage.division_label))
    askable = [each for each in file.candidates if not each.obstacle and not each.stops]
    fitting = [each for each in askable if each.fits and not each.earlier][:MOST_AT_ONCE] or askable[
        :MOST_AT_ONCE
    ]
    first = {each.id for each in fitting}
    outcomes = [(each.code.value, each.label) for each in desk.open_outcomes]
    is_unanswered = file.status is Status.WAITING and Outcome.NO_ANSWER in {code for code, _ in outcomes}
    return Choices(
        requester_types=[*types, (RequesterType.UNKNOWN.value, RequesterType.UNKNOWN.label)],
        purposes=purposes,
        topics=forms.topic_groups(desk, (*triage.topics, *typed.values(Action.TRIAGE, "topics"))),
        divisions=divisions,
        priorities=[(each.value, each.label) for each in Priority] if desk.priorities.enabled else [],
        division=beside.code("division", triage.division or _usual_division(desk, file)),
        outcomes=outcomes,
        outcome=Outcome.NO_ANSWER.value if is_unanswered else _outcome_of(file, outcomes),
        decline_reasons=[
            (each.code, each.label, f"相手にはこう伝わります：{each.text}{shown.pointers(desk, each)}")
            for each in desk.open_decline_reasons
        ],
        offices=[(each.code, each.label) for each in desk.open_offices],
        consent_ways=[(each.value, each.label) for each in ConsentWay],
        assignees=[(str(staff_id), name) for staff_id, name in file.staff],
        providers=[_option(each) for each in fitting],
        more_providers=[_option(each) for each in askable if each.id not in first],
        stopped_providers=[_option(each) for each in file.candidates if each.stops and not each.obstacle],
        not_askable=[
            (f"{each.name}（{each.kind.label}）", each.obstacle) for each in file.candidates if each.obstacle
        ],
        templates=templates,
        draft=draft,
        suggested=beside,
        on_paper=ON_PAPER,
    )


def _option(candidate: casefiles.Candidate) -> tuple[str, str, str]:
    stops = f"止まれ：{''.join(candidate.stops)}" if candidate.stops else ""
    hint = "　".join(part for part in (stops, candidate.earlier, candidate.position, candidate.why) if part)
    points = f"{candidate.fit.points}点"
    return (
        str(candidate.id),
        f"{candidate.name}（{candidate.kind.label}）",
        f"{hint}　{points}" if hint else points,
    )


def _outcome_of(file: CaseFile, outcomes: shown.Options) -> str:
    """What was handed over will most likely be closed as that."""
    is_handed_over = any(
        each.state in {ReferralState.ACCEPTED, ReferralState.ENDED} for each in file.referrals
    )
    return Outcome.REFERRED.value if is_handed_over and Outcome.REFERRED in dict(outcomes) else ""


def _usual_division(desk: Desk, file: CaseFile) -> str:
    """Before triage, the division that usually answers for the main topic."""
    if file.is_triaged:
        return ""
    for topic in file.triage.topics:
        try:
            found = desk.divisions_for(topic)
        except KeyError:
            continue
        if found:
            return found[0].code
    return ""
