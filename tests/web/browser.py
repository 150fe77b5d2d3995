"""The demo clinic served on this machine, and people at a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from lupercal.registry.listing import listed_patients
from lupercal.web.serving import prepared

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
AXE = Path(os.environ.get("AXE", "node_modules/axe-core/axe.min.js"))
SHOTS = os.environ.get("SHOTS", "")


class Served:
    """The demo clinic, served on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        import uvicorn

        from lupercal.web.app import create_app

        said: list[str] = []
        self.settings = prepared(folder, demo=True, secure=False, hosts=(), database="", say=said.append)
        self.password = said[-1].split()[-1]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.app = create_app(replace(self.settings, requests_per_minute=1_000_000))
        self.registry = self.app.state.workbench.registry
        self.server = uvicorn.Server(uvicorn.Config(self.app, port=self.port, log_level="error", server_header=False))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.05)

    def close(self) -> None:
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(10)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def patient_in(self, state: str) -> str:
        return next(one.id for one in listed_patients(self.registry) if one.state == state)


class Person:
    """Somebody at a browser; messages of the console and requests to elsewhere are kept."""

    def __init__(self, browser: Any, served: Served, width: int = 1280, scheme: str = "light", **options: Any) -> None:
        self.served = served
        self.said: list[str] = []
        self.elsewhere: list[str] = []
        viewport = {"width": width, "height": 900}
        self.context = browser.new_context(viewport=viewport, color_scheme=scheme, locale="en-GB", **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.page.on("console", lambda message: self._keep(message.type, message.text))
        self.page.on("pageerror", lambda error: self.said.append(f"error {error}"))
        self.page.on("request", lambda request: self._leaves(request.url))

    def _keep(self, kind: str, text: str) -> None:
        left_behind = text.startswith("htmx:")  # a request that was on its way when the page was left
        if "Failed to load resource" not in text and kind != "verbose" and not left_behind:
            self.said.append(f"{kind} {text}")

    def _leaves(self, url: str) -> None:
        if not url.startswith((self.served.address, "data:", "blob:")):
            self.elsewhere.append(url)

    def go(self, path: str) -> Any:
        self.page.goto(self.served.address + path)
        return self.page

    def sign_in(self, name: str) -> Person:
        self.go("/login")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(self.served.password)
        self.page.get_by_role("button", name="Sign in").click()
        return self

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def unfold(self) -> None:
        self.page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")

    def violations(self) -> list[tuple[str, str]]:
        self.unfold()
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        return [(one["id"], one["nodes"][0]["html"][:160]) for one in found]

    def too_wide(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def close(self) -> None:
        self.context.close()
        assert self.said == []
        assert self.elsewhere == []
