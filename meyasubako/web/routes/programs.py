"""What programs ask: the API, and whether the service runs."""

from meyasubako.core.policy import Need
from meyasubako.web.api import desks, openapi, receipts
from meyasubako.web.guard import Page
from meyasubako.web.public import front
from meyasubako.web.routes.methods import POST

pages: list[Page] = [
    Page("/api/v1/openapi.json", openapi.document, name="api_openapi", needs=Need.PUBLIC, last=True),
    Page("/api/v1/desks", desks.every, name="api_desks", needs=Need.PUBLIC, last=True),
    Page("/api/v1/desks/{desk}", desks.one, name="api_desk", needs=Need.PUBLIC, last=True),
    Page(
        "/api/v1/desks/{desk}/receipts",
        receipts.hand_in,
        name="api_receipts",
        needs=Need.PUBLIC,
        methods=POST,
    ),
    Page("/api/v1/desks/{desk}/tallies", desks.figures, name="api_tallies", needs=Need.PUBLIC, last=True),
    Page(
        "/api/v1/receipts/{receipt_number}",
        receipts.look,
        name="api_receipt",
        needs=Need.PUBLIC,
        private=True,
    ),
]
"""The API."""

signs: list[Page] = [
    Page("/healthz", front.healthz, name="healthz", needs=Need.PUBLIC, bare=True),
    Page("/readyz", front.readyz, name="readyz", needs=Need.PUBLIC, bare=True),
]
"""Whether the service runs."""
