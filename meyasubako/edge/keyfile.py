"""The file that holds the installation's key: made once, readable by its owner only."""

import os
import secrets
from pathlib import Path

from meyasubako.core.codes import Keys
from meyasubako.core.errors import WrongSetting

KEY_BYTES = 32


def open_keys(path: Path) -> Keys:
    """Read the key, drawing one the first time. Raises WrongSetting when the file cannot be used."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(KEY_BYTES) + "\n")
        except FileExistsError:
            pass
        written = path.read_text(encoding="ascii").strip()
        if len(written) < KEY_BYTES * 2:
            raise ValueError("too short")
        return Keys(bytes.fromhex(written))
    except (OSError, ValueError):
        raise WrongSetting(
            f"鍵のファイル {path} が使えません。16進数{KEY_BYTES * 2}字の1行で、このプログラムが読めるようにしてください。"
        ) from None
