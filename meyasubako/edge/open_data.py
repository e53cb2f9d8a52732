"""Published statistics as others take them up: CSV and JSON, described by a Data Package, a DCAT catalogue and an Atom feed.

Data Package 2.0: datapackage.org. DCAT 3: www.w3.org/TR/vocab-dcat-3, with the themes and frequencies of the European
authority tables, which Japanese portals know too. Atom: RFC 4287, with the identifiers of RFC 4151.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from meyasubako.core import dates
from meyasubako.core.dates import Month
from meyasubako.core.sheets import Cell, csv_lines
from meyasubako.core.tabulation import Reach, Tabulation
from meyasubako.core.tabulation.files import TIDY, as_data, tidy_rows, to_cross_csv
from meyasubako.core.tabulation.heads import Term

LICENCE: Final = "CC-BY-4.0"
LICENCE_TITLE: Final = "クリエイティブ・コモンズ 表示 4.0 国際"
LICENCE_PAGE: Final = "https://creativecommons.org/licenses/by/4.0/deed.ja"
_LICENCE_ADDRESS: Final = "https://creativecommons.org/licenses/by/4.0/"
_PROFILE: Final = "https://datapackage.org/profiles/2.0/datapackage.json"
_AUTHORITY: Final = "http://publications.europa.eu/resource/authority"
_ATOM: Final = "http://www.w3.org/2005/Atom"

_LEFT_OUT: Final = frozenset({"as_of", "correction"})
"""Of corrections nothing is published apart: they would be small numbers."""
_COLUMNS: Final = tuple((place, column) for place, column in enumerate(TIDY) if column.name not in _LEFT_OUT)
_KINDS: Final = {
    "value": "number",
    "of": "integer",
    "depth": "integer",
    "first": "yearmonth",
    "last": "yearmonth",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file of a dataset: its name in addresses, what it is called, its media type and its content."""

    name: str
    title: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes: the desk, its office and its words, and the address of its page of statistics."""

    desk: str
    desk_name: str
    name: str
    note: str
    page: str
    email: str | None
    opened_on: date


@dataclass(frozen=True, slots=True)
class Entry:
    """A month or fiscal year in a catalogue or feed. `path` is the last part of its address."""

    path: str
    title: str
    reach: Reach
    first: Month
    last: Month
    published_at: datetime


def files_of(tabulation: Tabulation, terms: Sequence[Term]) -> tuple[File, ...]:
    """The files of a month or year: cells for programs, tables for people, and both as JSON."""
    return (
        File("cells.csv", "1行に1つの数字（プログラム向け）", "text/csv", _cells(tabulation)),
        File(
            "tables.csv",
            "印刷したとおりの表（表計算ソフト向け）",
            "text/csv",
            to_cross_csv(tabulation).encode(),
        ),
        File("data.json", "すべて（JSON）", "application/json", _json(_data(tabulation, terms))),
    )


def _cells(tabulation: Tabulation) -> bytes:
    """Without a byte order mark, and with the names that a data package gives the columns."""
    rows: list[Sequence[Cell]] = [[column.name for _, column in _COLUMNS]]
    rows += [[row[place] for place, _ in _COLUMNS] for row in tidy_rows(tabulation)]
    return csv_lines(rows).encode()


def _data(tabulation: Tabulation, terms: Sequence[Term]) -> dict[str, Any]:
    found = as_data(tabulation, terms)
    for table in found["tables"]:
        for line in (*table["rows"], *([table["total"]] if table["total"] else ())):
            for cell in line["cells"]:
                del cell["correction"]
    return {**found, "licence": LICENCE}


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def data_package(publisher: Publisher, entry: Entry, files: Sequence[File]) -> bytes:
    """The description of the files of a month or year: what stands in them, whose they are and how they may be used."""
    address = f"{publisher.page}/{entry.path}"
    found: dict[str, Any] = {
        "$schema": _PROFILE,
        "name": f"{publisher.desk}-{entry.path}",
        "id": f"{address}/datapackage.json",
        "title": f"{publisher.desk_name}　{entry.title}",
        "description": publisher.note or f"{publisher.desk_name}に届いた数（確定値）",
        "homepage": address,
        "created": _instant(entry.published_at),
        "version": "1.0.0",
        "licenses": [{"name": LICENCE, "title": LICENCE_TITLE, "path": _LICENCE_ADDRESS}],
        "sources": [{"title": f"{publisher.name}　{publisher.desk_name}", "path": publisher.page}],
        "contributors": [{"title": publisher.name, "roles": ["publisher"]}],
        "keywords": ["相談", "提案", "意見", "統計"],
        "resources": [_resource(each) for each in files],
    }
    return _json(found)


def _resource(file: File) -> dict[str, Any]:
    stem, _, ending = file.name.rpartition(".")
    found: dict[str, Any] = {
        "name": stem if ending == "csv" else file.name.replace(".", "-"),
        "path": file.name,
        "title": file.title,
        "format": ending,
        "mediatype": file.media_type,
        "encoding": "utf-8",
        "bytes": len(file.content),
        "hash": f"sha256:{hashlib.sha256(file.content).hexdigest()}",
    }
    if file.name == "cells.csv":
        found |= {"type": "table", "schema": _SCHEMA}
    return found


_SCHEMA: Final[dict[str, Any]] = {
    "fields": [
        {
            "name": column.name,
            "title": column.label,
            "description": column.meaning,
            "type": _KINDS.get(column.name, "string"),
        }
        for _, column in _COLUMNS
    ],
    "primaryKey": ["desk", "span", "table", "row", "column"],
    "missingValues": [""],
}


def catalogue(publisher: Publisher, entries: Sequence[Entry]) -> bytes:
    """The DCAT record of all that is published: a series with a dataset for each month and fiscal year."""
    whole = {"@id": f"{publisher.page}#publisher"}
    agent: dict[str, Any] = {**whole, "@type": "foaf:Organization", "foaf:name": publisher.name}
    if publisher.email:
        agent["foaf:mbox"] = {"@id": f"mailto:{publisher.email}"}
    series = f"{publisher.page}#series"
    title = f"{publisher.desk_name}　公開統計"
    newest = max((each.published_at for each in entries), default=None)
    common: dict[str, Any] = {
        "dct:publisher": whole,
        "dct:license": {"@id": _LICENCE_ADDRESS},
        "dct:language": {"@id": f"{_AUTHORITY}/language/JPN"},
        "dct:spatial": {"@id": f"{_AUTHORITY}/country/JPN"},
        "dcat:theme": {"@id": f"{_AUTHORITY}/data-theme/GOVE"},
    }
    found = {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"{publisher.page}/catalogue.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": {"@value": title, "@language": "ja"},
        "dct:description": {"@value": publisher.note or title, "@language": "ja"},
        "foaf:homepage": {"@id": publisher.page},
        **common,
        "dct:publisher": agent,
        **({"dct:modified": _typed(newest)} if newest else {}),
        "dcat:dataset": [
            {
                "@id": series,
                "@type": "dcat:DatasetSeries",
                "dct:title": {"@value": title, "@language": "ja"},
                "dct:accrualPeriodicity": {"@id": f"{_AUTHORITY}/frequency/MONTHLY"},
            },
            *(_dataset(publisher, each, series, common) for each in entries),
        ],
    }
    return _json(found)


def _dataset(publisher: Publisher, entry: Entry, series: str, common: dict[str, Any]) -> dict[str, Any]:
    address = f"{publisher.page}/{entry.path}"
    begins = dates.start_of_month(entry.first).astimezone(dates.JAPAN).date()
    ends = dates.start_of_month(dates.next_month(entry.last)).astimezone(dates.JAPAN).date()
    frequency = "NEVER" if entry.reach is Reach.MONTH else "MONTHLY"
    kinds = (
        ("cells.csv", "text/csv", "CSV"),
        ("tables.csv", "text/csv", "CSV"),
        ("data.json", "application/json", "JSON"),
    )
    return {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:identifier": f"{publisher.desk}/{entry.path}",
        "dct:title": {"@value": f"{publisher.desk_name}　{entry.title}", "@language": "ja"},
        "dct:description": {"@value": publisher.note or entry.title, "@language": "ja"},
        "dct:issued": _typed(entry.published_at),
        "dct:accrualPeriodicity": {"@id": f"{_AUTHORITY}/frequency/{frequency}"},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": begins.isoformat(), "@type": "xsd:date"},
            "dcat:endDate": {
                "@value": date.fromordinal(ends.toordinal() - 1).isoformat(),
                "@type": "xsd:date",
            },
        },
        "dcat:inSeries": {"@id": series},
        "dcat:landingPage": {"@id": address},
        **common,
        "dcat:distribution": [
            {
                "@id": f"{address}/{name}",
                "@type": "dcat:Distribution",
                "dct:title": name,
                "dcat:accessURL": {"@id": address},
                "dcat:downloadURL": {"@id": f"{address}/{name}"},
                "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media_type}"},
                "dct:format": {"@id": f"{_AUTHORITY}/file-type/{kind}"},
                "dct:license": {"@id": _LICENCE_ADDRESS},
            }
            for name, media_type, kind in kinds
        ],
    }


def feed(publisher: Publisher, entries: Sequence[Entry]) -> bytes:
    """The Atom feed of what was published, newest first."""
    ET.register_namespace("", _ATOM)
    root = ET.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "ja"})
    _put(root, "id", _tag(publisher, "statistics"))
    _put(root, "title", f"{publisher.desk_name}　公開統計")
    newest = max((each.published_at for each in entries), default=dates.start_of_day(publisher.opened_on))
    _put(root, "updated", _instant(newest))
    _put(ET.SubElement(root, f"{{{_ATOM}}}author"), "name", publisher.name)
    _put(root, "rights", f"{publisher.name}　{LICENCE_TITLE}（CC BY 4.0）")
    _link(root, "self", f"{publisher.page}/feed.atom", "application/atom+xml")
    _link(root, "alternate", publisher.page, "text/html")
    for each in entries:
        address = f"{publisher.page}/{each.path}"
        entry = ET.SubElement(root, f"{{{_ATOM}}}entry")
        _put(entry, "id", _tag(publisher, f"statistics/{each.path}"))
        _put(entry, "title", each.title)
        _put(entry, "published", _instant(each.published_at))
        _put(entry, "updated", _instant(each.published_at))
        _put(entry, "summary", f"{publisher.desk_name}の{each.title}の数（確定値）を公開しました。")
        _link(entry, "alternate", address, "text/html")
        _link(entry, "enclosure", f"{address}/cells.csv", "text/csv")
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _put(above: ET.Element, name: str, text: str) -> None:
    ET.SubElement(above, f"{{{_ATOM}}}{name}").text = text


def _link(above: ET.Element, rel: str, href: str, media_type: str) -> None:
    ET.SubElement(above, f"{{{_ATOM}}}link", {"rel": rel, "href": href, "type": media_type})


def _tag(publisher: Publisher, what: str) -> str:
    """A name that stays the same wherever the page moves within its host."""
    host = urlsplit(publisher.page).hostname
    return f"tag:{host},{publisher.opened_on.isoformat()}:{publisher.desk}/{what}"


def _instant(instant: datetime) -> str:
    return instant.astimezone(dates.JAPAN).isoformat(timespec="seconds")


def _typed(instant: datetime) -> dict[str, str]:
    return {"@value": _instant(instant), "@type": "xsd:dateTime"}
