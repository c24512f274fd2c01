"""The bodies of answers: bytes to values, and the images that cannot be read beside them."""

import json
import math
import re
from typing import Any

import msgspec

from bot.errors import BodyUnreadable
from bot.images import ImageMember, PendingImage, UnreadableImage

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_DIGITS = 100
"""Python refuses to read integers of more than 4300 digits; SCP's have 19 at most."""
_CHECK_ENDPOINT = "Check that SCP_ENDPOINT, if it is set, names the virtualserver service."
_MAX_ID = 255
_MAX_REASON = 200


class _ImageList(msgspec.Struct):
    images: list[PendingImage]


class _RawList(msgspec.Struct):
    images: list[msgspec.Raw]


_image_list = msgspec.json.Decoder(_ImageList)
_raw_list = msgspec.json.Decoder(_RawList)
_image = msgspec.json.Decoder(PendingImage)
_image_member = msgspec.json.Decoder(ImageMember)


def decode_images(body: bytes) -> tuple[list[PendingImage], list[UnreadableImage]]:
    """Return the images of ``{"images": [...]}``, and the entries that are no image.

    Raises ``BodyUnreadable`` where the body is no such list.
    """
    try:
        return _image_list.decode(body).images, []
    except _UNREADABLE:
        return _one_by_one(_entries(body))


def decode_image_member(body: bytes) -> ImageMember:
    """Return the membership that a body tells; its status is there, whatever else is not.

    Raises ``BodyUnreadable`` where not even that can be read.
    """
    try:
        return _image_member.decode(body)
    except _UNREADABLE:
        document = _tolerant(body)
    known = document if isinstance(document, dict) else {}
    texts = {key: _clean(value) for key, value in known.items() if isinstance(value, str)}
    try:
        return msgspec.convert(texts, ImageMember)
    except msgspec.ValidationError as error:
        raise BodyUnreadable(
            "SCP answered with JSON that is not an image member: it has no status.",
            _CHECK_ENDPOINT,
        ) from error


def _entries(body: bytes) -> list[Any]:
    """Return the entries of the list, undecoded where the body is good enough for that."""
    try:
        return list(_raw_list.decode(body).images)
    except _UNREADABLE:
        document = _tolerant(body)
    entries = document.get("images") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise BodyUnreadable(
            'SCP answered with JSON that is not a list of images ({"images": [...]}).',
            _CHECK_ENDPOINT,
        )
    return entries


def _tolerant(body: bytes) -> Any:
    """Read what msgspec refuses: lone surrogates, bytes that are no UTF-8, raw control characters.

    Raises ``BodyUnreadable`` for what is not JSON all the same.
    """
    try:
        return json.loads(body.decode("utf-8-sig", "replace"), strict=False, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        empty = not body.strip()
        raise BodyUnreadable(
            "SCP's answer is empty." if empty else "SCP's answer is not JSON, or is cut off.",
            "Try again; if it stays so, look for a proxy between the bot and SCP.",
        ) from error


def _one_by_one(entries: list[Any]) -> tuple[list[PendingImage], list[UnreadableImage]]:
    images = []
    unreadable = []
    for entry in entries:
        image = _readable(entry)
        if isinstance(image, PendingImage):
            images.append(image)
        else:
            unreadable.append(image)
    return images, unreadable


def _readable(entry: Any) -> PendingImage | UnreadableImage:
    if isinstance(entry, msgspec.Raw):
        try:
            return _image.decode(entry)
        except _UNREADABLE:
            pass
        try:
            entry = _tolerant(bytes(entry))
        except BodyUnreadable as error:
            return UnreadableImage(None, str(error))
    if not isinstance(entry, dict):
        return UnreadableImage(None, "Not a JSON object.")
    fields = {key: _clean(value) for key, value in entry.items()}
    try:
        return msgspec.convert(fields, PendingImage)
    except msgspec.ValidationError as error:
        return UnreadableImage(_id(fields.get("id")), str(error)[:_MAX_REASON])


def _clean(value: Any) -> Any:
    """Make a text fit to be sent on, and an integral float (``1.0``) the integer it stands for."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _MAX_DIGITS else math.inf


def _id(value: Any) -> str | None:
    return str(value)[:_MAX_ID] if isinstance(value, str | int) else None
