"""The settings of an installation, read once from the environment; a wrong one stops the start with a sentence."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from meyasubako.core.chat import Chat, read_chats
from meyasubako.core.errors import WrongSetting
from meyasubako.core.mail_address import LONGEST_LOCAL, MailIn

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*[+=_-]")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server: `smtp://` (STARTTLS when offered), `smtps://` (TLS from the start), `smtp+plain://` (never TLS).

    With a user, `smtp://` insists on TLS, so that the password never travels in the clear.
    """

    host: str
    port: int
    security: str
    user: str | None
    password: str | None


@dataclass(frozen=True, slots=True)
class Imap:
    """A mailbox: `imaps://` (TLS from the start), `imap://` (STARTTLS), `imap+plain://` (never TLS).

    `done` is the folder mails go to once they are stored; "" leaves them where they are, seen.
    """

    host: str
    port: int
    security: str
    user: str
    password: str
    folder: str
    done: str


@dataclass(frozen=True, slots=True)
class Clamd:
    """Where the virus scanner listens: a host and port, or a socket of this machine."""

    host: str
    port: int
    socket: Path | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of an S3-compatible store, or the part of one below a prefix.

    Without a key the machine's own role says who we are.
    """

    endpoint: str
    name: str
    prefix: str
    key_id: str
    key: str
    region: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations."""

    database: str
    database_read: str
    data: Path
    secret_file: Path
    public_url: str
    staff_url: str
    smtp: Smtp | None
    mail_from: str
    mail_in: MailIn | None
    mail_in_desk: str
    mail_bytes: int
    imap: Imap | None
    chats: Mapping[str, Chat]
    trusted_proxies: tuple[Network, ...]
    body_limit: int
    bucket: Bucket | None
    files_most: int
    file_bytes: int
    clamd: Clamd | None
    submissions_per_hour: int
    proof_from_network: int
    proof_from_desk: int
    least_seconds: int
    log_level: str
    backup: Path | None

    @property
    def is_https(self) -> bool:
        """Whether people reach the service over TLS; cookies and HSTS follow it."""
        return self.public_url.startswith("https://")

    @property
    def files_folder(self) -> Path:
        """Where files lie that people hand in, or only while they arrive if there is a bucket."""
        return self.data / "files"

    @property
    def files_body_limit(self) -> int:
        """The most that is read of a form with files: twice what is kept, so that one file too large loses no text."""
        return self.body_limit + 2 * self.files_most * self.file_bytes

    @property
    def host(self) -> str:
        """The host people type."""
        return urlsplit(self.public_url).hostname or "localhost"


DESCRIPTIONS: Mapping[str, str] = {
    "MEYASUBAKO_DATA": "データを置くフォルダ。既定は var",
    "MEYASUBAKO_DATABASE": "データベース。既定は MEYASUBAKO_DATA の meyasubako.sqlite3。"
    "postgresql://利用者:パスワード@ホスト/名前 も使えます",
    "MEYASUBAKO_DATABASE_READ": "統計、集計、書き出しを読む2台めの PostgreSQL（ストリーミングレプリケーションの写し）。"
    "postgresql://… の形で。遅れているときと答えないときは、MEYASUBAKO_DATABASE から読みます。無ければ使いません",
    "MEYASUBAKO_SECRET_FILE": "合言葉とリンクの鍵のファイル。既定は MEYASUBAKO_DATA の secret。"
    "はじめての migrate が作ります。必ず控えをとってください",
    "MEYASUBAKO_PUBLIC_URL": "利用者が開くアドレス。既定は http://127.0.0.1:8000",
    "MEYASUBAKO_STAFF_URL": "職員が開くアドレス。serve --only で職員の画面を別のアドレスに分けるときに書きます。"
    "既定は MEYASUBAKO_PUBLIC_URL",
    "MEYASUBAKO_SMTP": "メールサーバー。smtp://ホスト:25、smtps://利用者:パスワード@ホスト:465 など。無ければ var/mail に .eml で置きます",
    "MEYASUBAKO_MAIL_FROM": "差出人のアドレス。既定は no-reply@（公開アドレスのホスト）",
    "MEYASUBAKO_MAIL_IN": "返信を受けるアドレス。voice@example.lg.jp のように書くと、お知らせの返信先が voice+…@example.lg.jp になり、"
    "返信が案件の追記になります。記号を選ぶときは voice-*@example.lg.jp のように書きます。無ければ返信は窓口のアドレスへ行きます",
    "MEYASUBAKO_MAIL_IN_DESK": "どの窓口あてか分からないメールを受ける窓口の記号。既定は、はじめに作った窓口",
    "MEYASUBAKO_MAIL_BYTES": "受けるメール1通の大きさ（バイト）。超えるものは、はじめの部分だけを残します。既定は 33554432（32MB）",
    "MEYASUBAKO_IMAP": "メールを受ける郵便受け（IMAP）。imaps://利用者:パスワード@ホスト:993/INBOX のように。無ければ取りに行きません",
    "MEYASUBAKO_IMAP_DONE": "保存したメールを移すフォルダ。無ければ移さず、既読にします",
    "MEYASUBAKO_CHAT": "窓口のチャット。窓口の記号=種類:https://… を空白で区切って。種類は slack、teams、logo。"
    "アドレスを知る人はだれでも書き込めるので、人に見えないところに置いてください。無ければ書きません",
    "MEYASUBAKO_TRUSTED_PROXIES": "前に置く代理サーバーの網。127.0.0.1/32,10.0.0.0/8 のように。無ければ転送元の見出しを信じません",
    "MEYASUBAKO_BODY_LIMIT": "1回に送れる大きさ（バイト）。既定は 262144。ファイルは別に数えます",
    "MEYASUBAKO_FILES": "ファイルを置く S3 互換の保管庫。s3://鍵の名前:鍵@ホスト/バケット/置き場所 のように。"
    "暗号化していない庁内の保管庫は s3+plain://。地域は ?region=ap-northeast-1 のように書きます。"
    "鍵を書かなければ、機械に与えた役割を使います。無ければ MEYASUBAKO_DATA の files フォルダに置きます",
    "MEYASUBAKO_FILES_MOST": "1つの受付に付けられるファイルの数。既定は 5",
    "MEYASUBAKO_FILE_BYTES": "ファイル1つの大きさ（バイト）。既定は 10485760（10MB）",
    "MEYASUBAKO_CLAMD": "ウイルスを調べる ClamAV（clamd）。127.0.0.1:3310 か /run/clamav/clamd.ctl のように。無ければ調べません",
    "MEYASUBAKO_SUBMISSIONS_PER_HOUR": "1つの接続元から1時間に受ける投稿の数。既定は 30",
    "MEYASUBAKO_PROOF_FROM_NETWORK": "1つの接続元からの投稿が1時間にこの数を超えると、機械でないことを画面が自動で確かめ、"
    "確かめられないものは「確かめ待ち」で受け付けます。0 ならいつも確かめます。既定は 10",
    "MEYASUBAKO_PROOF_FROM_DESK": "1つの窓口への投稿が1時間にこの数を超えたときも、同じようにします。既定は 60",
    "MEYASUBAKO_LEAST_SECONDS": "入力画面を開いてから、この秒数より早く送られたものは、機械からかもしれないので"
    "「確かめ待ち」で受け付けます。0 なら確かめません。既定は 3",
    "MEYASUBAKO_BACKUP": "控えを置くフォルダ。backup と restore が使い、doctor が新しさを確かめます。データとは別のディスクにしてください",
    "MEYASUBAKO_LOG_LEVEL": "記録の細かさ。debug info warning error。既定は info",
}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings. Raises WrongSetting naming the first one that cannot be used."""
    unknown = sorted(name for name in environ if name.startswith("MEYASUBAKO_") and name not in DESCRIPTIONS)
    if unknown:
        raise WrongSetting(f"{unknown[0]} という設定はありません。綴りを確かめてください。")
    data = Path(environ.get("MEYASUBAKO_DATA") or "var").absolute()
    public_url = _address(
        "MEYASUBAKO_PUBLIC_URL", environ.get("MEYASUBAKO_PUBLIC_URL") or "http://127.0.0.1:8000"
    )
    staff_url = _address("MEYASUBAKO_STAFF_URL", environ.get("MEYASUBAKO_STAFF_URL") or public_url)
    if urlsplit(staff_url).scheme != urlsplit(public_url).scheme:
        # Cookies and HSTS are told once for the whole installation.
        raise WrongSetting(
            "MEYASUBAKO_STAFF_URL と MEYASUBAKO_PUBLIC_URL は、両方を https:// で始めてください（試すときは両方を http:// で）。"
        )
    host = urlsplit(public_url).hostname or "localhost"
    database = _database(environ.get("MEYASUBAKO_DATABASE") or "", data)
    return Settings(
        database=database,
        database_read=_database_read(environ.get("MEYASUBAKO_DATABASE_READ") or "", database),
        data=data,
        secret_file=Path(environ.get("MEYASUBAKO_SECRET_FILE") or data / "secret").absolute(),
        public_url=public_url,
        staff_url=staff_url,
        smtp=_smtp(environ.get("MEYASUBAKO_SMTP") or ""),
        mail_from=_mail_from(environ.get("MEYASUBAKO_MAIL_FROM") or f"no-reply@{host}"),
        mail_in=_mail_in(environ.get("MEYASUBAKO_MAIL_IN") or ""),
        mail_in_desk=(environ.get("MEYASUBAKO_MAIL_IN_DESK") or "").strip(),
        mail_bytes=_whole(environ, "MEYASUBAKO_MAIL_BYTES", 32 * 1024 * 1024, least=65_536),
        imap=_imap(environ.get("MEYASUBAKO_IMAP") or "", environ.get("MEYASUBAKO_IMAP_DONE") or ""),
        chats=read_chats(environ.get("MEYASUBAKO_CHAT") or ""),
        trusted_proxies=_networks(environ.get("MEYASUBAKO_TRUSTED_PROXIES") or ""),
        body_limit=_whole(environ, "MEYASUBAKO_BODY_LIMIT", 262_144, least=16_384),
        bucket=_bucket(environ.get("MEYASUBAKO_FILES") or ""),
        files_most=_whole(environ, "MEYASUBAKO_FILES_MOST", 5, least=1),
        file_bytes=_whole(environ, "MEYASUBAKO_FILE_BYTES", 10 * 1024 * 1024, least=65_536),
        clamd=_clamd(environ.get("MEYASUBAKO_CLAMD") or ""),
        submissions_per_hour=_whole(environ, "MEYASUBAKO_SUBMISSIONS_PER_HOUR", 30, least=1),
        proof_from_network=_whole(environ, "MEYASUBAKO_PROOF_FROM_NETWORK", 10, least=0),
        proof_from_desk=_whole(environ, "MEYASUBAKO_PROOF_FROM_DESK", 60, least=0),
        least_seconds=_whole(environ, "MEYASUBAKO_LEAST_SECONDS", 3, least=0),
        log_level=_log_level(environ.get("MEYASUBAKO_LOG_LEVEL") or "info"),
        backup=Path(folder).absolute() if (folder := environ.get("MEYASUBAKO_BACKUP")) else None,
    )


def _database(url: str, data: Path) -> str:
    if not url:
        return f"sqlite:///{data / 'meyasubako.sqlite3'}"
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"sqlite", "postgresql"} or not rest.strip("/"):
        raise WrongSetting(
            "MEYASUBAKO_DATABASE は sqlite:///ファイル か postgresql://ホスト/名前 の形で書いてください。"
        )
    _refuse_open_password("MEYASUBAKO_DATABASE", url)
    return url


def _database_read(url: str, database: str) -> str:
    if url and not (url.startswith("postgresql://") and database.startswith("postgresql://")):
        raise WrongSetting(
            "MEYASUBAKO_DATABASE_READ は、MEYASUBAKO_DATABASE が PostgreSQL のときに、"
            "postgresql://ホスト/名前 の形で書いてください。"
        )
    _refuse_open_password("MEYASUBAKO_DATABASE_READ", url)
    return url


def _refuse_open_password(name: str, url: str) -> None:
    """A password among the options would be printed with them, and shown in the list of processes."""
    if "password" in dict(parse_qsl(url.partition("?")[2], keep_blank_values=True)):
        raise WrongSetting(
            f"{name} のパスワードは、postgresql://利用者:パスワード@ホスト/名前 の形で書いてください。"
        )


def _address(name: str, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise WrongSetting(f"{name} は https://example.lg.jp のように、末尾のパスなしで書いてください。")
    return url.rstrip("/")


def _smtp(url: str) -> Smtp | None:
    if not url:
        return None
    securities = {"smtp": ("starttls", 25), "smtps": ("tls", 465), "smtp+plain": ("plain", 25)}
    try:
        parts = urlsplit(url)
        security, port = securities[parts.scheme]
        if not parts.hostname:
            raise ValueError(url)
        port = parts.port or port
    except (KeyError, ValueError):
        raise WrongSetting(
            "MEYASUBAKO_SMTP は smtp://ホスト:25 か smtps://利用者:パスワード@ホスト:465 の形で書いてください。"
        ) from None
    # A user is often a whole address, whose @ can only be written as %40 here.
    user, password = (None if each is None else unquote(each) for each in (parts.username, parts.password))
    return Smtp(parts.hostname, port, security, user, password)


def _imap(url: str, done: str) -> Imap | None:
    if not url:
        return None
    securities = {"imap": ("starttls", 143), "imaps": ("tls", 993), "imap+plain": ("plain", 143)}
    try:
        parts = urlsplit(url)
        security, port = securities[parts.scheme]
        if not parts.hostname or not parts.username or parts.password is None or parts.query:
            raise ValueError(url)
        port = parts.port or port
    except (KeyError, ValueError):
        raise WrongSetting(
            "MEYASUBAKO_IMAP は imaps://利用者:パスワード@ホスト:993/INBOX の形で書いてください。"
        ) from None
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if done == folder:
        raise WrongSetting("MEYASUBAKO_IMAP_DONE は、MEYASUBAKO_IMAP とは別のフォルダにしてください。")
    return Imap(
        parts.hostname, port, security, unquote(parts.username), unquote(parts.password), folder, done
    )


def _bucket(url: str) -> Bucket | None:
    if not url:
        return None
    try:
        parts = urlsplit(url)
        scheme = {"s3": "https", "s3+plain": "http"}[parts.scheme]
        name, _, prefix = unquote(parts.path.strip("/")).partition("/")
        asked = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        region = asked.pop("region", "us-east-1")
        if not parts.hostname or not name or asked or (parts.username is None) != (parts.password is None):
            raise ValueError(url)
        place = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        endpoint = f"{scheme}://{place}" + (f":{parts.port}" if parts.port else "")
    except (KeyError, ValueError):
        raise WrongSetting(
            "MEYASUBAKO_FILES は s3://鍵の名前:鍵@ホスト/バケット/置き場所 の形で書いてください。"
        ) from None
    key_id, key = (unquote(each or "") for each in (parts.username, parts.password))
    return Bucket(endpoint, name, prefix, key_id, key, region)


def _mail_in(pattern: str) -> MailIn | None:
    if not pattern:
        return None
    local, _, host = pattern.rpartition("@")
    before = local.removesuffix("*") if local.endswith("*") else f"{local}+"
    is_whole = _LOCAL.fullmatch(before) and _HOST.fullmatch(host)
    if not is_whole or len(before) > LONGEST_LOCAL:
        raise WrongSetting(
            "MEYASUBAKO_MAIL_IN は voice@example.lg.jp か voice-*@example.lg.jp の形で、"
            f"@ の前を{LONGEST_LOCAL - 1}字までで書いてください。"
        )
    return MailIn(before, host.lower())


def _clamd(address: str) -> Clamd | None:
    if not address:
        return None
    if address.startswith("/"):
        return Clamd("", 0, Path(address))
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise WrongSetting(
            "MEYASUBAKO_CLAMD は 127.0.0.1:3310 か /run/clamav/clamd.ctl の形で書いてください。"
        )
    return Clamd(host, int(port), None)


def _mail_from(address: str) -> str:
    local, at, host = address.rpartition("@")
    if not (local and at and host) or any(symbol.isspace() for symbol in address):
        raise WrongSetting("MEYASUBAKO_MAIL_FROM はメールアドレスの形で書いてください。")
    return address


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise WrongSetting(
            "MEYASUBAKO_TRUSTED_PROXIES は 127.0.0.1/32,10.0.0.0/8 のように、網をコンマで区切って書いてください。"
        ) from None


def _whole(environ: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise WrongSetting(f"{name} は {least} 以上の整数で書いてください。")
    return int(text)


def _log_level(text: str) -> str:
    if text.lower() not in {"debug", "info", "warning", "error"}:
        raise WrongSetting("MEYASUBAKO_LOG_LEVEL は debug、info、warning、error のどれかです。")
    return text.lower()
