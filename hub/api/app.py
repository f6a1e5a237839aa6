"""The page's routes: the page itself, the same numbers as JSON and CSV, the stream, the health.

Everything is read-only and comes from one source. Answers with data are never stored by caches,
and a request whose Host is not this machine is refused, so that no other site can read the page
through a name that it points here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.api.cache import SummaryCache, read_fresh
from hub.api.problems import add_problem_handlers, problem
from hub.api.server import check_loopback, serve
from hub.api.source import FeedEvent, Source
from hub.api.stream import event_stream, resume_after
from hub.api.tables import acceptance_csv, matches_csv, measures_csv, registries_csv
from hub.api.view import page_view
from hub.api.view_acceptance import CSV_PATH, JSON_PATH, acceptance_view
from hub.projections.summary import without_persons

__all__ = ["FeedEvent", "Source", "build_app", "check_loopback", "serve"]

HERE = Path(__file__).parent
HOSTS = ("127.0.0.1", "localhost", "::1")
STREAMS_MAX = 32  # Each polls once a second; more open pages than that are a mistake.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def build_app(source: Source, *, hosts: Sequence[str] = HOSTS) -> FastAPI:
    """The app over one source; `hosts` are the names by which it may be asked."""
    app = FastAPI(title="Registry Hub", docs_url=None, redoc_url=None, openapi_url=None)
    cache = SummaryCache(source)
    add_problem_handlers(app)
    _add_guard(app, frozenset(hosts))
    _add_page(app, source, cache)
    _add_data(app, source)
    _add_stream(app, source, cache)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    return app


def _add_guard(app: FastAPI, hosts: frozenset[str]) -> None:
    @app.middleware("http")
    async def guard(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        if request.url.hostname not in hosts:
            response: Response = problem(
                421, "Misdirected Request", "this page answers on loopback only"
            )
        else:
            response = await call_next(request)
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _add_page(app: FastAPI, source: Source, cache: SummaryCache) -> None:
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    @app.get("/", response_class=HTMLResponse)
    async def page() -> HTMLResponse:
        snapshot = await cache.snapshot()
        feed = await source.events_after(0)
        view = page_view(snapshot.document, snapshot.read_at, feed)
        view["acceptance"] = acceptance_view(snapshot.acceptance)
        return HTMLResponse(templates.get_template("page.html").render(view))


def _add_data(app: FastAPI, source: Source) -> None:
    @app.get("/summary.json")
    async def summary() -> JSONResponse:
        return JSONResponse(without_persons((await read_fresh(source)).document))

    @app.get("/registries.csv")
    async def registries() -> Response:
        return await _csv_answer(source, registries_csv)

    @app.get("/matches.csv")
    async def matches() -> Response:
        return await _csv_answer(source, matches_csv)

    @app.get("/measures.csv")
    async def measures() -> Response:
        return await _csv_answer(source, measures_csv)

    @app.get(JSON_PATH)
    async def acceptance() -> JSONResponse:
        return JSONResponse(await source.acceptance())

    @app.get(CSV_PATH)
    async def acceptance_as_csv() -> Response:
        return _csv_of(acceptance_csv(await source.acceptance()))

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}


async def _csv_answer(source: Source, table: Callable[[dict[str, Any]], str]) -> Response:
    return _csv_of(table((await read_fresh(source)).document))


def _csv_of(text: str) -> Response:
    return Response(text, media_type="text/csv; charset=utf-8; header=present")


def _add_stream(app: FastAPI, source: Source, cache: SummaryCache) -> None:
    open_streams: set[int] = set()

    @app.get("/v1/stream")
    async def stream(request: Request) -> Response:
        if len(open_streams) >= STREAMS_MAX:
            return problem(503, "Service Unavailable", f"{STREAMS_MAX} pages are open already")
        seen = (request.headers.get("last-event-id"), request.query_params.get("after"))
        newest = max((line.sequence for line in await source.events_after(0)), default=0)
        after = resume_after(*seen, newest)

        async def parts() -> Any:
            open_streams.add(id(request))
            try:
                async for part in event_stream(source, cache, after):
                    yield part
            finally:
                open_streams.discard(id(request))

        return StreamingResponse(parts(), media_type="text/event-stream")
