"""Several processes of one service: begun together, begun again when one ends by itself, and stopped together.

They are copies of this process, so that what is loaded is in memory once. It runs nothing itself and has no threads.
"""

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final, NoReturn

from meyasubako.core.errors import DeskError, WrongSetting

logger = logging.getLogger("meyasubako.processes")

WATCHED: Final = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)
LOOK_EVERY: Final = 0.02
"""How often is looked whether all have begun; later on, signals wake."""

SETTLED_AFTER: Final = 10.0
LONGEST_PAUSE: Final = 30.0
STOP_SECONDS: Final = 40.0


@dataclass(frozen=True, slots=True)
class Task:
    """What one process does: `run` is given the lifeline and what to call once it has begun, and returns the exit code."""

    name: str
    run: Callable[[int, Callable[[], None]], int]
    close: Callable[[], None] = lambda: None
    """Lets go of what only this task needs; the copies that do other tasks call it, and all of them at the end."""


@dataclass(slots=True)
class _Place:
    """A task, and the process that does it now (0: none)."""

    task: Task
    pid: int = 0
    begun_at: float = 0.0
    begin_at: float = 0.0
    failures: int = 0


def keep(
    tasks: Sequence[Task],
    *,
    all_ready: Callable[[], None],
    stopping: Callable[[], None],
    ended: Callable[[int], None] = lambda _: None,
) -> int:
    """Keep one process for each task until the system asks to stop; 0 if all of them then ended well.

    `all_ready` is called once, when each has begun; `stopping` before they are stopped, `ended` with the number of
    a process that ended by itself. Where one cannot begin at first, all
    are stopped. Raises WrongSetting.
    """
    if not hasattr(signal, "sigtimedwait"):
        raise WrongSetting("このシステムでは、--processes に 1 だけを使えます。")
    # What is loaded stays shared as long as the collector of no copy writes into it.
    gc.collect()
    gc.freeze()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    try:
        return _Keeper(tasks, stopping, ended).keep(all_ready)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Keeper:
    def __init__(
        self, tasks: Sequence[Task], stopping: Callable[[], None], ended: Callable[[int], None]
    ) -> None:
        self._note_ended = ended
        self._tell_stopping = stopping
        self._places = [_Place(task) for task in tasks]
        # Nothing is ever written to the first; it ends with the process that holds its other end.
        self._lifeline, self._held = os.pipe()
        self._ready, self._tell_ready = os.pipe()
        os.set_blocking(self._ready, False)

    def keep(self, all_ready: Callable[[], None]) -> int:
        missing = len(self._places)
        has_begun = False
        while True:
            if not self._begin_due(again=has_begun):
                return self._stop(1)
            told = signal.sigtimedwait(WATCHED, self._seconds_to_wait() if has_begun else LOOK_EVERY)
            if told is not None and told.si_signo != signal.SIGCHLD:
                return self._stop(0)
            self._reap()
            missing -= self._count_ready()
            if not has_begun and not missing:
                has_begun = True
                all_ready()

    def _begin_due(self, *, again: bool) -> bool:
        """Begin what is not running and may begin; False when something ended that had never begun."""
        for place in self._places:
            if place.pid:
                continue
            if place.failures and not again:
                return False
            if monotonic() >= place.begin_at:
                self._begin(place)
        return True

    def _begin(self, place: _Place) -> None:
        sys.stdout.flush()
        place.begun_at = monotonic()
        place.pid = os.fork()
        if not place.pid:
            self._be(place.task)

    def _be(self, task: Task) -> NoReturn:
        """The life of a copy."""
        code = self._run(task)
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        # What else this copy holds belongs to the process it was copied from.
        os._exit(code)

    def _run(self, task: Task) -> int:
        try:
            for descriptor in (self._held, self._ready):
                os.close(descriptor)
            for place in self._places:
                if place.task is not task:
                    place.task.close()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
            return task.run(self._lifeline, lambda: _tell(self._tell_ready))
        except DeskError as refused:
            print(f"meyasubako: {refused.message}", file=sys.stderr)
        except SystemExit as left:
            return left.code if isinstance(left.code, int) else 1
        except KeyboardInterrupt:
            return 130
        except BaseException:
            logger.exception("a process failed", extra={"facts": {"task": task.name}})
        return 1

    def _reap(self) -> None:
        for place in self._places:
            if not place.pid or (ended := _ended(place.pid)) is None:
                continue
            if monotonic() - place.begun_at >= SETTLED_AFTER:
                place.failures = 0
            # A process that ended after a while is begun again at once, one that ends again and again after a pause.
            pause = min(2.0**place.failures - 1, LONGEST_PAUSE)
            logger.error(
                "a process ended",
                extra={"facts": {"task": place.task.name, "code": ended, "again_in": pause}},
            )
            self._note_ended(place.pid)
            place.pid = 0
            place.failures += 1
            place.begin_at = monotonic() + pause

    def _seconds_to_wait(self) -> float:
        missing = [place.begin_at - monotonic() for place in self._places if not place.pid]
        return max(0.0, min(missing, default=3_600.0))

    def _count_ready(self) -> int:
        try:
            return len(os.read(self._ready, 1_024))
        except BlockingIOError:
            return 0

    def _stop(self, code: int) -> int:
        self._tell_stopping()
        # A connection that nobody takes any more must not be offered: it would wait until the end.
        for place in self._places:
            place.task.close()
        running = {place.pid for place in self._places if place.pid}
        for pid in running:
            os.kill(pid, signal.SIGTERM)
        until = monotonic() + STOP_SECONDS
        while running and monotonic() < until:
            for pid in sorted(running):
                if (ended := _ended(pid)) is not None:
                    running.discard(pid)
                    code = code or (0 if ended in {0, -signal.SIGTERM} else 1)
            if running:
                signal.sigtimedwait(WATCHED, 1.0)
        for pid in running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for descriptor in (self._lifeline, self._held, self._ready, self._tell_ready):
            os.close(descriptor)
        return 1 if running else code


def _ended(pid: int) -> int | None:
    """How a process ended (a signal as a negative number); None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _tell(descriptor: int) -> None:
    os.write(descriptor, b".")
