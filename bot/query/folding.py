"""Texts in the form in which they are compared."""

from unicodedata import normalize


def folded(text: str) -> str:
    """Return the text without what no comparison heeds: case, width, composition of letters.

    East Asian keyboards type full-width letters; file names from macOS, and image names made of
    them, come with Hangul and accents decomposed.
    """
    if text.isascii():
        return text.casefold()
    # once before, as some letters have a case by their plain form alone; once after, to compose
    return normalize("NFKC", normalize("NFKC", text).casefold())
