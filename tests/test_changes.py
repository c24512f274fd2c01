"""What changes from one digest to the next: nothing is missed, and nothing is told twice."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.changes import Changes, Present, Stand, changes, stand
from bot.images import PendingImage, PendingImages
from bot.oncall.values import Claim, Settled, Snooze, Triage, Triages, Underway
from bot.pick import wanted
from bot.query import Query, parse_query
from bot.sightings import How, Sighting, awake, observe

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""When SCP was asked for the digest before."""
NEXT = NOW + DAY
"""When it is asked for this one."""
ANY = Query()
ADA, BEN = "U0ADA", "U0BEN"


def image(image_id: str) -> PendingImage:
    return PendingImage(id=image_id, name=f"image {image_id}")


A, B, C = map(image, "abc")


def seen(
    shown: PendingImage,
    gone_at: datetime | None = None,
    how: How | None = None,
    by: str | None = None,
    first_seen: datetime = NOW - DAY,
) -> Sighting:
    return Sighting(image=shown, first_seen=first_seen, gone_at=gone_at, how=how, by=by)


def accepted(at: datetime, claim: Claim | None = None, snooze: Snooze | None = None) -> Triage:
    """An image that Ada accepted, which ended whatever was done with it."""
    return Triage(
        settled=Settled(
            decision=1,
            status="accepted",
            by=ADA,
            at=at,
            undo_until=at,
            claim=claim,
            snooze=snooze,
        )
    )


def before(shown: str = "", asleep: str = "") -> Stand:
    return Stand(shown=[*shown], asleep=[*asleep], as_of=NOW)


def present(
    picked: Sequence[PendingImage] = (),
    past: Sequence[Sighting] = (),
    *,
    listed: str | None = None,
    asleep: Sequence[PendingImage] = (),
    triages: Triages | None = None,
    as_of: datetime = NEXT,
) -> Present:
    names = {one.id for one in (*picked, *asleep)} if listed is None else set(listed)
    return Present(
        picked=picked,
        asleep=asleep,
        listed=names,
        past=past,
        triages=triages or {},
        as_of=as_of,
    )


def changed(earlier: Stand, now: Present, query: Query = ANY) -> Changes:
    return changes(earlier, now, query, NOW)


def quiet(since: datetime = NOW) -> Changes:
    """Nothing to tell."""
    return Changes(since=since, new=[], woken=[], gone=[], left=0, unsure=[])


def gone(found: Changes) -> list[str]:
    return [sighting.image.id for sighting in found.gone]


# ---- new, and awake again


def test_what_was_not_known_then_is_new_in_the_order_of_the_digest() -> None:
    assert changed(before("a"), present([C, A, B])).new == [C, B]
    assert changed(before("aa"), present([A])) == quiet()


def test_what_slept_then_is_awake_again_and_not_new() -> None:
    found = changed(before("a", asleep="b"), present([B, C, A]))
    assert (found.woken, found.new, found.gone) == ([B], [C], [])


def test_what_fell_asleep_is_no_change() -> None:
    found = changed(before("ab"), present([A], asleep=[B]))
    assert found == quiet()


def test_what_slept_and_sleeps_is_no_change() -> None:
    found = changed(before("a", asleep="b"), present([A], asleep=[B]))
    assert found == quiet()


def test_what_still_waits_but_matches_no_more_is_counted_alone() -> None:
    past = [seen(A), seen(B), seen(C, NOW + HOUR)]
    found = changed(before("abc"), present([A], past, listed="abx"))
    assert (found.new, found.left, gone(found)) == ([], 1, ["c"])


# ---- gone


def test_what_was_shown_and_is_not_listed_is_gone_the_last_gone_first() -> None:
    past = [seen(A, NOW + HOUR, "accepted"), seen(B, NOW + 2 * HOUR), seen(C, NOW + HOUR)]
    assert changed(before("abc"), present(past=past)).gone == [past[1], past[0], past[2]]


def test_what_slept_and_went_is_gone() -> None:
    found = changed(before("a", asleep="b"), present([A], [seen(A), seen(B, NOW + HOUR)]))
    assert gone(found) == ["b"]


def test_what_came_and_went_between_two_digests_is_gone() -> None:
    """Nobody has shown it, and it was decided all the same."""
    flash = seen(B, NOW + 2 * HOUR, "accepted", ADA, first_seen=NOW + HOUR)
    found = changed(before("a"), present([A], [seen(A), flash]))
    assert (found.gone, found.new) == ([flash], [])


def test_what_had_gone_when_scp_was_asked_for_the_digest_before_was_told_by_it() -> None:
    past = [seen(A, NOW), seen(B, NOW - HOUR)]
    assert changed(before(), present(past=past)).gone == []


def test_what_was_found_to_be_gone_since_scp_was_asked_is_left_to_the_next_digest() -> None:
    late = [seen(A, NEXT + MINUTE), seen(B, NEXT + MINUTE)]
    found = changed(before("a"), present(past=late))
    assert (found.gone, found.unsure) == ([], ["a"])
    after = stand(before("a"), present(past=late), found)
    later = present(past=late, as_of=NEXT + DAY)
    assert gone(changes(after, later, ANY, NEXT)) == ["a", "b"]


def test_what_is_listed_has_not_gone_whatever_a_sighting_says() -> None:
    """Another replica has asked SCP meanwhile; or somebody has taken the decision back."""
    past = [seen(A, NOW + HOUR), seen(B, NOW + HOUR)]
    found = changed(before("a"), present([A, B], past))
    assert (found.gone, found.new) == ([], [B])


def test_an_image_that_no_sighting_tells_of_is_gone_by_its_id() -> None:
    (told,) = changed(before("a"), present()).gone
    assert (told.image, told.how) == (PendingImage(id="a"), None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["a"]),
        ("image", ["a"]),
        ("-image", []),
        ("waiting:>3h", ["a"]),
        ("waiting:>5h", []),
        ("waiting:<3h", []),
        ("claimed:U0ADA", []),
        ("claimed:none", ["a"]),
        ("snoozed:no", ["a"]),
        ("snoozed:yes", []),
    ],
)
def test_what_nobody_showed_is_told_where_the_query_wanted_it_when_it_went(
    text: str, told: list[str]
) -> None:
    flash = seen(A, NOW + 5 * HOUR, first_seen=NOW + HOUR)
    assert gone(changed(before(), present(past=[flash]), parse_query(text))) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["a"]),
        ("claimed:U0BEN", ["a"]),
        ("claimed:U0ADA", []),
        ("claimed:none", []),
        ("snoozed:yes", ["a"]),
        ("snoozed:no", ["a"]),
    ],
)
def test_a_claim_and_a_rest_that_a_decision_ended_are_known_to_queries(
    text: str, told: list[str]
) -> None:
    """A decision is told by name also of what slept, unless only what sleeps is asked for."""
    decided = NOW + 5 * HOUR
    triage = accepted(decided, Claim(BEN, NOW), Snooze(NEXT, BEN, NOW))
    flash = seen(A, decided + MINUTE, "accepted", ADA)
    now = present(past=[flash], triages={"a": triage})
    assert gone(changed(before(), now, parse_query(text))) == told


# ---- decisions of the bot


def test_what_is_being_decided_is_told_when_it_is_known_by_whom() -> None:
    """Also where SCP has it already, and the record not yet."""
    going = Triage(underway=Underway("accepted", ADA, NOW + HOUR))
    past = [seen(A, NEXT), seen(B, NEXT, first_seen=NOW + HOUR), seen(C, NEXT)]
    now = present(past=past, triages=dict.fromkeys("abc", going))
    found = changed(before("a", asleep="c"), now)
    assert (found.gone, found.unsure) == ([], ["a", "c", "b"])
    after = stand(before("a", asleep="c"), now, found)
    decided = NEXT + MINUTE
    known = [seen(each.image, each.gone_at, "accepted", ADA) for each in past]
    triages = dict.fromkeys("abc", accepted(decided))
    told = changes(after, present(past=known, triages=triages, as_of=NEXT + DAY), ANY, NEXT)
    assert sorted(gone(told)) == ["a", "b", "c"]
    assert {each.by for each in told.gone} == {ADA}


def test_what_is_listed_for_a_moment_after_a_decision_is_not_told_again() -> None:
    """SCP may show for a moment what was decided, and told, before."""
    again = seen(A, NOW + MINUTE, "accepted", ADA)
    now = present(past=[again], triages={"a": accepted(NOW - MINUTE)})
    assert gone(changed(before(), now)) == []


def test_what_was_decided_elsewhere_after_the_bot_decided_is_told() -> None:
    again = seen(A, NOW + HOUR, "rejected")
    now = present(past=[again], triages={"a": accepted(NOW - HOUR)})
    assert gone(changed(before(), now)) == ["a"]


def test_where_a_list_may_be_cut_only_what_the_bot_decided_has_gone_and_nothing_twice() -> None:
    """A sighting waits until a whole list misses it."""
    past = [seen(A), seen(B), seen(C, first_seen=NOW + HOUR)]
    triages = {"a": accepted(NOW + HOUR), "c": accepted(NOW + 2 * HOUR)}
    now = present(past=past, triages=triages)
    found = changed(before("ab"), now)
    assert [(each.image.id, each.how, each.by) for each in found.gone] == [
        ("c", "accepted", ADA),
        ("a", "accepted", ADA),
    ]
    after = stand(before("ab"), now, found)
    went = NEXT + HOUR
    past = [seen(A, went, "accepted", ADA), seen(B, went), seen(C, went, "accepted", ADA)]
    whole = present(past=past, triages=triages, as_of=NEXT + DAY)
    assert gone(changes(after, whole, ANY, NEXT)) == ["b"]


def test_what_a_cut_list_left_out_is_not_new_when_it_is_listed_again() -> None:
    cut = present(past=[seen(A), seen(B)])
    found = changed(before("a", asleep="b"), cut)
    assert (found.gone, found.left) == ([], 0)
    after = stand(before("a", asleep="b"), cut, found)
    whole = present([A], [seen(A), seen(B)], asleep=[B], as_of=NEXT + DAY)
    assert changes(after, whole, ANY, NEXT) == quiet(NEXT)


# ---- from digest to digest


class Team:
    """A queue of images over some days, with a watch, and digests of one schedule."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.at = NOW
        self.waiting: set[str] = set()
        self.sleeping: set[str] = set()
        self.sightings: dict[str, Sighting] = {}
        self.listed: list[set[str]] = []
        """By each look."""
        self.stand: Stand | None = None
        self.stood = 0
        """The look for the last digest that was posted."""

    def look(self) -> None:
        self.at += 2 * HOUR
        answer = PendingImages([image(x) for x in sorted(self.waiting)], [], self.at, "1.3")
        for found in observe(self.sightings, answer, self.at):
            self.sightings[found.image.id] = found
        self.listed.append(set(self.waiting))

    def digest(self, *, only_changes: bool) -> tuple[Present, Changes | None]:
        """Return what is known, and what has changed, when a digest is due."""
        self.look()
        resting = Triage(snooze=Snooze(self.at + DAY, BEN, NOW))
        triages = dict.fromkeys(self.sleeping, resting)
        found = wanted([image(x) for x in sorted(self.waiting)], self.query, self.at)
        picked = awake(found, triages, self.at)
        now = Present(
            picked=picked,
            asleep=[each for each in found if each not in picked],
            listed=self.waiting,
            past=[*self.sightings.values()],
            triages=triages,
            as_of=self.at,
        )
        told = changes(self.stand, now, self.query, NOW) if self.stand else None
        if told is None or not only_changes or told.new or told.woken or told.gone:
            self.stand, self.stood = stand(self.stand, now, told), len(self.listed) - 1
        return now, told

    def matching(self, ids: Iterable[str]) -> set[str]:
        return {each.id for each in wanted([*map(image, ids)], self.query, self.at)}


_NAMES = st.sampled_from("abcdef")
_STEPS = st.lists(
    st.tuples(st.sampled_from(("share", "go", "snooze", "wake")), _NAMES)
    | st.tuples(st.sampled_from(("look", "digest")), st.just("")),
    max_size=40,
)


@given(_STEPS, st.booleans(), st.sampled_from(("", "-b", "image -a -c")))
def test_over_the_days_each_digest_tells_exactly_what_has_changed_since_the_last_posted(
    steps: list[tuple[str, str]], only_changes: bool, text: str
) -> None:
    team = Team(parse_query(text))
    for what, name in steps:
        if what == "share":
            team.waiting.add(name)
        elif what == "go":
            team.waiting.discard(name)
            team.sleeping.discard(name)
        elif what == "snooze":
            team.sleeping |= {name} & team.waiting
        elif what == "wake":
            team.sleeping.discard(name)
        elif what == "look":
            team.look()
        else:
            earlier, stood = team.stand, team.stood
            now, told = team.digest(only_changes=only_changes)
            if earlier is None or told is None:
                continue
            listed_since = set().union(*team.listed[stood:])
            assert set(gone(told)) == team.matching(listed_since - team.waiting)
            assert len(gone(told)) == len(set(gone(told)))
            known = {*earlier.shown, *earlier.asleep}
            assert {each.id for each in told.new} == {each.id for each in now.picked} - known
            fell_asleep = {*earlier.shown} & team.sleeping
            news = {each.id for each in (*told.new, *told.woken)}
            shown = ({*earlier.shown} | news) - fell_asleep - set(gone(told))
            assert shown == {each.id for each in now.picked}
            assert (told.left, told.unsure) == (0, [])
