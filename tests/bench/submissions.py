"""How many submissions a second are taken: `python -m tests.bench.submissions [--engine NAME] [--processes N …] [--callers N …]`.

The service runs as an operator runs it (mails and the search index are made by another process), behind a proxy it trusts; every
submission comes from another address, with the cookie, the token and the proof of work a browser would bring. Each is sent through
the form, or through the JSON interface, whose submissions the pace of a desk puts aside for staff to look at. The ceiling is
measured in the same run (tests.bench.ceiling), turn by turn with what is compared to it, so that a machine that becomes slower
meanwhile is slower for both. In the end each number that was given out must be in the database, once, and nothing
else.
"""

import argparse
import asyncio
import base64
import itertools
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import altcha
from sqlalchemy import select

from meyasubako.core.codes import Keys, clean_code, draw_token, token_hash
from meyasubako.store.database import Database
from meyasubako.store.models import Receipt
from tests.bench import lines, served
from tests.bench.callers import Answer, Answers, call, joined
from tests.bench.served import HOST, Installation
from tests.harness.postgres import PostgresServer
from tests.harness.site import TOYAMA

ENGINES: Final = ("sqlite", "postgresql")
CALLERS: Final = (1, 8, 32, 128)
PROCESSES: Final = (1, 2)
SENT: Final = {1: 200, 8: 800, 32: 2_000, 128: 2_000}
TURNS: Final = 4
WARM_UP: Final = 100

FLOOR_AT: Final = (ENGINES[0], 1, 32, "form")
FLOOR_RATIO: Final = 0.35
SLOWEST_MS: Final = 60.0

BODY: Final = "除雪の終わった道がどこかを、地図の上で見られるようにしてほしいです。\r\n" * 6
FIELDS: Final = {
    "requester_type": "resident",
    "purpose": "opinion",
    "topics": "",
    "body": BODY,
    "name": "見本 花子",
    "email": "hanako@example.jp",
    "reply_wanted": "yes",
    "publish_consent": "yes",
    "share_consent": "no",
}
BOUNDARY: Final = "----WebKitFormBoundary7MA4YWxkTrZu0gW"


def form(keys: Keys, number: int) -> bytes:
    """The answers, sent from the page that shows them once more."""
    browser, form_key, at = draw_token(), draw_token(), time.time()
    proof = altcha.create_challenge(
        "PBKDF2/SHA-256",
        # What is checked is that we gave the challenge and that this is its solution: it may be an easy one.
        1,
        counter=1,
        expires_at=int(at) + 3_600,
        data={"for": token_hash(f"{TOYAMA} {browser} {form_key}")},
        hmac_secret=keys.secret_for("proof"),
        hmac_key_secret=keys.secret_for("proof solved"),
    )
    solution = altcha.solve_challenge(proof)
    assert solution is not None
    fields = {
        **FIELDS,
        "title": f"除雪の状況を地図で見たい {number}",
        "csrf_token": keys.sign("cookie csrf", browser).rpartition(".")[2],
        "form_key": form_key,
        "form_opened": keys.sign("form_opened", f"{at - 60:.3f}"),
        "proof": altcha.Payload(proof, solution).to_base64(),
        "step": "send",
    }
    parts = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
        if value
    )
    return _request(
        f"/desks/{TOYAMA}/new",
        f"{parts}--{BOUNDARY}--\r\n".encode(),
        f"multipart/form-data; boundary={BOUNDARY}",
        f"cookie: __Host-csrf={browser}\r\nsec-fetch-site: same-origin\r\n",
        number,
    )


def program(_keys: Keys, number: int) -> bytes:
    """The same, as another system sends it."""
    body: dict[str, Any] = {name: value for name, value in FIELDS.items() if value}
    body["title"] = f"除雪の状況を地図で見たい {number}"
    return _request(
        f"/api/v1/desks/{TOYAMA}/receipts",
        json.dumps(body, ensure_ascii=False).encode(),
        "application/json",
        f"idempotency-key: {secrets.token_hex(16)}\r\n",
        number,
    )


def _request(path: str, body: bytes, kind: str, headers: str, number: int) -> bytes:
    network = f"{11 + number // 2**16 % 200}.{number // 2**8 % 2**8}.{number % 2**8}.{secrets.randbelow(256)}"
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {HOST}\r\nx-forwarded-for: {network}\r\naccept-language: ja\r\n"
        f"content-type: {kind}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


CEILING: Final = "ceiling"
WAYS: Final[dict[str, Callable[[Keys, int], bytes]]] = {"form": form, "API": program}


def number_given(answer: Answer) -> str:
    """The receipt number an answer acknowledges. Raises AssertionError for anything but an acknowledgement."""
    if answer.status == 201:
        return clean_code(json.loads(answer.body)["receipt_number"])
    assert answer.status == 303, (answer.status, answer.body.decode()[-2000:])
    _, _, after = answer.head.partition(b"set-cookie: __Host-sent=")
    content = after.decode().partition(";")[0].strip('"').split(".")[1]
    return base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)).decode().partition(" ")[0]


def measure(
    installation: Installation, address: str, ceiling: str, callers: Sequence[int], numbers: Iterator[int]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Every way at every number of callers; the figures, and the numbers that were given out."""
    keys, found, given = installation.keys, [], []

    def send(way: str, many: int, at_once: int) -> Answers:
        requests = [WAYS[way](keys, next(numbers)) for _ in range(many)]
        answers = call(address, requests, at_once)
        given.extend(map(number_given, answers.answers))
        return answers

    for way in WAYS:
        send(way, WARM_UP, 8)
    for at_once in callers:
        many = SENT[at_once] // TURNS
        turns: dict[str, list[Answers]] = {way: [] for way in (CEILING, *WAYS)}
        for _ in range(TURNS):
            forms = [form(keys, next(numbers)) for _ in range(many)]
            turns[CEILING].append(call(ceiling, forms, at_once))
            for way in WAYS:
                turns[way].append(send(way, many, at_once))
        highest = joined(turns.pop(CEILING))
        assert {each.status for each in highest.answers} == {200}
        for way, taken in turns.items():
            figures = joined(taken).figures()
            found.append(
                {
                    "what": way,
                    "callers": at_once,
                    **figures,
                    "ceiling_per_s": highest.per_second,
                    "ceiling_p99_ms": highest.figures()["p99_ms"],
                    "ratio": round(figures["per_s"] / highest.per_second, 3),
                }
            )
    return found, given


async def faults(url: str, given: Sequence[str]) -> list[str]:
    """What is wrong with what is kept, beside what was acknowledged."""
    database = Database(url)
    kept = await database.read(lambda session: session.scalars(select(Receipt.number)).all())
    await database.close()
    found = []
    if len(set(given)) < len(given):
        found.append(f"{len(given) - len(set(given))} numbers were given twice")
    if missing := set(given) - set(kept):
        found.append(f"{len(missing)} numbers were given and are not kept")
    if len(kept) > len(given):
        found.append(f"{len(kept) - len(given)} are kept that were not acknowledged")
    return found


@contextmanager
def database_of(engine: str, folder: Path) -> Iterator[str]:
    """An empty database of an engine."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'meyasubako.sqlite3'}"
    else:
        with PostgresServer(is_durable=True) as server:
            yield server.create("submissions")


def run(engine: str, processes: int, callers: Sequence[int]) -> list[str]:
    """One installation of its own, measured; what is wrong or too slow."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="meyasubako-bench-")))
        url = stack.enter_context(database_of(engine, folder))
        installation = Installation(folder, url, TOYAMA)
        several = ("--processes", str(processes)) if processes > 1 else ()
        command = [sys.executable, "-m", "tests.bench.ceiling", "--processes", str(processes)]
        ceiling = stack.enter_context(served.started(command, folder / "ceiling.log"))
        with installation.serving("--no-deliver", *several) as address:
            figures, given = measure(installation, address, ceiling, callers, itertools.count())
        wrong = asyncio.run(faults(url, given))
    for each in figures:
        lines.say("submissions", engine=engine, processes=processes, **each)
        if (engine, processes, each["callers"], each["what"]) == FLOOR_AT:
            if each["ratio"] < FLOOR_RATIO:
                wrong.append(f"only {each['ratio']:.0%} of the ceiling, not {FLOOR_RATIO:.0%}")
            if each["p99_ms"] > SLOWEST_MS:
                wrong.append(f"one in a hundred takes {each['p99_ms']} ms, more than {SLOWEST_MS}")
    print(f"{engine}, processes {processes}: {len(given)} acknowledged, counted afterwards", flush=True)
    return [f"{engine}, processes {processes}: {each}" for each in wrong]


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--engine", choices=ENGINES, help="only this engine")
    parser.add_argument("--processes", type=int, nargs="+", default=PROCESSES)
    parser.add_argument("--callers", type=int, nargs="+", choices=CALLERS, default=CALLERS)
    arguments = parser.parse_args()
    wrong: list[str] = []
    for engine in ENGINES if arguments.engine is None else (arguments.engine,):
        for processes in arguments.processes:
            wrong += run(engine, processes, arguments.callers)
    print("\n".join(wrong) or "Every number given out is kept, and taking them is quick.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
