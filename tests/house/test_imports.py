"""Imports only go down, and every module has its place: the contracts stand in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

from tests.house.source import ROOT


def test_the_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", "pyproject.toml"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
