"""The chat of a desk: each service gets its own form of message, and what a service answers is judged as with mails."""

import pytest

from meyasubako.core.chat import Chat, ChatKind, read_chats
from meyasubako.core.errors import WrongSetting
from meyasubako.edge import chat
from meyasubako.edge.chat import Line, Post
from meyasubako.edge.mailer import Outcome, Verdict
from tests.harness.chat_server import ChatServer

PAGE = "https://desk.example.lg.jp/staff/cases/7"
POST = Post("【窓口】お知らせ", (Line("山田<b>さん：担当になりました", "M7K-4TX-9PA", PAGE),), "ほか3件")


async def test_each_service_gets_the_form_it_takes() -> None:
    with ChatServer() as server:
        for kind in ChatKind:
            sent = await chat.send(Chat(kind, f"{server.url}/hooks/{kind.value}?key=s"), POST)
            assert sent == Outcome(Verdict.SENT)
    assert [path for path, _ in server.posts] == [f"/hooks/{kind.value}?key=s" for kind in ChatKind]
    slack, teams, logo = (body for _, body in server.posts)
    assert slack == {
        "text": f"【窓口】お知らせ\n• 山田&lt;b&gt;さん：担当になりました　<{PAGE}|M7K-4TX-9PA>\nほか3件",
        "unfurl_links": False,
        "unfurl_media": False,
    }
    (attachment,) = teams["attachments"]
    assert (teams["type"], attachment["contentType"]) == (
        "message",
        "application/vnd.microsoft.card.adaptive",
    )
    runs = [run for block in attachment["content"]["body"] for run in block["inlines"]]
    assert [run["text"].strip() for run in runs] == [
        "【窓口】お知らせ",
        "山田<b>さん：担当になりました",
        "M7K-4TX-9PA",
        "ほか3件",
    ]
    assert runs[2]["selectAction"] == {"type": "Action.OpenUrl", "title": "M7K-4TX-9PA", "url": PAGE}
    assert logo == {
        "text": f"【窓口】お知らせ\n・山田<b>さん：担当になりました　M7K-4TX-9PA\n{PAGE}\nほか3件"
    }


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (202, Verdict.SENT),
        (301, Verdict.REFUSED),
        (404, Verdict.REFUSED),
        (410, Verdict.REFUSED),
        (429, Verdict.LATER),
        (500, Verdict.LATER),
        (503, Verdict.LATER),
    ],
)
async def test_what_a_service_answers(code: int, verdict: Verdict) -> None:
    with ChatServer(answers=[code]) as server:
        outcome = await chat.send(Chat(ChatKind.SLACK, server.url), POST)
    assert outcome == Outcome(verdict, "" if verdict is Verdict.SENT else f"HTTP {code}")
    # Nobody is followed elsewhere.
    assert len(server.posts) == 1


async def test_a_service_that_is_away_is_tried_again_and_its_address_is_not_told() -> None:
    with ChatServer() as server:
        place = Chat(ChatKind.TEAMS, f"{server.url}/hooks/secret")
    outcome = await chat.send(place, POST)
    assert (outcome.verdict, "secret" in outcome.reason) == (Verdict.LATER, False)
    assert "secret" not in repr(place)


def test_the_setting_names_desk_service_and_address() -> None:
    found = read_chats(" mie=teams:https://a.example/x?sig=1=2:3\ntoyama=slack:https://hooks.example/T/B\n")
    assert {code: (each.kind, each.url) for code, each in found.items()} == {
        "mie": (ChatKind.TEAMS, "https://a.example/x?sig=1=2:3"),
        "toyama": (ChatKind.SLACK, "https://hooks.example/T/B"),
    }
    assert read_chats("") == {}


@pytest.mark.parametrize(
    "text",
    [
        "https://secret.example/x",
        "mie=https://secret.example/x",
        "mie=line:https://secret.example/x",
        "mie=slack:http://secret.example/x",
        "mie=slack:http://localhost/secret",
        "mie=slack:http://127.0.0.1@secret.example/x",
        "mie=slack:https://user:secret@example.jp/x",
        "mie=slack:https://",
        "mie=slack:https://secret.example:port/x",
        "mie=slack:ftp://secret.example/x",
        "mie=slack:https://a.example/secret mie=slack:https://b.example/secret",
    ],
)
def test_an_address_others_could_read_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        read_chats(text)
    assert "secret" not in refused.value.message
