"""What staff are told, and how each of them wishes it."""

from meyasubako.core.vocabulary.words import Word


class NoticeKind(Word):
    """いつ知らせるか. Where several fit one person, the first one is told."""

    MENTIONED = "mentioned", "メモで呼ばれたとき", "メモに「@名前」と書かれたか、「知らせる人」に選ばれた"
    ASSIGNED = "assigned", "担当になったとき", "ほかの人が、あなたを担当者に決めた"
    CONTRIBUTION = "contribution", "考え方をたずねられたとき", "あなたの担当課の考え方を、窓口が待っている"
    REVIEW = "review", "回答案が確認を待つとき", "ほかの人が回した回答案を、あなたも確認できる"
    APPROVAL = "approval", "回答案が決裁を待つとき", "ほかの人が回した回答案を、あなたが決裁できる"
    CAME_BACK = (
        "came_back",
        "回答案が戻ってきたとき",
        "あなたが回したものが差し戻された、送れるようになった、あなたがたずねた考え方が出た",
    )
    WROTE_BACK = (
        "wrote_back",
        "担当の案件に連絡があったとき",
        "本人が返事や追記を書いた、取り下げた、メールが届いた、こちらのメールが届かなかった",
    )
    OFFER_ANSWERED = (
        "offer_answered",
        "担当の案件の打診に動きがあったとき",
        "引き受けた、辞退した、返事の期限が過ぎた、助言や面談を記録した、面談の日時が動いた",
    )
    WATCHED = "watched", "見守っている案件が動いたとき", "「見守る」を押した案件に、だれかが何かをした"


class NoticeWay(Word):
    """どう知らせるか."""

    MAIL = "mail", "メールでも知らせる", "「お知らせ」のページに加えて、メールを送る"
    CHAT = "chat", "窓口のチャットでも知らせる", "「お知らせ」のページに加えて、窓口のチャットに書く"
    SCREEN = "screen", "「お知らせ」のページだけ", "画面の上の「お知らせ」に出る"
    NONE = "none", "知らせない", "「お知らせ」のページにも出さない"
