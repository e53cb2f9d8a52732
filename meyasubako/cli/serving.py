"""The command that serves: one process, or several that share its address."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any

from meyasubako.cli import notifying
from meyasubako.cli.commands import Commands
from meyasubako.cli.installation import Arguments, Installation, settings_of_environment, with_installation
from meyasubako.cli.listening import Place, address_to_open, listen, port_of, read_place
from meyasubako.core import log
from meyasubako.core.errors import WrongSetting

MOST_PROCESSES = 64


def add(commands: Commands) -> None:
    """Add the command of this module."""
    serve = commands.add(
        "serve",
        _serve,
        "サービスを動かします",
        "止めるには Ctrl+C か SIGTERM。途中の要求を終えてから止まります。",
    )
    serve.add_argument(
        "--host", default="127.0.0.1", metavar="アドレス", help="待ち受けるアドレス（既定 %(default)s）"
    )
    serve.add_argument(
        "--port", type=int, default=8000, metavar="番号", help="待ち受ける番号（既定 %(default)s）"
    )
    serve.add_argument(
        "--processes",
        type=int,
        default=1,
        metavar="数",
        help="答えるプロセスの数（既定 %(default)s）。2つ以上のときは、メールを別のプロセスが送り、"
        "止まったプロセスは始めなおします",
    )
    serve.add_argument(
        "--only",
        choices=("public", "staff"),
        help="片方だけに答えます。public は住民・引き受け手・APIの画面、staff は職員の画面。ほかは「見つかりません」になります",
    )
    serve.add_argument(
        "--metrics",
        metavar="アドレス:番号",
        help="Prometheus に数を示す、別の待ち受け（127.0.0.1:9464 など）。外から見えないアドレスにしてください",
    )
    serve.add_argument(
        "--no-deliver", action="store_true", help="メールの送信を、別に動かす deliver に任せます"
    )


def _serve(arguments: Arguments) -> int:
    settings = settings_of_environment()
    log.configure(settings.log_level, sys.stderr)
    if not 1 <= arguments.processes <= MOST_PROCESSES:
        raise WrongSetting(f"--processes は 1 から {MOST_PROCESSES} までの数で書いてください。")
    place = read_place(arguments.metrics) if arguments.metrics else None
    if arguments.processes == 1:
        return _serve_alone(arguments, place)
    return _serve_together(arguments, place)


def _serve_alone(arguments: Arguments, place: Place | None) -> int:
    from meyasubako.cli import answering

    async def run(installation: Installation) -> int:
        (listener,) = listen(arguments.host, arguments.port)
        address = address_to_open(arguments.host, port_of(listener))
        told = answering.Answering(
            listener,
            address,
            delivers=not arguments.no_deliver,
            only=answering.half(arguments.only),
            counts=place is not None,
            metrics=place,
        )
        try:
            return await answering.answer(installation, told, partial(_tell_ready, address))
        finally:
            notifying.tell_stopping()

    return with_installation(run)


def _serve_together(arguments: Arguments, place: Place | None) -> int:
    from meyasubako.cli import answering, processes

    # What stands against the start is said once, not by each process.
    with_installation(_look)
    listeners = listen(arguments.host, arguments.port, arguments.processes)
    address = address_to_open(arguments.host, port_of(listeners[0]))
    half = answering.half(arguments.only)
    told = [
        answering.Answering(each, address, delivers=False, only=half, counts=place is not None)
        for each in listeners
    ]
    tasks = [processes.Task("answer", answering.task(each), each.listener.close) for each in told]
    if not arguments.no_deliver:
        tasks.append(processes.Task("deliver", answering.task_of_deliveries(address)))
    keep = partial(processes.keep, all_ready=partial(_tell_ready, address), stopping=notifying.tell_stopping)
    return _keep_measured(tasks, place, keep) if place else keep(tasks)


def _keep_measured(tasks: list[Any], place: Place, keep: Callable[..., int]) -> int:
    folder = tempfile.mkdtemp(prefix="meyasubako-metrics-")
    # What the processes count in common lies there; the library looks when it is loaded.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    from meyasubako.cli import measuring, processes

    try:
        shown = processes.Task("metrics", measuring.task(place))
        return keep([*tasks, shown], ended=measuring.forget_process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _look(_: Installation) -> None:
    await asyncio.sleep(0)


def _tell_ready(address: str) -> None:
    print(f"{address} で動いています。止めるには Ctrl+C を押します。", flush=True)
    notifying.tell_ready()
