"""Names that look like others without being the same.

What looks alike is told by Unicode's list of confusable characters (UTS #39), whose every character
has a prototype. As that list knows of shapes alone while people ignore case, a few of them are
brought together here besides.
"""

import re
from functools import cache, lru_cache
from unicodedata import category, normalize

from confusable_homoglyphs.categories import alias
from confusable_homoglyphs.confusables import confusables_data


@lru_cache(maxsize=16_384)
def skeleton(name: str) -> str:
    """Return what all names that look like this one have in common.

    It is for comparing only, and its own skeleton. Case, width, accents, marks and what cannot be
    seen do not count, nor do blanks around it; and what separates words is all alike.
    """
    return _SEPARATOR.sub("-", name.translate(_LOOKS).strip())


@lru_cache(maxsize=16_384)
def mixes_scripts(name: str) -> bool:
    """Tell whether one word of the name has letters of several scripts that look alike.

    Latin beside Hangul, Han or Kana is how people write in Korea, Japan and China.
    """
    if name.isascii():
        return False
    visible = "".join(char for char in name if category(char) not in _UNSEEN)
    return any(_mixes(word) for word in _WORD.findall(visible))


class _Looks(dict[int, str]):
    """Code point -> what it looks like; each is found out when it is first asked for."""

    def __missing__(self, code: int) -> str:
        looks = self[code] = _settled(chr(code))
        return looks


_LOOKS = _Looks()

_SEPARATOR = re.compile(r"\s*[-_.\s]\s*")
"""One sign, or any number of blanks: web-1, web_1 and web 1 are taken for one another."""

_WORD = re.compile(r"[^\W_]+")

_UNSEEN = frozenset({"Mn", "Me", "Cf", "Cc", "Cn", "Co", "Cs"})
"""Unicode's categories of marks upon others, and of what has no look of its own."""

_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by category that nobody sees."""

_MARK = "\u200e"
"""The library has what is written from right to left between two of these, as Unicode's list."""

_ALSO_ALIKE = {"0": "o", "1": "l", "i": "l", "|": "l", "w": "vv", "\u30fc": "-", "\u4e28": "l"}
"""0 and O, 1, l and I are alike; and O is o, I is i where case is ignored. The last two are the
prototypes of all strokes of East Asian scripts that lie or stand."""

_ALIKE_SCRIPTS = frozenset(
    {"ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "DESERET", "GEORGIAN", "GREEK", "LATIN", "LISU"}
)
"""Alphabets with letters that one takes for another's."""


def _settled(char: str) -> str:
    """Return what a character looks like, none of which looks like anything else."""
    text, seen = char, set[str]()
    while text not in seen:
        seen.add(text)
        text = "".join(map(_look, text))
    return text


def _look(char: str) -> str:
    """Go one step from a character to what it looks like."""
    # shapes come before compatibility: the Greek lunate sigma looks like c, and is a kind of sigma
    shapes = "".join(_prototypes().get(part, part) for part in normalize("NFD", char))
    seen = "".join(part for part in normalize("NFKD", shapes) if not _is_unseen(part))
    return "".join(_ALSO_ALIKE.get(part, part) for part in seen.casefold())


def _is_unseen(char: str) -> bool:
    return char in _BLANK or category(char) in _UNSEEN


@cache
def _prototypes() -> dict[str, str]:
    """Return the prototype of each character that has one.

    The library tells of each pair both ways round. A prototype has none itself, so that of two
    sides the one with a single partner is the character; where both have but one, it does not
    matter which.
    """
    found = {}
    for marked, partners in confusables_data.items():
        char, prototype = marked.strip(_MARK), partners[0]["c"]
        several = len(prototype.strip(_MARK)) > 1 or len(confusables_data[prototype]) > 1
        if len(char) == 1 and len(partners) == 1 and (several or prototype < marked):
            found[char] = prototype
    return found


def _mixes(word: str) -> bool:
    return len(_ALIKE_SCRIPTS.intersection(map(_script, word))) > 1


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """Return the script by the library's name."""
    name: str = alias(char)
    return name
