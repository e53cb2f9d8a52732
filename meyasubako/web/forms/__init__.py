"""What a form sent, read once per request with limits on its size and the number of its fields, and the topics it offers."""

from meyasubako.web.forms.form import MOST_FIELDS, Form
from meyasubako.web.forms.multipart import Fault, Upload
from meyasubako.web.forms.reading import discard, read, take_files
from meyasubako.web.forms.topics import every_topic, topic_groups

__all__ = [
    "MOST_FIELDS",
    "Fault",
    "Form",
    "Upload",
    "discard",
    "every_topic",
    "read",
    "take_files",
    "topic_groups",
]
