"""Names that look like others."""

import random
import string
import sys
from time import process_time
from unicodedata import category, normalize

import pytest
from confusable_homoglyphs.confusables import confusables_data
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall.lookalikes import mixes_scripts, skeleton

# Written by their code points: in a test of names that look alike nobody could tell them apart.


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("web-1", "web\u4e001"),  # Han one
        ("web-1", "web\u20131"),  # en dash
        ("web-l", "web-\u3163"),  # Hangul i
        ("paypal", "p\u0430yp\u0430l"),  # Cyrillic a
        ("release", "r\u0435l\u0435as\u0435"),  # Cyrillic ie
        ("golden", "g\u043elden"),  # Cyrillic o
        ("golden", "g\u03bflden"),  # Greek omicron
        ("cloud", "\u03f2loud"),  # Greek lunate sigma
        ("cloud", "c\u0627oud"),  # Arabic alef
        ("HOST", "\u041dOST"),  # Cyrillic capital En, which has no small look-alike
        ("nova", "\u039dova"),  # Greek capital Nu
        ("ubuntu", "\u057dbuntu"),  # Armenian seh
        (
            "ubuntu-22.04",
            "\uff55\uff42\uff55\uff4e\uff54\uff55\uff0d\uff12\uff12\uff0e\uff10\uff14",
        ),
        ("ubuntu", "\U0001d42e\U0001d41buntu"),  # mathematical bold
        ("Ubuntu", "uBUNTU"),
        ("web-10", "web-lO"),
        ("web-10", "web-IO"),
        ("linux", "1inux"),
        ("windows", "wlndows"),
        ("windows", "vvindows"),
        ("modern", "rnodem"),
        ("caf\u00e9", "cafe\u0301"),
        ("caf\u00e9", "cafe"),
        ("ubuntu", "ub\u200buntu"),  # zero-width space
        ("ubuntu", "ub\u200d\ufeffuntu"),  # joiner, byte-order mark
        ("ubuntu", "\u202eubuntu\u202c"),  # written from right to left
        ("ubuntu", "ub\u00aduntu"),  # soft hyphen
        ("ubuntu", "u\u0332b\u0332untu"),  # underlined
        ("ubuntu", "ubuntu\u3164"),  # Hangul filler
        ("ubuntu", "ub\ufe0funtu"),  # variation selector
        ("ubuntu", "ub\U000e0061untu"),  # a tag
        ("web-1", "web_1"),
        ("web-1", "web.1"),
        ("web-1", "web 1"),
        ("web-1", "web - 1"),
        ("web 1", "web   1"),
        ("web 1", "web\u00a0\u20031"),  # no-break space, em space
        ("web", " web"),
        ("web", "web \u200b\u3000"),  # zero-width space, ideographic space
        ("\ud55c\uae00", "\u1112\u1161\u11ab\u1100\u1173\u11af"),  # Hangul, decomposed
    ],
)
def test_names_that_look_alike_have_one_skeleton(name: str, other: str) -> None:
    assert name != other
    assert skeleton(name) == skeleton(other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("ubuntu-22.04", "ubuntu-24.04"),
        ("web-1", "web-2"),
        ("web-1", "web-11"),
        ("web-a", "web-b"),
        ("web", "web-"),
        ("web-1", "web1"),
        ("web-1", "web--1"),
        ("\uc6f9\uc11c\ubc84", "\uc6f9\uc11c\ubc85"),
        ("\uc774\ubbf8\uc9c0", "\uc774\ubbf8"),
        ("\u6771\u4eac", "\u4eac\u90fd"),
        ("u", "v"),
        ("h", "n"),
    ],
)
def test_names_that_anybody_tells_apart_have_not(name: str, other: str) -> None:
    assert skeleton(name) != skeleton(other)


def test_of_ascii_only_what_is_known_to_look_alike_does() -> None:
    alike: dict[str, set[str]] = {}
    for char in string.printable.strip():
        alike.setdefault(skeleton(char), set()).add(char)
    cases = {frozenset({small, small.upper()}) for small in string.ascii_lowercase}
    others = {frozenset(chars) for chars in alike.values() if len(chars) > 1} - cases
    assert others == {frozenset("0oO"), frozenset("1iIlL|"), frozenset("'`"), frozenset("-_.")}


def test_every_pair_of_unicodes_list_has_one_skeleton() -> None:
    """But for those of which one has a mark that counts for nothing here."""
    pairs = {
        (one, other["c"])
        for one, others in confusables_data.items()
        for other in others
        if all(category(char) != "Mn" for char in normalize("NFD", one + other["c"]))
    }
    assert len(pairs) > 10_000
    assert [pair for pair in sorted(pairs) if skeleton(pair[0]) != skeleton(pair[1])] == []


@pytest.mark.parametrize("name", ["", " ", "\u200b \u3000", "\u202e\u0301", "\ud800"])
def test_what_nobody_can_see_looks_like_nothing(name: str) -> None:
    assert skeleton(name) == ""


def test_every_character_looks_like_what_looks_like_nothing_else() -> None:
    """All that Unicode has: else a name could look like another that does not look like it."""
    chars = filter(str.isprintable, map(chr, range(sys.maxunicode + 1)))
    everything = "".join(map(skeleton.__wrapped__, chars))
    assert skeleton.__wrapped__(everything) == everything


@given(st.text(), st.text())
def test_a_skeleton_is_its_own_and_of_its_parts(first: str, second: str) -> None:
    whole = skeleton(f"{first}-{second}")
    assert skeleton(whole) == whole == f"{skeleton(first)}-{skeleton(second)}"


@given(st.text(string.ascii_letters + string.digits + "-._ "))
def test_case_never_matters_among_latin_letters(name: str) -> None:
    assert skeleton(name) == skeleton(name.upper()) == skeleton(name.lower())


def test_thousands_of_names_take_no_time() -> None:
    shuffler = random.Random(4)  # noqa: S311 - names, and not secrets
    letters = "abcdefghijklmnopqrstuvwxyz0123456789-\u0430\u03bf\uc6f9\uff55"
    names = ["".join(shuffler.choices(letters, k=60)) for _ in range(5_000)]
    began = process_time()
    for _ in range(20):
        assert len({skeleton(name) for name in names}) == len(names)
        assert any(mixes_scripts(name) for name in names)
    assert process_time() - began < 5


# ---- mixed scripts


@pytest.mark.parametrize(
    "name",
    [
        "p\u0430yp\u0430l",  # Latin and Cyrillic
        "web-g\u03bflden-v2",  # Latin and Greek, in one word of three
        "\u0430\u03bf",  # Cyrillic and Greek
        "ub\u057duntu",  # Latin and Armenian
        "p\u200b\u0430",  # with something between that nobody sees
        "p\u0301\u0430",
        "\uff50\u0430",  # wide letters are Latin
        "v2\u0430",
    ],
)
def test_a_word_of_scripts_that_look_alike_is_suspicious(name: str) -> None:
    assert mixes_scripts(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ubuntu-22.04_web",
        "\uc6b0\ubd84\ud22cubuntu22",  # Hangul and Latin
        "ubuntu\u6f22\u5b57\u30ab\u30ca\u304b\u306a",  # Latin, Han, Katakana, Hiragana
        "\u0431\u0430\u0437\u0430",  # Cyrillic alone
        "\u0431\u0430\u0437\u0430-ubuntu",  # words of one script each
        "\u0431\u0430\u0437\u0430_v2 web",
        "\u0431\u0430\u0437\u04302",  # digits are of every script
        "caf\u00e9 na\u00efve",
        "10\u00b5s",  # the sign of a micro-
        "\uff55buntu",
        "\u0e20\u0e32\u0e1eubuntu",  # Thai looks like no other
        "\U0001f600web",
    ],
)
def test_what_people_write_is_not(name: str) -> None:
    assert not mixes_scripts(name)


@given(st.text(st.characters(max_codepoint=0x17F)))
def test_latin_letters_alone_are_never_mixed(name: str) -> None:
    assert not mixes_scripts(name)
