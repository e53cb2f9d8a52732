"""A disk that is full: a small one of its own, in a name space of its own, or a limit on how large files may grow."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PLACE = "/mnt"
CANNOT = (
    "This machine lets nobody make a small disk of their own (unshare --user --map-root-user --mount, then mount -t tmpfs). "
    "Allow user name spaces (sysctl kernel.unprivileged_userns_clone=1, or apparmor_restrict_unprivileged_userns=0), "
    "or run make torture as root outside a container."
)


@dataclass(frozen=True)
class SmallDisk:
    """A disk only programs started through `inside` see at `PLACE`; from here it lies below `seen`."""

    pid: int

    @property
    def inside(self) -> tuple[str, ...]:
        return ("nsenter", "--user", "--preserve-credentials", "--mount", "--target", str(self.pid))

    @property
    def seen(self) -> Path:
        return Path(f"/proc/{self.pid}/root{PLACE}")

    @property
    def free(self) -> int:
        return shutil.disk_usage(self.seen).free

    def fill(self, *, leaving: int = 0) -> None:
        """Put so much on it that only this much is left."""
        with (self.seen / "ballast").open("ab") as ballast:
            while (more := self.free - leaving) > 0:
                with suppress(OSError):
                    # Others write meanwhile: what was free a moment ago may not be any more.
                    os.posix_fallocate(ballast.fileno(), 0, os.fstat(ballast.fileno()).st_size + more)

    def free_again(self) -> None:
        """Take it away again."""
        (self.seen / "ballast").unlink(missing_ok=True)


@contextmanager
def small_disk(size: int) -> Iterator[SmallDisk]:
    """A disk of so many bytes. Fails with a sentence where the machine does not allow it."""
    command = f"mount -t tmpfs -o size={size},mode=700 none {PLACE} && echo ready && exec cat"
    holder = subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdin
    assert holder.stdout
    try:
        assert holder.stdout.readline() == b"ready\n", CANNOT
        yield SmallDisk(holder.pid)
    finally:
        holder.stdin.close()
        holder.stdout.close()
        holder.wait()


@contextmanager
def no_file_grows(pid: int) -> Iterator[None]:
    """No file of this program grows any more, however much of the disk is free."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
