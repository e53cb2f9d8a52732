"""Settings: what is wrong stops the start with a sentence that names the setting."""

from pathlib import Path

import pytest

from meyasubako.core.errors import WrongSetting
from meyasubako.core.settings import DESCRIPTIONS, Clamd, read_settings


def test_with_nothing_set_everything_lies_under_var() -> None:
    settings = read_settings({"HOME": "/nowhere"})
    assert settings.data == Path("var").absolute()
    assert settings.database == f"sqlite:///{Path('var').absolute() / 'meyasubako.sqlite3'}"
    assert settings.smtp is None
    assert settings.public_url == "http://127.0.0.1:8000"
    assert not settings.is_https


def test_a_mail_server_in_one_line() -> None:
    smtp = read_settings({"MEYASUBAKO_SMTP": "smtps://no-reply%40example.jp:p%3Aw@mail.example.jp"}).smtp
    assert smtp is not None
    assert (smtp.host, smtp.port, smtp.security) == ("mail.example.jp", 465, "tls")
    assert (smtp.user, smtp.password) == ("no-reply@example.jp", "p:w")


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("127.0.0.1:3310", Clamd("127.0.0.1", 3310, None)),
        ("[::1]:3310", Clamd("::1", 3310, None)),
        ("/run/clamav/clamd.ctl", Clamd("", 0, Path("/run/clamav/clamd.ctl"))),
        ("", None),
    ],
)
def test_a_virus_scanner_by_port_or_socket(address: str, meant: Clamd | None) -> None:
    assert read_settings({"MEYASUBAKO_CLAMD": address}).clamd == meant


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEYASUBAKO_DATABASE", "mysql://localhost/box"),
        ("MEYASUBAKO_DATABASE", "postgresql://"),
        ("MEYASUBAKO_DATABASE", "postgresql://box@db.example.jp/box?ssl=require&password=hush"),
        ("MEYASUBAKO_PUBLIC_URL", "example.lg.jp"),
        ("MEYASUBAKO_PUBLIC_URL", "https://example.lg.jp/box/"),
        ("MEYASUBAKO_SMTP", "mail.example.jp:25"),
        ("MEYASUBAKO_SMTP", "smtp://"),
        ("MEYASUBAKO_SMTP", "smtp://mail.example.jp:many"),
        ("MEYASUBAKO_MAIL_FROM", "the office"),
        ("MEYASUBAKO_TRUSTED_PROXIES", "localhost"),
        ("MEYASUBAKO_BODY_LIMIT", "a lot"),
        ("MEYASUBAKO_BODY_LIMIT", "10"),
        ("MEYASUBAKO_FILES_MOST", "0"),
        ("MEYASUBAKO_FILE_BYTES", "10MB"),
        ("MEYASUBAKO_CLAMD", "scanner.example.jp"),
        ("MEYASUBAKO_CLAMD", ":3310"),
        ("MEYASUBAKO_CLAMD", "scanner.example.jp:0"),
        ("MEYASUBAKO_SUBMISSIONS_PER_HOUR", "0"),
        ("MEYASUBAKO_PROOF_FROM_NETWORK", "-1"),
        ("MEYASUBAKO_PROOF_FROM_DESK", "many"),
        ("MEYASUBAKO_LEAST_SECONDS", "1.5"),
        ("MEYASUBAKO_LOG_LEVEL", "chatty"),
        ("MEYASUBAKO_DATABSE", "sqlite:///box.sqlite3"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        read_settings({name: value})


def test_every_setting_is_described() -> None:
    text = Path(read_settings.__code__.co_filename).read_text(encoding="utf-8")
    for name in DESCRIPTIONS:
        assert text.count(name) >= 2, name
