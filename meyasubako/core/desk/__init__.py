"""A desk (窓口) as data: its definition, the file an office writes, its stored form, what a file changes."""

from meyasubako.core.desk.changes import CATEGORIES, Change
from meyasubako.core.desk.definition import (
    Answering,
    ClosedDay,
    DeclineReason,
    Desk,
    Division,
    Group,
    KindOption,
    OtherOffice,
    OutcomeLabel,
    PublicationRules,
    Purpose,
    RequesterOption,
    StartingTemplate,
    SurveyRules,
    TallyLabels,
    Topic,
)
from meyasubako.core.desk.fields import FIELD_SHAPES, Control, Field, FieldShape, Option
from meyasubako.core.desk.file import parse_desk
from meyasubako.core.desk.labels import (
    HasLabel,
    kind_label,
    label_of,
    municipality_label,
    outcome_label,
    requester_type_label,
)
from meyasubako.core.desk.merging import Used, merge
from meyasubako.core.desk.reading import DeskFileError, Mistake
from meyasubako.core.desk.sections import sections
from meyasubako.core.desk.stored import from_json, to_json
from meyasubako.core.desk.written import written

__all__ = [
    "CATEGORIES",
    "FIELD_SHAPES",
    "Answering",
    "Change",
    "ClosedDay",
    "Control",
    "DeclineReason",
    "Desk",
    "DeskFileError",
    "Division",
    "Field",
    "FieldShape",
    "Group",
    "HasLabel",
    "KindOption",
    "Mistake",
    "Option",
    "OtherOffice",
    "OutcomeLabel",
    "PublicationRules",
    "Purpose",
    "RequesterOption",
    "StartingTemplate",
    "SurveyRules",
    "TallyLabels",
    "Topic",
    "Used",
    "from_json",
    "kind_label",
    "label_of",
    "merge",
    "municipality_label",
    "outcome_label",
    "parse_desk",
    "requester_type_label",
    "sections",
    "to_json",
    "written",
]
