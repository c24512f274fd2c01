"""Slack's limits that our messages and views touch, and the shares we give ourselves within them.

Slack's own numbers come from the shared fact sheet ``slack/limits.json``. "Characters" are
counted as UTF-16 units of the escaped text (``bot.blocks.text.width``), the longest of the
readings that Slack's documents leave open.
"""

# Slack, Block Kit reference
BLOCK_ID_MAX = 255
HEADER_MAX = 150
TEXT_OBJECT_MAX = 3000
OPTION_TEXT_MAX = 75
OPTION_VALUE_MAX = 150
OPTIONS_MAX = 100
PLACEHOLDER_MAX = 150
MODAL_TITLE_MAX = 24
MESSAGE_BLOCKS_MAX = 50
HINT_MAX = 2000

# Slack, undocumented; maintainers' words in slackapi/bolt-js issues 2509 and 2867
MESSAGE_TEXT_MAX = 10_000

# Ours: the shares of a listing within MESSAGE_TEXT_MAX. Ten cards, four filter menus and the parts
# around them stay below it together; the tests fill each to the brim.
PAGE_SIZE = 10
CARD_BLOCKS = 4
"""Ten cards and nine blocks around them fill a message; a digest shows fewer where it says more."""
CARD_STATE_MAX = 250
"""Of a card, what on-call has done with the image, and its buttons' labels."""
REASON_SHOWN_MAX = 28
"""Of a reason for resting; details show all of it."""
NAME_MAX = 84
STATUS_MAX = 20
TYPE_MAX = 24
OS_MAX = 36
EXTRA_MAX = 16
OWNER_MAX = 34
NOTICE_LEAVES_MENUS = 2_100
"""What a long notice leaves to the filter menus' options, where the cards leave as much."""
QUERY_SHOWN_MAX = 200
NOTICE_MAX = 2_000
"""Names some fifty images by their ids; the bot's log names as many."""
NOTICE_SURE = 250
"""What a notice may hold beside the fullest of pages; more where a page is not."""
NEAREST_MAX = 300
UNTOLD_MAX = 120
"""Of why a list tells nothing of on-call."""
ORIGIN_MAX = 60

# Ours: the shares of a page of digests, and of a history, within MESSAGE_TEXT_MAX
SCHEDULES_PAGE = 8
SCHEDULE_LINE_MAX = 170
SCHEDULE_QUERY_MAX = 110
OUTCOME_MAX = 400
"""What went wrong, and what to do; less where many are shown."""
SCHEDULES_OUTCOMES_MAX = 1_440
HISTORY_PAGE = 20
HISTORY_OUTCOMES_MAX = 4_800
MENTIONS_SHOWN = 4

# Ours: the shares of a digest, which has cards as a listing has, and no filter menus
NEW_SHOWN = 4
GONE_SHOWN = 15
GONE_NAME_MAX = 60
MENTIONED_MAX = 20
TROUBLES_SHOWN = 2
TROUBLE_MAX = 100
LATE_MAX = 100
FOOTNOTE_MAX = 150
"""What any other remark in a digest's footer may hold."""

# Ours: what notifications and screen readers say of a message
SPOKEN_MAX = 300

# Ours: how much of a long text is shown where no sum is near
REASON_MAX = 1_500
FIELD_ERROR_MAX = 300

# Ours: a view has no published size limit, so details keep below a message's, labels included.
DETAILS_TEXT_MAX = 7_500
DETAILS_VALUE_MAX = 2_500
DETAILS_TIGHT_MAX = 110
"""Of each value and note, where all of them together are more."""
VOLUMES_SHOWN_MAX = 16
VOLUME_TEXT_MAX = 600

# Ours: the forms of on-call
ALIKE_SHOWN = 3
"""How many images are named that look like the one in hand."""
NOTES_SHOWN = 10
WHY_AMONG_MAX = 200
"""Of what went wrong with one of several images, so that ten of them fit into a message."""
BULK_MAX = 25
"""How many images can be decided together: as many as the form can remember."""
OPTION_REF_MAX = 75
"""Of an image, so that the form can remember so many; longer ids are decided one by one."""
HANDOFF_SHOWN = 10
"""Of claims, and of snoozed images, in a handoff."""
OLDEST_SHOWN = 4
"""Of images that nobody has claimed, as cards in a handoff and in the App Home."""
HOME_SCHEDULES = 10
RECORD_SHOWN = 12
"""Of entries of the record in one answer."""
RECORD_TEXT_MAX = 120
"""Of what was written in an entry."""
