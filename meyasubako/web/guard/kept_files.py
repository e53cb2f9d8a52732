"""Static files, kept by browsers for as long as their content is the same."""

from functools import lru_cache
from os import PathLike, stat_result
from pathlib import Path

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from meyasubako.web import page

FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400"


class KeptFiles(StaticFiles):
    """An address with the hash of the content is kept for ever; others (the fonts a stylesheet names) for a day."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        # Any other version, asked for before it is there, must not be kept with the content of today.
        named = QueryParams(scope["query_string"]).get("v")
        names_content = named is not None and named == _version(Path(full_path), stat_result.st_mtime_ns)
        response.headers["cache-control"] = FOR_EVER if names_content else FOR_A_DAY
        return response


@lru_cache(maxsize=256)
def _version(path: Path, _changed: int) -> str:
    return page.version_of(path.read_bytes())
