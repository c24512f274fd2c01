"""What keys each Block Kit object has, and what each key holds (slack/facts.md; Slack's reference).

A shape maps a key to the kind of its value; a ``!`` after the key says it is required, and a list
around a kind says that the value is an array of it. Kinds are Python's names for plain values,
``plain`` or ``text`` for text objects (``plain_text`` only, or either), the names of ``OBJECTS``,
``element`` (restricted by ``PLACES``), ``rich`` for the parts of rich text, and ``any`` for what
the facts do not describe.
"""

from collections.abc import Mapping
from typing import TypeAlias

Kind: TypeAlias = "str | list[str]"
Shape: TypeAlias = Mapping[str, Kind]

_OPTION = {"value!": "str", "description": "plain", "url": "url"}
OBJECTS: Mapping[str, Shape] = {
    "option": {"text!": "plain", **_OPTION},
    "rich_option": {"text!": "text", **_OPTION, "description": "text"},
    "option_group": {"label!": "plain", "options!": ["option"]},
    "confirm": {
        "title!": "plain",
        "text!": "text",
        "confirm!": "plain",
        "deny!": "plain",
        "style": "style",
    },
    "slack_file": {"id": "str", "url": "url"},
    "filter": {
        "include": ["str"],
        "exclude_external_shared_channels": "bool",
        "exclude_bot_users": "bool",
    },
    "dispatch": {"trigger_actions_on": ["str"]},
}

BLOCKS: Mapping[str, Shape] = {
    "section": {"text": "text", "fields": ["text"], "accessory": "element", "expand": "bool"},
    "actions": {"elements!": ["element"]},
    "context": {"elements!": ["element"]},
    "context_actions": {"elements!": ["element"]},
    "divider": {},
    "header": {"text!": "plain", "level": "int"},
    "image": {
        "alt_text!": "str",
        "image_url": "url",
        "slack_file": "slack_file",
        "title": "plain",
    },
    "input": {
        "label!": "plain",
        "element!": "element",
        "hint": "plain",
        "optional": "bool",
        "dispatch_action": "bool",
    },
    "rich_text": {"elements!": ["rich"]},
    "file": {"external_id!": "str", "source!": "str"},
    "markdown": {"text!": "str"},
    "table": {"rows!": ["any"], "column_settings": ["any"]},
    "data_table": {
        "rows!": ["any"],
        "caption!": "any",
        "page_size": "int",
        "row_header_column_index": "int",
    },
    "data_visualization": {"title!": "any", "chart!": "any"},
    "card": {
        "title": "text",
        "subtitle": "text",
        "body": "text",
        "actions": ["element"],
        "hero_image": "any",
        "icon": "any",
        "slack_icon": "any",
        "subtext": "any",
    },
    "carousel": {"elements!": ["any"]},
    "container": {
        "child_blocks!": ["any"],
        "title!": "plain",
        "subtitle": "text",
        "icon": "any",
        "width": "str",
        "is_collapsible": "bool",
        "has_header_divider": "bool",
        "rich_text_title": "any",
        "default_collapsed": "bool",
    },
    "alert": {"text!": "text", "level": "str"},
    "plan": {"title!": "any", "tasks": ["any"]},
    "task_card": {
        "task_id!": "str",
        "title!": "any",
        "details": "any",
        "output": "any",
        "sources": "any",
        "status": "str",
    },
    "video": {
        "alt_text!": "str",
        "title!": "plain",
        "thumbnail_url!": "str",
        "video_url!": "str",
        "author_name": "str",
        "description": "plain",
        "provider_icon_url": "str",
        "provider_name": "str",
        "title_url": "str",
    },
}

_MENU: Shape = {"placeholder": "plain", "confirm": "confirm", "focus_on_load": "bool"}
_STATIC: Shape = {**_MENU, "options": ["option"], "option_groups": ["option_group"]}
_MULTI: Shape = {"max_selected_items": "int"}
_TYPED: Shape = {
    "placeholder": "plain",
    "focus_on_load": "bool",
    "initial_value": "str",
    "dispatch_action_config": "dispatch",
}
_CONVERSATIONS: Shape = {"filter": "filter", "default_to_current_conversation": "bool"}
_RESPONDING: Shape = {"response_url_enabled": "bool"}
ELEMENTS: Mapping[str, Shape] = {
    "button": {
        "text!": "plain",
        "value": "str",
        "url": "url",
        "style": "style",
        "confirm": "confirm",
        "accessibility_label": "str",
    },
    "workflow_button": {
        "text!": "plain",
        "workflow!": "any",
        "style": "style",
        "accessibility_label": "str",
    },
    "overflow": {"options!": ["option"], "confirm": "confirm"},
    "static_select": {**_STATIC, "initial_option": "option"},
    "multi_static_select": {**_STATIC, **_MULTI, "initial_options": ["option"]},
    "external_select": {**_MENU, "initial_option": "option", "min_query_length": "int"},
    "multi_external_select": {
        **_MENU,
        **_MULTI,
        "initial_options": ["option"],
        "min_query_length": "int",
    },
    "users_select": {**_MENU, "initial_user": "str"},
    "multi_users_select": {**_MENU, **_MULTI, "initial_users": ["str"]},
    "conversations_select": {
        **_MENU,
        **_CONVERSATIONS,
        **_RESPONDING,
        "initial_conversation": "str",
    },
    "multi_conversations_select": {
        **_MENU,
        **_MULTI,
        **_CONVERSATIONS,
        "initial_conversations": ["str"],
    },
    "channels_select": {**_MENU, **_RESPONDING, "initial_channel": "str"},
    "multi_channels_select": {**_MENU, **_MULTI, "initial_channels": ["str"]},
    "checkboxes": {
        "options!": ["rich_option"],
        "initial_options": ["rich_option"],
        "confirm": "confirm",
        "focus_on_load": "bool",
    },
    "radio_buttons": {
        "options!": ["rich_option"],
        "initial_option": "rich_option",
        "confirm": "confirm",
        "focus_on_load": "bool",
    },
    "datepicker": {**_MENU, "initial_date": "str"},
    "timepicker": {**_MENU, "initial_time": "str", "timezone": "str"},
    "datetimepicker": {
        "initial_date_time": "int",
        "confirm": "confirm",
        "focus_on_load": "bool",
    },
    "plain_text_input": {
        **_TYPED,
        "multiline": "bool",
        "min_length": "int",
        "max_length": "int",
    },
    "email_text_input": _TYPED,
    "url_text_input": _TYPED,
    "number_input": {
        **_TYPED,
        "is_decimal_allowed!": "bool",
        "min_value": "str",
        "max_value": "str",
    },
    "rich_text_input": {**_TYPED, "initial_value": "any", "min_lines": "int", "max_lines": "int"},
    "file_input": {"filetypes": ["str"], "max_files": "int"},
    "image": {"alt_text!": "str", "image_url": "url", "slack_file": "slack_file"},
    "feedback_buttons": {"positive_button!": "any", "negative_button!": "any"},
    "icon_button": {
        "icon!": "str",
        "text!": "plain",
        "value": "str",
        "confirm": "confirm",
        "visible_to_user_ids": ["str"],
        "accessibility_label": "str",
    },
}

_SELECTS = {
    f"{kind}_select" for kind in ("static", "external", "users", "conversations", "channels")
}
_MENUS = _SELECTS | {f"multi_{kind}" for kind in _SELECTS}
_CHOICES = _MENUS | {"checkboxes", "radio_buttons", "datepicker", "timepicker"}
PLACES: Mapping[str, frozenset[str]] = {
    "section": frozenset(_CHOICES | {"button", "workflow_button", "overflow", "image"}),
    "actions": frozenset(
        _CHOICES | {"button", "workflow_button", "overflow", "datetimepicker", "rich_text_input"}
    ),
    "context": frozenset({"image", "plain_text", "mrkdwn"}),
    "context_actions": frozenset({"feedback_buttons", "icon_button"}),
    "card": frozenset({"button"}),
    "input": frozenset(
        _CHOICES
        | {
            "datetimepicker",
            "plain_text_input",
            "email_text_input",
            "url_text_input",
            "number_input",
            "rich_text_input",
            "file_input",
        }
    ),
}

ELEMENT_SURFACES: Mapping[str, frozenset[str]] = {
    "datetimepicker": frozenset({"modal", "message"}),
    "email_text_input": frozenset({"modal"}),
    "file_input": frozenset({"modal"}),
    "number_input": frozenset({"modal"}),
    "rich_text_input": frozenset({"modal", "home"}),
    "url_text_input": frozenset({"modal"}),
    "workflow_button": frozenset({"message"}),
}
"""Where an element may stand that may not stand everywhere (Slack's table of block elements)."""

INERT_ELEMENTS = frozenset({"image", "plain_text", "mrkdwn"})
"""Elements that no one can press: they have no ``action_id``."""

VIEWS: Mapping[str, Shape] = {
    "modal": {
        "title!": "plain",
        "submit": "plain",
        "close": "plain",
        "clear_on_close": "bool",
        "notify_on_close": "bool",
        "submit_disabled": "bool",
    },
    "home": {},
}
VIEW_KEYS: Shape = {
    "type!": "str",
    "blocks!": ["any"],
    "private_metadata": "str",
    "callback_id": "str",
    "external_id": "str",
}
