from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog

from bot.scp.auth import Credentials
from bot.scp.client import ScpClient
from bot.scp.retries import Retries
from tests.scp.far_end import FarEnd, running

KEYS = Credentials("ACCESS-KEY-1", "SECRET-KEY-1")
QUICK = Retries(attempts=4, wait_initial=0.001, wait_max=0.002, deadline=5.0)


@asynccontextmanager
async def meet(far: FarEnd, **options: Any) -> AsyncIterator[ScpClient]:
    """A client that talks to the far end, with version 1.0 pinned unless told."""
    async with running(far):
        settings: dict[str, Any] = {
            "base_url": far.url,
            "credentials": KEYS,
            "api_version": "1.0",
            "retries": QUICK,
        }
        async with ScpClient(**(settings | options)) as client:
            yield client


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with structlog.testing.capture_logs() as entries:
        yield entries
