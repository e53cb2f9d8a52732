"""Every benchmark, one after another: `make bench`, or `python -m tests.bench [NAME …]` for some of them.

What was found goes to .cache/bench as JSON lines and is printed as tables in the end. Ends with 1 when one of them found that
something is too slow.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from tests.bench import lines

FOLDER: Final = Path(".cache/bench")
BENCHES: Final = {
    "submissions": (),
    "flood": (),
    "lists": (),
    "pages": (),
    "search": (),
    "similar": (),
    "tallies": ("--kept-only",),
    "report": (),
    "start": (),
    "candidates": (),
    "soundness": ("--cases", "10000"),
}
"""By the name of the module, with what it is told."""


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all without one")
    names = parser.parse_args().names or [*BENCHES]
    if unknown := [name for name in names if name not in BENCHES]:
        parser.error(f"there is no benchmark {unknown[0]}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
    path.touch()
    environment = {**os.environ, lines.FILE: str(path)}
    on = lines.machine()
    slow = []
    for name in names:
        command = [sys.executable, "-m", f"tests.bench.{name}", *BENCHES[name]]
        if subprocess.run(command, env=environment, check=False).returncode:
            slow.append(name)
    print(f"\n{on}\n\n{lines.tables(lines.read(path))}\n{path}")
    if slow:
        print(f"Too slow, or broken: {', '.join(slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
