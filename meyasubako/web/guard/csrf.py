"""Forms are taken from our own pages only: the browser says where a request began, and the form shows the page's token."""

from starlette.requests import Request

from meyasubako.core.sentences import say
from meyasubako.web import forms, page
from meyasubako.web.guard.errors import Refused

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


async def check(request: Request) -> None:
    """Raises Refused unless this request came from a page we gave to this browser."""
    # Older browsers do not send the header; for them the token stands alone.
    if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise Refused(say("ほかのサイトから送られたため、受け取りませんでした。"))
    form = await forms.read(request)
    if not page.is_csrf_token(request, form.text(page.CSRF_FIELD)):
        raise Refused(
            say(
                "このサイトの画面から送られたことを確かめられないため、受け取りませんでした。"
                "前の画面に戻って読み込み直してから、もう一度お試しください。"
                "続くときは、ブラウザーがCookieを受け取る設定になっているかを確かめてください。"
            )
        )
