"""What an operator copies and types works with this version: every command, option and setting named there exists."""

import configparser
import re
import shlex
from pathlib import Path

import pytest

from meyasubako import cli
from meyasubako.cli import answering
from meyasubako.core.settings import DESCRIPTIONS, Settings, read_settings
from tests.house.source import ROOT

DEPLOY = ROOT / "meyasubako" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
PROGRAM = "/opt/meyasubako/.venv/bin/meyasubako"
INSTANCE = {"%i": "staff", "${PORT}": "8001", "${METRICS}": "127.0.0.1:9465"}


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def parse(command: str) -> None:
    """Raises SystemExit where the command line would be refused."""
    words = shlex.split(command)
    cli.parser(words[0]).parse_args(words)


def settings_of_example() -> Settings:
    lines = text("meyasubako.env").replace("\n# MEYASUBAKO_", "\nMEYASUBAKO_").splitlines()
    given = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return read_settings({name: shlex.split(value)[0] for name, _, value in given})


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_begin_commands_that_are_there(unit: Path) -> None:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(unit.read_text(encoding="utf-8"))
    program, _, command = read["Service"]["ExecStart"].partition(" ")
    assert program == PROGRAM
    for name, value in INSTANCE.items():
        command = command.replace(name, value)
    parse(command)
    assert read["Service"]["User"] == "meyasubako"
    assert read["Service"]["EnvironmentFile"].startswith("/etc/meyasubako/")


def test_the_runbook_names_commands_and_settings_that_are_there() -> None:
    runbook = text("README.md")
    typed = re.findall(r"(?:^ *|`)meyasubako ([a-z][^`\n]*)", runbook, re.MULTILINE)
    refused = []
    for command in typed:
        try:
            # What is only named (staff add) is followed by what its help would be.
            parse(command if not command.endswith("staff add") else f"{command} --help")
        except SystemExit as left:
            if left.code:
                refused.append(command)
    assert (len(typed) > 15, refused) == (True, [])
    assert set(re.findall(r"MEYASUBAKO_[A-Z_]+", runbook)) - set(DESCRIPTIONS) == set()
    table = (
        (ROOT / "README.md").read_text(encoding="utf-8").partition("| 設定 | 意味 |")[2].partition("\n\n")[0]
    )
    assert set(re.findall(r"MEYASUBAKO_[A-Z_]+", table)) == set(DESCRIPTIONS)
    for name in re.findall(r"`((?:meyasubako|nginx)[@\w.-]*\.(?:service|env|sh|conf))`", runbook):
        assert (DEPLOY / name).is_file(), name


def test_the_runbook_names_figures_that_are_told() -> None:
    told = (ROOT / "meyasubako" / "metrics.py").read_text(encoding="utf-8")
    for name in set(re.findall(r"meyasubako_([a-z_]+)", text("README.md"))):
        assert name.removesuffix("_total") in told or name.removeprefix("cases_") in told, name


def test_the_example_of_settings_is_one_that_can_be_used() -> None:
    settings = settings_of_example()
    assert settings.public_url == "https://voice.example.lg.jp"
    assert settings.staff_url == "https://voice-staff.example.lg.jp"
    assert settings.database.startswith("postgresql://")


def test_proxies_let_through_what_the_service_takes() -> None:
    settings = settings_of_example()
    megabytes = -(-settings.files_body_limit // 1024**2)
    assert f"max_size {megabytes}MB" in text("Caddyfile")
    for name in ("nginx.conf", "nginx-staff.conf", "Caddyfile"):
        assert text(name).count("{") == text(name).count("}")
    for name in ("nginx.conf", "nginx-staff.conf"):
        assert f"client_max_body_size {megabytes}m;" in text(name)
        assert text(name).count("proxy_pass") == text(name).count("X-Forwarded-For $proxy_add")


def test_commands_find_at_home_what_the_service_finds_there() -> None:
    """PostgreSQL's .pgpass and .postgresql: with the home of root, nobody but root could look for them."""
    home = configparser.ConfigParser(interpolation=None, strict=False)
    home.read_string(text("meyasubako.service"))
    assert f"export HOME={home['Service']['WorkingDirectory']}" in text("meyasubako.sh")


def test_proxies_let_go_of_a_connection_before_the_service_does() -> None:
    kept = re.findall(r"^\s*keepalive_timeout (\d+)s;$", text("nginx.conf"), re.MULTILINE)
    assert len(kept) == text("nginx.conf").count("upstream meyasubako {") == 1
    of_caddy = re.findall(r"^\s*keepalive (\d+)s$", text("Caddyfile"), re.MULTILINE)
    assert len(of_caddy) == text("Caddyfile").count("reverse_proxy ") == 2
    assert all(int(each) + 10 < answering.KEEP_SECONDS for each in kept + of_caddy)


def test_the_container_holds_what_is_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text("Containerfile"), re.MULTILINE)
    assert [name for line in copied for name in line.split() if not (ROOT / name).exists()] == []
    command = re.search(r"^CMD \[(.+)\]$", text("Containerfile"), re.MULTILINE)
    assert command
    parse(command[1].replace('", "', " ").strip('"'))
