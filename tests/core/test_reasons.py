"""Why something did not answer is said in words, however deep the cause lies, and never in the words of a server."""

import errno
import socket
import sqlite3
import ssl

import pytest

from meyasubako.core.reasons import in_words


def of_postgresql(state: str) -> Exception:
    error = Exception("password authentication failed for user sato")
    error.sqlstate = state  # type: ignore[attr-defined]
    return error


def of_sqlite(code: int) -> Exception:
    error = sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (of_postgresql("28P01"), "パスワードが違うか"),
        (of_postgresql("3D000"), "データベースがありません"),
        (of_postgresql("42501"), "権限がありません"),
        (of_sqlite(13), "ディスクがいっぱいです"),
        (of_sqlite(14 | 6 << 8), "開けません"),
        (socket.gaierror(-2, "Name or service not known"), "見つかりません（DNS）"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "待っているものがありません"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "道がありません"),
        (TimeoutError(), "時間のうちに"),
        (ssl.SSLCertVerificationError(1, "self-signed certificate"), "証明書を確かめられません"),
        (ssl.SSLEOFError(8, "EOF"), "暗号（TLS）"),
        (PermissionError(errno.EACCES, "Permission denied", "/srv/.pgpass"), "/srv/.pgpass を開く権限"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "切れました"),
    ],
)
def test_what_is_known_is_said_in_words(error: Exception, words: str) -> None:
    outer = ConnectionError("All attempts failed")
    outer.__cause__ = error
    assert words in in_words(outer)


def test_what_is_not_known_is_said_by_its_kind() -> None:
    assert in_words(of_postgresql("XX000")) == "Exception"
    assert in_words(KeyError("sato"), otherwise="断られました") == "断られました"
