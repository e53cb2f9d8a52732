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
from meyasubako.casework.directory.own import OWN, Kept, change_own, history, own_entry
from meyasubako.casework.directory.telling import Told, tell
from meyasubako.casework.directory.workload import Load, Served, Workload, workload
from meyasubako.core.vocabulary import ProviderKind

__all__ = [
    "COLUMNS",
    "OWN",
    "Entry",
    "Fate",
    "Kept",
    "Listed",
    "Load",
    "Plan",
    "Planned",
    "ProviderKind",
    "Served",
    "Table",
    "Told",
    "Workload",
    "add",
    "areas_of",
    "carry_out",
    "change",
    "change_own",
    "check",
    "entries",
    "fingerprint",
    "form_of",
    "get",
    "history",
    "own_entry",
    "plan",
    "take_along",
    "tell",
    "workload",
]
