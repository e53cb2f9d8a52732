"""A desk (窓口) as data: its definition, the file an office writes, its stored form, what a file changes."""

from meyasubako.core.desk.amending import CLOSED_DAY, DIVISION, TOPIC, Amendment, Part, amended, parents_of
from meyasubako.core.desk.areas import ABROAD_CODE, OUTSIDE_CODE, Area
from meyasubako.core.desk.as_file import as_file
from meyasubako.core.desk.changes import CATEGORIES, Change, differences
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
from meyasubako.core.desk.statistics import PublicTable, StatisticsRules
from meyasubako.core.desk.stored import as_plain, from_json, from_plain, to_json
from meyasubako.core.desk.written import written

__all__ = [
    "ABROAD_CODE",
    "CATEGORIES",
    "CLOSED_DAY",
    "DIVISION",
    "FIELD_SHAPES",
    "OUTSIDE_CODE",
    "TOPIC",
    "Amendment",
    "Answering",
    "Area",
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
    "Part",
    "PublicTable",
    "PublicationRules",
    "Purpose",
    "RequesterOption",
    "StartingTemplate",
    "StatisticsRules",
    "SurveyRules",
    "TallyLabels",
    "Topic",
    "Used",
    "amended",
    "as_file",
    "as_plain",
    "differences",
    "from_json",
    "from_plain",
    "kind_label",
    "label_of",
    "merge",
    "municipality_label",
    "outcome_label",
    "parents_of",
    "parse_desk",
    "requester_type_label",
    "sections",
    "to_json",
    "written",
]
