"""``python -m bot doctor`` between a simulated Slack and SCP, as an operator sees it."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.app import utc_now
from bot.doctor import check
from bot.settings import Settings
from bot.sim.sample import sample_images
from bot.sim.scp import Route, ScpSim
from bot.sim.slack import SlackSim
from bot.store import open_store

CHECKOUT = Path(__file__).parents[1]
CHANNEL = "C0SIM00001"
NOWHERE = "http://127.0.0.1:1"
CHECKS = [
    "settings",
    "Slack token",
    "scopes",
    "app token",
    f"channel {CHANNEL}",
    "approvers",
    "SCP reached",
    "clock",
    "API version",
    "SCP signature and permission",
    "database",
    "account id",
    "next digest",
    "decisions",
]
LIST = "SCP signature and permission"


@dataclass
class Report:
    exit_code: int
    ok: bool
    checks: dict[str, dict[str, str]]
    text: str

    def status(self, name: str) -> str:
        return self.checks[name]["status"]

    def found(self, name: str) -> str:
        return self.checks[name]["found"]

    def remedy(self, name: str) -> str:
        return self.checks[name]["remedy"]

    def all_of(self, status: str) -> list[str]:
        return [name for name, found in self.checks.items() if found["status"] == status]


@dataclass
class Place:
    """Where the doctor is called to: two far ends and an environment."""

    scp: ScpSim
    slack: SlackSim
    environment: dict[str, str]
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    async def output(self, *arguments: str, **changes: str | None) -> tuple[int, str]:
        """Run the command in this process; a change to None takes a variable away."""
        for name, value in {**self.environment, **changes}.items():
            if value is None:
                self.monkeypatch.delenv(name, raising=False)
            else:
                self.monkeypatch.setenv(name, value)
        exit_code = await asyncio.to_thread(main, ["doctor", *arguments])
        printed = self.capsys.readouterr()
        assert printed.err == ""
        return exit_code, printed.out

    async def examine(self, **changes: str | None) -> Report:
        exit_code, text = await self.output("--json", **changes)
        body = json.loads(text)
        assert set(body) == {"ok", "checks"}
        checks = {one["name"]: one for one in body["checks"]}
        assert len(checks) == len(body["checks"])
        return Report(exit_code, body["ok"], checks, text)

    def secrets(self) -> list[str]:
        slack, scp = self.slack, self.scp
        return [
            slack.bot_token,
            slack.app_token,
            slack.signing_secret,
            scp.access_key,
            scp.secret_key,
        ]


@pytest.fixture
async def place(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    restored_logging: None,  # noqa: ARG001  by its effect
) -> AsyncIterator[Place]:
    for name in [*Settings.model_fields, "secrets_dir"]:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    async with ScpSim(images=list(sample_images(3))) as scp, SlackSim() as slack:
        slack.channel(CHANNEL, "general", bot=True)
        environment = {
            "HOME": str(tmp_path),
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "SCP_ACCESS_KEY": scp.access_key,
            "SCP_SECRET_KEY": scp.secret_key,
            "SCP_ENDPOINT": scp.base_url,
            "SCP_ACCOUNT_ID": scp.account_id,
            "DIGEST_CHANNELS": CHANNEL,
            "APPROVERS": slack.user().id,
        }
        yield Place(scp, slack, environment, monkeypatch, capsys)


async def program(*arguments: str, cwd: Path, **environment: str) -> tuple[int, str, str]:
    """Run ``python -m bot`` as a process of its own, in an environment of its own."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    paths = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=cwd,
        env={**kept, **paths, "HOME": str(cwd), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


class TestAsAProgram:
    async def test_all_green_is_a_table_and_exit_code_0(self, place: Place, tmp_path: Path) -> None:
        code, out, err = await program("doctor", cwd=tmp_path, **place.environment)
        assert (code, err) == (0, "")
        assert "14 ok, 0 warning, 0 failed, 0 skipped" in out
        assert "\x1b" not in out  # no colours where there is no terminal
        assert all(secret not in out for secret in place.secrets())
        assert place.scp.complaints == []
        assert [seen.refused for seen in place.scp.requests] == [None] * 4

    async def test_no_settings_at_all_names_each_and_exits_2(self, tmp_path: Path) -> None:
        code, out, err = await program(
            "doctor", "--json", cwd=tmp_path, SCP_ENDPOINT=NOWHERE, SLACK_API_URL=NOWHERE
        )
        assert (code, err) == (2, "")
        body = json.loads(out)
        assert body["ok"] is False
        failed = [one["name"] for one in body["checks"] if one["status"] == "failed"]
        assert failed == [
            "settings: SLACK_BOT_TOKEN",
            "settings: SLACK_APP_TOKEN",
            "settings: SCP_ACCESS_KEY",
            "settings: SCP_SECRET_KEY",
            "SCP reached",
        ]

    async def test_a_terminal_without_unicode_is_no_reason_to_fail(self, tmp_path: Path) -> None:
        ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "SCP_ENDPOINT": NOWHERE}
        code, out, err = await program("doctor", cwd=tmp_path, **ascii_only)
        assert (code, err) == (2, "")
        assert "SLACK_BOT_TOKEN" in out


class TestReport:
    async def test_json_lists_every_check_in_order(self, place: Place) -> None:
        report = await place.examine()
        assert (report.exit_code, report.ok) == (0, True)
        assert list(report.checks) == CHECKS
        assert all(set(c) == {"name", "status", "found", "remedy"} for c in report.checks.values())

    async def test_a_narrow_table_loses_no_word(self, place: Place) -> None:
        _, out = await place.output(COLUMNS="44", DIGEST_CHANNELS="C0SIM00404")
        assert max(map(len, out.splitlines())) <= 44
        _, text = await place.output("--json", DIGEST_CHANNELS="C0SIM00404")
        cells = [line.split("│")[3] for line in out.splitlines() if line.startswith("│")]
        told = "".join("".join(cells).split())
        for one in json.loads(text)["checks"]:
            if one["name"].startswith("channel"):
                assert "".join(one["found"].split()) in told
                assert "".join(one["remedy"].split()) in told

    async def test_every_failure_says_what_to_do(self, place: Place) -> None:
        place.scp.fail("iam")
        place.slack.scopes.clear()
        report = await place.examine(SLACK_APP_TOKEN="xapp-1-wrong")
        assert report.all_of("failed")
        assert all(report.remedy(name) for name in report.all_of("failed"))
        assert all(report.remedy(name) for name in report.all_of("warning"))

    async def test_text_from_outside_neither_colours_nor_clears_the_terminal(
        self, place: Place
    ) -> None:
        place.slack.channel(CHANNEL, "\x1b[2J[bold]x[/bold]", bot=True)
        _, out = await place.output()
        assert "\x1b" not in out
        assert "[bold]x[/bold]" in out

    @pytest.mark.parametrize("arguments", [(), ("--json",)])
    async def test_no_secret_is_printed_whatever_fails(
        self, place: Place, arguments: tuple[str, ...]
    ) -> None:
        pasted = "xoxb-1234567890-pasted"
        outputs = [
            await place.output(*arguments),
            await place.output(*arguments, SCP_SECRET_KEY="another-canary"),
            await place.output(*arguments, SLACK_BOT_TOKEN="xoxb-another-canary"),
            await place.output(*arguments, SLACK_BOT_TOKEN="xapp-another-canary"),
            await place.output(*arguments, DIGEST_CHANNELS=pasted, COLUMNS="500"),
        ]
        for _, out in outputs:
            assert "canary" not in out
            assert pasted not in out
            assert all(secret not in out for secret in place.secrets())

    async def test_what_is_too_short_for_a_secret_cuts_no_words(self, place: Place) -> None:
        report = await place.examine(SCP_SECRET_KEY="e")
        assert "HmacValidFail" in report.found(LIST)


class TestSettings:
    async def test_what_a_wrong_setting_does_not_touch_is_still_checked(self, place: Place) -> None:
        report = await place.examine(DIGEST_TIME="noon", PORT="high")
        assert report.exit_code == 2
        assert report.all_of("failed") == ["settings: PORT", "settings: DIGEST_TIME"]
        assert report.all_of("skipped") == ["next digest"]
        assert report.status(LIST) == "ok"

    async def test_wrong_and_missing_are_named_in_one_breath(self, place: Place) -> None:
        report = await place.examine(SLACK_APP_TOKEN=None, SCP_ACCOUNT_ID="a b")
        assert report.found("settings: SLACK_APP_TOKEN") == "It is missing."
        assert report.found("settings: SCP_ACCOUNT_ID").startswith("It is wrong: ")
        assert report.all_of("skipped") == ["app token", "account id", "decisions"]
        assert "SLACK_APP_TOKEN is missing or wrong" in report.found("app token")

    async def test_a_wrong_bot_token_setting_skips_what_needs_it(self, place: Place) -> None:
        report = await place.examine(SLACK_BOT_TOKEN="xapp-1-kind")
        assert report.all_of("skipped") == ["Slack token", "scopes", f"channel {CHANNEL}"]
        assert report.status("app token") == "ok"

    async def test_a_wrong_list_of_channels_is_not_taken_for_none(self, place: Place) -> None:
        report = await place.examine(DIGEST_CHANNELS="#general")
        assert report.all_of("skipped") == ["digest channels", "next digest"]
        assert "missing or wrong" in report.found("next digest")

    async def test_two_wrong_settings_of_one_check_are_both_named(self, place: Place) -> None:
        report = await place.examine(SCP_ENDPOINT="http://example.com", SCP_REGION="a.b")
        assert "SCP_ENDPOINT and SCP_REGION are missing or wrong" in report.found("SCP reached")
        assert place.scp.requests == []

    async def test_a_wrong_version_skips_what_would_ask_for_it(self, place: Place) -> None:
        report = await place.examine(SCP_API_VERSION="latest")
        assert report.all_of("skipped") == ["API version", LIST]
        assert report.status("SCP reached") == "ok"

    async def test_missing_scp_keys_leave_reach_clock_and_version(self, place: Place) -> None:
        report = await place.examine(SCP_ACCESS_KEY=None)
        assert report.all_of("skipped") == [LIST]
        assert [report.status(name) for name in ("SCP reached", "clock", "API version")] == [
            "ok",
            "ok",
            "ok",
        ]

    async def test_a_secrets_directory_that_is_none_is_named(self, place: Place) -> None:
        report = await place.examine(SECRETS_DIR="/nowhere")
        assert report.exit_code == 2
        assert report.all_of("failed") == ["settings: SECRETS_DIR"]

    async def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_examined(
        self, place: Place, tmp_path: Path
    ) -> None:
        (tmp_path / ".scpconf").mkdir()
        (tmp_path / ".scpconf" / "credentials.json").write_text("[]", encoding="utf-8")
        report = await place.examine()
        assert report.exit_code == 2
        assert report.all_of("failed") == ["settings: ~/.scpconf/credentials.json"]
        assert report.status("Slack token") == "ok"

    async def test_a_proxy_that_cannot_be_used_is_a_wrong_setting(self, place: Place) -> None:
        report = await place.examine(HTTPS_PROXY="ftp://secret@proxy", NO_PROXY="")
        assert report.exit_code == 2
        assert report.all_of("failed") == ["settings: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY"]
        assert "secret@" not in report.text
        assert report.status("Slack token") == "ok"

    async def test_a_secret_key_that_is_no_text_is_a_wrong_setting(self, place: Place) -> None:
        report = await place.examine(SCP_SECRET_KEY="\udcff-key")
        assert report.exit_code == 2
        assert report.all_of("failed") == ["settings: SCP_SECRET_KEY"]
        assert report.status(LIST) == "skipped"
        assert report.status("SCP reached") == "ok"

    async def test_a_missing_account_id_is_a_warning(self, place: Place) -> None:
        report = await place.examine(SCP_ACCOUNT_ID=None, APPROVERS=None)
        assert (report.exit_code, report.all_of("warning")) == (0, ["account id"])


class TestSlack:
    async def test_it_names_workspace_and_bot(self, place: Place) -> None:
        report = await place.examine()
        assert report.found("Slack token") == "Workspace sim-team, bot user U0SIMBOT."

    async def test_a_refused_token_skips_what_hangs_on_it(self, place: Place) -> None:
        report = await place.examine(SLACK_BOT_TOKEN="xoxb-revoked")
        assert report.exit_code == 1
        assert report.all_of("failed") == ["Slack token"]
        assert report.all_of("skipped") == ["scopes", f"channel {CHANNEL}"]

    async def test_an_unreachable_slack_leaves_scp_checked(self, place: Place) -> None:
        report = await place.examine(SLACK_API_URL=f"{NOWHERE}/api/")
        assert report.all_of("failed") == ["Slack token", "app token"]
        assert "network" in report.remedy("app token")
        assert report.status(LIST) == "ok"

    async def test_a_lost_answer_is_not_told_as_a_lost_message(self, place: Place) -> None:
        place.slack.fail("auth.test", drop="before")
        place.slack.fail("apps.connections.open", drop="before")
        report = await place.examine()
        for name in ("Slack token", "app token"):
            assert "message" not in report.remedy(name)
            assert "network" in report.remedy(name)

    async def test_a_missing_scope_fails_and_is_named(self, place: Place) -> None:
        place.slack.scopes.remove("chat:write")
        report = await place.examine()
        assert report.all_of("failed") == ["scopes"]
        assert report.found("scopes") == "Missing: chat:write."
        assert "manifest.yaml" in report.remedy("scopes")

    async def test_a_scope_too_many_is_a_warning(self, place: Place) -> None:
        place.slack.scopes.append("im:history")
        report = await place.examine()
        assert (report.exit_code, report.status("scopes")) == (0, "warning")
        assert "im:history" in report.found("scopes")

    async def test_scopes_that_slack_does_not_tell_are_a_warning(self, place: Place) -> None:
        place.slack.scopes.clear()
        report = await place.examine(DIGEST_CHANNELS=None, APPROVERS=None)
        assert (report.exit_code, report.status("scopes")) == (0, "warning")

    async def test_a_refused_app_token_is_told_apart_from_the_bots(self, place: Place) -> None:
        report = await place.examine(SLACK_APP_TOKEN="xapp-1-wrong")
        assert report.all_of("failed") == ["app token"]
        assert "SLACK_APP_TOKEN" in report.remedy("app token")

    async def test_http_mode_wants_a_signing_secret_and_no_app_token(self, place: Place) -> None:
        http = {"BOT_MODE": "http", "SLACK_APP_TOKEN": None}
        report = await place.examine(**http, SLACK_SIGNING_SECRET=place.slack.signing_secret)
        assert report.exit_code == 0
        assert "Only a request from Slack can show" in report.found("signing secret")
        assert "app token" not in report.checks

    async def test_http_mode_without_a_signing_secret_is_incomplete(self, place: Place) -> None:
        report = await place.examine(BOT_MODE="http")
        assert report.all_of("failed") == ["settings: SLACK_SIGNING_SECRET"]
        assert report.all_of("skipped") == ["signing secret"]


class TestChannels:
    async def test_each_channel_is_checked_on_its_own(self, place: Place) -> None:
        place.slack.channel("C0SIM00002", "strangers", bot=False)
        place.slack.channel("C0SIM00003", "attic", bot=True, archived=True)
        channels = f"{CHANNEL},C0SIM00002,C0SIM00003,C0SIM00404"
        report = await place.examine(DIGEST_CHANNELS=channels)
        assert report.exit_code == 1
        assert report.found(f"channel {CHANNEL}") == "#general, and the bot is a member."
        assert "/invite" in report.remedy("channel C0SIM00002")
        assert "archived" in report.found("channel C0SIM00003")
        assert "channel_not_found" in report.found("channel C0SIM00404")
        assert "/invite" in report.remedy("channel C0SIM00404")

    async def test_a_direct_message_cannot_be_checked(self, place: Place) -> None:
        report = await place.examine(DIGEST_CHANNELS="D0SIM00001")
        assert (report.exit_code, report.status("channel D0SIM00001")) == (0, "skipped")

    async def test_without_channels_there_is_no_digest(self, place: Place) -> None:
        report = await place.examine(DIGEST_CHANNELS=None)
        assert report.exit_code == 0
        assert report.all_of("skipped") == ["next digest"]

    async def test_the_next_digest_is_told_in_its_own_time_zone(self, place: Place) -> None:
        report = await place.examine(DIGEST_TIME="06:30", DIGEST_TIMEZONE="Europe/Madrid")
        assert "06:30 Europe/Madrid, in " in report.found("next digest")


class TestTriage:
    async def test_without_approvers_it_says_why_nothing_can_be_decided(self, place: Place) -> None:
        report = await place.examine(APPROVERS=None)
        assert (report.exit_code, report.status("decisions")) == (0, "skipped")
        assert "APPROVERS is not set" in report.found("decisions")
        assert "buttons are absent" in report.found("decisions")

    async def test_approvers_without_an_account_id_is_a_failure(self, place: Place) -> None:
        report = await place.examine(SCP_ACCOUNT_ID=None)
        assert report.all_of("failed") == ["decisions"]
        assert "SCP_ACCOUNT_ID" in report.found("decisions")

    async def test_an_account_id_that_is_not_that_of_the_keys_is_a_failure(
        self, place: Place
    ) -> None:
        report = await place.examine(SCP_ACCOUNT_ID="somebody-else")
        assert report.all_of("failed") == ["account id"]
        assert "no such member" in report.found("account id")
        assert "account id failed" in report.found("decisions")
        without = await place.examine(SCP_ACCOUNT_ID="somebody-else", APPROVERS=None)
        assert (without.exit_code, without.status("account id")) == (0, "warning")

    async def test_a_right_account_id_is_told_from_one_that_nothing_shows(
        self, place: Place
    ) -> None:
        assert "SCP shows its membership" in (await place.examine()).found("account id")
        place.scp.images.clear()
        assert "only a pending image" in (await place.examine()).found("account id")

    async def test_what_iam_lacks_to_read_a_membership_is_named(self, place: Place) -> None:
        place.scp.fail("iam", routes=[Route.MEMBER])
        report = await place.examine()
        assert report.all_of("failed") == ["account id"]
        assert "virtualserver:ShowImageMember" in report.remedy("account id")

    async def test_the_members_of_groups_are_counted_once(self, place: Place) -> None:
        place.slack.user("U0SIM0002", "bob")
        place.slack.user_group("S0SIM0001", users=["U0SIM0001", "U0SIM0002"])
        report = await place.examine(APPROVERS="S0SIM0001,U0SIM0001", READERS="U0SIM0001")
        assert report.found("approvers") == "2 people."
        assert report.found("readers") == "1 person."

    async def test_a_group_that_is_not_there_or_empty_is_a_failure(self, place: Place) -> None:
        place.slack.user_group("S0SIM0001")
        assert (await place.examine(APPROVERS="S0SIM0001")).all_of("failed") == ["approvers"]
        assert (await place.examine(APPROVERS="S0SIM0009")).all_of("failed") == ["approvers"]

    async def test_groups_without_their_scope_are_a_failure_with_its_name(
        self, place: Place
    ) -> None:
        place.slack.user_group("S0SIM0001", users=["U0SIM0001"])
        place.slack.scopes.remove("usergroups:read")
        report = await place.examine(APPROVERS="S0SIM0001")
        assert report.all_of("failed") == ["scopes", "approvers"]
        assert "usergroups:read" in report.remedy("approvers")

    async def test_approvers_whom_the_bot_refuses_are_named(self, place: Place) -> None:
        place.slack.user("U0SIM0002", "bob").person.is_restricted = True
        place.slack.user("U0SIM0003", "cy").person.deleted = True
        report = await place.examine(APPROVERS="U0SIM0001,U0SIM0002,U0SIM0003")
        assert report.status("approvers") == "failed"
        assert "bob (U0SIM0002) is a guest" in report.found("approvers")
        assert "cy (U0SIM0003) has left" in report.found("approvers")

    async def test_a_rule_for_two_with_one_approver_is_a_failure(self, place: Place) -> None:
        report = await place.examine(TWO_PERSON="always")
        assert report.all_of("failed") == ["approvers"]
        assert "approvers failed" in report.found("decisions")
        assert "TWO_PERSON" in report.remedy("approvers")
        place.slack.user("U0SIM0002", "bob")
        both = await place.examine(TWO_PERSON="always", APPROVERS="U0SIM0001,U0SIM0002")
        assert both.status("approvers") == "ok"

    async def test_on_call_without_a_watch_channel_is_never_called(self, place: Place) -> None:
        report = await place.examine(ONCALL="U0SIM0001")
        assert (report.exit_code, report.status("on-call")) == (0, "warning")
        watched = await place.examine(ONCALL="U0SIM0001", WATCH_CHANNEL=CHANNEL)
        assert watched.status("on-call") == "ok"

    async def test_the_watch_channel_is_checked_like_a_digests(self, place: Place) -> None:
        place.slack.channel("C0SIM00002", "elsewhere", bot=False)
        report = await place.examine(WATCH_CHANNEL="C0SIM00002")
        assert report.all_of("failed") == ["channel C0SIM00002"]
        wrong = await place.examine(WATCH_CHANNEL="#general")
        assert wrong.all_of("skipped") == ["watch channel"]


class TestScp:
    async def test_the_root_is_asked_unsigned_and_the_list_once(self, place: Place) -> None:
        await place.examine()
        assert sorted(seen.target for seen in place.scp.requests) == [
            "/",
            "/",
            f"/v1/images/{place.scp.images[0]['id']}/members/{place.scp.account_id}",
            "/v1/pending-images",
        ]
        assert place.scp.complaints == []

    async def test_it_counts_images(self, place: Place) -> None:
        report = await place.examine()
        assert report.found(LIST).startswith("3 pending images by API 1.3 in ")

    async def test_unreadable_images_are_a_warning(self, place: Place) -> None:
        place.scp.images[:] = [{"id": "odd", "size": "many"}]
        report = await place.examine()
        assert report.status(LIST) == "warning"
        assert report.found(LIST).startswith("1 pending image by API 1.3")
        assert report.found(LIST).endswith("1 of them unreadable.")

    async def test_an_unreachable_scp_is_told_once(self, place: Place) -> None:
        report = await place.examine(SCP_ENDPOINT=NOWHERE)
        assert report.exit_code == 1
        assert report.all_of("failed") == ["SCP reached"]
        assert report.all_of("skipped") == ["clock", "API version", LIST]
        assert report.status("Slack token") == "ok"

    async def test_no_answer_in_time_ends_a_check(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(check, "TIMEOUT_SECONDS", 0.2)
        place.scp.fail("slow", routes=[Route.ROOT])
        report = await place.examine()
        assert report.found("SCP reached") == "No answer within 0.2 s."

    async def test_a_refused_signature_fails(self, place: Place) -> None:
        report = await place.examine(SCP_SECRET_KEY="wrong")
        assert (report.exit_code, report.all_of("failed")) == (1, [LIST])
        assert "HmacValidFail" in report.found(LIST)

    async def test_a_missing_permission_names_the_action_to_grant(self, place: Place) -> None:
        place.scp.fail("iam")
        report = await place.examine()
        assert report.all_of("failed") == [LIST]
        assert "virtualserver:ListPendingImages" in report.remedy(LIST)

    async def test_a_clock_off_by_more_than_a_minute_is_a_warning(self, place: Place) -> None:
        """The client corrects itself by SCP's clock, so the list can still be had."""
        place.scp.clock = lambda: time.time() + 3600
        report = await place.examine()
        assert (report.exit_code, report.all_of("warning")) == (0, ["clock"])
        assert report.found("clock").endswith(" s behind SCP's.")
        place.scp.clock = lambda: time.time() - 120
        report = await place.examine()
        assert report.found("clock").endswith(" s ahead of SCP's.")

    async def test_an_answer_without_a_date_leaves_the_clock_unchecked(self, place: Place) -> None:
        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            endpoint = f"http://127.0.0.1:{port}"
            report = await place.examine(SCP_ENDPOINT=endpoint, SCP_ACCESS_KEY=None)
        assert report.status("clock") == "skipped"
        assert "status 503" in report.found("SCP reached")

    async def test_a_portal_at_the_root_is_a_warning(self, place: Place) -> None:
        place.scp.versions = None
        report = await place.examine()
        assert report.exit_code == 0
        assert report.all_of("warning") == ["SCP reached", "API version"]
        assert "status 404" in report.found("SCP reached")
        assert "1.0 is assumed" in report.found("API version")


def listed(*entries: tuple[str, str, str]) -> list[dict[str, object]]:
    return [{"id": i, "not_before": until, "status": status} for i, until, status in entries]


def day(offset: int) -> str:
    return str((datetime.now(UTC) + timedelta(days=offset)).date())


class TestVersions:
    @pytest.mark.parametrize(
        ("until", "status", "expected"),
        [
            ("", "CURRENT", "ok"),
            (day(200), "SUPPORTED", "ok"),
            (day(80), "SUPPORTED", "warning"),
            (day(-3), "SUPPORTED", "warning"),
            ("", "DEPRECATED", "warning"),
        ],
    )
    @pytest.mark.parametrize("pinned", ["auto", "1.2"])
    async def test_a_versions_end_is_warned_of_90_days_before(
        self, place: Place, until: str, status: str, expected: str, pinned: str
    ) -> None:
        place.scp.versions = listed(("v1.2", until, status))
        report = await place.examine(SCP_API_VERSION=pinned)
        assert report.status("API version") == expected
        assert until in report.found("API version")
        assert ("which is past" in report.found("API version")) == (until == day(-3))

    @pytest.mark.parametrize("status", ["PLANNED", ""])
    async def test_a_pinned_version_that_cannot_be_called_fails(
        self, place: Place, status: str
    ) -> None:
        planned = [("v1.1", "", status)] if status else []
        place.scp.versions = listed(("v1.3", "", "CURRENT"), *planned)
        report = await place.examine(SCP_API_VERSION="1.1")
        assert report.exit_code == 1
        assert report.found("API version") == "1.1 is pinned, but SCP offers 1.3."
        assert "SCP_API_VERSION=auto" in report.remedy("API version")

    async def test_a_pinned_version_without_a_list_is_a_warning(self, place: Place) -> None:
        place.scp.versions = None
        report = await place.examine(SCP_API_VERSION="1.3")
        assert report.status("API version") == "warning"

    async def test_versions_of_a_later_age_are_a_warning(self, place: Place) -> None:
        place.scp.versions = listed(("v9.0", "", "CURRENT"))
        report = await place.examine()
        assert report.status("API version") == "warning"


class TestDatabase:
    async def test_a_file_to_come_is_not_made(self, place: Place, tmp_path: Path) -> None:
        report = await place.examine()
        assert "is made at the first start" in report.found("database")
        assert not (tmp_path / "pending-images.db").exists()

    async def test_a_directory_that_is_not_there_fails(self, place: Place) -> None:
        report = await place.examine(DATABASE_URL="sqlite:///no/such/place/bot.db")
        assert (report.exit_code, report.all_of("failed")) == (1, ["database"])
        assert "no/such/place" in report.remedy("database")

    async def test_a_database_in_memory_is_a_wrong_setting(self, place: Place) -> None:
        report = await place.examine(DATABASE_URL="sqlite://")
        assert report.exit_code == 2
        assert "must name a file" in report.text
        assert (report.status("database"), "PostgreSQL" in report.text) == ("skipped", False)

    async def test_a_migrated_database_is_of_this_release(
        self, place: Place, database_url: str
    ) -> None:
        report = await place.examine(DATABASE_URL=database_url)
        if database_url.startswith("postgresql"):
            assert "next start brings its tables up to date" in report.found("database")
        async with open_store(database_url, now=utc_now) as store:
            await store.migrate()
        report = await place.examine(DATABASE_URL=database_url)
        assert report.status("database") == "ok"
        assert "tables are of this release" in report.found("database")

    async def test_a_server_that_is_not_there_fails_without_its_password(
        self, place: Place
    ) -> None:
        report = await place.examine(DATABASE_URL="postgresql://bot:hunter2@127.0.0.1:9/bot")
        assert report.all_of("failed") == ["database"]
        assert "127.0.0.1:9" in report.found("database")
        assert "hunter2" not in report.text
