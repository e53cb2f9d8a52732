"""More is asked at once than can be done in time: who goes first, what the others are told, and that nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from meyasubako import app
from meyasubako.core.policy import Need
from meyasubako.core.vocabulary import Role
from meyasubako.pacing import Pace
from meyasubako.web import guard
from meyasubako.web.guard.admission import AHEAD
from meyasubako.web.guard.gate import Gate, Place, Rank, Room
from tests.harness.client import Client
from tests.harness.site import MIE, TOYAMA, Site
from tests.web.test_closed import (
    CHECK,
    FORM,
    OPINION,
    RECEIPTS,
    SEND,
    assert_gives_the_other_ways,
    receipts,
)

FLOOD = 16


def rooms(**others: Room) -> dict[Rank, Room]:
    """One place for each rank and nobody waits, but for those named."""
    return {rank: others.get(rank.name.lower(), Room(1, 0, 60.0)) for rank in Rank}


class Held:
    """A page that is worked on until it is let go."""

    def __init__(self, site: Site, path: str, *, needs: Need = Need.PUBLIC, **how: Any) -> None:
        self.path = path
        self.begun: asyncio.Queue[str] = asyncio.Queue()
        self._go_on = asyncio.Event()
        route = guard.Page(path, self._view, name=path, needs=needs, methods=("GET", "POST"), **how)
        site.app.router.routes.insert(0, route)

    async def _view(self, request: Request) -> Response:
        self.begun.put_nowait(request.url.query)
        await self._go_on.wait()
        return PlainTextResponse("done")

    def let_go(self) -> None:
        self._go_on.set()


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what other tasks bring about; the test's own limit of time ends what never comes."""
    while not holds():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)


# ---- The gate ----


async def test_staff_go_first_and_feeds_last() -> None:
    gate = Gate(rooms(staff=Room(4, 9, 60.0), sending=Room(4, 9, 60.0), last=Room(9, 9, 60.0)))
    entered: list[Rank] = []

    async def come(rank: Rank) -> Place | None:
        place = await gate.enter(rank)
        entered.append(rank)
        return place

    staff, sending = await come(Rank.STAFF), await come(Rank.SENDING)
    assert staff
    assert sending
    # Beside staff there is one place where there were four, and staff still find theirs.
    others = [asyncio.create_task(come(rank)) for rank in (Rank.SENDING, Rank.SENDING, Rank.LAST)]
    await until(lambda: gate.counted()[Rank.LAST].waiting == 1)
    more_staff = await come(Rank.STAFF)
    assert more_staff
    assert gate.is_pressed
    staff.leave()
    sending.leave()
    await others[0]
    assert not others[1].done()
    more_staff.leave()
    more_staff.leave()
    await asyncio.gather(*others)
    assert entered[2:] == [Rank.STAFF, Rank.SENDING, Rank.SENDING, Rank.LAST]


async def test_a_line_is_short_in_people_and_in_time_and_each_has_its_own() -> None:
    gate = Gate(rooms(sending=Room(1, 1, 0.0), looking=Room(2, 1, 60.0)))
    sending = await gate.enter(Rank.SENDING)
    assert sending
    waits = asyncio.create_task(gate.enter(Rank.SENDING))
    await until(lambda: gate.is_pressed)
    assert await gate.enter(Rank.SENDING) is None
    assert await waits is None
    assert gate.counted()[Rank.SENDING].turned_away == gate.turned_away == 2
    looking = [await gate.enter(Rank.LOOKING) for _ in range(2)]
    assert all(looking)
    assert await gate.enter(Rank.STAFF)


async def test_who_waits_and_goes_away_leaves_no_place_taken() -> None:
    gate = Gate(rooms(sending=Room(1, 9, 60.0)))
    place = await gate.enter(Rank.SENDING)
    assert place
    gone, called, last = (asyncio.create_task(gate.enter(Rank.SENDING)) for _ in range(3))
    await until(lambda: gate.counted()[Rank.SENDING].waiting == 3)
    gone.cancel()
    await asyncio.wait({gone})
    # The second is called in, and gone before it hears of it.
    place.leave()
    called.cancel()
    await asyncio.wait({called})
    assert await last
    assert gate.counted()[Rank.SENDING].inside == 1


async def test_who_is_slow_to_send_keeps_nobody_out_and_goes_on_where_it_was() -> None:
    gate = Gate(rooms(sending=Room(1, 9, 60.0)))
    slow = await gate.enter(Rank.SENDING)
    assert slow
    slow.leave()
    quick = await gate.enter(Rank.SENDING)
    assert quick
    waits = asyncio.create_task(gate.enter(Rank.SENDING))
    comes_back = asyncio.create_task(slow.back())
    await until(lambda: gate.counted()[Rank.SENDING].waiting == 2)
    quick.leave()
    await comes_back
    assert not waits.done()
    slow.leave()
    assert await waits


async def test_one_machine_that_never_ends_what_it_sends_keeps_nobody_out() -> None:
    gate = Gate(rooms(), most_arriving=64)

    def arrive(network: str, times: int, rank: Rank = Rank.SENDING) -> int:
        return sum(gate.arrive(rank, network) for _ in range(times))

    assert arrive("198.51.100.1", 99) == 32
    # Whoever has hardly begun goes on: offices and mobile networks have one address for many.
    assert [arrive(f"203.0.113.{number}", 9) for number in range(8)] == [4] * 8
    assert arrive("192.0.2.1", 1) == 0
    assert arrive("192.0.2.1", 1, Rank.STAFF) == 1
    for _ in range(9):
        gate.arrived("198.51.100.1")
    assert arrive("198.51.100.1", 9) == 0
    assert arrive("192.0.2.1", 9) == 3


async def test_fewer_are_let_in_where_they_take_too_long_and_more_again_where_they_do_not() -> None:
    now = 0.0
    gate = Gate(rooms(sending=Room(32, 0, 60.0, 0.1), staff=Room(2, 0, 60.0)), now=lambda: now)

    async def let_in(took: float) -> int:
        """How many get in at once, after which all leave."""
        nonlocal now
        places = []
        while place := await gate.enter(Rank.SENDING):
            places.append(place)
        now += took
        for place in places:
            place.leave()
        return len(places)

    assert [await let_in(0.2) for _ in range(4)] == [32, 25, 20, 16]
    slow = [await let_in(0.2) for _ in range(12)]
    assert slow[-1] == 2
    quick = [await let_in(0.05) for _ in range(60)]
    assert quick == sorted(quick)
    assert quick[-1] == 32
    # Beside staff there is room for few, however quick they are.
    staff = await gate.enter(Rank.STAFF)
    assert staff
    assert await let_in(0.05) == 8
    staff.leave()
    assert await let_in(0.05) == 32


# ---- The pages ----


async def filled_in(client: Client) -> Any:
    return await client.submit(await client.get(FORM), OPINION, button=CHECK)


def full(site: Site, **others: Room) -> Gate:
    """One place for each rank, as if that were all this installation can do."""
    site.app.state.admission.gate = Gate(rooms(**others))
    return site.app.state.admission.gate


async def test_whoever_is_turned_away_is_told_at_once_and_keeps_what_they_wrote(site: Site) -> None:
    await app.prepare(site.app)
    client = site.client()
    check = await filled_in(client)
    full(site)
    held = Held(site, "/slow")
    others = [asyncio.create_task(site.client().get("/slow"))]
    await held.begun.get()
    page = await client.get("/", expect=503)
    assert page.heading == "ただいま混み合っています"
    assert 10 <= int(page.headers["retry-after"]) < 30
    assert_gives_the_other_ways(page)
    # Those who send have places of their own.
    key = check.form(button=SEND).fields["csrf_token"][0]
    others.append(asyncio.create_task(client.request("POST", "/slow", data={"csrf_token": key})))
    await held.begun.get()
    before = await receipts(site)
    refused = await client.submit(check.form(button=SEND), button=SEND, expect=503)
    assert refused.heading == "混み合っているため、まだ送られていません"
    assert "再読み込み" in refused.text
    assert refused.headers["retry-after"] != page.headers["retry-after"]
    assert await receipts(site) == before
    problem = await client.request("POST", RECEIPTS, json={**OPINION}, expect=503)
    assert problem.json()["detail"].startswith("ただいま混み合っています。")
    await client.get("/healthz")
    assert (await client.get("/static/app.css")).status == 200
    held.let_go()
    await asyncio.gather(*others)
    # The browser's reload sends the same once more; a second one brings nothing new.
    for _ in range(2):
        done = await client.submit(check.form(button=SEND), button=SEND)
        assert done.heading == "受け付けました"
    assert await receipts(site) == before + 1


async def test_staff_pass_a_flood_and_a_made_up_session_does_not(site: Site) -> None:
    await app.prepare(site.app)
    inbox = f"/staff/desks/{MIE}/inbox"
    clerk = await site.signed_in("clerk", {MIE: Role.CLERK})
    await clerk.get(inbox)
    gate = full(site)
    held = Held(site, "/slow")
    other = asyncio.create_task(site.client().get("/slow"))
    await held.begun.get()
    await clerk.get(inbox)
    stranger = site.client()
    stranger.cookies.set("__Host-session", "made up", domain="testserver.local", path="/")
    await stranger.get(inbox, expect=503)
    held.let_go()
    await other
    assert gate.counted()[Rank.STAFF].turned_away == 0


async def test_feeds_and_statistics_wait_for_everybody(site: Site) -> None:
    await app.prepare(site.app)
    full(site, looking=Room(1, 9, 60.0), last=Room(9, 0, 60.0))
    held = Held(site, "/slow")
    first, second = (asyncio.create_task(site.client().get("/slow")) for _ in range(2))
    await held.begun.get()
    await until(lambda: site.app.state.admission.gate.is_pressed)
    last = {each.path for each in site.app.routes if isinstance(each, guard.Page) and each.comes_last}
    assert {"/desks/{desk}/statistics/feed.atom", "/api/v1/desks/{desk}/tallies"} < last
    for path in sorted(each for each in last if "{span}" not in each):
        await site.client().get(path.replace("{desk}", TOYAMA), expect=503)
    held.let_go()
    await asyncio.gather(first, second)


async def test_a_form_that_arrives_slowly_holds_no_place(site: Site) -> None:
    gate = full(site)
    seen: asyncio.Queue[int] = asyncio.Queue()
    parts: asyncio.Queue[bytes] = asyncio.Queue()

    async def read(request: Request) -> Response:
        async for part in request.stream():
            seen.put_nowait(len(part))
        return PlainTextResponse("done")

    async def sent() -> AsyncIterator[bytes]:
        while part := await parts.get():
            yield part

    route = guard.Page("/api/v1/slow", read, name="slow", needs=Need.PUBLIC, methods=("POST",))
    site.app.router.routes.insert(0, route)
    slow = asyncio.create_task(site.client().request("POST", "/api/v1/slow", content=sent()))
    parts.put_nowait(b"x" * 1_000)
    await until(parts.empty)
    assert gate.counted()[Rank.SENDING].inside == 0
    # What is large is read from a place, and steps aside whenever nothing comes.
    parts.put_nowait(b"x" * AHEAD)
    assert [await seen.get(), await seen.get()] == [1_000, AHEAD]
    await until(lambda: gate.counted()[Rank.SENDING].inside == 0)
    assert (await site.client().request("POST", "/api/v1/slow", content=b"quick")).text == "done"
    parts.put_nowait(b"")
    assert (await slow).text == "done"
    assert gate.counted()[Rank.SENDING].inside == 0


async def test_a_flood_is_taken_whole_and_staff_go_on_meanwhile(site: Site) -> None:
    await app.prepare(site.app)
    clerk = await site.signed_in("clerk", {TOYAMA: Role.CLERK})
    inbox = f"/staff/desks/{TOYAMA}/inbox"
    await clerk.get(inbox)
    gate = full(site, staff=Room(1, 9, 60.0), sending=Room(4, 4, 60.0, 0.0))
    opinion = {**OPINION, "reply_wanted": False, "publish_consent": True}
    given: list[str] = []
    another = asyncio.Condition()

    async def send(number: int) -> None:
        """One of many; whoever is turned away sends the same again once somebody else was taken."""
        somebody = site.client(visitor=(f"198.51.{number}.1", 50_000))
        headers = {"idempotency-key": f"{number:032x}"}
        while True:
            seen = len(given)
            answer = await somebody.request("POST", RECEIPTS, json=opinion, headers=headers, expect=None)
            async with another:
                if answer.status == 201:
                    given.append(answer.json()["receipt_number"])
                    another.notify_all()
                    return
                assert answer.status == 503, answer.text
                await another.wait_for(lambda seen=seen: len(given) > seen)

    async def work() -> None:
        for _ in range(3):
            await clerk.get(inbox)

    await asyncio.gather(work(), *(send(number) for number in range(FLOOD)))
    assert len(set(given)) == FLOOD == await receipts(site)
    counted = gate.counted()
    assert counted[Rank.SENDING].turned_away
    assert not counted[Rank.STAFF].turned_away
    assert {(each.inside, each.waiting) for each in counted.values()} == {(0, 0)}


async def test_work_nobody_waits_for_is_done_a_little_at_a_time_while_somebody_waits() -> None:
    presses = True
    pace = Pace(lambda: presses)
    assert (pace.size(20), pace.size(1)) == (2, 1)
    under_way = 0

    async def piece() -> None:
        nonlocal under_way
        async with pace.turn():
            under_way += 1
            assert under_way == 1
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(piece() for _ in range(3)))
    presses = False
    assert pace.size(20) == 20
