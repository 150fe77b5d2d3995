"""The log: what happened, when, where and to whom, one JSON object a line, without a name and nothing that was typed.

Who acted and from where stand in it as keyed digests: lines of one account or one address are known as such, and
nobody is named. People at the terminal see warnings as text.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import logging.handlers
import queue
import sys
from pathlib import Path
from typing import final

from starlette.requests import Request

from lupercal.web.accounts.sealing import sealed_digest
from lupercal.web.log_sending import SyslogOverTls
from lupercal.web.settings import WebSettings

LOGGER = "lupercal.web"
LOG = logging.getLogger(LOGGER)
_LEVELS = {LOGGER: logging.INFO, "uvicorn.error": logging.WARNING}
"""From which level on a line is written, by who writes it."""
_DIGEST_SIGNS = 12
_WAITING_LINES = 10_000


class JsonLines(logging.Formatter):
    """One JSON object for each record; line breaks and signs that are not printed are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        said = {"time": at, "level": record.levelname.lower(), "service": "lupercal", "process": record.process}
        return json.dumps({**said, "event": record.getMessage(), **getattr(record, "fields", {})}, ensure_ascii=True)


def note(request: Request, settings: WebSettings, event: str, *, who: str = "", level: int = logging.INFO) -> None:
    """Write one line about a request: the route, and digests of the account and of the address it came from."""
    client = request.client.host if request.client is not None else ""
    route = str(getattr(request.scope.get("route"), "path", "no route"))
    fields = {
        "method": request.method if request.method.isalpha() else "other", "route": route,
        "account": _masked(settings, "account", who), "from": _masked(settings, "address", client),
    }  # fmt: skip
    LOG.log(level, event, extra={"fields": {name: text for name, text in fields.items() if text}})


@final
class RunningLog:
    """A log that is written beside the server, so that no answer waits for it.

    Parameters
    ----------
    path
        File to which lines are added; one that was moved away is begun anew.
    address
        ``HOST:PORT`` of a log system that takes syslog over TLS (RFC 5425); empty for none.
    """

    def __init__(self, path: Path | None, address: str) -> None:
        terminal = logging.StreamHandler(sys.stderr)
        terminal.setLevel(logging.WARNING)
        logging.basicConfig(format="%(levelname)s: %(message)s", handlers=[terminal])
        handlers: list[logging.Handler] = [SyslogOverTls(address)] if address else []
        if path is not None:
            path.touch(mode=0o600)
            handlers.append(logging.handlers.WatchedFileHandler(path, encoding="ascii"))
        for handler in handlers:
            handler.setFormatter(JsonLines())
        waiting: queue.Queue[logging.LogRecord] = queue.Queue(_WAITING_LINES)
        self._listener, self._hands_on = logging.handlers.QueueListener(waiting, *handlers), _Waiting(waiting)
        for name, level in _LEVELS.items() if handlers else ():
            logging.getLogger(name).setLevel(level)
            logging.getLogger(name).addHandler(self._hands_on)
        self._listener.start()

    def stop(self) -> None:
        """Write what waits, and close."""
        for name in _LEVELS:
            logging.getLogger(name).removeHandler(self._hands_on)
            logging.getLogger(name).setLevel(logging.NOTSET)
        self._listener.stop()
        for handler in self._listener.handlers:
            handler.close()


class _Waiting(logging.handlers.QueueHandler):
    """Hands records on as they are; a full queue loses the line and not the request."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record


def _masked(settings: WebSettings, purpose: str, text: str) -> str:
    return sealed_digest(settings.key, f"log {purpose}", text)[:_DIGEST_SIGNS] if text else ""
