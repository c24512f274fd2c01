"""Names under which Slack tells us what was clicked, chosen or submitted."""

import re
from datetime import datetime

SHOW = "listing.show"
"""Show the state in the value, in place (Clear)."""
REFRESH = "listing.refresh"
"""The same, read anew from SCP."""
RETRY = "failure.retry"
"""The same, in place of the failure that the button stands under (Try again)."""
FIRST = "listing.first"
PREVIOUS = "listing.previous"
NEXT = "listing.next"
LAST = "listing.last"
PAGES = (FIRST, PREVIOUS, NEXT, LAST)
"""Show the state in the value, in place: each names another page."""
SHARE = "listing.share"
"""Post a public copy of the state in the value to the channel."""
MORE = "listing.more"
"""Open the modal of further filters over the state in the value."""
OPEN = "listing.open"
"""Answer whoever clicked, ephemerally, with the state in the value."""
DETAILS = "image.details"
"""Open the details of one image: see ``card.find_image``."""
CLAIM = "image.claim"
"""The value of this and the next is a ``card_value.CardValue``."""
RELEASE = "image.release"
SNOOZE = "image.snooze"
"""Open the form that asks until when."""
WAKE = "image.wake"
ACCEPT = "image.accept"
REJECT = "image.reject"
"""Open the form that tells what is at stake."""
UNDO = "image.undo"
NOTE = "image.note"
"""Open the form of a comment."""
BULK = "listing.bulk"
"""Open the form that picks several images of the state in the value (Select several)."""
HOME_REFRESH = "home.refresh"

DIGESTS_SHOW = "digest.show"
"""Show the page of a channel's digests in the value, in place, read anew."""
DIGESTS_PREVIOUS = "digest.previous"
DIGESTS_NEXT = "digest.next"
DIGESTS_PAGES = (DIGESTS_SHOW, DIGESTS_PREVIOUS, DIGESTS_NEXT)
"""Show the page in the value, in place: each names another."""
DIGEST_ADD = "digest.add"
"""Open the form of a new digest for the channel."""
DIGEST_EDIT = "digest.edit"
DIGEST_PAUSE = "digest.pause"
DIGEST_RESUME = "digest.resume"
DIGEST_SEND = "digest.send"
"""Have it posted to the channel now (Send now)."""
DIGEST_PREVIEW = "digest.preview"
"""Show whoever clicked what it would say now."""
DIGEST_DELETE = "digest.delete"
DIGEST_HISTORY = "digest.history"
"""Show whoever clicked the last deliveries, of one digest or of all in the channel."""
HISTORY_OLDER = "history.older"
HISTORY_NEWER = "history.newer"
HISTORY_PAGES = (HISTORY_OLDER, HISTORY_NEWER)
"""Show the page of a history in the value, in place."""
DIGEST_MAKE = "digest.make"
"""Open the form of a new digest with the query of the listing state in the value."""

FILTERED = ("type", "original", "os", "owner")
"""The fields that have a menu of their own."""
MENU = re.compile(rf"^menu\.({'|'.join(FILTERED)}|sort)~", re.DOTALL)
"""Action ids of the filter and sort menus: see ``state.from_menu``; also of their suggestions."""

FILTERS = "filters"
"""Callback id of the modal of further filters."""
SCHEDULE = "schedule"
"""Callback id of the form of a digest."""
SCHEDULE_QUERY = "schedule.query"
"""Typed into the form: count again what the query matches."""
SCHEDULE_ZONE = "schedule.timezone"
SCHEDULE_COUNTRY = "schedule.holidays"
"""Menus of the form that ask for their options."""
LOADING = "loading"
DETAILS_VIEW = "details"
DECIDE = "decide"
"""Callback id of the form of a decision."""
SNOOZE_FORM = "snooze"
NOTE_FORM = "note"
BULK_PICK = "bulk.pick"
"""Callback id of the form that picks several images."""
BULK_CONFIRM = "bulk"
"""Callback id of the form that confirms a decision on several images."""


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def nonce(now: datetime) -> str:
    """Return a short text that is new with every millisecond.

    Slack's clients keep what was chosen in a menu as long as its block id and action id stay the
    same, so the block ids of an updated message must be new.
    """
    rest, text = int(now.timestamp() * 1000), ""
    while rest:
        rest, digit = divmod(rest, 36)
        text = _DIGITS[digit] + text
    return text
