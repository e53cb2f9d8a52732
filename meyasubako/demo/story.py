"""One receipt of the demonstration from beginning to as far as it got by today, through the real work of the desk."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from meyasubako.casework import directory, intake, matching, replies, surveys, tracking, triage
from meyasubako.core import dates
from meyasubako.core import matters as dividing
from meyasubako.core.applied import AppliedDesk
from meyasubako.core.codes import Keys
from meyasubako.core.errors import InvalidInput
from meyasubako.core.policy import REQUESTER, Actor
from meyasubako.core.vocabulary import (
    ActorKind,
    Channel,
    Helpfulness,
    MeetingWay,
    Outcome,
    Priority,
    SurveyQuestion,
)
from meyasubako.demo.material import fictional

RECENT = timedelta(days=25)
RESTS = 0.2
OFFICE_DAYS = {"mie-dx-center": 20}
"""Within how many office days which desk of the demonstration answers."""
REPORTS = 0.6
SATURDAY = 5
THANKS = (
    "ご意見をお寄せいただき、ありがとうございました。いただいた内容は担当する部署にも伝えました。"
    "これからの取組を考えるときの参考にさせていただきます。"
)
ACCEPTED_NO_ADVICE = (
    "資料をお送りします。まずは今の仕事の流れを1枚の紙に書き出すところから、一緒に始めましょう。"
)


class TodayReached(Exception):
    """The next step has not happened yet, so the case stays where it is."""


def office_hour(day: date, chance: Random) -> datetime:
    """An instant between nine and five of a Japanese day."""
    return dates.start_of_day(day) + timedelta(minutes=chance.randint(9 * 60, 17 * 60))


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a story is played: the desk, who works there, whom it can ask, and today.

    `past_topic` is offered while the stories are played, and not any more today.
    """

    applied: AppliedDesk
    staff: tuple[Actor, ...]
    providers: tuple[directory.Listed, ...]
    keys: Keys
    today: datetime
    admin: Actor
    past_topic: str


def play(session: Session, scene: Scene, told: dict[str, Any], received_at: datetime, chance: Random) -> None:
    """Receive what was `told` and carry it as far as it got by today."""
    if Channel(told["channel"]) not in {Channel.WEB, Channel.EMAIL}:
        received_at = min(received_at, office_hour(dates.japan_day(received_at), chance))
    _Story(session, scene, told, received_at, chance).play()


class _Story:
    def __init__(
        self, session: Session, scene: Scene, told: dict[str, Any], received_at: datetime, chance: Random
    ) -> None:
        self.session, self.scene, self.told, self.chance = session, scene, told, chance
        self.desk = scene.applied.desk
        self.clock = received_at
        self.received_at = received_at
        # Viewers look; the work is done by the others.
        self.clerk = chance.choice(scene.staff)
        self.person = self._person()

    def play(self) -> None:
        case_ids = self.receive()
        for case_id, told in zip(case_ids, self.matters, strict=True):
            self.case_id, self.told, self.clock = case_id, told, self.received_at
            with suppress(TodayReached):
                self.follow()

    def follow(self) -> None:
        if reason := self.told.get("declined"):
            self.later(1, 3)
            triage.decline(self.session, self.desk, self.case_id, reason, by=self.clerk, at=self.clock)
            return
        self.later(0, 2)
        self.triage()
        if note := self.told.get("note"):
            self.later(0, 1)
            triage.note(self.session, self.case_id, note, by=self.clerk, at=self.clock)
        if self.chance.random() < 0.08:
            self.ask_back()
        if self.chance.random() < 0.02:
            self.later(1, 4)
            tracking.withdraw(self.session, self.number, 1, self.case_id, at=self.clock)
            return
        if self.told.get("advice"):
            self.consult_provider(self.told["advice"])
        else:
            self.later(0, 2)
            triage.start(self.session, self.case_id, by=self.clerk, at=self.clock)
        self.later(2, 8)
        replies.reply(
            self.session, self.case_id, self.told.get("reply") or THANKS, by=self.clerk, at=self.clock
        )
        self.close()

    @property
    def matters(self) -> list[dict[str, Any]]:
        """What was told, matter by matter; what is not said of a further one is as with the first."""
        return [self.told, *({**self.told, **each} for each in self.told.get("more", []))]

    def receive(self) -> tuple[int, ...]:
        told = self.told
        texts = [each["body"] for each in self.matters]
        channel = Channel(told["channel"])
        field = self.desk.field("municipality")
        known = {option.label: option.code for option in field.open_options}
        values = {
            "requester_type": [self.requester_type()],
            "kind": [told["kind"]],
            "purpose": [told["purpose"]],
            "title": [told["title"]],
            "body": ["\n\n".join(texts)],
            "organisation": [told["organisation"] or self.person["organisation"]],
            "name": [self.person["name"]],
            "municipality": [known.get(told["municipality"] or self.person["municipality"], "")],
            "email": [self.person["email"] if channel in {Channel.WEB, Channel.EMAIL} else ""],
            "reply_wanted": ["yes" if told.get("reply") else "no"],
            "publish_consent": [self.chance.choice(("yes", "yes", "no"))],
            "share_consent": ["yes" if self.chance.random() < 0.85 else "no"],
            "meeting_way": [told.get("meeting_way") or ""],
            "wished_dates": [told.get("wished_dates") or ""],
        }
        try:
            submission = intake.check(self.desk, values, by_staff=True)
        except InvalidInput as refused:
            raise RuntimeError(f"{told['title']}: {refused.errors}") from refused
        options: dict[str, Any] = {
            "channel": channel,
            "received_at": self.received_at,
            "keys": self.scene.keys,
            "idempotency_key": None,
            "at": self.received_at,
        }
        if channel in {Channel.WEB, Channel.API}:
            received = intake.receive(self.session, self.promising(), submission, by=REQUESTER, **options)
        else:
            received = intake.enter(
                self.session,
                self.promising(),
                submission,
                by=self.clerk,
                paper=self.paper(submission),
                **options,
            )
        self.number = received.number
        if submission.requester.email and self.chance.random() < 0.85:
            token = self.scene.keys.confirm_token(self.number, submission.requester.email)
            at = min(self.clock + timedelta(minutes=self.chance.randint(2, 90)), self.scene.today)
            tracking.confirm_email(self.session, token, at=at)
        return received.case_ids

    def promising(self) -> AppliedDesk:
        """The desk as it promised an answer to what came in some time ago; lately see `due`."""
        applied = self.scene.applied
        days = OFFICE_DAYS.get(applied.code) if self.scene.today - self.received_at >= RECENT else None
        return replace(applied, desk=replace(applied.desk, answer_within_office_days=days))

    def paper(self, submission: intake.Submission) -> intake.Paper:
        """What a letter or a card says of itself, and where the matters of a letter begin."""
        channel, received_on = Channel(self.told["channel"]), dates.japan_day(self.received_at)
        posted = received_on - timedelta(days=1 + received_on.day % 3)
        names = fictional()["events"]
        return intake.Paper(
            postmarked_on=posted if channel is Channel.LETTER else None,
            event_name=names[received_on.month % len(names)] if channel is Channel.EVENT else "",
            matters=self.divided(submission) if len(self.matters) > 1 else (),
        )

    def divided(self, submission: intake.Submission) -> tuple[intake.Matter, ...]:
        starts = {submission.body.index(each["body"]): each for each in self.matters}
        values: dict[str, list[str]] = {intake.BEGINS: []}
        for number, sentence in enumerate(dividing.sentences(submission.body), start=1):
            if each := starts.get(sentence.start):
                values[intake.field_of(number, "title")] = [each["title"]]
                values[intake.field_of(number, "purpose")] = [each["purpose"]]
                values[intake.BEGINS] += [str(number)] if sentence.start else []
        return intake.divide(self.desk, submission, values)

    def triage(self) -> None:
        known = {topic.code for topic in self.desk.all_topics()}
        topics = tuple(code for code in self.told["topics"] if code in known)
        divisions = self.desk.divisions_for(topics[0])
        decision = triage.check(
            self.desk,
            {
                "requester_type": [self.requester_type()],
                "purpose": [self.told["purpose"]],
                "topics": topics,
                "division": [divisions[0].code] if divisions else [],
                "priority": [self.told.get("priority", Priority.NORMAL)],
            },
        )
        triage.triage(self.session, self.desk, self.case_id, decision, by=self.clerk, at=self.clock)
        triage.assign(self.session, self.case_id, self.clerk.id, by=self.clerk, at=self.clock)

    def ask_back(self) -> None:
        asked = self.chance.choice(fictional()["questions"])
        self.later(0, 2)
        replies.ask(self.session, self.case_id, asked["question"], by=self.clerk, at=self.clock)
        self.later(1, 9)
        tracking.add(self.session, self.number, 1, self.case_id, asked["answer"], at=self.clock)

    def consult_provider(self, advice: str) -> None:
        fitting = [each for each in self.scene.providers if self.fits(each)] or list(self.scene.providers)
        asked = self.chance.sample(fitting, min(2, len(fitting)))
        if len(asked) == 2 and self.chance.random() < 0.2:
            _, provider = self.offer(asked[0])
            offer_id = self.last_offer
            self.later(1, 4)
            reason = self.chance.choice(fictional()["refusals"])
            matching.turn_down(
                self.session, offer_id, reason, code="other", keys=self.scene.keys, by=provider, at=self.clock
            )
            asked = asked[1:]
        offer_id, provider = self.offer(asked[0])
        self.later(1, 4)
        matching.accept(self.session, offer_id, by=provider, at=self.clock)
        for _ in range(self.chance.choice((0, 1, 1, 1, 2, 3))):
            self.later(2, 9)
            matching.meet(
                self.session,
                self.desk,
                offer_id,
                held_on=dates.japan_day(self.clock),
                way=self.chance.choice((MeetingWay.VISIT, MeetingWay.ONLINE, MeetingWay.ONLINE)),
                minutes=self.chance.choice((30, 45, 60, 60, 90, 120)),
                summary="",
                by=provider,
                at=self.clock,
            )
        self.later(0, 3)
        self.report(offer_id, provider)
        matching.advise(self.session, offer_id, advice or ACCEPTED_NO_ADVICE, by=provider, at=self.clock)

    def report(self, offer_id: int, provider: Actor) -> None:
        """What most of those who met somebody write afterwards."""
        # Of its own, so that what comes after it is drawn as before.
        chance = Random(f"report {self.told['title']}")  # noqa: S311 - nothing secret is drawn from it
        if chance.random() < REPORTS:
            said = chance.choice(fictional()["reports"])
            written = matching.Written(said["advised"], said["next_steps"])
            matching.report(self.session, offer_id, written, by=provider, at=self.clock)

    def offer(self, listed: directory.Listed) -> tuple[int, Actor]:
        self.later(0, 2)
        brief = matching.Brief(self.told["body"], shows_title=True, shows_requester_type=True)
        self.last_offer = matching.offer(
            self.session,
            self.desk,
            self.case_id,
            listed.id,
            brief,
            keys=self.scene.keys,
            by=self.clerk,
            at=self.clock,
            override="ほかに詳しい人がいないため。自分の商品を勧めないことを、本人と約束した。",
        )
        return self.last_offer, Actor(ActorKind.PROVIDER, listed.id, listed.entry.name)

    def close(self) -> None:
        self.later(3, 10)
        offered = {each.code for each in self.desk.open_outcomes}
        outcome = self.told.get("outcome") or ""
        code = Outcome(outcome) if outcome in offered else Outcome.NOTED
        replies.close(self.session, self.desk, self.case_id, code, by=self.clerk, at=self.clock)
        surveys.invite(self.session, self.desk, self.case_id, keys=self.scene.keys, at=self.clock)
        survey_id = surveys.asked_of(self.session, self.case_id)
        if survey_id is None or self.chance.random() < 0.35:
            return
        self.later(1, 20)
        said = self.chance.choice(fictional()["survey_comments"])
        grade = Helpfulness(said["answer"])
        comment = said["comment"] if self.chance.random() < 0.6 else ""
        surveys.answer(self.session, self.scene.keys.survey_token(survey_id), grade, comment, at=self.clock)
        self.look_back()

    def look_back(self) -> None:
        """What became of the advice, where that was long enough ago."""
        months = self.desk.survey.follow_up_months
        if months is None or self.told["kind"] != "consultation":
            return
        # Of its own, so that what comes after it is drawn as before.
        chance = Random(f"after {self.told['title']}")  # noqa: S311 - nothing secret is drawn from it
        asked_at = self.clock + timedelta(days=30 * months + 5)
        answered_at = asked_at + timedelta(days=chance.randint(1, 12), minutes=chance.randint(0, 300))
        question, keys = SurveyQuestion.PRACTISED, self.scene.keys
        if answered_at >= self.scene.today or not surveys.invite(
            self.session, self.desk, self.case_id, keys=keys, at=asked_at, question=question
        ):
            return
        survey_id = surveys.asked_of(self.session, self.case_id)
        if survey_id is None or chance.random() < 0.35:
            return
        said = chance.choice(fictional()["practice_comments"])
        token = keys.survey_token(survey_id)
        surveys.answer(self.session, token, said["answer"], said["comment"], at=answered_at)

    def later(self, least: int, most: int) -> None:
        """Let days pass, to an hour at which offices work; stops the story when that has not come yet."""
        day = dates.japan_day(self.clock) + timedelta(days=self.chance.randint(least, most))
        then = office_hour(day, self.chance)
        while then <= self.clock or day.weekday() >= SATURDAY:
            day += timedelta(days=1)
            then = office_hour(day, self.chance)
        self.clock = then
        is_recent = self.scene.today - self.received_at < RECENT
        # What came lately rests at every stage of its life, so that an inbox shows them all.
        if self.clock >= self.scene.today or (is_recent and self.chance.random() < RESTS):
            raise TodayReached

    def fits(self, listed: directory.Listed) -> bool:
        return bool(set(listed.entry.topics) & set(self.told["topics"]))

    def requester_type(self) -> str:
        told = self.told["requester_type"]
        offered = {option.code.value for option in self.desk.open_requester_types}
        return told if told in offered else ("resident" if told == "resident_group" else "other")

    def _person(self) -> dict[str, str]:
        people = [each for each in fictional()["requesters"] if each["desk"] == self.desk.code]
        alike = [each for each in people if each["requester_type"] == self.requester_type()]
        return self.chance.choice(alike or people)
