"""Files of others are what they were when they were taken in, and their licence lies beside them."""

import hashlib
from pathlib import Path

import pytest

from tests.house.source import ROOT

MANIFEST = "SHA256SUMS"
FOLDERS = (ROOT / "static" / "vendor", ROOT / "tests" / "vendor")
PACKAGES = sorted(path for folder in FOLDERS for path in folder.iterdir() if path.is_dir())


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_vendored_files_are_those_of_the_manifest(package: Path) -> None:
    lines = (package / MANIFEST).read_text(encoding="utf-8").splitlines()
    expected = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    actual = {
        path.relative_to(package).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in package.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }
    assert actual == expected


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_vendored_package_has_its_licence_beside_it(package: Path) -> None:
    assert list(package.glob("LICENSE*"))


def test_vendored_files_lie_in_a_package_of_their_own() -> None:
    assert [path for folder in FOLDERS for path in folder.iterdir() if path.is_file()] == []
