"""Texts in the form in which they are compared."""

from unicodedata import normalize


def folded(text: str) -> str:
    """Return the text without what no comparison heeds: case, and composed or decomposed letters.

    File names from macOS, and image names made of them, come with Hangul and accents decomposed.
    """
    return text.casefold() if text.isascii() else normalize("NFC", text.casefold())
