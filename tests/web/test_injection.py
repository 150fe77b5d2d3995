"""Text never becomes code: payloads into every field, file, header and address, then every page in a real browser.

The browser is told to ignore the content policy, so that escaping alone must hold; ``alert``, a function that every
payload calls, and elements with handlers are watched.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from lupercal.web.accounts.sessions import SignIn
from lupercal.web.accounts.store import accounts_in
from lupercal.web.accounts.tokens import Tokens
from lupercal.web.rights.table import rights
from tests.web.attack import SAFE_TEXTS, Attacker, Numbered, PageForm, forms_in, kind_of
from tests.web.browser import CHROMIUM, Served
from tests.web.test_open_pages import BUNDLE

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # sockets that a failure cut off
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs chromium (see .ci/browser)"),
]
STARTS = (
    "/today", "/patients", "/patients/new", "/board", "/candidates", "/import", "/account", "/accounts", "/audit", "/",
    "/claims", "/sources", "/candidate/en", "/candidate/he/question", "/candidate/en/send", "/login", "/login/code",
)  # fmt: skip
ROLES = ("coordinator", "clinician", "statistician", "admin", "auditor")
LEAVE = re.compile("/logout|/account/password|/accounts/.+/(state|role)|/forget")
"""Forms that would end the attack; their fields are in the list of others."""
WATCH = "window.hits = []; window.hit = number => window.hits.push(number);"
HANDLERS = """() => {
  const handler = /^on|^(data-)?hx-on/, address = /^(href|src|action|formaction|data)$/, script = /^\\s*javascript:/i;
  const runs = a => handler.test(a.name) || a.name === 'srcdoc' || (address.test(a.name) && script.test(a.value));
  const found = [...document.querySelectorAll('*')].filter(one => [...one.attributes].some(runs));
  return found.map(one => one.outerHTML.slice(0, 200));
}"""


def test_no_payload_is_executed_and_no_answer_breaks(browser: Any, served: Served) -> None:
    numbers = Numbered()
    people = {role: attacker(served, role) for role in ("", *ROLES)}
    patient = served.patient_in("follow_up")
    hospital_files(people["coordinator"], numbers)
    letters(people[""], numbers)
    for role, person in people.items():
        starts = STARTS + ((f"/patients/{patient}",) if role not in {"", "admin"} else ())
        for path, form in forms_of(person, starts):
            attack_form(person, path, form, numbers)
    addresses(people, patient, numbers)
    programs(served, patient, numbers)
    assert numbers.count >= 500
    assert min(numbers.by_template.values()) >= 5
    exports_hold_no_formula(people["coordinator"], patient)
    shown, executed = rendered(browser, served, people, patient)
    print(f"{numbers.count} payloads sent, {shown} pages that hold them shown, {len(executed)} executed")
    assert executed == []
    assert [one for person in people.values() for one in person.broken] == []
    assert shown > 50


def attacker(served: Served, role: str) -> Attacker:
    if not role:
        return Attacker(served.address)
    store = accounts_in(served.settings.folder)
    account = store.account(role)
    assert account is not None
    return Attacker(served.address, SignIn(store, served.settings).begin(account, complete=True)[0])


def forms_of(person: Attacker, starts: tuple[str, ...]) -> Iterator[tuple[str, PageForm]]:
    """Yield one form of each kind that somebody comes to."""
    known = set()
    for path, text in list(person.pages(starts)):
        for form in forms_in(text):
            action = form.action or path.partition("?")[0]
            kind = kind_of(action)
            key = (kind, tuple(sorted(form.fields)))
            if form.method == "post" and key not in known and not LEAVE.search(kind):
                known.add(key)
                yield action, form


def attack_form(person: Attacker, path: str, form: PageForm, numbers: Numbered) -> None:
    """Send a form with a payload in each field at once, then in one field after the other; few of the many alike."""
    names = [name for name in form.fields if name != "form_token"]
    alike = [name for name in names if re.match(r"[vuc][.]", name)]
    chosen = [name for name in names if name not in alike[24:]]
    plain = {name: SAFE_TEXTS.get(name, form.fields[name] or "x") for name in names if name not in alike}
    person.post(path, {name: numbers.next() for name in chosen})
    for name in chosen:
        person.post(path, {**plain, name: numbers.next()})


def hospital_files(person: Attacker, numbers: Numbered) -> None:
    """Send bundles with payloads in every text, narrative included, and in the names of files; take them in."""
    person.get("/import")
    for _ in range(3):
        spoilt: Any = spoil(json.loads(json.dumps(BUNDLE)), numbers)
        for entry in spoilt["entry"]:
            narrative = {
                "status": "generated",
                "div": f"<div xmlns='http://www.w3.org/1999/xhtml'>{numbers.next()}</div>",
            }
            entry["resource"]["text"] = narrative
            entry["resource"]["note"] = [{"text": numbers.next()}]
        content = json.dumps(spoilt).encode()
        page = person.post(
            "/import", {}, files={"file": (numbers.next().replace("\r\n", ""), content, "application/json")}
        )
        for form in forms_in(page.text):
            if form.action.startswith("/import/") and "local_id" in form.fields:
                given = {name: numbers.next() for name in ("given_name", "family_name", "local_id")}
                person.post(form.action, {**form.fields, **given})
    for content in (b"", numbers.next().encode(), json.dumps({numbers.next(): numbers.next()}).encode()):
        person.post("/import", {}, files={"file": (numbers.next().replace("\r\n", ""), content, "text/html")})


def spoil(node: Any, numbers: Numbered) -> Any:
    """Return a FHIR document with payloads in texts that no code depends on."""
    if isinstance(node, dict):
        free = {"text", "display", "id", "family", "title", "description"}
        made = {key: spoil(one, numbers) for key, one in node.items()}
        resource = {"name": [{"family": numbers.next(), "given": [numbers.next()]}]} if "birthDate" in node else {}
        return (
            made
            | {key: numbers.next() for key in free & node.keys() if isinstance(node[key], str) and key != "id"}
            | resource
        )
    return [spoil(one, numbers) for one in node] if isinstance(node, list) else node


def letters(person: Attacker, numbers: Numbered) -> None:
    """Send the answers of candidates whose names and contacts are payloads."""
    for _ in range(20):
        person.get("/candidate/en/question?name=age")
        person.post("/candidate/en/question", {"name": "age", "answer": "44", "move": "on"})
        person.get("/candidate/en/send")
        person.post("/candidate/en/send", {"name": numbers.next(), "contact": numbers.next(), "consent": "yes"})
    person.post("/candidate/en/question", {"name": "age", "answer": numbers.next(), "move": numbers.next()})


def addresses(people: dict[str, Attacker], patient: str, numbers: Numbered) -> None:
    """Put payloads into parts of addresses, queries and headers."""
    queries = ("state", "start", "programme", "kind", "name", "clinic", "verdict", "next", "copy", "text", "q", "page")
    reader = people["coordinator"]
    for route in rights().routes:
        method, _, path = route.partition(" ")
        if method != "GET" or path == "/logout":
            continue
        here = re.sub(r"{\w+}", lambda found: patient if found[0] == "{patient}" else "en", path)
        payloads = [numbers.next() for _ in range(2)]
        reader.get(here, params=dict.fromkeys(queries, payloads[0]))
        people[""].get(here, params={"next": payloads[1], "name": payloads[1]})
        if "{" in path:
            spoilt = re.sub(r"{\w+}", "PAYLOAD", path)
            text = quote(numbers.next(), safe="")
            reader.get(spoilt.replace("PAYLOAD", text))
    for name in (
        "User-Agent",
        "Referer",
        "Accept-Language",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "Cookie",
        "HX-Target",
    ):
        for _ in range(3):
            value = re.sub(r"[^\x20-\x7e]", "", numbers.next())
            people[""].get("/candidate", headers={name: value})
            people[""].get("/nothing", headers={name: value})


def programs(served: Served, patient: str, numbers: Numbered) -> None:
    """Write through the interface for programs."""
    store = accounts_in(served.settings.folder)
    token = Tokens(store).make(
        "clinician", numbers.next()[:100], ["read", "write", "forecast"], 2, SignIn(store, served.settings).clock()
    )
    caller = Attacker(served.address)
    headers = {"Authorization": f"Bearer {token}"}
    for turn in range(30):
        visit = {"date": f"2024-01-{turn % 28 + 1:02}", "label": numbers.next(), "values": {"igg": 7, "rash": True}}
        caller.client.post(f"/api/v1/patients/{patient}/visits", json=visit, headers=headers)
    for body in ({"therapies": [numbers.next()]}, {"therapies": ["cd19_car_t"], numbers.next(): 1}):
        answer = caller.client.post(f"/api/v1/patients/{patient}/forecasts", json=body, headers=headers)
        assert answer.headers["content-type"] == "application/json"


def exports_hold_no_formula(person: Attacker, patient: str) -> None:
    """Every table that can be downloaded: no cell begins a formula, no answer is taken for a page."""
    seen = 0
    for path, text in person.pages((f"/patients/{patient}", "/today", "/patients", "/board"), each=3):
        if ".csv" not in path:
            continue
        seen += 1
        for row in csv.reader(io.StringIO(text)):
            for cell in row:
                assert not cell[:1] or cell[0] not in "=+@\t\r", (path, cell)
                assert cell[:1] != "-" or re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell), (path, cell)
    assert seen


def rendered(browser: Any, served: Served, people: dict[str, Attacker], patient: str) -> tuple[int, list[str]]:
    """Show every answer that holds a payload, then every page as it stands; return how many, and what was executed."""
    executed: list[str] = []
    shown = 0
    for role, person in people.items():
        context = browser.new_context(bypass_csp=True)
        context.add_init_script(WATCH)
        cookies = [
            {"name": name, "value": value, "url": served.address} for name, value in person.client.cookies.items()
        ]
        context.add_cookies([one for one in cookies if one["name"] == "lupercal"])
        page = context.new_page()
        page.on("dialog", partial(dismissed, executed))
        kept = [(text, place, kind) for text, (place, kind) in person.answers.items() if "html" in kind]
        for text, place, kind in kept:
            page.route("**/shown-here", partial(answered, text, kind))
            executed += watched(page, f"{served.address}/shown-here", f"{role} {place}")
            page.unroute("**/shown-here")
        shown += len(kept)
        starts = STARTS + ((f"/patients/{patient}",) if role not in {"", "admin"} else ())
        for path, text in list(person.pages(starts)):
            if "hit" in text and ".csv" not in path and ".yaml" not in path and ".ics" not in path:
                executed += watched(page, served.address + path, f"{role} {path}")
                shown += 1
        context.close()
        person.client.close()
    return shown, executed


def answered(text: str, kind: str, route: Any) -> None:
    route.fulfill(body=text, content_type=kind)


def dismissed(executed: list[str], dialog: Any) -> None:
    executed.append(f"dialog {dialog.message}")
    dialog.dismiss()


def watched(page: Any, address: str, place: str) -> list[str]:
    """Open an address, unfold and touch it; return which payloads were executed, and elements that could."""
    from playwright.sync_api import Error

    try:
        page.goto(address, wait_until="load")
    except Error as error:
        if "Download is starting" in str(error):
            return []  # what is saved is not shown, and nothing in it is executed
        raise
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.mouse.move(200, 200)
    hits = page.evaluate("window.hits")
    return [f"{place}: payload {one}" for one in hits] + [f"{place}: {one}" for one in page.evaluate(HANDLERS)]


def test_the_watch_sees_what_is_executed(browser: Any, served: Served) -> None:
    """A page that does not escape is found, so that a silent watch is none."""
    context = browser.new_context(bypass_csp=True)
    context.add_init_script(WATCH)
    page = context.new_page()
    body = "<p>x</p><img src=x onerror=hit(7)>"
    page.route("**/shown-here", lambda route: route.fulfill(body=body, content_type="text/html"))
    assert any("payload 7" in one or "onerror" in one for one in watched(page, f"{served.address}/shown-here", "here"))
    context.close()
