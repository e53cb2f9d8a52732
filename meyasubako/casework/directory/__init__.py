"""The directory (名簿): advisers, partners and support organisations a desk can offer cases to."""

from meyasubako.casework.directory.entry import Entry, Listed, areas_of, check
from meyasubako.casework.directory.keeping import add, change, entries, get
from meyasubako.casework.directory.telling import Told, tell
from meyasubako.core.vocabulary import ProviderKind

__all__ = [
    "Entry",
    "Listed",
    "ProviderKind",
    "Told",
    "add",
    "areas_of",
    "change",
    "check",
    "entries",
    "get",
    "tell",
]
