"""Pending images as an enemy, or a careless partner, would share them.

Whatever another account may write comes to us as text: mentions, links, markup, direction
overrides, nothing at all, and far too much. All conform to the official OpenAPI extract.
"""

import uuid
from collections.abc import Sequence

from bot.sim.api_page import NULLABLE, Image, api_page_image

HOSTILE_TEXTS: Sequence[str] = (
    "<!channel>",
    "<!here|here>",
    "<!subteam^S012AB3CD>",
    "<!date^0^{date}^https://evil.example|now>",
    "<@U123>",
    "<#C123|general>",
    "@here",
    "@channel @everyone",
    "#general",
    "*bold* _italic_ ~struck~",
    "`code` ```block```",
    "> quote\n>>> quotes",
    "&lt;!channel&gt; &amp;lt; &#60;",
    "a & b < c > d",
    "http://evil.example",
    "evil.example/path",
    "<http://evil.example|ok>",
    "[ok](http://evil.example)",
    "mailto:root@evil.example",
    ":smile: :+1::skin-tone-2:",
    "invoice\u202egpj.exe\u202c",
    "\u2066isolated\u2069 \u200fmark\ufeff",
    "zero\u200bwidth\u00a0\u2028\u2029",
    "\x00\x07\x1b[31mred\x1b[0m\x7f\x9b",
    "line one\nline two\r\n\tline three",
    "'single' \"double\" \u201ccurly\u201d \\ | ^ {}",
    "type:custom sort:-size -os:none",
    "e\u0301" + "\u0335" * 60,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 40,
    "한글 이미지",
    "x" * 5000,
    "<" * 5000,
    "\U0001f680" * 3000,
    " " * 200,
    "",
)
_VOLUMES: Sequence[str] = (
    "",
    "not json",
    "{}",
    "null",
    "[1, 2]",
    "[{",
    "[" * 5000,
    '[{"volume_size": "<!channel>", "device_name": {"a": ["<@U123>"]}}]',
    '[{"volume_size": 1e999}]',
)
_TIMESTAMPS: Sequence[str] = (
    "2025-07-22T09:00:00",
    "2025-07-22T09:00:00.123456+09:00",
    "2025-07-22 09:00:00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-12:00",
    "1753174800",
    "yesterday <!here>",
    "",
)
_FIELDS: Sequence[Image] = (
    {**dict.fromkeys(NULLABLE), "name": "every nullable field null"},
    {"status": "<!here>", "scp_image_type": "Custom", "scp_original_image_type": ""},
    {"status": "pending_delete", "scp_image_type": "quantum", "disk_format": "x" * 500},
    {"size": 0, "virtual_size": 0, "min_disk": -1, "min_ram": 2**31},
    {"size": 2**63 - 1, "virtual_size": -1, "min_disk": 2**53},
    {"url": "javascript:alert(1)"},
    {"url": "https://evil.example/<!channel>|click <@U123>"},
    {"id": "<!channel>&\"'|" + "y" * 300},
)


def hostile_images() -> list[Image]:
    """Return the same hostile images at every call, each with an id of its own."""
    changes: list[Image] = [_everywhere(text) for text in HOSTILE_TEXTS]
    changes += [{"volumes": text} for text in _VOLUMES]
    changes += [{"created_at": text, "updated_at": text} for text in _TIMESTAMPS]
    changes += _FIELDS
    return [_hostile(number, change) for number, change in enumerate(changes)]


def _everywhere(text: str) -> Image:
    """Put one text wherever the sharing account may choose it."""
    names = ("name", "owner_account_name", "owner_user_name", "os_distro", "scp_os_version", "url")
    return dict.fromkeys(names, text)


def _hostile(number: int, change: Image) -> Image:
    image_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"hostile-{number}"))
    return {**api_page_image(), "id": image_id, **change}
