"""The command line as an operator uses it: real processes, a real folder, sentences instead of traces."""

import asyncio
import csv
import io
import json
import os
import sqlite3
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from meyasubako.casework import desks
from meyasubako.cli import main
from meyasubako.cli.listening import address_to_open
from meyasubako.core.vocabulary import Channel
from meyasubako.store.database import Database
from tests.casework.tally_desk import receive
from tests.harness.server import address_of, listening_socket

DESKS = Path(__file__).parents[1] / "meyasubako" / "desks"


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Operator:
    """Somebody at a shell, with an installation of their own."""

    data: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str, typed: str = "") -> Run:
        """One command to its end, as `meyasubako` begins it."""
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        try:
            code = main(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
        said = self.capsys.readouterr()
        return Run(code, said.out, said.err)

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        """A command that goes on, in a process of its own."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "meyasubako.cli",
            *arguments,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    for name in [name for name in os.environ if name.startswith("MEYASUBAKO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MEYASUBAKO_DATA", str(tmp_path / "var"))
    # All callers of a test come from one address.
    for name in ("SUBMISSIONS_PER_HOUR", "PROOF_FROM_NETWORK", "PROOF_FROM_DESK"):
        monkeypatch.setenv(f"MEYASUBAKO_{name}", "100000")
    return Operator(tmp_path / "var", monkeypatch, capsys)


def test_from_nothing_to_a_desk_with_staff(operator: Operator) -> None:
    early = operator.run("staff", "list")
    assert early.code == 1
    assert "meyasubako migrate" in early.err
    assert (operator.run("migrate")).code == 0
    assert (operator.run("migrate")).code == 0
    assert (operator.data / "secret").stat().st_mode & 0o077 == 0

    files = [str(path) for path in sorted(DESKS.glob("*.toml"))]
    first = operator.run("desks", "apply", *files)
    assert first.code == 0
    assert "窓口「みえDXセンター」を作りました。" in first.out
    again = operator.run("desks", "apply", *files)
    assert again.out.count("変わったところはありません。") == 2
    assert "mie-dx-center\tみえDXセンター" in (operator.run("desks", "list")).out
    written = operator.data.parent / "written.toml"
    written.write_text(operator.run("desks", "export", "mie-dx-center").out, encoding="utf-8")
    assert "間違いはありません" in operator.run("desks", "check", str(written)).out
    assert "変わったところはありません。" in operator.run("desks", "apply", str(written)).out
    assert "職員の画面で改めたことはありません" in operator.run("desks", "show", "mie-dx-center").out
    assert operator.run("desks", "export", "nowhere").code == 1
    sheet = operator.data.parent / "form.pdf"
    printed = operator.run("desks", "form", "mie-dx-center", "--output", str(sheet))
    assert "http://127.0.0.1:8000/desks/mie-dx-center/new" in printed.out
    assert sheet.read_bytes().startswith(b"%PDF-")
    assert operator.run("desks", "form", "nowhere", "--output", str(sheet)).code == 1
    nowhere = operator.run("desks", "form", "mie-dx-center", "--output", str(sheet / "form.pdf"))
    assert (nowhere.code, "書き出せません" in nowhere.err) == (1, True)

    added = operator.run(
        "staff",
        "add",
        "yamada",
        "--name",
        "サンプル山田",
        "--role",
        "mie-dx-center=clerk",
        "--mail",
        "yamada@example.jp",
        "--password-stdin",
        typed="a long enough one\n",
    )
    assert added.code == 0, added.err
    assert (operator.run("staff", "grant", "yamada", "toyama-meyasubako=viewer")).code == 0
    listed = (operator.run("staff", "list")).out
    assert "yamada\tサンプル山田\t" in listed
    assert "mie-dx-center=clerk" in listed
    assert "toyama-meyasubako=viewer\tyamada@example.jp" in listed
    assert operator.run("staff", "mail", "yamada").code == 0
    assert "@" not in operator.run("staff", "list").out

    tally = operator.run(
        "tally", "mie-dx-center", "--from", "2022-04", "--to", "令和4年5月", "--format", "json"
    )
    assert json.loads(tally.out)["desk"] == "mie-dx-center"
    assert json.loads(tally.out)["as_of"] is not None
    rows = list(
        csv.DictReader(
            io.StringIO(
                (operator.run("tally", "mie-dx-center", "--from", "2022-05", "--to", "2022-05")).out.lstrip(
                    "\ufeff"
                )
            )
        )
    )
    assert {row["value"] for row in rows} == {"0"}
    # A form says the same on the screen and in a file.
    assert "monthly\t月次報告\t月" in operator.run("tally-forms", "list", "mie-dx-center").out
    form = ("tally", "mie-dx-center", "--form", "monthly", "--month", "2022-05")
    assert json.loads(operator.run(*form, "--format", "json").out)["title"] == "月次報告"
    written = operator.data / "monthly.xlsx"
    assert "Excel" in operator.run(*form, "--format", "xlsx").err
    assert "令和4年5月" in operator.run(*form, "--format", "xlsx", "--output", str(written)).out
    assert written.stat().st_size > 1000
    unknown = operator.run(*form[:3], "weekly", *form[4:]).err
    assert "様式「weekly」はありません。記号は、meyasubako tally-forms list mie-dx-center の1列め" in unknown


def test_indicators_come_in_and_go_out(operator: Operator, tmp_path: Path) -> None:
    operator.run("migrate")
    operator.run("desks", "apply", str(DESKS / "mie-dx-center.toml"))
    shipped = operator.run("indicators", "files").out.split()
    assert [Path(name).stem for name in shipped] == ["fukushima", "ishikawa", "mie", "tokushima"]
    desk = "mie-dx-center"
    assert "指標を13個加え、0個を改め、59年度分" in operator.run("indicators", "load", desk, shipped[-1]).out
    listed = operator.run("indicators", "list", desk, "--year", "R3").out
    assert "職員向けデジタル研修受講者数\t660人\t780人\t達成" in listed
    for ending in ("csv", "xlsx", "toml"):
        written = str(tmp_path / f"indicators.{ending}")
        assert operator.run("indicators", "export", desk, written).code == 0
    assert "変わったところはありません" in operator.run("indicators", "load", desk, written).out
    Path(written).write_text('[[indicators]]\ncode = "a"\n', encoding="utf-8")
    refused = operator.run("indicators", "load", desk, written)
    assert (refused.code, f"{written}:1: indicators[0].label: " in refused.err) == (1, True)


def test_the_directory_goes_out_and_comes_in(operator: Operator, tmp_path: Path) -> None:
    operator.run("migrate")
    operator.run("desks", "apply", str(DESKS / "mie-dx-center.toml"))
    file = tmp_path / "directory.csv"
    file.write_text("種類,名前\nパートナー,サンプル株式会社\n", encoding="cp932")
    looked = operator.run("directory", "import", "mie-dx-center", str(file)).out
    assert ("2行め\t新しい\tサンプル株式会社" in looked, "まだ取り入れていません" in looked) == (True, True)
    assert "新しく1件を加え" in operator.run("directory", "import", "mie-dx-center", str(file), "--yes").out
    for name in ("directory.csv", "directory.xlsx"):
        written = str(tmp_path / name)
        operator.run("directory", "export", "mie-dx-center", written)
        assert "変わるところはありません" in operator.run("directory", "import", "mie-dx-center", written).out
    assert "サンプル株式会社" in operator.run("directory", "list", "mie-dx-center").out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("desks", "check", "nowhere.toml"), "nowhere.toml を UTF-8 の文字として読めません。"),
        (("staff", "grant", "nobody", "mie-dx-center=clerk"), "この利用者IDの職員はいません。"),
        (
            ("staff", "grant", "nobody", "mie-dx-center=boss"),
            "役割は viewer、clerk、coordinator、admin のどれかです。",
        ),
        (("tally", "nowhere", "--from", "2022-05", "--to", "2022-05"), "この窓口は見つかりませんでした。"),
        (("tally", "nowhere"), "--from"),
    ],
)
def test_a_refusal_is_a_sentence(operator: Operator, arguments: tuple[str, ...], sentence: str) -> None:
    operator.run("migrate")
    refused = operator.run(*arguments)
    assert refused.code == 1
    assert sentence in refused.err or (sentence == "--from" and "2026-06 のような形" in refused.err)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("serv",), "meyasubako: コマンド に 'serv' は選べません。'serve', "),
        ((), "meyasubako: コマンド を書いてください。"),
        (("staff", "add"), "meyasubako staff add: 利用者ID, --name を書いてください。"),
        (("serve", "--prot", "1"), "--prot 1 という引数はありません。"),
        (("serve", "--p", "1"), "--p は、--port, --processes のどれのことか分かりません。"),
        (("serve", "--port"), "--port のあとに、値を書いてください。"),
        (("desks", "check"), "ファイル を書いてください。"),
        (("serve", "--port", "eighty"), "--port の 'eighty' は、数ではありません。"),
        (("serve", "--no-deliver=yes"), "--no-deliver に、値（'yes'）は書けません。"),
        (("serve", "--only", "all"), "--only に 'all' は選べません。'public', 'staff' のどれかを"),
        (("tally", "mie-dx-center", "--month", "2026-99"), "--month：「2026-99」は月ではありません。"),
    ],
)
def test_a_command_line_that_cannot_be_read_is_told_in_japanese(
    operator: Operator, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = operator.run(*arguments)
    assert refused.code == 2
    assert sentence in refused.err
    assert "argument" not in refused.err
    assert "error" not in refused.err


def test_check_names_line_and_key_of_every_mistake(operator: Operator, tmp_path: Path) -> None:
    text = (DESKS / "mie-dx-center.toml").read_text(encoding="utf-8")
    broken = tmp_path / "broken.toml"
    broken.write_text(
        text.replace("meeting_quota = 3", "meeting_quota = 0\nmeting_quota = 3"), encoding="utf-8"
    )
    line = broken.read_text(encoding="utf-8").splitlines().index("meeting_quota = 0") + 1
    checked = operator.run("desks", "check", str(broken), str(DESKS / "mie-dx-center.toml"))
    assert checked.code == 1
    assert f"{broken}:{line}: meeting_quota:" in checked.err
    assert f"{broken}:{line + 1}: meting_quota:" in checked.err
    assert "mie-dx-center.toml: 間違いはありません" in checked.out


COMMANDS = [
    "",
    *(
        "serve",
        "migrate",
        "demo",
        "deliver",
        "close",
        "open",
        "desks",
        "staff",
        "directory",
        "tally",
        "tally-forms",
        "search",
    ),
    *(f"desks {action}" for action in ("check", "apply", "list", "show", "export", "files", "form")),
    *(
        f"staff {action}"
        for action in ("add", "password", "mail", "grant", "revoke", "sign-out", "deactivate", "list")
    ),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches(operator: Operator, command: str) -> None:
    taught = operator.run(*command.split(), "--help")
    assert taught.code == 0
    usage, described = taught.out.split("\n\n", 2)[:2]
    assert usage.startswith("使い方: meyasubako")
    assert any("ぁ" <= symbol <= "ん" for symbol in described)
    assert not [word for word in ("positional", "options:", "show this") if word in taught.out]


def test_closing_and_opening(operator: Operator) -> None:
    assert operator.run("close").code == 1
    assert operator.run("migrate").code == 0
    closed = operator.run("close", "--until", "2099-12-01T09:00", "--message", "入れ替え中です。")
    assert (closed.code, closed.out) == (0, "令和81年12月1日 9時00分まで、受付を止めます。\n")
    written = json.loads((operator.data / "closed.json").read_text(encoding="utf-8"))
    assert written == {"until": "2099-12-01T09:00:00+09:00", "message": "入れ替え中です。", "all": False}
    assert "open を実行するまで、すべての画面を止めます。" in operator.run("close", "--all").out
    assert operator.run("open").out == "受付を始めました。\n"
    assert operator.run("open").out == "受付は止まっていません。\n"
    for wrong, sentence in (("soon", "日時ではありません"), ("2020-01-01T09:00", "これからの日時")):
        refused = operator.run("close", "--until", wrong)
        assert refused.code
        assert sentence in refused.err
    assert not (operator.data / "closed.json").exists()


def test_what_cannot_be_undone_and_what_is_demanded_is_said_beforehand(operator: Operator) -> None:
    assert "元に戻せません" in operator.run("tally", "--help").out
    assert "12文字以上" in operator.run("staff", "add", "--help").out
    assert operator.run("--version").out.startswith("meyasubako ")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("::", "http://127.0.0.1:8123"),
        ("::1", "http://[::1]:8123"),
    ],
)
def test_links_lead_to_where_the_service_listens(host: str, address: str) -> None:
    assert address_to_open(host, 8123) == address


async def test_two_processes_and_64_callers_at_once(operator: Operator) -> None:
    """Every acknowledged receipt is stored once, whichever process took it."""
    # A command runs a loop of its own, which the thread of this test already has.
    await asyncio.to_thread(operator.run, "migrate")
    await asyncio.to_thread(operator.run, "desks", "apply", str(DESKS / "mie-dx-center.toml"))
    processes, addresses = [], []
    for _ in range(2):
        free = listening_socket()
        address = address_of(free)
        free.close()
        addresses.append(address)
        processes.append(await operator.start("serve", "--port", address.rpartition(":")[2], "--no-deliver"))
    try:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=80), timeout=60) as client:
            for address in addresses:
                await _until_it_answers(client, address)

            async def send(number: int) -> httpx.Response:
                body = {
                    "requester_type": "business",
                    "purpose": "information",
                    "title": f"題{number // 2}",
                    "body": f"本文{number // 2}",
                    "name": "サンプル太郎",
                    "reply_wanted": False,
                    "share_consent": False,
                }
                # Every form is sent twice, once to each process.
                headers = {"Idempotency-Key": f"form-{number // 2}"}
                url = f"{addresses[number % 2]}/api/v1/desks/mie-dx-center/receipts"
                return await client.post(url, json=body, headers=headers)

            answers = await asyncio.gather(*(send(number) for number in range(64)))
    finally:
        for process in processes:
            process.terminate()
        ended = await asyncio.gather(*(process.communicate() for process in processes))
    assert [answer.status_code for answer in answers if answer.status_code >= 300] == []
    numbers = [answer.json()["receipt_number"] for answer in answers]
    assert len(set(numbers)) == 32
    assert numbers[0::2] == numbers[1::2]
    with sqlite3.connect(operator.data / "meyasubako.sqlite3") as stored:
        assert stored.execute("SELECT count(*), count(DISTINCT number) FROM receipt").fetchone() == (32, 32)
        assert stored.execute('SELECT count(*) FROM "case"').fetchone() == (32,)
        assert stored.execute("SELECT sum(sign) FROM ledger_entry WHERE measure = 'receipts'").fetchone() == (
            32,
        )
    assert [process.returncode for process in processes] == [0, 0], ended


def test_a_lost_key_is_not_replaced_behind_the_operators_back(operator: Operator) -> None:
    assert operator.run("migrate").code == 0
    assert operator.run("desks", "apply", str(DESKS / "mie-dx-center.toml")).code == 0
    kept = (operator.data / "secret").read_text(encoding="ascii")
    (operator.data / "secret").unlink()
    for arguments in (("migrate",), ("staff", "list")):
        refused = operator.run(*arguments)
        assert refused.code == 1
        assert "控えから戻してください" in refused.err
    assert not (operator.data / "secret").exists()
    (operator.data / "secret").write_text(kept, encoding="ascii")
    assert operator.run("migrate").code == 0


def test_what_an_installation_makes_is_for_its_own_user_only(operator: Operator) -> None:
    operator.run("migrate")
    operator.run("staff", "list")
    made = [operator.data, *operator.data.iterdir()]
    assert {each.name for each in made} >= {"secret", "meyasubako.sqlite3"}
    assert [each.name for each in made if each.stat().st_mode & 0o077] == []


async def _until_it_answers(client: httpx.AsyncClient, address: str) -> None:
    for _ in range(300):
        try:
            if (await client.get(f"{address}/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


async def hand_in(operator: Operator, at: datetime, title: str) -> None:
    """A consultation nobody has looked at yet."""
    database = Database(f"sqlite:///{operator.data / 'meyasubako.sqlite3'}")
    try:
        applied = await database.read(lambda session: desks.find(session, "mie-dx-center"))
        await database.write(lambda session: receive(session, applied, at, Channel.WEB, title=title))
    finally:
        await database.close()


def test_a_month_with_untriaged_cases_is_closed_for_a_reason_only(operator: Operator) -> None:
    operator.run("migrate")
    operator.run("desks", "apply", str(DESKS / "mie-dx-center.toml"))
    asyncio.run(hand_in(operator, datetime(2022, 5, 10, tzinfo=UTC), "まだ見ていない相談"))
    refused = operator.run("tally", "mie-dx-center", "--close", "2022-05")
    assert (refused.code, refused.out) == (1, "")
    assert "\t受付\tまだ見ていない相談\n" in refused.err
    assert "1件あります" in refused.err
    done = operator.run("tally", "mie-dx-center", "--close", "2022-05", "--reason", "確認中")
    assert "令和4年5月を締めました" in done.out
