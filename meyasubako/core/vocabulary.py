"""The words of the desk: every code the data holds, with the Japanese word an official reads for it.

Codes are fixed for all desks and never change once stored; labels that differ between desks stand in the desk files.
"""

from enum import StrEnum
from typing import Self

from meyasubako.core.sentences import Sentence, say


class Word(StrEnum):
    """A fixed code (`value`) with its Japanese word (`label`) and what it means (`meaning`)."""

    label: str
    meaning: str

    def __new__(cls, code: str, label: str, meaning: str) -> Self:
        word = str.__new__(cls, code)
        word._value_ = code
        word.label = Sentence(label)
        word.meaning = Sentence(meaning)
        return word


class RequesterType(Word):
    """投稿者・相談者の区分. A desk chooses which it offers and how its tallies group them."""

    RESIDENT = "resident", "県民", "県内に住む個人"
    RESIDENT_GROUP = "resident_group", "県民グループ", "県内の団体、サークル、学校のグループなど"
    BUSINESS = "business", "県内事業者", "県内に事業所のある会社、組合、個人事業主"
    BUSINESS_OUTSIDE = "business_outside", "県外事業者", "県外の会社、団体"
    MUNICIPALITY = "municipality", "市町村", "県内の市町村の職員"
    PREFECTURE = "prefecture", "県", "県の職員"
    OTHER = "other", "そのほか", "ほかのどれにも当たらない人"
    UNKNOWN = "unknown", "不明", "手紙などで、だれからか分からないもの"


class CaseKind(Word):
    """案件の種類."""

    SUGGESTION = "suggestion", "提案・意見", "県の施策への意見や提案"
    CONSULTATION = "consultation", "相談", "助言や情報を求めるもの"


class Channel(Word):
    """受付経路."""

    WEB = "web", "ホームページ", "この窓口の入力画面から"
    EMAIL = "email", "電子メール", "電子メールで"
    LETTER = "letter", "郵便", "手紙やはがきで"
    FAX = "fax", "ファックス", "ファックスで"
    PHONE = "phone", "電話", "電話で"
    VISIT = "visit", "来庁", "窓口に来て"
    EVENT = "event", "催し", "セミナーや説明会の会場で"
    LINE = "line", "LINE", "LINEのメッセージで"
    API = "api", "システム連携", "ほかのシステムから"


class Language(Word):
    """送った人が使った言葉. The codes are those of BCP 47."""

    JAPANESE = "ja", "日本語", "ふつうの日本語の画面"
    EASY_JAPANESE = "ja-x-easy", "やさしい日本語", "ふりがなのついた、短い文の画面"
    ENGLISH = "en", "英語", "英語の画面"


class FileType(Word):
    """受け取るファイルの種類. What a file is, is decided by its content."""

    PDF = "pdf", "PDF", "PDF文書"
    JPEG = "jpeg", "写真（JPEG）", "JPEGの画像"
    PNG = "png", "画像（PNG）", "PNGの画像"
    HEIC = "heic", "写真（HEIC）", "スマートフォンの写真"
    DOCX = "docx", "Word", "Wordの文書"
    XLSX = "xlsx", "Excel", "Excelの表"
    PPTX = "pptx", "PowerPoint", "PowerPointの資料"
    TXT = "txt", "テキスト", "文字だけのファイル"
    CSV = "csv", "CSV", "カンマ区切りの表"


class ScanState(Word):
    """ウイルス検査のようす."""

    NOT_ASKED = "not_asked", "検査なし", "検査するしくみを使っていない"
    PENDING = "pending", "検査待ち", "検査が済むまで開けない"
    CLEAN = "clean", "問題なし", "検査で何も見つからなかった"
    INFECTED = "infected", "ウイルスあり", "開けないようにした"


class QuarantineReason(Word):
    """確かめてから受け付けるわけ."""

    TRAP = "trap", "見えない欄に記入", "人には見えない欄に何か書かれていた"
    TOO_FAST = "too_fast", "早すぎる送信", "人が書くには早すぎる時間で送られた"
    FLOOD = "flood", "短い時間に多数", "短い時間に、同じ所や同じ窓口へたくさん送られた"
    REPEATED = "repeated", "同じ内容の繰り返し", "同じ内容が何度も送られた"
    MAIL = "mail", "メールで届いた", "窓口のアドレスに、はじめてのメールで届いた"


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


class ProviderKind(Word):
    """名簿に載る引き受け手の種類."""

    ADVISER = "adviser", "アドバイザー", "登録された専門家"
    PARTNER = "partner", "パートナー", "登録された企業"
    SUPPORT_ORGANISATION = "support_organisation", "支援機関", "商工団体などの支援機関"


class OfferState(Word):
    """打診のようす."""

    OPEN = "open", "返事待ち", "打診して、返事を待っているもの"
    ACCEPTED = "accepted", "受諾", "引き受けたもの"
    TURNED_DOWN = "turned_down", "辞退", "引き受けられなかったもの"
    EXPIRED = "expired", "期限切れ", "期限までに返事がなかったもの"
    REVOKED = "revoked", "取消し", "窓口が打診を取り消したもの"
    ENDED = "ended", "終了", "案件が終わり、役目を終えたもの"


class ReferralState(Word):
    """引継ぎのようす."""

    ASKED = "asked", "依頼済", "ほかの機関に頼んで、返事を待っているもの"
    ACCEPTED = "accepted", "受けてもらえた", "ほかの機関が引き受けたもの"
    TURNED_DOWN = "turned_down", "断られた", "ほかの機関が引き受けられなかったもの"
    ENDED = "ended", "結果あり", "引き継いだ先での結果がわかったもの"


class ConsentWay(Word):
    """本人の同意を得た方法."""

    PHONE = "phone", "電話で", "電話で確かめた"
    EMAIL = "email", "メールで", "メールで返事をもらった"
    VISIT = "visit", "会って", "会って確かめた"
    LETTER = "letter", "書面で", "手紙や同意書をもらった"
    STATUS_PAGE = "status_page", "状況を確かめるページで", "状況を確かめるページに書いてもらった"


class MeetingWay(Word):
    """面談の方法."""

    VISIT = "visit", "訪問", "会って話す"
    ONLINE = "online", "オンライン", "ビデオ会議で話す"
    PHONE = "phone", "電話", "電話で話す"


class Helpfulness(Word):
    """アンケートの答え（みえ元気プランのKPIの言葉）."""

    HELPED = "helped", "役に立った", "4段階のいちばん上"
    HELPED_SOMEWHAT = "helped_somewhat", "やや役に立った", "4段階の2番目"
    HELPED_LITTLE = "helped_little", "あまり役に立たなかった", "4段階の3番目"
    DID_NOT_HELP = "did_not_help", "役に立たなかった", "4段階のいちばん下"


class Role(Word):
    """窓口ごとの職員の役割. What each may do stands in `core.policy`."""

    VIEWER = "viewer", "閲覧者", "案件と集計を見る"
    CLERK = "clerk", "担当者", "受付、振分け、回答などの仕事をする"
    COORDINATOR = "coordinator", "調整役", "打診、月の締め、名簿の手入れ、期限の変更もする"
    ADMIN = "admin", "管理者", "窓口の職員と設定も管理する"


class EventKind(Word):
    """対応履歴の出来事, in the past tense."""

    RECEIVED = "received", "受け付けました", "受付"
    ADMITTED = "admitted", "受付を認めました", "確かめ待ちのものを受け付けた"
    TRIAGED = "triaged", "振り分けました", "区分と担当を決めた"
    RETRIAGED = "retriaged", "振分けを改めました", "決めた区分を改めた"
    REQUESTER_TYPE_CHANGED = (
        "requester_type_changed",
        "送った人の区分が改まりました",
        "同じ受付の別のことがらの振分けで、送った人の区分が改まった",
    )
    OFFERED = "offered", "打診しました", "アドバイザーなどに打診した"
    ACCEPTED = "accepted", "引き受けられました", "打診が受諾された"
    TURNED_DOWN = "turned_down", "打診は辞退されました", "打診が辞退された"
    EXPIRED = "expired", "打診の期限が過ぎました", "期限までに返事がなかった"
    REVOKED = "revoked", "打診を取り消しました", "窓口が打診を取り消した"
    STARTED = "started", "窓口で対応を始めました", "担当課が対応を始めた"
    HANDED_BACK = "handed_back", "振分けに戻しました", "対応から振分けに戻した"
    ASKED = "asked", "問い合わせました", "相談者・投稿者に問い合わせた"
    ADDED = "added", "追記がありました", "相談者・投稿者が書き足した"
    RESUMED = "resumed", "対応に戻しました", "返事待ちを終えた"
    ADVISED = "advised", "助言を書きました", "引き受け手が助言を書いた"
    MET = "met", "面談を記録しました", "面談・助言の実施"
    NOTED = "noted", "メモを書きました", "内部のメモ"
    DRAFTED = "drafted", "回答案を書きました", "送る前の回答を書きはじめた"
    CONTRIBUTION_ASKED = "contribution_asked", "考え方をたずねました", "担当課に考え方をたずねた"
    CONTRIBUTION_GIVEN = "contribution_given", "考え方が出されました", "担当課が考え方を出した"
    CONTRIBUTION_DROPPED = "contribution_dropped", "考え方の依頼を取り下げました", "担当課を待つのをやめた"
    SUBMITTED = "submitted", "回答案を回しました", "回答案を確認や決裁に回した"
    REVIEWED = "reviewed", "回答案を確認しました", "ほかの職員が確認した"
    APPROVED = "approved", "回答案を決裁しました", "この文で送ると決めた"
    SENT_BACK = "sent_back", "回答案を差し戻しました", "直すことを添えて返した"
    PULLED_BACK = "pulled_back", "回答案を引き戻しました", "直すために取り戻した"
    INTERIM_SENT = "interim_sent", "中間のお知らせを送りました", "回答の前に、ようすと新しい期限を知らせた"
    DUE_MOVED = "due_moved", "期限を改めました", "回答の期限を改めた"
    REPLIED = "replied", "回答しました", "回答を送った"
    REFERRED = "referred", "ほかの機関に引継ぎを頼みました", "ほかの機関に引継ぎを頼んだ"
    REFERRAL_ACCEPTED = "referral_accepted", "引継ぎを受けてもらえました", "ほかの機関が引き受けた"
    REFERRAL_TURNED_DOWN = "referral_turned_down", "引継ぎを断られました", "ほかの機関が引き受けられなかった"
    REFERRAL_ENDED = "referral_ended", "引継ぎの結果がわかりました", "引き継いだ先での結果"
    CLOSED = "closed", "完了しました", "対応を終えた"
    REOPENED = "reopened", "対応を再開しました", "完了や回答済から戻した"
    DECLINED = "declined", "対象外としました", "窓口の対象外とした"
    WITHDRAWN = "withdrawn", "取り下げられました", "本人が取り下げた"
    MERGED = "merged", "ほかの案件にまとめました", "統合した"
    UNDONE = "undone", "元に戻しました", "対象外、統合、取下げを取り消した"
    MAIL_KEPT = "mail_kept", "確かめるメールが届きました", "追記にはせず、職員が確かめるメール"
    AUTO_REPLIED = "auto_replied", "自動の返信が届きました", "不在などを知らせる自動の返信"
    BOUNCED = "bounced", "メールが届きませんでした", "送ったメールが相手に届かなかった"
    SURVEYED = "surveyed", "アンケートに答えがありました", "役に立ったかの答え"
    CONSENT_WITHDRAWN = "consent_withdrawn", "公表への同意が取り消されました", "公表の同意の取消し"
    CONTACT_CORRECTED = "contact_corrected", "連絡先が改められました", "本人が連絡先を直した"
    CONTACT_SEEN = "contact_seen", "連絡先を見ました", "引き受け手が連絡先を見た"
    ASSIGNED = "assigned", "担当者を決めました", "担当者の変更"
    SPLIT = "split", "ことがらを分けました", "1つの案件を2つ以上に分けた"
    SPLIT_OFF = "split_off", "ほかの案件から分けました", "分けてできた案件"
    UNSPLIT = "unsplit", "分けたことがらを戻しました", "分ける前の案件に戻した"
    TOOK_IN = "took_in", "ほかの案件をまとめました", "この案件に統合した"
    MERGED_ON = "merged_on", "まとめた先が変わりました", "まとめた先が、さらに統合された"
    LET_GO = "let_go", "まとめた案件を元に戻しました", "この案件への統合を取り消した"
    RELEASED = "released", "まとめた先が終わったため、元に戻りました", "まとめた先が取下げや対象外になった"
    REPLY_SHARED = "reply_shared", "まとめた先の回答を送りました", "まとめた先と同じ回答を送った"
    BUNDLED = "bundled", "同じ内容のまとめに入れました", "同じ内容の案件をまとめた"
    UNBUNDLED = "unbundled", "同じ内容のまとめから外しました", "まとめから外した"
    CONVERTED = "converted", "種類を改めました", "相談と提案・意見のあいだで改めた"


class Deed(Word):
    """案件の一覧から、まとめて行うこと."""

    TRIAGE = "triage", "振り分ける", "内容の種類、分野、担当課を決める"
    ASSIGN = "assign", "担当者を決める", "担当者を決める。または外す"
    REPLY = "reply", "回答する", "同じ回答を、それぞれの人に送る"
    CLOSE = "close", "完了する", "対応結果を選んで終える"
    DECLINE = "decline", "対象外とする", "対象外の理由を選んで、相手に知らせる"
    MERGE = "merge", "統合する", "同じ人や同じことがらの重なりを、1つの案件にする。項目数が減る"
    BUNDLE = "bundle", "同じ内容としてまとめる", "1つずつ数えたまま、一度に回答できるようにする"


class DraftState(Word):
    """回答案のようす."""

    DRAFTING = "drafting", "下書き", "担当者が書いているもの"
    IN_REVIEW = "in_review", "確認待ち", "ほかの職員の確認を待っているもの"
    IN_APPROVAL = "in_approval", "決裁待ち", "決裁を待っているもの"
    READY = "ready", "送付待ち", "決まって、送るのを待っているもの"
    SENT = "sent", "送付済", "回答として送ったもの"


class ContributionState(Word):
    """担当課の考え方のようす."""

    ASKED = "asked", "依頼中", "たずねて、待っているもの"
    GIVEN = "given", "提出済", "考え方が出されたもの"
    DROPPED = "dropped", "取下げ", "待つのをやめたもの"


class Measure(Word):
    """What the tally ledger counts."""

    RECEIPTS = "receipts", "件数", "届いた手紙や送信の数"
    CASES = "cases", "項目数", "届いたことがらの数。統合したものは除く"
    TOPICS = "topics", "分野別の項目数", "項目を分野ごとに数えたもの。1つの項目が2つの分野に入ることがある"
    STATUSES = "statuses", "対応状況別の項目数", "受け付けた月ごとに、いまの対応状況で数えたもの"
    OUTCOMES = "outcomes", "対応結果別の項目数", "完了した月ごとに、対応結果で数えたもの"
    OFFERS = "offers", "打診の数", "アドバイザーなどに打診した数"
    ACCEPTANCES = "acceptances", "受諾の数", "打診が受諾された数"
    MEETINGS = "meetings", "面談の数", "面談・助言を実施した数"
    REPLIES = "replies", "回答の数", "送った回答の数"
    SURVEYS = "surveys", "アンケートの答え", "役に立ったかの答えの数"


class Dimension(Word):
    """How the tallies divide what they count."""

    REQUESTER_GROUP = "requester_group", "相談者・投稿者のまとまり", "窓口の定義ファイルのまとまりごと"
    REQUESTER_TYPE = "requester_type", "相談者・投稿者の区分", "県民、県内事業者などの区分ごと"
    PURPOSE = "purpose", "内容の種類", "相談内容や提案の種類ごと"
    TOPIC = "topic", "分野", "分野ごと。上の段は、下の段のどれかに当たるものを1回だけ数える"
    CHANNEL = "channel", "受付経路", "ホームページ、郵便など、届き方ごと"
    STATUS = "status", "対応状況", "受け付けた月ごとに、集計した時点の状況で"
    OUTCOME = "outcome", "対応結果", "完了した月ごとに"


class AuditAction(Word):
    """操作の記録に残ること: who administered what, and who looked at contact data."""

    CONTACT_SEEN = "contact_seen", "連絡先を見た", "案件の画面で、氏名や連絡先を開いた"
    EXPORTED = "exported", "一覧を書き出した", "一覧をCSVやExcelで持ち出した"
    STAFF_ADDED = "staff_added", "職員を加えた", "職員の利用者IDを作った"
    ROLE_GRANTED = "role_granted", "役割を決めた", "窓口での職員の役割を決めた"
    ROLE_REVOKED = "role_revoked", "役割をなくした", "窓口での職員の役割をなくした"
    DIVISION_SET = "division_set", "話す担当課を決めた", "職員が、どの課として考え方を出すかを決めた"
    TEMPLATES_KEPT = (
        "templates_kept",
        "定型文を手入れした",
        "定型文を加えた、直した、並べた、やめた、また使った",
    )
    PASSWORD_SET = "password_set", "パスワードを改めた", "職員のパスワードを改めた"
    STAFF_DEACTIVATED = "staff_deactivated", "利用を止めた", "職員がサインインできないようにした"
    DESK_APPLIED = "desk_applied", "窓口の定義を改めた", "窓口の定義ファイルを取り入れた"
    MONTH_CLOSED = "month_closed", "月を締めた", "集計の月を確定した"


class ActorKind(Word):
    """だれがしたか."""

    REQUESTER = "requester", "本人", "投稿者・相談者"
    STAFF = "staff", "職員", "窓口の職員"
    PROVIDER = "provider", "引き受け手", "アドバイザー、パートナー、支援機関"
    SYSTEM = "system", "自動", "期限などで自動に"


class Message(Word):
    """The mails the service sends."""

    CONFIRM = "confirm", "受付のお知らせと確認のお願い", "受付番号と、メールアドレスの確認のリンク"
    ADDRESS_CHANGED = (
        "address_changed",
        "アドレスの変更のお知らせ",
        "確認済みだったアドレスに送る、変更のお知らせ",
    )
    PASSCODE = "passcode", "新しい合言葉", "確認済みのアドレスに送る新しい合言葉"
    ASKED = "asked", "おたずね", "職員からの問い合わせ"
    INTERIM = "interim", "中間のお知らせ", "回答の前の、ようすと新しい期限のお知らせ"
    REPLIED = "replied", "回答", "回答"
    DECLINED = "declined", "対象外のお知らせ", "対象外とした理由"
    SURVEY = "survey", "アンケートのお願い", "役に立ったかのアンケート"
    OFFER = "offer", "打診", "アドバイザーなどへの打診"
    OFFER_ACCEPTED = "offer_accepted", "引受けのお礼", "引き受けた人への連絡先と手順"
    OFFER_ENDED = "offer_ended", "打診の終わり", "打診を取り消したことのお知らせ"
    REMINDER = "reminder", "期限のお知らせ", "職員に、開庁日の朝に送る、期限の近い案件の番号"


class MailState(Word):
    """届いたメールがどうなったか."""

    ADDED = "added", "追記にしました", "本人の返信なので、案件の追記にした"
    RECEIVED = "received", "確かめ待ちの受付", "はじめてのメールなので、確かめ待ちで受け付けた"
    OTHER_SENDER = (
        "other_sender",
        "別のアドレスから",
        "返信先は正しいが、確認済みの本人のアドレスからではない",
    )
    FINISHED = "finished", "終わった案件へ", "対応の終わった案件への返信"
    UNREADABLE = "unreadable", "読み取れないメール", "こわれているか、中身がない"
    AUTOMATIC = "automatic", "自動のメール", "不在の知らせなど、機械が送ったもの。返事はしない"
    BOUNCED = "bounced", "届かなかった知らせ", "送ったメールが届かなかったという知らせ"
    DELAYED = "delayed", "遅れている知らせ", "送ったメールがまだ届いていないという知らせ"


class Bounce(Word):
    """送ったメールが届かなかったわけ."""

    HARD = "hard", "あて先がありません", "アドレスが違うか、なくなっている"
    SOFT = (
        "soft",
        "受け取ってもらえませんでした",
        "いっぱいになっている、受信を断る設定など。あとで届くこともある",
    )


WORDS: tuple[type[Word], ...] = (
    RequesterType,
    CaseKind,
    Channel,
    Language,
    FileType,
    ScanState,
    QuarantineReason,
    Status,
    Step,
    Outcome,
    ProviderKind,
    OfferState,
    ReferralState,
    ConsentWay,
    MeetingWay,
    Helpfulness,
    Role,
    EventKind,
    Deed,
    DraftState,
    ContributionState,
    Measure,
    Dimension,
    AuditAction,
    ActorKind,
    Message,
    MailState,
    Bounce,
)
"""Every vocabulary, in the order the glossary prints them."""

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
