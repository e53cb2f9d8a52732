"""The form under headings: those of the desk file, or the product's own where the file names none."""

from collections.abc import Iterable
from typing import Final

from meyasubako.core.desk.fields import Field
from meyasubako.core.sentences import say

HEADINGS: Final = {
    "kind": say("内容"),
    "purpose": say("内容"),
    "topics": say("内容"),
    "title": say("内容"),
    "body": say("内容"),
    "files": say("内容"),
    "name": say("お名前など"),
    "organisation": say("お名前など"),
    "municipality": say("お名前など"),
    "email": say("お返事と連絡先"),
    "phone": say("お返事と連絡先"),
    "postal_code": say("お返事と連絡先"),
    "address": say("お返事と連絡先"),
    "reply_wanted": say("お返事と連絡先"),
    "meeting_way": say("相談の進め方"),
    "wished_dates": say("相談の進め方"),
    "publish_consent": say("公表や共有"),
    "share_consent": say("公表や共有"),
}
"""What a run of fields is about. Who one is stands first and needs no heading."""


def sections(fields: Iterable[Field]) -> list[tuple[str, list[Field]]]:
    """The fields in their order, each run of them with its heading; the first may have none."""
    fields = tuple(fields)
    own = any(field.section for field in fields)
    found: list[tuple[str, list[Field]]] = []
    for field in fields:
        heading = found[-1][0] if found else ""
        heading = (field.section or heading) if own else HEADINGS.get(field.name, "")
        if not found or found[-1][0] != heading:
            found.append((heading, []))
        found[-1][1].append(field)
    return found
