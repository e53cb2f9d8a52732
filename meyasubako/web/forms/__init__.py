"""What a form sent, read once per request with limits on its size and the number of its fields."""

from meyasubako.web.forms.form import MOST_FIELDS, Form
from meyasubako.web.forms.multipart import Fault, Upload
from meyasubako.web.forms.reading import discard, read, take_files

__all__ = ["MOST_FIELDS", "Fault", "Form", "Upload", "discard", "read", "take_files"]
