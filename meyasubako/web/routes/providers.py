"""What an adviser or a partner opens with the link of an offer."""

from meyasubako.core.policy import Need
from meyasubako.web import provider
from meyasubako.web.guard import Page
from meyasubako.web.routes.methods import POST

pages: list[Page] = [
    Page("/offers/{token}", provider.follow, name="offer_link", needs=Need.PUBLIC, private=True),
    Page("/provider/", provider.home, name="provider_home", needs=Need.PROVIDER),
    Page("/provider/offers/{offer_id:int}", provider.offer, name="provider_offer", needs=Need.PROVIDER),
    Page(
        "/provider/offers/{offer_id:int}/accept",
        provider.accept,
        name="provider_accept",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/turn-down",
        provider.turn_down,
        name="provider_turn_down",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/advice",
        provider.advise,
        name="provider_advice",
        needs=Need.PROVIDER,
        methods=POST,
    ),
    Page(
        "/provider/offers/{offer_id:int}/meetings",
        provider.meet,
        name="provider_meetings",
        needs=Need.PROVIDER,
        methods=POST,
    ),
]
