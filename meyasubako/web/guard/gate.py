"""The gate: how many requests are worked on at once, who waits, who is turned away, and who goes first.

Staff go first, whoever sends something second, whoever looks at a page third; feeds, open data and statistics take what is left.
Each rank waits in a line of its own that is short in people and in time: what would come too late is not begun at all, as those
who wait too long have left or ask a second time. Who came first goes first, as at a counter.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from time import perf_counter
from typing import Final


class Rank(IntEnum):
    """Who asks; the lower the number, the sooner."""

    STAFF = 0
    SENDING = 1
    LOOKING = 2
    LAST = 3


@dataclass(frozen=True, slots=True)
class Room:
    """How many of a rank are worked on `together` at most, and how many wait for how many seconds.

    `aim`, where there is one, is how many seconds they may take inside: where they take longer fewer are let in, as those who are
    inside only hinder one another and whoever comes to the same database.
    """

    together: int
    waiting: int
    patience: float
    aim: float | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How a rank stands: worked on, waiting, and turned away since the start."""

    inside: int
    waiting: int
    turned_away: int


MOST_ARRIVING: Final = 1_024
"""How many may be on their way with what they send. They cost memory and no time."""

CROWDED: Final = 2
SHARE_OF_ONE: Final = 16
"""Once one in CROWDED of these places is taken, nobody begins from a network that has one in SHARE_OF_ONE: a single machine
that begins a thousand forms and ends none would keep everybody else out."""

AIM: Final = 0.15
FEWEST: Final = 2
LESS: Final = 0.8
SHARE_BESIDE_STAFF: Final = 0.25


def rooms(units_at_once: int) -> Mapping[Rank, Room]:
    """The rooms before a database that takes so many units of work at once.

    Nobody waits for the database behind more than these: the line is here, where staff can pass. While they are at work the
    others have a share of their places, because every page under way is one whose turn comes between two steps of theirs.
    """
    sending = max(units_at_once // 2, 4)
    return {
        Rank.STAFF: Room(max(units_at_once // 4, 4), 128, 20.0),
        Rank.SENDING: Room(sending, 512, 10.0, AIM),
        Rank.LOOKING: Room(max(units_at_once // 8, 2), 256, 5.0, AIM),
        Rank.LAST: Room(max(units_at_once // 32, 1), 16, 2.0),
    }


class Place:
    """A place inside. `leave` gives it back; whoever left only to wait for a slow client comes `back`."""

    __slots__ = ("_gate", "_is_inside", "_rank", "_since")

    def __init__(self, gate: "Gate", rank: Rank) -> None:
        self._gate = gate
        self._rank = rank
        self._is_inside = True
        self._since = gate.now()

    def leave(self) -> None:
        """Let the next in; a second time it does nothing."""
        if self._is_inside:
            self._is_inside = False
            self._gate.let_out(self._rank, self._gate.now() - self._since)

    async def back(self) -> None:
        """Go on before all others of the rank."""
        await self._gate.come_back(self._rank)
        self._is_inside = True
        self._since = self._gate.now()


class Gate:
    """The gate of one process."""

    def __init__(
        self,
        rooms: Mapping[Rank, Room],
        *,
        most_arriving: int = MOST_ARRIVING,
        now: Callable[[], float] = perf_counter,
    ) -> None:
        self.now = now
        self._rooms = [rooms[rank] for rank in Rank]
        self._places = [float(rooms[rank].together) for rank in Rank]
        self._until_less = [0 for _ in Rank]
        self._inside = [0 for _ in Rank]
        self._lines: list[deque[asyncio.Future[bool]]] = [deque() for _ in Rank]
        self._turned_away = [0 for _ in Rank]
        self._most_arriving = most_arriving
        self._arriving = 0
        self._arriving_from = Counter[str]()

    def counted(self) -> Mapping[Rank, Counted]:
        """How each rank stands."""
        return {
            rank: Counted(self._inside[rank], len(self._lines[rank]), self._turned_away[rank])
            for rank in Rank
        }

    @property
    def is_pressed(self) -> bool:
        """Whether somebody waits, so that work nobody waits for should rest."""
        return any(self._lines)

    @property
    def turned_away(self) -> int:
        """How many were turned away since the start."""
        return sum(self._turned_away)

    def arrive(self, rank: Rank, network: str) -> bool:
        """Say that somebody begins to send from there; False where too many do. Whoever may, says `arrived` in the end."""
        most, from_there = self._most_arriving, self._arriving_from[network]
        has_its_share = self._arriving >= most // CROWDED and from_there >= most // SHARE_OF_ONE
        if (self._arriving >= most or has_its_share) and rank is not Rank.STAFF:
            self._turned_away[rank] += 1
            return False
        self._arriving += 1
        self._arriving_from[network] = from_there + 1
        return True

    def arrived(self, network: str) -> None:
        """What was sent from there is here, or will not come."""
        self._arriving -= 1
        self._arriving_from[network] -= 1
        if not self._arriving_from[network]:
            del self._arriving_from[network]

    async def enter(self, rank: Rank) -> Place | None:
        """A place, after a wait if need be; None for whoever is turned away."""
        line, room = self._lines[rank], self._rooms[rank]
        if not line and self._has_place(rank):
            self._inside[rank] += 1
            return Place(self, rank)
        if len(line) >= room.waiting:
            self._turned_away[rank] += 1
            return None
        waits: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        line.append(waits)
        too_late = asyncio.get_running_loop().call_later(room.patience, self._give_up, rank, waits)
        try:
            return Place(self, rank) if await self._turn(rank, waits) else None
        finally:
            too_late.cancel()

    async def come_back(self, rank: Rank) -> None:
        """A place again for somebody who was inside; however long it takes, as half of it is done."""
        if self._has_place(rank):
            self._inside[rank] += 1
            return
        waits: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._lines[rank].appendleft(waits)
        await self._turn(rank, waits)

    def let_out(self, rank: Rank, took: float) -> None:
        """A place is free after so many seconds: whoever is next takes it, if there are still as many."""
        self._inside[rank] -= 1
        self._learn(rank, took)
        self._call_in()

    def _learn(self, rank: Rank, took: float) -> None:
        """Fewer places at once where it takes too long, and one by one more where it does not, as roads and networks do."""
        room = self._rooms[rank]
        self._until_less[rank] -= 1
        if room.aim is None:
            return
        if took <= room.aim:
            self._places[rank] = min(self._places[rank] + 1 / self._places[rank], float(room.together))
        elif self._until_less[rank] <= 0:
            self._places[rank] = max(self._places[rank] * LESS, float(min(FEWEST, room.together)))
            # Those who are inside now came in before, and say nothing about it.
            self._until_less[rank] = self._inside[rank] + 1

    async def _turn(self, rank: Rank, waits: asyncio.Future[bool]) -> bool:
        try:
            return await waits
        except asyncio.CancelledError:
            if waits.done() and not waits.cancelled() and waits.result():
                # Called in, and gone at the same moment.
                self._inside[rank] -= 1
                self._call_in()
            elif waits in self._lines[rank]:
                self._lines[rank].remove(waits)
                self._call_in()
            raise

    def _give_up(self, rank: Rank, waits: asyncio.Future[bool]) -> None:
        if not waits.done():
            self._lines[rank].remove(waits)
            self._turned_away[rank] += 1
            waits.set_result(False)
            self._call_in()

    def _call_in(self) -> None:
        for rank in Rank:
            line = self._lines[rank]
            while line and self._has_place(rank):
                waits = line.popleft()
                if not waits.done():
                    self._inside[rank] += 1
                    waits.set_result(True)

    def _has_place(self, rank: Rank) -> bool:
        inside, places = self._inside, self._places[rank]
        if rank is Rank.LAST and (self._lines[Rank.SENDING] or self._lines[Rank.LOOKING]):
            return False
        if rank is not Rank.STAFF and (inside[Rank.STAFF] or self._lines[Rank.STAFF]):
            places *= SHARE_BESIDE_STAFF
        return inside[rank] < max(int(places), 1)
