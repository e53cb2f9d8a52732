"""Words for the life of a case: where it stands, what is done with it and how it ends."""

from meyasubako.core.sentences import Sentence, say
from meyasubako.core.vocabulary.words import Word


class Status(Word):
    """対応状況. Which move is allowed stands in `casework.lifecycle.TRANSITIONS`."""

    QUARANTINED = "quarantined", "確かめ待ち", "受け付けてよいか職員が確かめているもの"
    RECEIVED = "received", "受付", "受け付けて、まだ振り分けていないもの"
    TRIAGED = "triaged", "振分済", "区分と担当が決まったもの"
    OFFERED = "offered", "打診中", "アドバイザーなどの返事を待っているもの"
    IN_PROGRESS = "in_progress", "対応中", "引き受け手または担当課が対応しているもの"
    WAITING = "waiting", "返事待ち", "相談者・投稿者の返事を待っているもの"
    ANSWERED = "answered", "回答済", "回答を送ったもの"
    CLOSED = "closed", "完了", "対応が終わったもの"
    DECLINED = "declined", "対象外", "窓口の対象にならないもの"
    MERGED = "merged", "統合", "ほかの案件にまとめたもの"
    WITHDRAWN = "withdrawn", "取下げ", "本人が取り下げたもの"


class Priority(Word):
    """優先度: which of the cases of a day is looked at first."""

    HIGH = "high", "高", "同じ日の中で、先に対応するもの"
    NORMAL = "normal", "ふつう", "順番どおりに対応するもの"
    LOW = "low", "低", "急がないもの"


class Step(Word):
    """The four steps a requester sees on the status page."""

    RECEIVED = "received", "受付", "受け付けました"
    CHECKING = "checking", "確認中", "内容を確かめています"
    WORKING = "working", "対応中", "担当者や専門家が対応しています"
    ANSWERED = "answered", "回答", "回答をお送りしました"


class Outcome(Word):
    """対応結果・反映区分. Labels can be worded by the desk; the codes are fixed."""

    ADOPTED = "adopted", "提案の趣旨に沿って対応", "新たに施策に反映したもの"
    IN_PROGRESS = "in_progress", "実現に向けて取組中", "反映に向けて取り組んでいるもの"
    ALREADY_DONE = "already_done", "既に反映", "すでに施策に反映しているもの"
    NOT_FOR_NOW = "not_for_now", "当面は難しい", "当面は実現できないもの"
    NOT_POSSIBLE = "not_possible", "実現は難しい", "実現がきわめて難しいもの"
    NOTED = "noted", "参考として承った", "今後の参考にするもの"
    SOLVED = "solved", "課題が解決", "相談した課題が解決したもの"
    ADVISED = "advised", "助言・情報提供", "助言や情報提供をしたもの"
    REFERRED = "referred", "ほかの機関を紹介", "ほかの機関に引き継いだもの"
    NO_ANSWER = "no_answer", "返事がなく終了", "問い合わせに返事がないまま終わったもの"


class Deed(Word):
    """案件の一覧から、まとめて行うこと."""

    TRIAGE = "triage", "振り分ける", "内容の種類、分野、担当課を決める"
    ASSIGN = "assign", "担当者を決める", "担当者を決める。または外す"
    REPLY = "reply", "回答する", "同じ回答を、それぞれの人に送る"
    CLOSE = "close", "完了する", "対応結果を選んで終える"
    DECLINE = "decline", "対象外とする", "対象外の理由を選んで、相手に知らせる"
    MERGE = "merge", "統合する", "同じ人や同じことがらの重なりを、1つの案件にする。項目数が減る"
    BUNDLE = "bundle", "同じ内容としてまとめる", "1つずつ数えたまま、一度に回答できるようにする"


PUBLIC_STEP: dict[Status, tuple[Step, Sentence]] = {
    Status.QUARANTINED: (Step.RECEIVED, say("受け付けました。これから内容を確かめます。")),
    Status.RECEIVED: (Step.RECEIVED, say("受け付けました。これから内容を確かめます。")),
    Status.TRIAGED: (Step.CHECKING, say("内容を確かめ、対応を準備しています。")),
    Status.OFFERED: (Step.WORKING, say("専門家に相談しています。")),
    Status.IN_PROGRESS: (Step.WORKING, say("担当者や専門家が対応しています。")),
    Status.WAITING: (Step.WORKING, say("お返事をお待ちしています。")),
    Status.ANSWERED: (Step.ANSWERED, say("回答をお送りしました。")),
    Status.CLOSED: (Step.ANSWERED, say("対応を終えました。")),
    Status.DECLINED: (Step.ANSWERED, say("この窓口ではお答えできない内容でした。")),
    Status.MERGED: (Step.WORKING, say("同じ内容のものとまとめて対応しています。")),
    Status.WITHDRAWN: (Step.RECEIVED, say("取り下げました。対応は終わっています。")),
}
"""Where a requester stands, in words that name nothing internal."""
