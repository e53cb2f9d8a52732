"""A real mailbox: an IMAP server (pymap) on a loopback port with one user, in a thread of its own."""

import asyncio
import logging
import threading
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from imapclient import SEEN, IMAPClient
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer, IMAPService
from pysasl.hashing import Cleartext

WAIT_SECONDS = 60.0
USER, PASSWORD = "voice", "p@ss/word"


class MailboxServer:
    """Programs that deliver put mails into it; the desk fetches them."""

    def __init__(self) -> None:
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="imap-server", daemon=True)

    def __enter__(self) -> Self:
        logging.getLogger("pymap").setLevel(logging.ERROR)
        self._thread.start()
        if not self._ready.wait(WAIT_SECONDS):
            raise RuntimeError("the mailbox did not open")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def url(self) -> str:
        """The address for `MEYASUBAKO_IMAP`."""
        return f"imap+plain://{USER}:p%40ss%2Fword@127.0.0.1:{self.port}/INBOX"

    def client(self) -> IMAPClient:
        """Somebody else at the same mailbox."""
        client = IMAPClient("127.0.0.1", port=self.port, ssl=False, timeout=WAIT_SECONDS)
        client.login(USER, PASSWORD)
        return client

    def deliver(self, *mails: bytes) -> None:
        """Mails come in."""
        with self.client() as client:
            for each in mails:
                client.append("INBOX", each)

    def lies(self, folder: str = "INBOX") -> list[bool]:
        """For each mail of a folder, if it is there, whether it was seen."""
        with self.client() as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            uids = client.search("UNDELETED")
            flags: dict[int, Any] = client.get_flags(uids) if uids else {}
            return [SEEN in flags[uid] for uid in sorted(uids)]

    def reset(self) -> None:
        """Nothing lies in it any more."""
        with self.client() as client:
            for _, _, folder in client.list_folders():
                client.select_folder(folder)
                if uids := client.search():
                    client.delete_messages(uids)
                    client.expunge()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._listen())
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            others = asyncio.all_tasks(self._loop)
            for each in others:
                each.cancel()
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(asyncio.gather(*others, return_exceptions=True))
            self._loop.close()

    async def _listen(self) -> asyncio.Server:
        backend, config = await DictBackend.init(_arguments(), hash_context=Cleartext())
        config.apply_context()
        asking = IMAPServer(backend.login, config)
        return await asyncio.start_server(
            ProxyProtocolReader(config.proxy_protocol).get_callback(asking), "127.0.0.1", 0
        )


def _arguments() -> Namespace:
    parser = ArgumentParser()
    DictBackend.add_subparser("dict", parser.add_subparsers(dest="backend"))
    IMAPService.add_arguments(parser)
    parser.set_defaults(debug=False, passlib_cfg=None)
    return parser.parse_args(["--no-tls", "dict", "--demo-user", USER, "--demo-password", PASSWORD])
