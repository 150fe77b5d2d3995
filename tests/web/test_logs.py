"""The log: JSON lines of what happened, no name and nothing typed, kept for its owner and sent away over TLS."""

from __future__ import annotations

import json
import logging
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lupercal.errors import InputError
from lupercal.web.log_sending import SyslogOverTls
from lupercal.web.logs import LOGGER, JsonLines, RunningLog
from tests.web.site import Site
from tests.web.test_tls import Authority


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    running = RunningLog(tmp_path / "log.jsonl", "")
    yield tmp_path / "log.jsonl"
    running.stop()
    assert not logging.getLogger(LOGGER).handlers


def lines(log: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in log.read_text(encoding="ascii").splitlines()]


def written(log: Path, count: int) -> list[dict[str, str]]:
    """Wait until so many lines are written, and return them."""
    for _ in range(500):
        if len(lines(log)) >= count:
            break
        threading.Event().wait(0.02)
    return lines(log)


def test_each_line_says_when_what_where_and_who_and_names_nobody(tmp_path: Path, log: Path) -> None:
    site = Site(tmp_path / "clinic")
    visitor = site.visitor()
    visitor.sign_in("clinician", "not the password\r\nlevel: fine")
    visitor.sign_in("clinician")
    visitor.get("/accounts")
    kept = written(log, 3)
    assert [line["event"] for line in kept[:2]] == ["refused: password", "sign in: password"]
    refused = next(line for line in kept if line["event"].startswith("refused: GET"))
    assert refused["route"] == "/accounts"
    assert {"time", "level", "service", "event", "method", "route", "from", "account"} <= set(refused)
    assert refused["account"] == kept[1]["account"]
    assert refused["from"] == kept[0]["from"]
    assert kept[0]["time"].endswith("+00:00")
    text = log.read_text(encoding="ascii")
    assert "clinician" not in text.replace("to clinician", "")
    assert "not the password" not in text
    assert "testclient" not in text


def test_the_file_is_readable_by_its_owner_alone(log: Path) -> None:
    assert log.stat().st_mode & 0o777 == 0o600


def test_nothing_that_stands_in_an_event_begins_a_line_of_its_own() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, 'a\nb\r{"event": "forged"}\u2028\x1b[2J', None, None)
    line = JsonLines().format(record)
    assert line.isprintable()
    assert json.loads(line)["event"] == 'a\nb\r{"event": "forged"}\u2028\x1b[2J'


class LogSystem:
    """A log system that takes syslog over TLS, as a clinic has one."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context, self.taken = context, b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"localhost:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self._take, daemon=True)
        self.thread.start()

    def _take(self) -> None:
        try:
            plain, _ = self.socket.accept()
            with self.context.wrap_socket(plain, server_side=True) as connection:
                while part := connection.recv(4096):
                    self.taken += part
        except OSError:
            pass

    def messages(self) -> list[str]:
        self.thread.join(10)
        self.socket.close()
        rest, found = self.taken, []
        while rest:
            length, _, rest = rest.partition(b" ")
            found.append(rest[: int(length)].decode())
            rest = rest[int(length) :]
        return found


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def context_of(authority: Authority, name: str) -> ssl.SSLContext:
    certificate = authority.certificate(name, title=name)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


def sent(address: str, *events: str) -> SyslogOverTls:
    handler = SyslogOverTls(address)
    handler.setFormatter(JsonLines())
    for event in events:
        handler.emit(logging.LogRecord(LOGGER, logging.WARNING, "", 0, event, None, None))
    handler.close()
    return handler


def test_the_log_is_sent_away_over_tls(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    system = LogSystem(context_of(authority, "localhost"))
    handler = sent(system.address, "refused: password", "two\nlines")
    assert not handler.kept
    messages = system.messages()
    assert [message.startswith("<84>1 ") for message in messages] == [True, True]
    assert [json.loads(message.partition(" - - ")[2])["event"] for message in messages] == [
        "refused: password", "two\nlines",
    ]  # fmt: skip


def test_a_log_system_that_proves_nothing_gets_no_line(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    system = LogSystem(context_of(authority, "other.test"))
    handler = sent(system.address, "refused: password")
    assert len(handler.kept) == 1
    assert system.messages() == []
    assert "SSLCertVerificationError" in capsys.readouterr().err


def test_what_cannot_be_sent_is_kept_and_sent_later(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    now = [0.0]
    handler = SyslogOverTls(f"localhost:{port}", clock=lambda: now[0])
    handler.setFormatter(JsonLines())
    record = logging.LogRecord(LOGGER, logging.INFO, "", 0, "first", None, None)
    handler.emit(record)
    handler.emit(record)
    assert len(handler.kept) == 2
    system = LogSystem(context_of(authority, "localhost"))
    handler.port = int(system.address.rpartition(":")[2])
    handler.emit(record)
    assert len(handler.kept) == 3
    now[0] += 6
    handler.emit(record)
    assert not handler.kept
    handler.close()
    assert len(system.messages()) == 4


@pytest.mark.parametrize("address", ["log.clinic.test", ":6514", "log.clinic.test:", "log:syslog"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="--log-to"):
        SyslogOverTls(address)


def test_every_log_is_in_the_inventory() -> None:
    """The code writes to the loggers and places that the page names, and to no other."""
    page = Path("docs/reference/workbench-security.md").read_text(encoding="utf-8")
    table = page.partition("## What is logged")[2].partition("## ")[0]
    code = "".join(path.read_text(encoding="utf-8") for path in Path("src/lupercal/web").rglob("*.py"))
    assert set(re.findall(r"getLogger\(([^)]+)\)", code)) == {'"lupercal.web"', "LOGGER", "name"}
    assert set(re.findall(r"logging\.(?:handlers\.)?(\w*Handler)\(", code)) == {"WatchedFileHandler", "StreamHandler"}
    options = set(re.findall(r'"(--log-\w+)"', Path("src/lupercal/cli/serve.py").read_text(encoding="utf-8")))
    assert options == {"--log-file", "--log-to"}
    for named in (*options, "standard error", "the registry"):
        assert named in table
    assert set(re.findall(r"action=\"([\w ]+)\"", code)) <= {
        "export",
        "refused",
        "sign in",
        "let in again",
        "read",
        "delete",
    }
