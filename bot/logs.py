"""Structured logs: JSON lines, or colours on a terminal, with every secret cut out.

All records, ours and the libraries', take one road: structlog's processors, then one formatter
that redacts the finished line. Nothing of ours logs a secret; the redaction is the second lock.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog

REDACTED = "[redacted]"

SECRET_SHAPES = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{8,}"  # Slack tokens
    r"|xapp-[A-Za-z0-9-]{8,}"
    r"|https?://[^\s\"'\\]*/(?:commands|actions|response)/[^\s\"'\\]*"  # response_urls
    r"|https?%3A%2F%2F[^\s\"'\\&]*%2F(?:commands|actions|response)%2F[^\s\"'\\&]*"
    r"|https?://[^\s\"'\\]*/upload/v[0-9]+/[^\s\"'\\]*"  # upload_urls: good for one file of ours
    r"|https?%3A%2F%2F[^\s\"'\\&]*%2Fupload%2Fv[0-9]+%2F[^\s\"'\\&]*"
    r"|v0=[0-9a-f]{64}"  # signatures of Slack's requests
    r"|wss?://[^\s\"'\\]+"  # Socket Mode addresses carry a ticket
)

SHORTEST = 4
"""Shorter ones are not secrets, and cutting them would cut words."""

QUIET = {
    "slack_bolt": logging.INFO,
    "slack_sdk": logging.WARNING,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "apscheduler": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
}
"""Never more talkative than this: some print whole requests, each tick, or all that is kept."""


def configure_logging(
    level: str, secrets: Iterable[str] = (), *, stream: TextIO | None = None
) -> None:
    """Send all logs to ``stream`` (standard error), as JSON unless it is a terminal."""
    out = stream or sys.stderr
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    line_ending: list[structlog.types.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if out.isatty()
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    lines = logging.StreamHandler(out)
    lines.setFormatter(
        _RedactingFormatter(
            secrets,
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *line_ending],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[lines], force=True)
    for name, quietest in QUIET.items():
        logging.getLogger(name).setLevel(max(quietest, logging.getLevelName(level.upper())))


class _RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats a record and cuts the given secrets, and whatever looks like one, out of the line."""

    def __init__(
        self,
        secrets: Iterable[str],
        *,
        foreign_pre_chain: list[structlog.types.Processor],
        processors: list[structlog.types.Processor],
    ) -> None:
        super().__init__(foreign_pre_chain=foreign_pre_chain, processors=processors)
        written = {form for s in secrets if len(s) >= SHORTEST for form in _written_forms(s)}
        # Longest first: a secret may contain another.
        known = sorted(written, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        if self._known:
            line = self._known.sub(REDACTED, line)
        return SECRET_SHAPES.sub(REDACTED, line)


def _written_forms(secret: str) -> set[str]:
    return {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
