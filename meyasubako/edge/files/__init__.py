"""Files people hand in: what they are is decided by content, places are taken out of photos, the rest lies by its hash."""

from meyasubako.edge.files.cabinet import Arriving, Cabinet
from meyasubako.edge.files.names import clean_name
from meyasubako.edge.files.taking import Kept, take_in

__all__ = ["Arriving", "Cabinet", "Kept", "clean_name", "take_in"]
