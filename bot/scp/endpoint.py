"""Where the service ``virtualserver`` lives, and how its URLs are written."""

from collections.abc import Mapping
from urllib.parse import quote


def default_base_url(region: str, environment: str) -> str:
    """Return the service's address, such as for ``kr-west1`` in ``e`` (``scp/facts.md``)."""
    return f"https://virtualserver.{region}.{environment}.samsungsdscloud.com"


def with_query(url: str, filters: Mapping[str, str | None]) -> str:
    """Return the URL with the filters that are set, percent-encoded as on the wire.

    A space goes as ``%20``: httpx's ``params`` would write ``+``, which is another text to sign
    and, to a server that takes queries literally, another filter.
    """
    query = "&".join(
        f"{name}={quote(value, safe='', errors='replace')}"
        for name, value in filters.items()
        if value is not None
    )
    return f"{url}?{query}" if query else url


def with_segments(url: str, *segments: str) -> str:
    """Return the URL with segments of a path after it, percent-encoded as on the wire.

    One of nothing but dots would lead to another place, were its dots not encoded too.
    """
    encoded = (quote(segment, safe="", errors="replace") for segment in segments)
    return "/".join([url, *(s if s.strip(".") else s.replace(".", "%2E") for s in encoded)])
