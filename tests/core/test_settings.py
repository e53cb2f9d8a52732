"""Settings: what is wrong stops the start with a sentence that names the setting."""

from pathlib import Path

import pytest

from meyasubako.core.errors import WrongSetting
from meyasubako.core.settings import DESCRIPTIONS, read_settings


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
    ("name", "value"),
    [
        ("MEYASUBAKO_DATABASE", "mysql://localhost/box"),
        ("MEYASUBAKO_DATABASE", "postgresql://"),
        ("MEYASUBAKO_PUBLIC_URL", "example.lg.jp"),
        ("MEYASUBAKO_PUBLIC_URL", "https://example.lg.jp/box/"),
        ("MEYASUBAKO_SMTP", "mail.example.jp:25"),
        ("MEYASUBAKO_SMTP", "smtp://"),
        ("MEYASUBAKO_SMTP", "smtp://mail.example.jp:many"),
        ("MEYASUBAKO_MAIL_FROM", "the office"),
        ("MEYASUBAKO_TRUSTED_PROXIES", "localhost"),
        ("MEYASUBAKO_BODY_LIMIT", "a lot"),
        ("MEYASUBAKO_BODY_LIMIT", "10"),
        ("MEYASUBAKO_SUBMISSIONS_PER_HOUR", "0"),
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
