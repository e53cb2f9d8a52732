"""A real mailbox: an IMAP server (pymap) on a loopback port with one user, in a thread of its own."""

import asyncio
import logging
from argparse import ArgumentParser, Namespace
from typing import Any

from imapclient import SEEN, IMAPClient
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer, IMAPService
from pysasl.hashing import Cleartext

from tests.harness.threaded import WAIT_SECONDS, ThreadedServer

USER, PASSWORD = "voice", "p@ss/word"


class MailboxServer(ThreadedServer):
    """Programs that deliver put mails into it; the desk fetches them."""

    def __init__(self) -> None:
        super().__init__("mailbox")
        logging.getLogger("pymap").setLevel(logging.ERROR)

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

    async def listen(self) -> asyncio.Server:
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
