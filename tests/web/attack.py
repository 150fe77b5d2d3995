"""An attacker with a browser's manners: payloads, the forms of every page, and every address that a page links to."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2

TODAY = dt.date.today().isoformat()
TEMPLATES = (
    "<script>hit({n})</script>",
    "</title><script>hit({n})</script>",
    "</textarea><script>hit({n})</script>",
    "</style></script><script>hit({n})</script>",
    '"><script>hit({n})</script>',
    "'><script>hit({n})</script>",
    "--><script>hit({n})</script>",
    "]]><script>hit({n})</script>",
    "<img src=x onerror=hit({n})>",
    '"><img src=x onerror=hit({n})>',
    "<svg onload=hit({n})>",
    "<svg><animate onbegin=hit({n}) attributeName=x dur=1s>",
    "<body onload=hit({n})>",
    "<details open ontoggle=hit({n})>",
    "<input autofocus onfocus=hit({n})>",
    '" autofocus onfocus="hit({n})" x="',
    "' autofocus onfocus='hit({n})' x='",
    '" onmouseover="hit({n})" style="position:fixed;inset:0"',
    "<iframe srcdoc='<script>parent.hit({n})</script>'>",
    "<iframe src=javascript:parent.hit({n})>",
    "javascript:hit({n})",
    "JaVaScRiPt:hit({n})//",
    "java\tscript:hit({n})",
    "data:text/html,<script>hit({n})</script>",
    "<a href=javascript:hit({n})>x</a>",
    "<form action=javascript:hit({n})><button>x",
    "<meta http-equiv=refresh content=0;url=javascript:hit({n})>",
    "<base href=//evil.test/><script>hit({n})</script>",
    "<math><mtext></form><form><mglyph><style></math><img src=x onerror=hit({n})>",
    "<noscript><p title='</noscript><img src=x onerror=hit({n})>'>",
    "<div hx-get=/ hx-trigger=load hx-on::load=hit({n})>",
    "<div hx-on:htmx:load='hit({n})' data-hx-on--load='hit({n})'>",
    "<template><script>hit({n})</script></template><img src=x onerror=hit({n})>",
    "{{{{constructor.constructor('hit({n})')()}}}}",
    "{{% raw %}}<script>hit({n})</script>{{% endraw %}}",
    "${{hit({n})}}",
    "');hit({n});//",
    '");hit({n});//',
    "\\u003cscript\\u003ehit({n})\\u003c/script\\u003e",
    "&lt;script&gt;hit({n})&lt;/script&gt;",
    "%3Cscript%3Ehit({n})%3C/script%3E",
    "\ufeff<script>hit({n})</script>",
    "<scr\x00ipt>hit({n})</scr\x00ipt>",
    "<<script>hit({n})//<</script>",
    "<img src=`x` onerror=`hit({n})`>",
    "<object data=javascript:hit({n})><embed src=javascript:hit({n})>",
    "\u202e<script>hit({n})</script>",
    "<video><source onerror=hit({n})></video><audio src=x onerror=hit({n})>",
    '=HYPERLINK("javascript:hit({n})","x")',
    "+cmd|' /C calc'!A0<script>hit({n})</script>",
    "-1+1<script>hit({n})</script>",
    "@SUM(1)*cmd|' /C calc'!A0<script>hit({n})</script>",
    "\t=1+1<script>hit({n})</script>",
    "\r\nSet-Cookie: hit={n}\r\n\r\n<script>hit({n})</script>",
)
"""Ways in which text becomes code: each calls ``hit`` with its number."""
SAFE_TEXTS = {
    "on": TODAY, "date": TODAY, "start": TODAY, "began_on": TODAY, "given_on": TODAY, "ended_on": "", "grade": "1",
    "days": "5", "months": "3", "virtual_patients": "50", "dose": "1", "expires_on": "", "day": "", "birth_date": "",
    "withdrawn_on": "", "version": "1", "start_day": "", "end": "",
}  # fmt: skip
"""What stands in fields that are not attacked, where a text such as ``x`` would be refused."""


class Numbered:
    """Payloads, each with a number of its own."""

    def __init__(self) -> None:
        self.count = 0
        self.by_template: Counter[int] = Counter()

    def next(self) -> str:
        place = self.count % len(TEMPLATES)
        self.by_template[place] += 1
        self.count += 1
        return TEMPLATES[place].format(n=self.count)


@dataclass
class PageForm:
    """A form of a page: where it is sent, and its fields with what stands in them."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.links: list[str] = []
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in ("href", "src", "data-figure", "hx-get"):
            if name in given:
                self.links.append(given[name])
        if tag == "form":
            self.forms.append(PageForm(given.get("action", ""), given.get("method", "get").lower()))
        if self.forms and tag in {"input", "textarea", "select"} and given.get("name"):
            self._field(tag, given)
        if tag == "option" and self._select and self.forms:
            value = given.get("value", "")
            if not self.forms[-1].fields.get(self._select) or "selected" in given:
                self.forms[-1].fields[self._select] = value

    def _field(self, tag: str, given: dict[str, str]) -> None:
        form, name = self.forms[-1], given["name"]
        if given.get("type") == "file":
            form.uploads.append(name)
        elif given.get("type") in {"radio", "checkbox"} and name in form.fields:
            return
        else:
            form.fields[name] = given.get("value", "")
        self._select = name if tag == "select" else ""


def forms_in(text: str) -> list[PageForm]:
    """Return the forms of a page."""
    return _Reader(text).forms


def links_in(text: str, address: str, host: str) -> Iterator[str]:
    """Yield the addresses on this host that a page links to, without what is static."""
    for link in _Reader(text).links:
        parts = urlsplit(urljoin(address, link))
        if parts.netloc == host and parts.scheme == "http" and not parts.path.startswith("/static/"):
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def kind_of(path: str) -> str:
    """Return an address with ids left out, so that pages of one kind are known as such."""
    return re.sub(r"/(\w{1,2}-[\w-]+|[0-9a-f]{16}|[A-Z]\d+)", "/ID", re.sub(r"=[^&]*", "=", path))


class Attacker:
    """Somebody signed in who sends what no form would; keeps every answer that holds a payload."""

    def __init__(self, address: str, cookie: str = "") -> None:
        self.address = address
        self.client = httpx2.Client(base_url=address, follow_redirects=True, timeout=60)
        if cookie:
            self.client.cookies.set("lupercal", cookie, domain="127.0.0.1")
        self.token = ""
        self.answers: dict[str, tuple[str, str]] = {}
        self.broken: list[str] = []

    def get(self, path: str, **given: Any) -> httpx2.Response:
        return self._sent("GET", path, **given)

    def post(self, path: str, data: dict[str, Any], **given: Any) -> httpx2.Response:
        headers = {"Origin": self.address} | given.pop("headers", {})
        return self._sent("POST", path, data={**data, "form_token": self.token}, headers=headers, **given)

    def _sent(self, method: str, path: str, **given: Any) -> httpx2.Response:
        try:
            answer = self.client.request(method, path, **given)
        except httpx2.TransportError:  # the server closes a connection on which something broke
            answer = self.client.request(method, path, **given)
        if answer.status_code >= 500:
            self.broken.append(f"{method} {path[:120]}: {answer.status_code}")
        kind = answer.headers.get("content-type", "")
        if "hit" in answer.text:
            self.answers.setdefault(re.sub(r"\b[0-9a-f]{64}\b", "", answer.text), (f"{method} {path[:80]}", kind))
        shown = re.search(r'name="form_token" value="(\w+)"', answer.text) if "html" in kind else None
        self.token = shown[1] if shown else self.token
        return answer

    def pages(self, starts: tuple[str, ...], each: int = 2) -> Iterator[tuple[str, str]]:
        """Yield address and text of the pages one comes to, a few of each kind."""
        seen: Counter[str] = Counter()
        waiting, known = list(starts), set(starts)
        host = urlsplit(self.address).netloc
        while waiting:
            path = waiting.pop(0)
            if seen[kind_of(path)] >= each or path.startswith("/logout"):
                continue
            seen[kind_of(path)] += 1
            answer = self.get(path)
            if answer.status_code != 200:
                continue
            yield path, answer.text
            if "html" in answer.headers["content-type"]:
                new = [one for one in links_in(answer.text, str(answer.url), host) if one not in known]
                known.update(new)
                waiting += new
