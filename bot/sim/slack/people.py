"""The methods that tell of people and user groups."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.sim.slack.chat import flag
from bot.sim.slack.state import (
    BOT_USER_ID,
    ENTERPRISE_ID,
    TEAM_ID,
    Json,
    Person,
    UserGroup,
)
from bot.sim.slack.world import ApiError, World

_BOT = Person(BOT_USER_ID, "pending-images", "America/Los_Angeles", is_bot=True)


def users_info(world: World, arguments: Json) -> Json:
    """users.info: name, time zone and roles; of who left neither zone nor roles.

    Of people of other workspaces it tells no roles here: which ones it does is not documented.
    """
    world.need("users:read")
    user_id = str(arguments.get("user"))
    person = _BOT if user_id == BOT_USER_ID else world.workspace.people.get(user_id)
    if person is None:
        raise ApiError("user_not_found")
    shown: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "profile": {"real_name": person.name.title(), "display_name": person.name},
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": int(world.clock()),
    }
    if person.team_id != TEAM_ID:
        shown |= {"is_stranger": person.is_stranger, **_zone(world, person)}
    elif not person.deleted:
        shown |= _zone(world, person) | _roles(person)
    if person.teams:
        enterprise = {"enterprise_id": ENTERPRISE_ID, "enterprise_name": "Sim", "id": person.id}
        shown["enterprise_user"] = {**enterprise, "teams": list(person.teams)}
    return {"user": shown}


def usergroups_list(world: World, arguments: Json) -> Json:
    """usergroups.list: enabled groups, unless disabled ones are asked for too."""
    world.need("usergroups:read")
    disabled = flag(arguments.get("include_disabled"), default=False)
    groups = [
        group for group in world.workspace.user_groups.values() if disabled or not group.disabled
    ]
    return {"usergroups": [_group(world, group, arguments) for group in groups]}


def usergroups_users_list(world: World, arguments: Json) -> Json:
    """usergroups.users.list: members of one group; of a disabled one only if asked so."""
    world.need("usergroups:read")
    group = world.workspace.user_groups.get(str(arguments.get("usergroup")))
    disabled = flag(arguments.get("include_disabled"), default=False)
    if group is None or (group.disabled and not disabled):
        raise ApiError("no_such_subteam")
    return {"users": list(group.users)}


def _zone(world: World, person: Person) -> Json:
    if person.tz is None:
        return {}
    now = datetime.fromtimestamp(world.clock(), ZoneInfo(person.tz))
    offset = now.utcoffset()
    seconds = 0 if offset is None else int(offset.total_seconds())
    return {"tz": person.tz, "tz_label": now.tzname(), "tz_offset": seconds}


def _roles(person: Person) -> Json:
    return {
        "real_name": person.name.title(),
        "is_admin": person.is_admin or person.is_owner,
        "is_owner": person.is_owner,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted or person.is_ultra_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
    }


def _group(world: World, group: UserGroup, arguments: Json) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": 1_446_598_059,
        "date_update": 1_446_670_362,
        "date_delete": int(world.clock()) if group.disabled else 0,
        "auto_type": None,
        "prefs": {"channels": [], "groups": []},
    }
    if flag(arguments.get("include_users"), default=False):
        shown["users"] = list(group.users)
    if flag(arguments.get("include_count"), default=False):
        shown["user_count"] = len(group.users)
    return shown
