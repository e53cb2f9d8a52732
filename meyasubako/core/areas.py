"""Where somebody is at home: a municipality of the prefecture, or one of the places outside it that are told apart."""

from typing import Final

from meyasubako.core.vocabulary import RequesterType

OUTSIDE: Final = "県外"
ABROAD: Final = "国外"


def place_of(requester_type: RequesterType, municipality: str) -> str:
    """What is counted as the place: a business from outside the prefecture is from there also where it named none."""
    if requester_type is RequesterType.BUSINESS_OUTSIDE:
        return municipality or OUTSIDE
    return municipality
