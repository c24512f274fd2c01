"""The doctor's look at Samsung Cloud Platform: address, clock, version, signature, permission."""

import time
from collections.abc import Sequence
from datetime import date

import msgspec

from bot.app import open_scp, scp_address
from bot.doctor.check import CHECK_NETWORK, Check, Status, failure, skipped, within_time
from bot.doctor.settings_checks import Survey, refused_checks
from bot.errors import BotError, SettingsError
from bot.images import API_VERSIONS, PendingImages
from bot.metrics import Metrics
from bot.scp.auth import Credentials
from bot.scp.client import ScpClient
from bot.scp.exchange import Exchange
from bot.scp.negotiation import AUTO
from bot.scp.responses import MAX_SKEW_SECONDS, WRONG_ADDRESS, Reply, server_skew
from bot.scp.versions import ApiVersion, ListedVersion, choose, parse_versions, warning
from bot.settings import Settings

REACHED = "SCP reached"
CLOCK = "clock"
VERSION = "API version"
LIST = "SCP signature and permission"
ACCOUNT = "account id"

_ADDRESS = ("scp_endpoint", "scp_region", "scp_environment")
_MAX_ROOT_BYTES = 2**20


class Root(msgspec.Struct, frozen=True):
    """What the service's root answered, without a signature."""

    url: str
    reply: Reply
    versions: Sequence[ListedVersion]
    seconds: float


async def check_scp(survey: Survey, settings: Settings, today: date) -> list[Check]:
    """Ask the service's root, then for the list; if the root cannot be reached, that is all."""
    if obstacle := survey.obstacle(*_ADDRESS):
        unasked = [skipped(name, obstacle) for name in (REACHED, CLOCK, VERSION, LIST)]
        return [*unasked, _account_set(survey, settings)]
    unreached = [skipped(name, "SCP was not reached.") for name in (CLOCK, VERSION, LIST)]
    unreached.append(_account_set(survey, settings))
    try:
        root = await within_time(_ask_root(settings))
    except SettingsError as error:
        return [*refused_checks(error.problems), skipped(REACHED, "see above."), *unreached]
    except BotError as error:
        return [failure(REACHED, error), *unreached]
    return [
        _reached_check(root),
        _clock_check(root.reply),
        _version_check(survey, settings, root.versions, today),
        *await _signed_checks(survey, settings),
    ]


async def _ask_root(settings: Settings) -> Root:
    base_url = scp_address(settings)
    exchange = Exchange(
        credentials=Credentials("unused", "unused"),  # the root is asked unsigned
        max_body_bytes=_MAX_ROOT_BYTES,
        language=settings.scp_language,
    )
    started = time.monotonic()
    try:
        reply = await exchange.get(f"{base_url}/", signed=False)
    finally:
        await exchange.aclose()
    return Root(base_url, reply, parse_versions(reply.body), time.monotonic() - started)


def _reached_check(root: Root) -> Check:
    answered = f"{root.url} answered with status {root.reply.status} in {root.seconds:.2f} s"
    if root.versions:
        return Check(REACHED, "ok", f"{answered}.")
    return Check(
        REACHED,
        "warning",
        f"{answered}, but not with the list of versions that the service's root has.",
        WRONG_ADDRESS,
    )


def _clock_check(reply: Reply) -> Check:
    skew = server_skew(reply)
    if skew is None:
        return skipped(CLOCK, "SCP's answer does not tell the time.")
    # The header tells whole seconds, so less than two is no difference.
    found = f"{abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'} SCP's."
    if abs(skew) > MAX_SKEW_SECONDS:
        return Check(CLOCK, "warning", found, "Set this machine's clock, best by NTP.")
    return Check(CLOCK, "ok", found)


def _version_check(
    survey: Survey, settings: Settings, listed: Sequence[ListedVersion], today: date
) -> Check:
    if obstacle := survey.obstacle("scp_api_version"):
        return skipped(VERSION, obstacle)
    pinned = settings.scp_api_version
    if pinned != AUTO:
        return _pinned_check(pinned, listed, today)
    chosen = choose(listed)
    if chosen.source == "assumed":
        return Check(
            VERSION,
            "warning",
            f"SCP lists no version that the bot knows: {chosen.version} is assumed.",
            "Should the list fail, set SCP_API_VERSION to the version to ask for.",
        )
    return _term_check(chosen, "chosen", today)


def _pinned_check(pinned: str, listed: Sequence[ListedVersion], today: date) -> Check:
    if not listed:
        found = f"{pinned} is pinned, and SCP gave no list of versions to compare with."
        return Check(VERSION, "warning", found, CHECK_NETWORK)
    callable_ones = {entry.version: entry for entry in listed if entry.status != "PLANNED"}
    if pinned not in callable_ones:
        return Check(
            VERSION,
            "failed",
            f"{pinned} is pinned, but SCP offers {', '.join(callable_ones) or 'none'}.",
            f"Set SCP_API_VERSION=auto, or one that the bot knows: {', '.join(API_VERSIONS)}.",
        )
    entry = callable_ones[pinned]
    version = ApiVersion(pinned, "pinned", entry.status, entry.supported_until)
    return _term_check(version, "pinned", today)


def _term_check(version: ApiVersion, how: str, today: date) -> Check:
    """Tell how long a version is supported."""
    until = version.supported_until
    found = f"{version.version}, {how}, {version.status}, supported "
    if until is None:
        found += "without a date of its end."
    else:
        found += f"until {until}" + (", which is past." if until < today else ".")
    if warning(version, today):
        later = "Set SCP_API_VERSION=auto, or look for a newer release of the bot."
        return Check(VERSION, "warning", found, later)
    return Check(VERSION, "ok", found)


async def _signed_checks(survey: Survey, settings: Settings) -> list[Check]:
    """Ask for the list, and by one of its images whether the account's id is right."""
    account = _account_set(survey, settings)
    if obstacle := survey.obstacle("scp_access_key", "scp_secret_key", "scp_api_version"):
        return [skipped(LIST, obstacle), account]
    async with open_scp(settings, Metrics()) as client:
        started = time.monotonic()
        try:
            answer = await within_time(client.list_pending_images())
        except BotError as error:
            return [failure(LIST, error), account]
        listed = _list_check(answer, time.monotonic() - started)
        if account.status == "ok" and answer.images:
            image_id, member_id = answer.images[0].id, settings.scp_account_id or ""
            account = await _account_check(client, image_id, member_id, bool(settings.approvers))
        return [listed, account]


def _list_check(answer: PendingImages, seconds: float) -> Check:
    images = "1 pending image" if answer.total == 1 else f"{answer.total:,} pending images"
    found = f"{images} by API {answer.api_version} in {seconds:.2f} s"
    if unreadable := len(answer.unreadable):
        remedy = "/pending-images names them. Look for a newer release of the bot."
        return Check(LIST, "warning", f"{found}, {unreadable:,} of them unreadable.", remedy)
    return Check(LIST, "ok", f"{found}.")


def _account_set(survey: Survey, settings: Settings) -> Check:
    """Tell whether our account's id is known; whether it is right, a pending image can tell."""
    if obstacle := survey.obstacle("scp_account_id"):
        return skipped(ACCOUNT, obstacle)
    if settings.scp_account_id is None:
        return Check(
            ACCOUNT,
            "warning",
            "SCP_ACCOUNT_ID is not set: messages cannot name the account, and nobody can decide.",
            "Set it; SCP's console shows it under IAM, Account information.",
        )
    unsure = "only a pending image could show whether it is right"
    return Check(ACCOUNT, "ok", f"{settings.scp_account_id}; {unsure}.")


async def _account_check(client: ScpClient, image_id: str, account: str, decides: bool) -> Check:
    """Ask for our membership in a pending image, which only the account that it waits for has."""
    status: Status = "failed" if decides else "warning"
    try:
        member = await within_time(client.get_image_member(image_id, account))
    except BotError as error:
        return Check(ACCOUNT, status, f"{account}: {error}", error.remedy)
    if member is None:
        return Check(
            ACCOUNT,
            status,
            f"{account}: SCP knows no such member of an image that waits for the keys' account.",
            "Set SCP_ACCOUNT_ID to the account of the access key: IAM, Account information.",
        )
    return Check(ACCOUNT, "ok", f"{account}, and SCP shows its membership in a pending image.")
