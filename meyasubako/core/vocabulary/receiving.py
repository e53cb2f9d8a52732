"""Words for what is handed in: by whom, how, in which language, with which files."""

from meyasubako.core.vocabulary.words import Word


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
