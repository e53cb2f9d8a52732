"""The indicators that come along, loaded and looked at, print what the prefectures printed. The numbers here were copied by hand."""

import pytest

from meyasubako.casework import indicators
from meyasubako.casework.indicators import Line, Table
from meyasubako.core.vocabulary import Verdict
from meyasubako.demo.indicators import written_down
from meyasubako.store.database import Database
from tests.harness.story import Story, open_story

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

NOTHING = "－"

TOKUSHIMA = {
    # 令和2年度から6年度まで: 目標, then 実績.
    "公文書の電子化率（電子決裁システム利用率）": ("－ 90％ 100％ 100％ 100％", "87％ 95％ － － －"),
    "ＡＩ技術活用事業数": ("－ 10件 11件 12件 13件", "10件 17件 － － －"),
    "ＡＩ活用全庁ＦＡＱシステム登録数": (
        "－ 2,000件 3,000件 4,000件 5,000件",
        "1,800件 4,940件 － － －",
    ),
    "Ｗｅｂ会議設備を常設した県庁会議室数": ("－ 5 5 6 7", "1 5 － － －"),
    "テレワーク（在宅勤務等）利用環境の充実": (
        (
            "－ 運用 より使いやすい利用環境へ改善（ＰＤＣＡ） より使いやすい利用環境へ改善（ＰＤＣＡ）"
            " より使いやすい利用環境へ改善（ＰＤＣＡ）"
        ),
        "－ 運用 － － －",
    ),
    "ＲＰＡシナリオ数": ("－ 67 77 87 97", "67 作成中 － － －"),
    "電子化した職員の諸手当認定手続数": ("－ 1 2 3 4", "－ 1 － － －"),
    "遠隔立入調査数": (
        (
            "－ 5 効果を検証しながら調達方法を改善（ＰＤＣＡ） 効果を検証しながら調達方法を改善（ＰＤＣＡ）"
            " 効果を検証しながら調達方法を改善（ＰＤＣＡ）"
        ),
        "－ 7 － － －",
    ),
    "自治体クラウド導入市町村数": ("－ 20 24 24 24", "17 20 － － －"),
    "情報システム・庁内ネットワークのセキュリティ強化": (
        (
            "－ 運用 リスク分析を実施し、必要となる新しい技術を導入（ＰＤＣＡ）"
            " リスク分析を実施し、必要となる新しい技術を導入（ＰＤＣＡ）"
            " リスク分析を実施し、必要となる新しい技術を導入（ＰＤＣＡ）"
        ),
        "－ 運用 － － －",
    ),
    "ユーザーエクスペリエンス（ＵＸ）評価体制の構築及び改善": (
        (
            "－ 構築 県民や事業者の満足度向上で測定（ＰＤＣＡ） 県民や事業者の満足度向上で測定（ＰＤＣＡ）"
            " 県民や事業者の満足度向上で測定（ＰＤＣＡ）"
        ),
        "－ 構築済 － － －",
    ),
    "職員向けデジタル研修受講者数": ("－ 660人 700人 750人 800人", "420人 780人 － － －"),
    "県庁エバンジェリスト制度の創設": (
        (
            "－ 検討・創設 職員のＩＣＴリテラシーを向上（ＰＤＣＡ） 職員のＩＣＴリテラシーを向上（ＰＤＣＡ）"
            " 職員のＩＣＴリテラシーを向上（ＰＤＣＡ）"
        ),
        "－ 検討・令和４年度創設予定 － － －",
    ),
}
TOKUSHIMA_CUMULATIVE = {
    "ＡＩ活用全庁ＦＡＱシステム登録数",
    "Ｗｅｂ会議設備を常設した県庁会議室数",
    "ＲＰＡシナリオ数",
    "電子化した職員の諸手当認定手続数",
    "自治体クラウド導入市町村数",
}
ISHIKAWA = """
デジタル化導入支援件数|150件（平成30年度～令和2年度）|320件|2025
いしかわデジタル技術支援工房 相談件数|1,923件（平成30年度～令和2年度）|5,500件|2025
デジタル人材育成事業参加者数|541人（平成30年度～令和2年度）|1,800人|2025
製造業ノウハウ活用型先進的農業経営体数|37経営体（令和2年度）|40経営体|2024
交通事故年間死者数|40人（令和2年度）|30人以下|2025
いしかわ家庭版環境ISO認定家庭（エコファミリー）数|81,885家庭（令和2年度）|120,000家庭|2025
ＩＣＴ・ＩоＴ機器を導入した介護施設の割合|35％（令和2年度）|80％|2023
婚活イベント参加者数|455人（令和2年度）|10,000人|2024
マイ保育園登録率|56.8％（令和2年度）|80.0％|2024
授業中にＩＣＴを活用して指導することができる教員の割合|71.7％（令和2年度）|100％|2025
児童生徒のＩＣＴ活用を指導することができる教員の割合|74.1％（令和2年度）|100％|2025
県内観光年間入り込み客数|1,325万人（令和2年度）|3,000万人|2025
外国人年間宿泊者数|10万人泊（令和2年度）|100万人泊|2025
本県への移住者数|1,430人（令和2年度）|1,500人|2024
県条例等を根拠とする手続のオンライン化率（件数ベース）|19％（令和2年度）|増加|2025
県関連施設のオンライン予約導入率|26％（令和2年度）|増加|2025
キャッシュレス導入施設割合|90％（令和2年度）|増加|2025
県公式ＬＩＮＥ友だち数|54,696人（令和3年度 10月末）|増加|2025
マイナンバーカード交付率|39.2％（令和3年度 10月）|増加|2025
コピー用紙購入枚数（全庁）|約6,000万枚（令和2年度）|減少|2025
業務改善数||30件|2025
1人1月当たりの時間外勤務時間数|15.0時間（平成28年度～令和2年度 平均）|13.5時間|2025
電子決裁率（緊急等の場合を除く）|57％（令和2年度）|100％|2025
AI・RPA導入による省力時間数||10,000時間|2025
システム等を共同利用する市町数|11市町（令和2年度）|増加|2025
庁内情報システムのサーバの集約|34（令和2年度）|増加|2025
セキュリティ研修受講者|全職員|全職員|2025
オープンデータ件数|76件（令和2年度）|150件|2025
"""
FUKUSHIMA = """
県及び市町村の行政手続のオンライン利用率|48.2％（令和3年度）|80.0％|2025
コピー用紙購入量（本庁（知事部局））|40百万枚（令和2年度）|12百万枚|2025
ふくしま12市町村移住ポータルサイト（未来ワークふくしま）のページビュー（PV）数|100万件（令和3年度）|146.1万件|2025
課題解決プロジェクト参加者数|121人（令和3年度）|160人|2025
教員のICT活用指導力（授業にICTを活用して指導する能力）|65.3％（令和2年度）|85％|2025
技術支援を受けた企業が、実際にAI・IoT製品や技術等を自社に導入するに至った件数|2件（令和3年度）|8件|2025
スマート農業等技術を導入した経営体数|525経営体（令和2年度）|810経営体|2025
介護ロボットやICT機器の導入施設数|172施設（令和2年度）|391施設|2025
ふくしま健民アプリのダウンロード数|48,441件（令和2年度）|98,441件|2025
福島県環境アプリの累計ダウンロード数|10,000ダウンロード（令和3年度）|100,000ダウンロード|2025
出前講座等を通じ防災に関し啓発を行った人数|5,000人（令和3年度）|8,000人|2025
"""
MIE_REPORT = {
    # 目標達成状況 of 令和3年度 as printed, with 目標 and 実績 of 令和2年度 and 3年度.
    "スマート自治体の進展を実感する職員の割合": ("10.0% 40.0%", "31.7% 31.8%", "0.80"),
    "テレワーク（モバイルワークやサテライトオフィス等）を利用した所属数": (
        "60所属 167所属",
        "258所属 265所属",
        "1.00",
    ),
    "電子申請・届出システムによる申請件数": ("22,400件 23,000件", "32,870件 62,457件", "1.00"),
}
MIE_PLAN = """
DXに取り組む県民の皆さんや県内事業者等への支援に対する貢献度|90.0%（令和3年度）|90.0%以上|2026
DXや革新的な技術・サービスを活用した先進的な取組を行う事業者等への支援件数|26件（令和3年度）|91件|2026
デジタル化した県独自の行政手続の割合|39%（令和3年度）|100%|2026
市町DXの促進に向けた市町との連携による取組数|7取組（令和3年度）|57取組|2026
DX推進スペシャリストが参画した業務改善等の取組件数|10件（令和3年度）|100件|2026
デジタルコミュニケーションが定着していると感じる職員の割合|調査中（令和3年度）||
"""


async def loaded(database: Database, name: str) -> tuple[Story, Table]:
    story = await open_story(database)
    await story.do(indicators.load, story.applied, written_down(name), by=story.clerk)
    return story, await story.see(lambda session: indicators.all_years(session, story.applied, at=story.at))


def printed(table: Table, line: Line, years: range) -> tuple[str, str]:
    """Targets and actual figures of some years, as a page shows them."""
    each = [line.figures[table.years.index(year)] for year in years]
    unit = line.definition.unit
    return (
        " ".join(one.target.shown(unit) if one.target else NOTHING for one in each),
        " ".join(one.actual.shown(unit) if one.actual else NOTHING for one in each),
    )


def planned(table: Table) -> str:
    """Baseline and the one target of each indicator, as the plans print them."""
    found = []
    for line in table.lines:
        targets = [each for each in line.figures if each.target]
        target, year = ("", "") if not targets else (targets[0].target, str(targets[0].year))
        shown = target.shown(line.definition.unit) if target else ""
        found.append(f"{line.definition.label}|{line.definition.baseline_text}|{shown}|{year}")
    return "\n".join(["", *found, ""])


async def test_tokushima(database: Database) -> None:
    _, table = await loaded(database, "tokushima")
    assert table.years == (2020, 2021, 2022, 2023, 2024)
    assert {
        line.definition.label: printed(table, line, range(2020, 2025)) for line in table.lines
    } == TOKUSHIMA
    assert {
        line.definition.label for line in table.lines if line.definition.is_cumulative
    } == TOKUSHIMA_CUMULATIVE
    assert [group.heading.partition("：")[0] for group in table.groups] == [
        "ＫＧＩ",
        "ＣＳＦ－１",
        "ＣＳＦ－２",
        "ＣＳＦ－３",
    ]
    of_2021 = {line.code: line.figures[1].verdict for line in table.lines}
    not_met = {code: verdict for code, verdict in of_2021.items() if verdict is not Verdict.MET}
    assert not_met == {"rpa": Verdict.UNCLEAR, "evangelists": Verdict.MISSED}


@pytest.mark.parametrize(("name", "document"), [("ishikawa", ISHIKAWA), ("fukushima", FUKUSHIMA)])
async def test_plans_with_one_year_to_reach(database: Database, name: str, document: str) -> None:
    _, table = await loaded(database, name)
    assert planned(table) == document


async def test_mie(database: Database) -> None:
    story, table = await loaded(database, "mie")
    report = {
        line.definition.label: (
            *printed(table, line, range(2020, 2022)),
            str(line.figures[table.years.index(2021)].ratio),
        )
        for line in table.lines[:3]
    }
    assert report == MIE_REPORT
    assert table.lines[2].definition.baseline_text == "22,299件（令和元年度）"
    assert planned(Table(table.years, table.years, table.groups[2:])) == MIE_PLAN
    now = await story.see(lambda session: indicators.of_year(session, story.applied, 2024, at=story.at))
    # The report is over; of the plan, those without a figure wait for it.
    assert [line.code for line in now.over] == ["smart-felt", "telework-offices", "e-applications"]
    assert {line.figures[0].verdict for line in now.lines} == {Verdict.WAITING, Verdict.NO_TARGET}
    assert {line.figures[0].target_year for line in now.lines[:5]} == {2026}
