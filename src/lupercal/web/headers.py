"""What every answer says to the browser: nothing from elsewhere, nothing inline, no frames, no guessing of types."""

from __future__ import annotations

from typing import final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
A_YEAR = "max-age=31536000; includeSubDomains"


@final
class SecurityHeaders:
    """Adds `HEADERS` to every answer; what is not a vendored file is never kept by a cache."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self.app, self.secure = app, secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and mark its answer."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._mark(MutableHeaders(scope=message), str(scope.get("path", "")))
            await send(message)

        await self.app(scope, receive, marked if scope["type"] == "http" else send)

    def _mark(self, headers: MutableHeaders, path: str) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        if self.secure:
            headers["Strict-Transport-Security"] = A_YEAR
        headers["Cache-Control"] = "public, max-age=3600" if path.startswith("/static/") else "no-store"
        if "server" in headers:
            del headers["server"]
