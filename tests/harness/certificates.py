"""A certificate for this machine from an authority the machine is told to trust, as offices do."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meyasubako.edge import trust


@contextmanager
def certificate(folder: Path) -> Iterator[ssl.SSLContext]:
    """What a server on 127.0.0.1 shows meanwhile, to clients of this process that trust it."""
    key, chain = folder / "key.pem", folder / "chain.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-days", "2", "-subj", "/CN=mail.example.jp", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(chain)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(chain))
        trust.authorities.cache_clear()
        yield context
    trust.authorities.cache_clear()
