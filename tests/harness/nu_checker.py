"""The Nu HTML Checker over the pages the tests saw: `make test-full` keeps them, then runs this as a program.

The checker is the W3C's own; it is a Java program, which comes from the npm package of its makers.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "26.9.27"
SHA256 = "22f15dd39a33bed929d2a5c0cddf5946849a647eca9272bf4d5d00bc7e7a4d47"
KEEP_IN = "KEPT_PAGES"
MEMBER = "package/build/dist/vnu.jar"
HOW_TO = (
    "The checker of HTML needs Java and npm, for example: sudo apt-get install default-jre-headless npm\n"
)


def keep(html: str, what: str) -> None:
    """Keep a page for the checker, when the run asks for it: one of each kind and language.

    `what` is its status, method and path, whatever the numbers in the path.
    """
    folder = os.environ.get(KEEP_IN)
    if not folder:
        return
    [language] = re.findall(r'<html lang="([a-z-]+)"', html)
    if "<ruby" in html:
        language = f"{language}, easy"
    status, _, rest = what.partition(" ")
    kind = f"{status} {re.sub(r'[0-9A-Za-z_-]{12,}|[0-9]+', '0', rest)} ({language})"
    name = hashlib.sha256(kind.encode()).hexdigest()[:16]
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{name}.html").write_text(html, encoding="utf-8")
    (place / f"{name}.txt").write_text(kind, encoding="utf-8")


def checker() -> Path:
    """The checker's program, fetched once and compared with the checksum above."""
    jar = Path(os.environ["VIRTUAL_ENV"]) / f"vnu-{VERSION}.jar"
    if not jar.exists():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                ["npm", "pack", "--silent", f"vnu-jar@{VERSION}"],
                cwd=folder,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            [packed] = Path(folder).glob("*.tgz")
            with tarfile.open(packed) as archive:
                found = archive.extractfile(MEMBER)
                content = found.read() if found else b""
        if hashlib.sha256(content).hexdigest() != SHA256:
            raise RuntimeError("The checker of HTML is not the one these tests were written with.")
        jar.write_bytes(content)
    return jar


def install() -> bool:
    """Get Java and npm from the system's packages where they are missing."""
    if shutil.which("java") and shutil.which("npm"):
        return True
    if not shutil.which("apt-get"):
        return False
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "default-jre-headless", "npm"],
    ):
        try:
            subprocess.run([*as_root, *command], check=True, env=environment, stdout=subprocess.DEVNULL)
        except (FileNotFoundError, subprocess.CalledProcessError):
            return False
    return True


def main() -> int:
    folder = Path(os.environ[KEEP_IN])
    if not install():
        sys.stderr.write(HOW_TO)
        return 1
    pages = sorted(folder.glob("*.html"))
    done = subprocess.run(
        ["java", "-jar", checker(), "--format", "json", "--exit-zero-always", *pages],
        check=True,
        capture_output=True,
        text=True,
    )
    faults = [
        f"{Path(each['url']).with_suffix('.txt').name}: {each['message']}: {each.get('extract', '').strip()}"
        for each in json.loads(done.stderr)["messages"]
        if each["type"] == "error"
    ]
    for each in faults:
        name, rest = each.split(":", 1)
        sys.stderr.write(f"{(folder / name).read_text(encoding='utf-8')}:{rest}\n")
    sys.stdout.write(f"{len(pages)} pages, {len(faults)} errors\n")
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
