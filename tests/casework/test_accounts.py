"""Accounts: who may sign in, how long a session lasts, and what ends it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from meyasubako.casework import accounts, desks, directory, intake, matching, triage
from meyasubako.casework.accounts import Credentials, OpenProviderSession, OpenSession, passwords
from meyasubako.core.codes import Keys
from meyasubako.core.errors import InvalidInput, NotAllowed, NotFound
from meyasubako.core.policy import SYSTEM, Actor, Need
from meyasubako.core.vocabulary import ActorKind, Channel, ProviderKind, Role
from meyasubako.store.database import Database
from meyasubako.store.models import StaffSession
from tests.harness.shipped import shipped_desk
from tests.harness.site import MIE

NOW = datetime(2026, 7, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEYS = Keys(b"a key for tests, 32 bytes long..")


@pytest.fixture
async def desk_id(database: Database) -> int:
    def unit(session: Any) -> int:
        desks.apply(session, shipped_desk(MIE), at=NOW)
        return desks.find(session, MIE).id

    return await database.write(unit)


@pytest.fixture
async def staff_id(database: Database) -> int:
    return await add(database, "yamada")


async def add(database: Database, login: str, name: str = "山田") -> int:
    return await database.write(
        lambda session: accounts.add_staff(
            session, login=login, name=name, password_hash="hash", by=SYSTEM, at=NOW
        )
    )


async def sign_in(database: Database, staff_id: int, *, at: datetime = NOW, replacing: str = "") -> str:
    return await database.write(
        lambda session: accounts.sign_in(session, staff_id, replacing=replacing, at=at)
    )


async def opened(database: Database, token: str, *, at: datetime = NOW) -> OpenSession | None:
    return await database.read(lambda session: accounts.open_session(session, token, at=at))


def test_a_right_password_is_right_and_nobodys_never() -> None:
    hashed = accounts.hash_password("正しい馬の電池 staple")
    assert hashed.startswith("$argon2id$")
    assert accounts.is_password(Credentials(1, hashed), "正しい馬の電池 staple")
    assert not accounts.is_password(Credentials(1, hashed), "正しい馬の電池 Staple")
    assert not accounts.is_password(None, "")


def test_nobodys_hash_takes_as_long_as_a_real_one() -> None:
    hasher = passwords._HASHES.current_hasher
    assert hasher.identify(passwords._NOBODYS_HASH)
    assert not hasher.check_needs_rehash(passwords._NOBODYS_HASH)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "12文字以上"),
        ("a" * 201, "200文字まで"),
        ("ababababababab", "いろいろな"),
        ("my Yamada password", "利用者ID"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        accounts.check_new_password(password, login="yamada", field="new_password")
    assert refused.value.field == "new_password"


def test_a_long_password_will_do() -> None:
    accounts.check_new_password("みんなの声を聞く箱2026", login="yamada")


@pytest.mark.parametrize("login", ["", "やまだ", "a b", "-yamada", "x" * 121])
async def test_a_login_is_plain_letters(database: Database, login: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await add(database, login)
    assert refused.value.field == "login"


async def test_a_login_is_one_whatever_its_width_and_case(database: Database, staff_id: int) -> None:
    with pytest.raises(InvalidInput, match="もう使われています"):
        await add(database, "ＹＡＭＡＤＡ")
    found = await database.read(lambda session: accounts.find_staff(session, " Yamada "))
    assert (found.id, found.name, found.is_active, found.roles) == (staff_id, "山田", True, {})


async def test_somebody_without_a_name_is_refused(database: Database) -> None:
    with pytest.raises(InvalidInput) as refused:
        await add(database, "sato", "　")
    assert refused.value.field == "name"


async def test_one_role_per_desk_given_changed_and_taken(
    database: Database, staff_id: int, desk_id: int
) -> None:
    for role in (Role.VIEWER, Role.CLERK):
        await database.write(
            lambda session, role=role: accounts.grant(session, staff_id, desk_id, role, by=SYSTEM, at=NOW)
        )
    listed = await database.read(lambda session: accounts.list_staff(session, desk_id=desk_id))
    assert [(member.login, member.roles) for member in listed] == [("yamada", {desk_id: Role.CLERK})]
    session = await opened(database, await sign_in(database, staff_id))
    assert session
    assert session.actor.may(Need.TRIAGE, desk_id)
    await database.write(lambda session: accounts.revoke_grant(session, staff_id, desk_id, by=SYSTEM, at=NOW))
    assert await database.read(lambda session: accounts.list_staff(session, desk_id=desk_id)) == ()
    assert len(await database.read(accounts.list_staff)) == 1
    with pytest.raises(NotFound):
        await database.write(
            lambda session: accounts.revoke_grant(session, staff_id, desk_id, by=SYSTEM, at=NOW)
        )


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLERK, Role.COORDINATOR])
async def test_only_an_admin_of_the_desk_gives_roles(
    database: Database, staff_id: int, desk_id: int, role: Role
) -> None:
    by = Actor(ActorKind.STAFF, id=staff_id, roles={desk_id: role, desk_id + 1: Role.ADMIN})
    for unit in (
        lambda session: accounts.grant(session, staff_id, desk_id, Role.ADMIN, by=by, at=NOW),
        lambda session: accounts.revoke_grant(session, staff_id, desk_id, by=by, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            await database.write(unit)
    admin = Actor(ActorKind.STAFF, id=staff_id, roles={desk_id: Role.ADMIN})
    await database.write(
        lambda session: accounts.grant(session, staff_id, desk_id, Role.VIEWER, by=admin, at=NOW)
    )


async def test_credentials_are_those_of_active_staff(database: Database, staff_id: int) -> None:
    async def known(login: str) -> Credentials | None:
        return await database.read(lambda session: accounts.credentials(session, login))

    assert await known("Yamada") == Credentials(staff_id, "hash")
    assert await known("nobody") is None
    await database.write(lambda session: accounts.deactivate(session, staff_id, by=SYSTEM, at=NOW))
    assert await known("yamada") is None


async def test_a_session_names_its_person(database: Database, staff_id: int) -> None:
    token = await sign_in(database, staff_id)
    session = await opened(database, token)
    assert session
    assert (session.staff_id, session.login, session.actor.name) == (staff_id, "yamada", "山田")
    assert session.actor.kind is ActorKind.STAFF
    assert await opened(database, token + "x") is None
    assert await opened(database, "") is None


async def test_the_database_does_not_hold_the_token(database: Database, staff_id: int) -> None:
    token = await sign_in(database, staff_id)
    held = await database.read(lambda session: session.scalars(select(StaffSession.token_hash)).all())
    assert len(held) == 1
    assert token not in held


async def test_a_session_ends_an_hour_after_its_last_use(database: Database, staff_id: int) -> None:
    token = await sign_in(database, staff_id)
    assert await opened(database, token, at=NOW + HOUR - timedelta(seconds=1))
    assert await opened(database, token, at=NOW + HOUR) is None


async def test_a_session_in_use_ends_after_twelve_hours(database: Database, staff_id: int) -> None:
    token = await sign_in(database, staff_id)
    at = NOW
    while at < NOW + 12 * HOUR:
        session = await opened(database, token, at=at)
        assert session
        await database.write(lambda run, at=at, open_id=session.id: accounts.keep_open(run, open_id, at=at))
        at += HOUR / 2
    assert at == NOW + 12 * HOUR
    assert await opened(database, token, at=at) is None


async def test_use_is_noted_once_a_minute(database: Database, staff_id: int) -> None:
    session = await opened(database, await sign_in(database, staff_id))
    assert session
    assert not session.is_due(NOW + timedelta(seconds=59))
    assert session.is_due(NOW + timedelta(seconds=60))


async def test_signing_in_replaces_the_session_of_the_browser(database: Database, staff_id: int) -> None:
    first = await sign_in(database, staff_id)
    elsewhere = await sign_in(database, staff_id)
    second = await sign_in(database, staff_id, replacing=first)
    assert await opened(database, first) is None
    assert await opened(database, second)
    assert await opened(database, elsewhere)


async def test_signing_in_removes_what_has_ended(database: Database, staff_id: int) -> None:
    await sign_in(database, staff_id)
    await sign_in(database, staff_id, at=NOW + HOUR)
    assert len(await database.read(lambda session: session.scalars(select(StaffSession)).all())) == 1


async def test_sessions_are_listed_latest_used_first(database: Database, staff_id: int) -> None:
    first = await sign_in(database, staff_id)
    await sign_in(database, staff_id, at=NOW + HOUR / 2)
    session = await opened(database, first)
    assert session
    listed = await database.read(lambda run: accounts.open_sessions(run, session.actor, at=NOW + HOUR / 2))
    assert [each.created_at for each in listed] == [NOW + HOUR / 2, NOW]
    assert listed[1] == session


async def test_signing_out_ends_one_session_or_all(database: Database, staff_id: int) -> None:
    tokens = [await sign_in(database, staff_id) for _ in range(3)]
    others = await sign_in(database, await add(database, "sato", "佐藤"))
    await database.write(lambda session: accounts.sign_out(session, tokens[0]))
    assert [bool(await opened(database, token)) for token in tokens] == [False, True, True]
    await database.write(lambda session: accounts.sign_out_everywhere(session, staff_id))
    assert [bool(await opened(database, token)) for token in tokens] == [False, False, False]
    assert await opened(database, others)


async def test_a_new_password_ends_all_sessions_but_this_one(database: Database, staff_id: int) -> None:
    here, elsewhere = await sign_in(database, staff_id), await sign_in(database, staff_id)
    session = await opened(database, here)
    assert session
    await database.write(
        lambda run: accounts.set_password(run, staff_id, "new", by=SYSTEM, at=NOW, keeping=session.id)
    )
    assert await opened(database, here)
    assert await opened(database, elsewhere) is None
    known = await database.read(lambda run: accounts.credentials(run, "yamada"))
    assert known == Credentials(staff_id, "new")


async def test_whoever_is_deactivated_is_out_at_once(database: Database, staff_id: int) -> None:
    token = await sign_in(database, staff_id)
    await database.write(lambda session: accounts.deactivate(session, staff_id, by=SYSTEM, at=NOW))
    assert await opened(database, token) is None


async def test_nobody_can_be_changed_who_is_not_there(database: Database) -> None:
    for unit in (
        lambda session: accounts.set_password(session, 99, "new", by=SYSTEM, at=NOW),
        lambda session: accounts.deactivate(session, 99, by=SYSTEM, at=NOW),
        lambda session: accounts.find_staff(session, "nobody"),
    ):
        with pytest.raises(NotFound):
            await database.write(unit)


async def test_a_provider_has_a_short_session_while_in_the_directory(
    database: Database, desk_id: int
) -> None:
    provider_id, offer_id = await database.write(lambda session: offered(session, desk_id))
    token = await database.write(
        lambda session: accounts.begin_provider_session(session, provider_id, offer_id, at=NOW)
    )

    async def session_of(token: str, at: datetime = NOW) -> OpenProviderSession | None:
        return await database.read(lambda session: accounts.open_provider_session(session, token, at=at))

    actor = Actor(ActorKind.PROVIDER, id=provider_id, name="架空 一郎")
    assert await session_of(token) == OpenProviderSession(offer_id, actor, NOW)
    assert await session_of(token, NOW + accounts.PROVIDER_SESSION_LASTS) is None
    assert await session_of("") is None
    gone = replace(ENTRY, is_active=False)
    admin = Actor(ActorKind.STAFF, id=1, roles={desk_id: Role.ADMIN})
    applied = await database.read(lambda session: desks.find_by_id(session, desk_id))
    await database.write(
        lambda session: directory.change(session, applied, provider_id, gone, by=admin, at=NOW)
    )
    assert await session_of(token) is None


ENTRY = directory.Entry(ProviderKind.ADVISER, "架空 一郎", email="ichiro@example.jp")


def offered(session: Any, desk_id: int) -> tuple[int, int]:
    """A provider and the offer of a case to them, by the way every offer goes."""
    applied = desks.find_by_id(session, desk_id)
    staff_id = accounts.add_staff(
        session, login="admin", name="管理", password_hash="hash", by=SYSTEM, at=NOW
    )
    by = Actor(ActorKind.STAFF, id=staff_id, roles={desk_id: Role.ADMIN})
    values = {
        "requester_type": ["unknown"],
        "purpose": [applied.desk.open_purposes()[0].code],
        "title": ["現場へのITの導入"],
        "body": ["何から始めればよいか教えてください。"],
    }
    received = intake.enter(
        session,
        applied,
        intake.check(applied.desk, values, by_staff=True),
        channel=Channel.LETTER,
        received_at=NOW,
        keys=KEYS,
        idempotency_key=None,
        by=by,
        at=NOW,
    )
    case_id = received.case_ids[0]
    decision = triage.check(applied.desk, {**values, "topics": [applied.desk.topic_leaves()[0].code]})
    triage.triage(session, applied.desk, case_id, decision, by=by, at=NOW)
    provider_id = directory.add(session, desk_id, ENTRY, by=by, at=NOW)
    brief = matching.Brief("現場へのITの導入の相談です。", shows_title=False, shows_requester_type=False)
    offer_id = matching.offer(session, applied.desk, case_id, provider_id, brief, keys=KEYS, by=by, at=NOW)
    return provider_id, offer_id


async def test_where_mails_to_staff_go(database: Database, staff_id: int) -> None:
    async def mail(typed: str, **options: bool) -> tuple[str | None, bool]:
        await database.write(
            lambda session: accounts.set_mail(session, staff_id, typed, by=SYSTEM, at=NOW, **options)
        )
        found = await database.read(lambda session: accounts.find_staff(session, "yamada"))
        return found.email, found.wants_reminders

    assert await mail("") == (None, True)
    assert await mail("ｙａｍａｄａ＠Pref.Example.jp ", wants_reminders=False) == (
        "yamada@pref.example.jp",
        False,
    )
    with pytest.raises(InvalidInput):
        await mail("yamada@example.jp\nBcc: all@example.jp")
    assert await mail("", wants_reminders=True) == (None, True)
