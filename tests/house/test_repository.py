"""What is kept in the repository works anywhere, is finished, and says the same thing everywhere."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import ROOT

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.$}])/(work|root|home/\w+|Users/\w+|tmp/plan)/")
REGISTRIES = re.compile(
    r"(pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|deb\.debian\.org)"
)
SKIPPING = re.compile(r"(pytest\.(skip|xfail|importorskip)\b|mark\.(skip|skipif|xfail)\b|@unittest\.skip)")
TEST_COMMAND = "make test"


def _texts() -> Iterator[tuple[str, str]]:
    """Every text we wrote: what is or would be committed, without the files of others."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in sorted(filter(None, listed.split("\0"))):
        path = ROOT / name
        if "vendor" in Path(name).parts or path == Path(__file__) or not path.is_file():
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def _lines_with(pattern: re.Pattern[str], *endings: str) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in _texts()
        if not endings or name.endswith(endings)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_unfinished() -> None:
    assert _lines_with(UNFINISHED) == []


def test_no_path_of_one_machine_is_written_down() -> None:
    assert _lines_with(MACHINE_PATHS) == []


def test_no_link_is_kept() -> None:
    """A link leads to where one machine keeps something, and hides from the tests that read files."""
    entries = subprocess.run(
        ["git", "ls-files", "--stage", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    assert [entry for entry in entries if entry.startswith("120000")] == []


def test_no_address_of_a_package_registry_is_written_down() -> None:
    assert _lines_with(REGISTRIES) == []


def test_no_test_is_skipped() -> None:
    assert _lines_with(SKIPPING, ".py") == []


def test_the_readme_and_continuous_integration_name_the_same_test_command() -> None:
    assert TEST_COMMAND in (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [
        line.removeprefix("exec ")
        for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "set ", "cd "))
    ]
    assert commands == [TEST_COMMAND]
    assert re.search(r"^test:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_locks_hold_hashes_for_everything_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        packages = re.findall(r"^[a-z0-9][\w.-]*==", text, re.MULTILINE)
        entries = text.replace("\\\n", " ").splitlines()
        assert len(packages) == len([each for each in entries if "--hash=sha256:" in each])
