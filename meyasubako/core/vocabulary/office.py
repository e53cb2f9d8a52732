"""Words for who acts, what they may do, and what is kept on record of it."""

from meyasubako.core.vocabulary.words import Word


class Role(Word):
    """窓口ごとの職員の役割. What each may do stands in `core.policy`."""

    VIEWER = "viewer", "閲覧者", "案件と集計を見る"
    CLERK = "clerk", "担当者", "受付、振分け、回答などの仕事をする"
    COORDINATOR = "coordinator", "調整役", "打診、月の締め、名簿の手入れ、期限の変更もする"
    ADMIN = "admin", "管理者", "窓口の職員と設定も管理する"


class ActorKind(Word):
    """だれがしたか."""

    REQUESTER = "requester", "本人", "投稿者・相談者"
    STAFF = "staff", "職員", "窓口の職員"
    PROVIDER = "provider", "引き受け手", "アドバイザー、パートナー、支援機関"
    SYSTEM = "system", "自動", "期限などで自動に"


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
    VIEWS_KEPT = "views_kept", "窓口の一覧を手入れした", "窓口のみんなの一覧を保存した、改めた、削除した"
    DIRECTORY_KEPT = "directory_kept", "名簿を手入れした", "名簿に加えた、名簿の内容を改めた"
    STAFF_MAIL_SET = "staff_mail_set", "職員のメールを改めた", "職員にお知らせを送るアドレスを改めた"
    PASSWORD_SET = "password_set", "パスワードを改めた", "職員のパスワードを改めた"
    STAFF_DEACTIVATED = "staff_deactivated", "利用を止めた", "職員がサインインできないようにした"
    DESK_AMENDED = "desk_amended", "窓口の設定を改めた", "担当課、分野、休みの日を、画面で改めた"
    DESK_APPLIED = "desk_applied", "窓口の定義を改めた", "窓口の定義ファイルを取り入れた"
    INDICATORS_KEPT = "indicators_kept", "指標を手入れした", "指標、目標、実績を加えた、改めた"
    TALLY_FORMS_KEPT = (
        "tally_forms_kept",
        "集計の様式を手入れした",
        "集計の様式を加えた、改めた、やめた",
    )
    MONTH_CLOSED = "month_closed", "月を締めた", "集計の月を確定した"
