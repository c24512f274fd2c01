"""The grammar in words, for the help text and the README; the tests parse every example."""

from typing import NamedTuple


class HelpRow(NamedTuple):
    """One form that a query can use."""

    syntax: str
    meaning: str
    example: str
    """A whole query."""


HELP_EXAMPLES = (
    HelpRow("word", "the name or the id contains it; all words must match", "ubuntu web"),
    HelpRow("type:", "image type", "type:custom"),
    HelpRow("original:", "original image type", "original:standard"),
    HelpRow("os:", "operating system, with or without its version", 'os:"ubuntu 22.04"'),
    HelpRow("owner:", "name or id of the owner account", "owner:acme"),
    HelpRow("status:", "status of the image", "status:active"),
    HelpRow(
        "claimed:",
        "who looks after it: me, none, any or a member's id",
        "claimed:none",
    ),
    HelpRow("snoozed:", "yes or no: whether it is snoozed", "snoozed:no"),
    HelpRow("a,b", "any of the values", "type:custom,gpu_custom"),
    HelpRow("none", "the image has no such value", "os:none"),
    HelpRow("-", "leaves out a word or a filter's values", "-test -os:windows"),
    HelpRow('"…"', 'keeps spaces and signs together; \\" is a quote inside', '"web server"'),
    HelpRow("created:>", "older than: m, h, d or w; < is younger", "created:>30d"),
    HelpRow("updated:<", "last changed within: m, h, d or w; > is before", "updated:<24h"),
    HelpRow(
        "waiting:>",
        "waits longer since the bot first saw it: m, h, d or w; < is shorter",
        "waiting:>3d",
    ),
    HelpRow("size:>", "larger than: B, kB, MB, GB, TB or KiB to TiB; < is smaller", "size:>10GB"),
    HelpRow("sort:", "name, owner, size, created, updated or waiting; - reverses", "sort:-size"),
)
"""Every form of the grammar. A word's case never matters."""
