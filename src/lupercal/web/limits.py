"""Limits of what may be asked: how large a body is, and how many requests a minute from one address or session."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Container
from contextlib import suppress
from typing import final

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lupercal.web.accounts.sealing import secret_digest

LOG = logging.getLogger("lupercal.web")
MINUTE = 60.0
_MOST_ADDRESSES = 10_000


class _BodyError(Exception):
    """A body that is not taken; ``status`` and ``sentence`` say why."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status, self.sentence = status, sentence
        super().__init__(sentence)


_TOO_LARGE = (413, "That is too large.")
_TOO_SLOW = (408, "That came too slowly. Please send it again.")


@final
class BodyLimit:
    """Refuses a body above a size, whether its length was told or not, and one that does not end in time."""

    def __init__(self, app: ASGIApp, most: int, seconds: float = 60.0) -> None:
        self.app, self.most, self.seconds = app, most, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on while its body is small enough."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.most:
            await _refused(*_TOO_LARGE)(scope, receive, send)
            return
        await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen, ended, until, refused = 0, False, time.monotonic() + self.seconds, None

        async def counting() -> Message:
            nonlocal seen, ended, refused
            if ended:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, until - time.monotonic()))
            except TimeoutError:
                refused = _TOO_SLOW
                raise _BodyError(*refused) from None
            seen += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if seen > self.most:
                refused = _TOO_LARGE
                raise _BodyError(*refused)
            return message

        async def unless_refused(message: Message) -> None:
            if refused is None:
                await send(message)

        with suppress(_BodyError):
            await self.app(scope, counting, unless_refused)
        if refused is not None:
            LOG.info("a body was refused: %s", refused[1])
            await _refused(*refused)(scope, receive, send)


@final
class RateLimit:
    """A bucket of requests that fills again with time: one per address, and one per session that was let in.

    So people who share an address do not use up each other's requests, and a made-up cookie gives nobody more.
    """

    def __init__(
        self, app: ASGIApp, per_minute: int, cookie: str = "", admitted: Container[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.app, self.per_minute, self.cookie, self.admitted, self.clock = app, per_minute, cookie, admitted, clock
        self.buckets: dict[str, tuple[float, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on while its address has some left."""
        exempt = scope["type"] != "http" or str(scope.get("path", "")).startswith("/static/")
        if exempt or self._takes(self._whose(scope)):
            await self.app(scope, receive, send)
        else:
            LOG.info("too many requests from one address or session")
            answer = _refused(429, "Too many requests. Please wait a minute.")
            answer.headers["Retry-After"] = str(int(MINUTE))
            await answer(scope, receive, send)

    def _whose(self, scope: Scope) -> str:
        session = secret_digest(HTTPConnection(scope).cookies.get(self.cookie, ""))
        return session if session in self.admitted else str((scope.get("client") or ("",))[0])

    def _takes(self, address: str) -> bool:
        now = self.clock()
        left, then = self.buckets.get(address, (float(self.per_minute), now))
        left = min(self.per_minute, left + (now - then) * self.per_minute / MINUTE)
        if len(self.buckets) > _MOST_ADDRESSES:
            self.buckets.clear()
        self.buckets[address] = (max(0.0, left - 1), now)
        return left >= 1


def _refused(status: int, sentence: str) -> PlainTextResponse:
    return PlainTextResponse(sentence, status)
