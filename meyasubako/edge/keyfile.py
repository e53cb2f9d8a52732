"""The file that holds the installation's key: drawn once, for an installation without data, and readable by its owner only."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from meyasubako.core.codes import Keys
from meyasubako.core.errors import WrongSetting

KEY_BYTES = 32


def draw_key(path: Path) -> None:
    """Draw the key unless there is one. Raises WrongSetting when it cannot be kept."""
    keep_key(path, secrets.token_hex(KEY_BYTES) + "\n")


def keep_key(path: Path, written: str) -> None:
    """Put a key into its file unless there is one. Raises WrongSetting when it cannot be kept."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(written)
                file.flush()
                # Passcodes are given out from here on: the key must outlive a power cut as they do.
                os.fsync(file.fileno())
            # Only a whole key gets the name, and never over one that is there.
            with suppress(FileExistsError):
                os.link(unfinished, path)
            _flush_folder(path.parent)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError:
        raise WrongSetting(
            f"鍵のファイル {path} を作れません。このプログラムが書ける場所にしてください。"
        ) from None


def open_keys(path: Path) -> Keys:
    """Read the key. Raises WrongSetting when there is none, or none that can be used."""
    try:
        written = path.read_text(encoding="ascii").strip()
        if len(written) < KEY_BYTES * 2:
            raise ValueError("too short")
        return Keys(bytes.fromhex(written))
    except FileNotFoundError:
        # A new key would make every passcode and link that was given out worthless without anybody noticing.
        raise WrongSetting(
            f"鍵のファイル {path} がありません。控えから戻してください。"
            f"控えもないときは、16進数{KEY_BYTES * 2}字の1行を新しく書くと動きますが、これまでの合言葉とリンクは使えなくなります。"
        ) from None
    except (OSError, ValueError):
        raise WrongSetting(
            f"鍵のファイル {path} が使えません。16進数{KEY_BYTES * 2}字の1行で、このプログラムが読めるようにしてください。"
        ) from None


def _flush_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
