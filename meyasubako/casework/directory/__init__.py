"""The directory (名簿): advisers, partners and support organisations a desk can offer cases to."""

from meyasubako.casework.directory.columns import COLUMNS, Table
from meyasubako.casework.directory.entry import Entry, Listed, areas_of, check, form_of
from meyasubako.casework.directory.importing import (
    Fate,
    Plan,
    Planned,
    carry_out,
    fingerprint,
    plan,
    take_along,
)
from meyasubako.casework.directory.keeping import add, change, entries, get
from meyasubako.casework.directory.telling import Told, tell
from meyasubako.core.vocabulary import ProviderKind

__all__ = [
    "COLUMNS",
    "Entry",
    "Fate",
    "Listed",
    "Plan",
    "Planned",
    "ProviderKind",
    "Table",
    "Told",
    "add",
    "areas_of",
    "carry_out",
    "change",
    "check",
    "entries",
    "fingerprint",
    "form_of",
    "get",
    "plan",
    "take_along",
    "tell",
]
