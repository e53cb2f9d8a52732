"""Forms as people fill them in, for both desks."""

from collections.abc import Mapping

from tests.harness.shipped import shipped_desk

TOYAMA, MIE = shipped_desk("toyama-meyasubako"), shipped_desk("mie-dx-center")
DESKS = {desk.code: desk for desk in (TOYAMA, MIE)}


Values = Mapping[str, list[str]]


OPINION: Values = {
    "requester_type": ["resident"],
    "purpose": ["opinion"],
    "title": ["スマホ講座を増やしてほしい"],
    "body": ["公民館での講座が、いつも満員です。"],
    "reply_wanted": ["no"],
    "publish_consent": ["yes"],
}


CONSULTATION: Values = {
    "requester_type": ["business"],
    "organisation": ["サンプル製作所"],
    "name": ["見本 太郎"],
    "municipality": ["津市"],
    "reply_wanted": ["yes"],
    "email": ["Taro@Example.JP"],
    "phone": ["０５９－２２４－００００"],
    "purpose": ["training"],
    "topics": ["industry-data", "industry-other", "industry-data"],
    "title": ["現場作業員へのIT導入を進めたい"],
    "body": ["紙の日報を\r\nやめたい。"],
    "meeting_way": ["online"],
    "wished_dates": ["7月10日（金）の午後"],
    "share_consent": ["yes"],
}
