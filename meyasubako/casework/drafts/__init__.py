"""Answers under way (回答案): written down, asked about in the divisions, checked, decided, and at last sent.

起案 → 担当課の考え方（合議）→ 確認 → 決裁 → 送付. Each step but the first and the last is there only where the desk has it.
Of all this the requester sees nothing before the reply, and nothing of it is counted.
"""

from meyasubako.casework.drafts.asking import ask_divisions, contribute, drop
from meyasubako.casework.drafts.deciding import (
    approve,
    mark_sent,
    pull_back,
    review,
    send_back,
    submit,
    text_to_send,
)
from meyasubako.casework.drafts.queues import Queue, Waiting, WaitingRow, count_waiting, waiting
from meyasubako.casework.drafts.viewing import (
    Act,
    AnswerFile,
    ContributionOnFile,
    Course,
    RequestedView,
    Summary,
    Version,
    answer_file,
    desk_of_contribution,
    requested_view,
    summary,
)
from meyasubako.casework.drafts.writing import check_version, save

__all__ = [
    "Act",
    "AnswerFile",
    "ContributionOnFile",
    "Course",
    "Queue",
    "RequestedView",
    "Summary",
    "Version",
    "Waiting",
    "WaitingRow",
    "answer_file",
    "approve",
    "ask_divisions",
    "check_version",
    "contribute",
    "count_waiting",
    "desk_of_contribution",
    "drop",
    "mark_sent",
    "pull_back",
    "requested_view",
    "review",
    "save",
    "send_back",
    "submit",
    "summary",
    "text_to_send",
    "waiting",
]
