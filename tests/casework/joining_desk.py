"""A desk that is a suggestion box and a consultation desk in one, with letters that raise several matters."""

from meyasubako.casework import joining
from meyasubako.casework.joining import Conversion
from meyasubako.core.dates import japan_day
from meyasubako.core.desk import parse_desk
from meyasubako.core.vocabulary import CaseKind, Channel
from tests.core.small_desk import changed
from tests.harness.story import Story

BOTH = parse_desk(
    changed(
        ("enabled = false", "enabled = true"),
        (
            "[[requester_groups]]",
            '[[kinds]]\ncode = "consultation"\nlabel = "相談"\ndescription = "ご相談"\n\n[[requester_groups]]',
        ),
        ('label = "アイデア"', 'kind = "suggestion"\nlabel = "アイデア"'),
        (
            "[[topics]]",
            '[[purposes]]\ncode = "help"\nkind = "consultation"\nlabel = "助け"\ndescription = "困りごと"\n\n[[topics]]',
        ),
        (
            '[[fields]]\nname = "title"',
            '[[fields]]\nname = "purpose"\nlabel = "種類"\nrequired = true\n\n[[fields]]\nname = "title"',
        ),
        (
            '[[fields]]\nname = "body"',
            '[[fields]]\nname = "topics"\nlabel = "分野"\n\n[[fields]]\nname = "email"\nlabel = "メール"\n\n[[fields]]\nname = "body"',
        ),
    ),
    source="both.toml",
)
BODY = "道が暗いので、灯りを増やしてください。\nまた、バスの便が少なくて困っています。\n最後に、外字\ue000の講座を開いてください。"


async def split(story: Story, case_id: int, *begins: int, **typed: str) -> tuple[int, ...]:
    """Divide a case at these sentences, with what is typed about each matter."""
    values = {"begins": [str(each) for each in begins], **{name: [value] for name, value in typed.items()}}
    found = await story.see(lambda session: joining.divisible(session, case_id, by=story.clerk))
    matters = joining.divide(story.applied.desk, found, values)
    return await story.do(joining.split, story.applied, case_id, matters, by=story.clerk)


def conversion(story: Story, kind: CaseKind = CaseKind.CONSULTATION) -> Conversion:
    """What a case becomes, agreed by telephone."""
    purpose = story.applied.desk.open_purposes(kind)[0].code
    topic = story.applied.desk.topic_leaves()[0].code
    return Conversion(kind, purpose, (topic,), Channel.PHONE, japan_day(story.at))
