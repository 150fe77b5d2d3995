"""Sending the log away, so that it is safe from whoever breaks in here: syslog over TLS (RFC 5424 and 5425)."""

from __future__ import annotations

import datetime as dt
import logging
import socket
import ssl
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import final

from lupercal.errors import InputError

MOST_KEPT = 10_000
AGAIN_SECONDS = 5.0
_FACILITY = 10
"""Messages of security and of who may do what (RFC 5424, table 1)."""
_SEVERITY = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_CONNECT_SECONDS = 5.0


@final
class SyslogOverTls(logging.Handler):
    """Sends each record to a log system whose certificate is verified; what cannot be sent is kept and sent later.

    The clinic's own authority is named by ``SSL_CERT_FILE`` in the environment.
    """

    def __init__(self, address: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise InputError("--log-to", "", address, "HOST:PORT of a log system that takes syslog over TLS")
        self.host, self.port, self.clock = host.strip("[]"), int(port), clock
        self.kept: deque[bytes] = deque(maxlen=MOST_KEPT)
        self._context = ssl.create_default_context()
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._connection: ssl.SSLSocket | None = None
        self._not_before = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record, after those that could not be sent before it."""
        self.kept.append(self._line(record))
        try:
            self._send()
        except OSError as error:
            self._lose(error)

    def close(self) -> None:
        """Send what is left, and close the connection."""
        try:
            self._not_before = 0.0
            self._send()
        except OSError as error:
            self._lose(error)
        if self._connection is not None:
            with suppress(OSError):  # said farewell, so that what is on its way arrives before the end
                self._connection.unwrap()
            self._connection.close()
            self._connection = None
        super().close()

    def _send(self) -> None:
        if self._connection is None:
            if not self.kept or self.clock() < self._not_before:
                return
            plain = socket.create_connection((self.host, self.port), _CONNECT_SECONDS)
            self._connection = self._context.wrap_socket(plain, server_hostname=self.host)
        while self.kept:
            self._connection.sendall(self.kept[0])
            self.kept.popleft()

    def _lose(self, error: OSError) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._not_before = self.clock() + AGAIN_SECONDS
        kept = f"{len(self.kept)} lines are kept and sent later"
        print(f"WARNING: the log cannot be sent ({type(error).__name__}); {kept}", file=sys.stderr)

    def _line(self, record: logging.LogRecord) -> bytes:
        severity = next((number for level, number in _SEVERITY if record.levelno >= level), 7)
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        head = f"<{_FACILITY * 8 + severity}>1 {at} {socket.gethostname()} lupercal {record.process} - -"
        line = f"{head} {self.format(record)}".encode("ascii", "replace")
        return b"%d %s" % (len(line), line)
