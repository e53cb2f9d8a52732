"""Why something the service needs did not answer, in words for whoever runs it. Nothing of what a server says is repeated."""

import errno
import socket
import ssl
from collections.abc import Mapping
from typing import Any, Final

_OF_POSTGRESQL: Final[Mapping[str, str]] = {
    "28": "利用者の名前かパスワードが違うか、この機械から入ることを許していません",
    "3D": "その名前のデータベースがありません",
    "42501": "この利用者にその権限がありません。データベースの持ち主を、この利用者にしてください",
    "25006": "読むことだけができるデータベースです",
    "53100": "データベースの機械のディスクがいっぱいです",
    "53300": "つながりの数がいっぱいです",
    "57P03": "データベースが、始まっている途中か止まる途中です",
}
"""By what SQLSTATE begins with."""

_OF_SQLITE: Final[Mapping[int, str]] = {
    5: "ほかのものが書いている途中です",
    8: "データベースのファイルに書けません。持ち主と権限を確かめてください",
    10: "データベースのファイルを読み書きできません。ディスクを確かめてください",
    13: "ディスクがいっぱいです",
    14: "データベースのファイルを開けません。場所、持ち主、権限を確かめてください",
}

_OF_SYSTEM: Final[Mapping[int, str]] = {
    errno.ECONNREFUSED: "そのアドレスと番号で待っているものがありません",
    errno.EHOSTUNREACH: "そこへつながる道がありません",
    errno.ENETUNREACH: "そこへつながる道がありません",
    errno.EACCES: "権限がありません",
    errno.EPERM: "権限がありません",
    errno.ENOENT: "その場所がありません",
    errno.EISDIR: "ファイルではなく、フォルダです",
    errno.ENOTDIR: "フォルダではありません",
    errno.EROFS: "書き込めないディスクです",
    errno.EIO: "ディスクを読み書きできません",
    errno.EMFILE: "開いているファイルが多すぎます",
    errno.ENOSPC: "ディスクがいっぱいです",
    errno.EDQUOT: "ディスクの割り当てがいっぱいです",
}


def in_words(error: BaseException, otherwise: str = "") -> str:
    """Why, by the error or by what it came from; `otherwise`, or the kind of the error, where there are no words for it."""
    causes = [error]
    while cause := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(cause)
    # What came first says most.
    return next(filter(None, map(_words, reversed(causes))), otherwise or type(error).__name__)


def of_file(error: OSError) -> str:
    """Why a file or folder, which the caller names, cannot be used."""
    return _OF_SYSTEM.get(error.errno or 0) or error.strerror or type(error).__name__


def _words(error: BaseException) -> str:
    of_database: Any = getattr(error, "orig", None) or error
    state: str = getattr(of_database, "sqlstate", None) or ""
    if state:
        return next((words for start, words in _OF_POSTGRESQL.items() if state.startswith(start)), "")
    if code := getattr(of_database, "sqlite_errorcode", None):
        return _OF_SQLITE.get(code & 0xFF, "")
    match error:
        case ssl.SSLCertVerificationError():
            return "証明書を確かめられません。名前、期限、認証局を確かめてください"
        case ssl.SSLError():
            return "暗号（TLS）でつながりません"
        case socket.gaierror():
            return "その名前の機械が見つかりません（DNS）"
        case TimeoutError():
            return "時間のうちに答えません"
        case PermissionError(filename=str(name)):
            return f"{name} を開く権限がありません"
        case OSError(errno=int(number)) if number in _OF_SYSTEM:
            return _OF_SYSTEM[number]
        case ConnectionError():
            return "つながりが切れました"
    return ""
