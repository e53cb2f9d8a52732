"""Files people hand in: what they are is decided by content, places are taken out of photos, the rest lies by its hash."""

from meyasubako.core.settings import Settings
from meyasubako.edge.files.cabinet import PARTS, RESERVE, Arriving, Cabinet, DiskCabinet
from meyasubako.edge.files.names import clean_name
from meyasubako.edge.files.taking import Kept, take_in

__all__ = [
    "PARTS",
    "RESERVE",
    "Arriving",
    "Cabinet",
    "DiskCabinet",
    "Kept",
    "clean_name",
    "open_cabinet",
    "take_in",
]


def open_cabinet(settings: Settings) -> Cabinet:
    """The files of an installation, wherever its settings put them."""
    if settings.bucket is None:
        return DiskCabinet(settings.files_folder)
    from meyasubako.edge.files.bucket import BucketCabinet

    return BucketCabinet(settings.bucket, settings.files_folder / "arriving")
