"""What happened to a case, in words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from meyasubako.casework.casefiles import meetings
from meyasubako.casework.casefiles.parts import MailOnFile, MeetingOnFile, Said
from meyasubako.casework.outbox import TO_PROVIDERS
from meyasubako.core import seen
from meyasubako.core.dates import day_text, wareki_month
from meyasubako.core.desk import Desk, label_of, outcome_label, requester_type_label
from meyasubako.core.seen import Sight
from meyasubako.core.vocabulary import (
    ActorKind,
    Bounce,
    CaseKind,
    Channel,
    ConsentWay,
    EventKind,
    Helpfulness,
    MailState,
    Message,
    Practice,
    Priority,
    ProviderKind,
    RequesterType,
    ShortlistManner,
    Status,
)
from meyasubako.store.models import Event


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the history. `has_time` is False where only the day is known; `said` is what was written.

    `sight` is what the requester sees of it, `called` whom a note calls. `is_new`: whoever looks has not seen it before
    this visit, and did not do it.
    """

    at: datetime
    has_time: bool
    what: str
    by: str
    said: str
    sight: Sight = Sight.OURS
    called: tuple[str, ...] = ()
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """The texts events point at, by the key in their data and the row's number, and whom each note calls."""

    texts: Mapping[str, Mapping[int, Said]]
    meetings: Mapping[int, MeetingOnFile]
    called: Mapping[int, tuple[str, ...]]


_OFFER_WORDS: Mapping[EventKind, str] = {
    EventKind.OFFERED: "{name}に打診しました",
    EventKind.OFFER_REMINDED: "{name}に、打診の返事の期限が近いことを知らせました",
    EventKind.ACCEPTED: "{name}が引き受けました",
    EventKind.TURNED_DOWN: "{name}が打診を辞退しました",
    EventKind.EXPIRED: "{name}への打診の期限が過ぎました",
    EventKind.REVOKED: "{name}への打診を取り消しました",
    EventKind.TAKEN_ELSEWHERE: "{name}への打診を、ほかの人に決まったので終えました",
    EventKind.PASSED_OVER: "{name}には、いまは打診できないので、飛ばしました",
    EventKind.ACCEPTANCE_STOPPED: "{name}の引受けを、利害の恐れがあるので止めました",
}


_ANSWERS = frozenset({EventKind.SURVEYED, EventKind.FOLLOWED_UP, EventKind.SURVEY_CORRECTED})


_REFERRAL_WORDS: Mapping[EventKind, str] = {
    EventKind.REFERRED: "{office}に引継ぎを頼みました",
    EventKind.REFERRAL_ACCEPTED: "{office}に引き継ぎました",
    EventKind.REFERRAL_TURNED_DOWN: "{office}に引継ぎを断られました",
    EventKind.REFERRAL_ENDED: "{office}に引き継いだ結果がわかりました",
}


def happenings(
    events: list[Event],
    mails: tuple[MailOnFile, ...],
    written: Written,
    desk: Desk,
    *,
    entered_by: str,
    sights: Mapping[int, Sight],
    reply_wanted: bool,
    is_new: Callable[[Event], bool],
) -> tuple[Happening, ...]:
    """The history, oldest first: events and the mails that went out.

    `sights` says of each event what the requester sees.
    """
    of_date = seen.of_date(sees_dates=reply_wanted)
    found: list[tuple[datetime, int, Happening]] = []
    for event in events:
        line = _of_event(event, written, desk, entered_by=entered_by)
        called = written.called.get(event.data.get("note_id", 0), ())
        told = replace(line, sight=sights[event.id], called=called, is_new=is_new(event))
        found.append((event.recorded_at, 0, told))
        found += [
            (event.recorded_at, 0, replace(each, sight=of_date, is_new=is_new(event)))
            for each in _of_deadline(event)
        ]
    found += [(mail.sent_at, 1, _of_mail(mail, mail.sent_at)) for mail in mails if mail.sent_at is not None]
    return tuple(each for _, _, each in sorted(found, key=lambda item: item[:2]))


def _of_mail(mail: MailOnFile, sent_at: datetime) -> Happening:
    went_to_them = mail.kind not in TO_PROVIDERS and mail.bounce is None
    sight = Sight.TOLD if went_to_them else Sight.OURS
    return Happening(sent_at, True, f"メール「{mail.kind.label}」を送りました", "自動", "", sight)


def _of_event(event: Event, written: Written, desk: Desk, *, entered_by: str) -> Happening:
    # The line already names the provider.
    is_named = event.kind in {EventKind.ACCEPTED, EventKind.TURNED_DOWN}
    by = "" if is_named else event.actor_name or event.actor_kind.label
    if event.kind is EventKind.RECEIVED:
        channel = Channel(event.data["channel"]).label
        if entered_by:
            # Of a letter the day is known, not the hour.
            return Happening(event.at, False, f"受け付けました（{channel}）", f"入力：{entered_by}", "")
        return Happening(event.at, True, f"受け付けました（{channel}）", ActorKind.REQUESTER.label, "")
    return Happening(event.at, True, _what(event), by, _said(event, written, desk))


def _of_deadline(event: Event) -> Iterator[Happening]:
    """What the event did to the deadline, as a line of its own."""
    data = event.data
    by = event.actor_name if event.kind is EventKind.INTERIM_SENT else ActorKind.SYSTEM.label
    if event.kind is EventKind.DUE_MOVED:
        # The line of the event itself says it.
        return
    if "paused_days_left" in data:
        what = f"期限を止めました（残り{data['paused_days_left']}開庁日）"
        yield Happening(event.at, True, what, by, "")
    elif "due_on" in data:
        yield Happening(event.at, True, _new_date(data), by, "")


def _new_date(data: Mapping[str, Any]) -> str:
    due_on = day_text(date.fromisoformat(data["due_on"]))
    is_same = data["due_on"] == data.get("due_before")
    return f"期限は{due_on}のままです" if is_same else f"期限を{due_on}に改めました"


def _what(event: Event) -> str:
    data = event.data
    if event.kind in _OFFER_WORDS and "provider_name" in data:
        name = f"{data['provider_name']}さん（{ProviderKind(data['provider_kind']).label}）"
        return _OFFER_WORDS[event.kind].format(name=name)
    if event.kind in _REFERRAL_WORDS and "office" in data:
        return _REFERRAL_WORDS[event.kind].format(office=data["office"])
    if event.kind is EventKind.RANKED and "heard_by" in data:
        return f"{event.kind.label}（{ConsentWay(data['heard_by']).label}）"
    if event.kind is EventKind.ASSIGNED:
        name = data.get("assignee_name", "")
        return f"担当者を{name}さんにしました" if name else "担当者を外しました"
    if "asked_division" in data:
        by_when = f"、{day_text(date.fromisoformat(data['answer_by']))}まで" if "answer_by" in data else ""
        return f"{event.kind.label}（{data['asked_division']}{by_when}）"
    if event.kind is EventKind.DUE_MOVED:
        return _new_date(data)
    if event.kind is EventKind.ADDED and event.from_status is Status.WAITING:
        return "メールで、お返事がありました" if "mail_id" in data else "お返事がありました"
    if event.kind is EventKind.ADDED:
        whose = f"（{data['numbers'][0]}）" if "numbers" in data else ""
        return f"{'メールで、' if 'mail_id' in data else ''}追記がありました{whose}"
    if event.kind is EventKind.MAIL_SENT_AGAIN:
        return f"メール「{Message(data['message']).label}」をもう一度送ることにしました"
    if event.kind is EventKind.LEFT_UNTRIAGED:
        return f"振分け前のまま、{wareki_month(data['month'])}を締めました"
    if event.kind is EventKind.BOUNCED:
        return f"メール「{Message(data['message']).label}」が届きませんでした"
    return event.kind.label


def _said(event: Event, written: Written, desk: Desk) -> str:
    data = event.data
    if of_kind := _BY_KIND.get(event.kind):
        return of_kind(data, desk)
    if event.kind is EventKind.CONTACT_CORRECTED:
        return "、".join(label_of(desk.field, name) or name for name in data["fields"])
    if event.kind in _ANSWERS:
        return _answer(data, written)
    if event.kind in meetings.TOLD:
        return meetings.said(event, written.meetings.get(data.get("meeting_id", 0)))
    for key, texts in written.texts.items():
        if key in data and data[key] in texts:
            return texts[data[key]].body
    return str(data.get("reason", "")) or "、".join(data.get("numbers", ()))


def _codes_in_words(data: Mapping[str, Any], desk: Desk) -> str:
    topics = [label_of(desk.topic, code) for code in data["topics"]]
    priority = data.get("priority")
    parts = [
        requester_type_label(desk, RequesterType(data["requester_type"])),
        label_of(desk.purpose, data["purpose"]),
        "、".join(topics),
        label_of(desk.division, data["division"]),
        f"優先度 {Priority(priority).label}" if priority else "",
    ]
    return " ／ ".join(part for part in parts if part)


def _conversion(data: Mapping[str, Any]) -> str:
    change = f"{CaseKind(data['kind_before']).label} → {CaseKind(data['kind']).label}"
    agreed_on = day_text(date.fromisoformat(data["agreed_on"]))
    return f"{change}\n本人の同意：{agreed_on}（{Channel(data['heard_by']).label}）"


def _answer(data: Mapping[str, Any], written: Written) -> str:
    """What was answered after closing, with the words beside it; of an answer taken back only what it was."""
    chosen = Helpfulness(data["grade"]) if "grade" in data else Practice(data["practice"])
    said = written.texts["survey_id"].get(data.get("survey_id", 0))
    return "\n".join(part for part in (chosen.label, said.body if said else "") if part)


_BY_KIND: Mapping[EventKind, Callable[[Mapping[str, Any], Desk], str]] = {
    EventKind.TRIAGED: _codes_in_words,
    EventKind.RETRIAGED: _codes_in_words,
    EventKind.REQUESTER_TYPE_CHANGED: lambda data, desk: requester_type_label(
        desk, RequesterType(data["requester_type"])
    ),
    EventKind.SHORTLISTED: lambda data, _: (
        f"{ShortlistManner(data['manner']).label}：{'、'.join(data['names'])}" if "manner" in data else ""
    ),
    EventKind.DECLINED: lambda data, desk: label_of(desk.decline_reason, data.get("reason")),
    EventKind.CLOSED: lambda data, desk: f"対応結果：{outcome_label(desk, data['outcome'])}",
    EventKind.CONVERTED: lambda data, _: _conversion(data),
    EventKind.BOUNCED: lambda data, _: Bounce(data["bounce"]).label,
    EventKind.MAIL_KEPT: lambda data, _: MailState(data["state"]).label,
}
"""What is told of an event by its data alone."""
