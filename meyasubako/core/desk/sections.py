"""The form under headings: those of the desk file, or the product's own where the file names none."""

from collections.abc import Iterable
from typing import Final

from meyasubako.core.desk.fields import Field

HEADINGS: Final = {
    "kind": "内容",
    "purpose": "内容",
    "topics": "内容",
    "title": "内容",
    "body": "内容",
    "files": "内容",
    "name": "お名前など",
    "organisation": "お名前など",
    "municipality": "お名前など",
    "email": "お返事と連絡先",
    "phone": "お返事と連絡先",
    "postal_code": "お返事と連絡先",
    "address": "お返事と連絡先",
    "reply_wanted": "お返事と連絡先",
    "meeting_way": "相談の進め方",
    "wished_dates": "相談の進め方",
    "publish_consent": "公表や共有",
    "share_consent": "公表や共有",
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
