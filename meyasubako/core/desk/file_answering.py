"""Reads what a desk file says of triage and answering: suggestions, priorities, templates to begin with, steps of an answer."""

from meyasubako.core import reply_fields
from meyasubako.core.desk.definition import Answering, StartingTemplate, SuggestionRules
from meyasubako.core.desk.priorities import USUAL_PRIORITIES, PriorityRules
from meyasubako.core.desk.reading import Codes, Table


def read_answering(root: Table) -> Answering:
    """The steps of an answer; none where the file names none."""
    if not root.has("answering"):
        root.skip("answering")
        return Answering()
    table = root.table("answering")
    found = Answering(
        contributions=table.flag("contributions", default=False),
        review=table.flag("review", default=False),
        approval=table.flag("approval", default=False),
        own_approval=table.flag("own_approval", default=False),
    )
    table.close()
    return found


def read_suggestions(root: Table) -> SuggestionRules:
    """How sure suggestions for triage must be; the product's own limit where the file names none."""
    if not root.has("suggestions"):
        root.skip("suggestions")
        return SuggestionRules()
    table = root.table("suggestions")
    found = table.whole("silent_below", at_least=0, at_most=101)
    table.close()
    return SuggestionRules() if found is None else SuggestionRules(found)


def read_priorities(root: Table) -> PriorityRules:
    """Whether there are priorities, and the words that speak for one; the product's own where the file names none."""
    if not root.has("priorities"):
        root.skip("priorities")
        return USUAL_PRIORITIES
    usual, table = USUAL_PRIORITIES, root.table("priorities")
    found = PriorityRules(
        enabled=table.flag("enabled", default=True),
        high_keywords=table.texts("high_keywords", required=False) or usual.high_keywords,
        low_keywords=table.texts("low_keywords", required=False) or usual.low_keywords,
    )
    table.close()
    return found


def read_templates(root: Table) -> tuple[StartingTemplate, ...]:
    """The templates in their order. Nobody but staff reads them before they are filled in."""
    found: list[StartingTemplate] = []
    codes = Codes()
    for table in root.tables("reply_templates", required=False):
        template = StartingTemplate(
            table.code("code", codes), table.text("label"), table.text("text", single_line=False)
        )
        for mistake in reply_fields.mistakes_in(template.text):
            table.wrong("text", mistake)
        found.append(template)
        table.close()
    return tuple(found)
