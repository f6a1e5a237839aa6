"""Errors of the page's server as RFC 9457 problem documents; nothing of a traceback leaves."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from hub.errors import HubError, RetryableError

PROBLEM_TYPE = "application/problem+json"


def problem(status: int, title: str, detail: str, *, fix: str | None = None) -> JSONResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if fix:
        body["fix"] = fix
    return JSONResponse(body, status, {"Cache-Control": "no-store"}, PROBLEM_TYPE)


def add_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(HubError, _on_hub_error)
    app.add_exception_handler(Exception, _on_other_error)


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    title = HTTPStatus(status).phrase
    if status == HTTPStatus.NOT_FOUND:
        return problem(status, title, f"there is no page at {request.url.path}", fix="start at /")
    return problem(status, title, f"{request.method} {request.url.path}")


async def _on_hub_error(request: Request, error: Exception) -> JSONResponse:
    status = 503 if isinstance(error, RetryableError) else 500
    fix = error.fix if isinstance(error, HubError) else None
    return problem(status, HTTPStatus(status).phrase, str(error), fix=fix)


async def _on_other_error(request: Request, error: Exception) -> JSONResponse:
    """The words of an unforeseen error may hold a value, so they stay in the server's log."""
    return problem(500, HTTPStatus(500).phrase, "the hub could not work this out")
