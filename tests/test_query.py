"""The query language: what people type, its canonical text, and what mistakes answer."""

from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.errors import QueryError
from bot.query import (
    AGE_UNITS,
    BOUNDED,
    HELP_EXAMPLES,
    KEYED,
    MAX_QUERY_LENGTH,
    SIZE_UNITS,
    SORTS,
    TRIAGED,
    Bound,
    Query,
    ServerFilter,
    Terms,
    Word,
    check_length,
    folded,
    format_query,
    parse_query,
    server_filter,
)


def canonical(text: str) -> str:
    return format_query(parse_query(text))


def mistake(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    return caught.value


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# ---- what a query means


@pytest.mark.parametrize("text", ["", " ", "\t\n\u3000\u00a0"])
def test_nothing_typed_is_the_empty_query(text: str) -> None:
    assert parse_query(text) == Query()
    assert format_query(Query()) == ""


def test_every_form_is_understood() -> None:
    query = parse_query(
        'ubuntu -test type:custom,k8s -os:windows owner:"a b" created:>30d size:<1.5GiB sort:-size'
    )
    assert query == Query(
        words=(Word("ubuntu"), Word("test", exclude=True)),
        terms=(
            Terms("type", ("custom", "k8s")),
            Terms("os", ("windows",), exclude=True),
            Terms("owner", ("a b",)),
        ),
        bounds=(Bound("created", ">", "30", "d"), Bound("size", "<", "1.5", "GiB")),
        sort="-size",
    )


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("TYPE:Custom Sort:SIZE", "type:Custom sort:size"),
        ("sort:name size:>1GB -os:b type:a -y x", "x -y type:a -os:b size:>1GB sort:name"),
        ("-type:b type:a", "type:a -type:b"),
        ("type:a os:x type:b,A", "type:a,b os:x"),
        ("web Web -web db", "web db -web"),
        ("size:<9GB updated:>2h created:<3d created:>2d",
         "created:>2d created:<3d updated:>2h size:<9GB"),
        ("size:>1GB WAITING:<1H waiting:>5m updated:>2h sort:-Waiting",
         "updated:>2h waiting:>5m waiting:<1h size:>1GB sort:-waiting"),
        ("created:>007.50D", "created:>7.5d"),
        ("created:>0.0w", "created:>0w"),
        ("size:>.5Tb", "size:>0.5TB"),
        ("size:>10kb size:<1KIB", "size:>10kB size:<1KiB"),
        ('created:">30 d"', "created:>30d"),
        ("created:>3d created:>3d sort:size sort:size", "created:>3d sort:size"),
        ("sort:\u2013size", "sort:-size"),
        ('ty"pe":x', '"type:x"'),
        ('we"b ser"ver', '"web server"'),
        (":tada:", '":tada:"'),
        ("a,b", '"a,b"'),
        ("C:\\x".replace(":", ""), '"C\\\\x"'),
        ('"say \\"hi\\" \\\\"', '"say \\"hi\\" \\\\"'),
        ('--x', '-"-x"'),
        ("snoozed:NO -claimed:Me,any status:x claimed:NONE",
         "status:x claimed:none -claimed:me,any snoozed:no"),
        ("claimed:@U0123456789,<@U0123456789>,\uff35\uff10\uff11",
         "claimed:U0123456789,U01"),
        ("claimed\uff1a\uff4d\uff45 \u2013snoozed:yes", "claimed:me -snoozed:yes"),
        ('"type:custom" -"a b"', '"type:custom" -"a b"'),
    ],
)  # fmt: skip
def test_one_question_has_one_canonical_text(text: str, same: str) -> None:
    assert canonical(text) == same
    assert canonical(same) == same


@pytest.mark.parametrize("text", ["“a b”", "„a b“", '“a b"', '"a b”', "”a b“", "\uff02a b\uff02"])
def test_curly_quotes_of_phones_and_slack_are_quotes(text: str) -> None:
    assert parse_query(text).words == (Word("a b"),)
    assert parse_query(f"os:{text}").values("os") == ("a b",)


def test_single_curly_quotes_are_letters() -> None:
    assert parse_query("\u2018a b\u2019").words == (Word("\u2018a"), Word("b\u2019"))


@pytest.mark.parametrize("dash", ["-", "\u2013", "\u2014", "\u2212", "\uff0d"])
@pytest.mark.parametrize("key", KEYED)
def test_a_dash_that_a_phone_made_longer_excludes_before_a_known_key(dash: str, key: str) -> None:
    assert parse_query(f"{dash}{key}:custom").values(key, exclude=True) == ("custom",)


@pytest.mark.parametrize("typed", ['"help"', '"Help"', 'he"lp"'])
def test_the_word_help_alone_keeps_its_quotes_as_without_them_it_asks_for_help(typed: str) -> None:
    assert canonical(typed).casefold() == '"help"'
    assert canonical(canonical(typed)) == canonical(typed)
    assert canonical(f"{typed} web").casefold() == "help web"
    assert canonical(f"-{typed}").casefold() == "-help"


@pytest.mark.parametrize("word", ["audit", "digest", "handoff", "history"])
def test_a_subcommand_comes_first_in_quotes_as_without_them_it_is_one(word: str) -> None:
    for typed in (f'"{word}"', f'"{word.capitalize()}"', f'{word[:2]}"{word[2:]}"'):
        assert canonical(typed).casefold() == f'"{word}"'
        assert canonical(f"{typed} web").casefold() == f'"{word}" web'
        assert canonical(f"type:custom {typed}").casefold() == f'"{word}" type:custom'
        assert canonical(f"web {typed}").casefold() == f"web {word}"
        assert canonical(f"-{typed} os:{typed}").casefold() == f"-{word} os:{word}"
        assert canonical(f"{typed}s").casefold() == f"{word}s"
        assert parse_query(canonical(f"{typed} web")) == parse_query(f"{typed} web")


@pytest.mark.parametrize("typed", ["<@U0123456789|ada>", "<@U0123456789|Ada, Countess: 1>"])
def test_a_mention_is_read_as_who_is_mentioned_whatever_the_name(typed: str) -> None:
    assert parse_query(f"claimed:none,{typed} web") == Query(
        (Word("web"),), (Terms("claimed", ("none", "U0123456789")),)
    )
    assert parse_query(typed).words == (Word(typed),)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("type\uff1acustom", "type:custom"),
        ("-OS\uff1anone", "-os:none"),
        ("\u2013os\uff1anone", "-os:none"),
        ("owner\uff1aa:b", 'owner:"a:b"'),
        ("sort\uff1a-size", "sort:-size"),
        ("created\uff1a\uff1e30d size:\uff1c1GB", "created:>30d size:<1GB"),
        ("owner:a\uff1ab", 'owner:"a\uff1ab"'),
        ("os:a\uff0cb,c", "os:a,b,c"),
        ("a\uff0cb", '"a\uff0cb"'),
        ('os:"a\uff0cb"', 'os:"a\uff0cb"'),
        ("created\uff1a\uff1e\uff11\uff10\uff0e\uff15\uff44", "created:>10.5d"),
        ("os:\uff02a b\uff02", 'os:"a b"'),
        ("\uff0dos\uff1ax", "-os:x"),
    ],
)
def test_full_width_signs_of_east_asian_keyboards_count_after_a_known_key(
    text: str, same: str
) -> None:
    assert canonical(text) == same
    assert canonical(same) == same


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("\uff54\uff59\uff50\uff45:custom", "type:custom"),
        ("\uff54\uff59\uff50\uff45\uff1acustom", "type:custom"),
        ("sort:\uff4e\uff41\uff4d\uff45", "sort:name"),
        ("sort:\uff0d\uff53\uff49\uff5a\uff45", "sort:-size"),
        ("\uff0dweb", "-web"),
    ],
)
def test_full_width_keys_orders_and_signs_are_plain_ones(text: str, same: str) -> None:
    assert canonical(text) == same


def test_a_mistyped_key_of_full_width_letters_has_a_nearest_one_too() -> None:
    assert mistake("\uff54\uff50\uff59\uff45:custom").suggestion == "type:"


@pytest.mark.parametrize(
    "typed", ["\uff44\uff49\uff47\uff45\uff53\uff54", "\uff28\uff25\uff2c\uff30"]
)
def test_full_width_command_words_keep_their_quotes_as_plain_ones_do(typed: str) -> None:
    assert canonical(f'"{typed}"') == f'"{typed}"'


def test_a_full_width_colon_elsewhere_is_a_letter() -> None:
    assert parse_query("tpye\uff1ax").words == (Word("tpye\uff1ax"),)
    assert parse_query("\uff1ax").words == (Word("\uff1ax"),)
    literal = Query((Word("type\uff1ax"),))
    assert parse_query(format_query(literal)) == literal


def test_a_longer_dash_before_a_word_is_part_of_the_word() -> None:
    assert parse_query("\u2013web").words == (Word("\u2013web"),)
    assert canonical("\u2013web") == '"\u2013web"'


def test_the_case_of_values_stays_as_typed() -> None:
    assert parse_query("owner:AcMe Web").values("owner") == ("AcMe",)
    assert parse_query("owner:AcMe Web").words == (Word("Web"),)


# ---- values of queries


def test_with_values_replaces_only_what_the_field_includes() -> None:
    query = parse_query("web type:a -type:b os:c sort:name")
    changed = query.with_values("type", ["x y", "X Y", "", "z"])
    assert format_query(changed) == 'web type:"x y",z -type:b os:c sort:name'
    assert format_query(query.with_values("type", ())) == "web -type:b os:c sort:name"
    assert query.with_values("status", ["on"]).values("status") == ("on",)


def test_with_sort_changes_only_the_order() -> None:
    assert format_query(parse_query("web sort:name").with_sort("-size")) == "web sort:-size"
    assert parse_query("web sort:name").with_sort(None) == parse_query("web")


def test_a_query_of_whoever_asks_can_be_made_one_of_a_person() -> None:
    query = parse_query("web claimed:me,none -claimed:me,U2 os:me")
    assert query.mentions_me
    assert query.resolved("U1") == parse_query("web claimed:U1,none -claimed:U1,U2 os:me")
    assert not query.resolved("U1").mentions_me
    assert parse_query("claimed:me,U1").resolved("U1") == parse_query("claimed:U1")


def test_only_a_claim_filter_depends_on_who_asks() -> None:
    query = parse_query("me os:me -claimed:any snoozed:no")
    assert not query.mentions_me
    assert query.resolved("U1") == query


@pytest.mark.parametrize(
    ("text", "awake_only"),
    [
        ("", True),
        ("web claimed:me", True),
        ("snoozed:no", True),
        ("-snoozed:yes web", True),
        ("snoozed:yes", False),
        ("-snoozed:no", False),
        ("snoozed:yes,no", False),
        ("snoozed:yes -snoozed:yes", False),
    ],
)
def test_a_digest_leaves_out_what_is_snoozed_unless_its_query_asks_for_it(
    text: str, *, awake_only: bool
) -> None:
    assert parse_query(text).awake_only == awake_only
    assert parse_query("-snoozed:yes claimed:me snoozed:no web").with_snoozed() == parse_query(
        "claimed:me web"
    )


def test_values_of_an_unused_filter_are_none() -> None:
    assert parse_query("-type:a").values("type") == ()


def test_equal_questions_are_equal_values_in_whatever_order_they_were_built() -> None:
    bounds = (Bound("size", "<", "1", "B"), Bound("created", ">", "1", "d"))
    built = Query(
        (Word("b", exclude=True), Word("a"), Word("A"), Word("")),
        (
            Terms("os", ("x",)),
            Terms("type", ("y", "Y")),
            Terms("os", ("z", "")),
            Terms("owner", ()),
        ),
        (*bounds, *bounds),
    )
    assert built == parse_query("a -b type:y os:x,z created:>1d size:<1B")


@pytest.mark.parametrize(
    ("text", "image_type", "original"),
    [
        ("", None, None),
        ("type:custom", "custom", None),
        ("original:standard", None, "standard"),
        ("type:custom original:standard os:x web", "custom", "standard"),
        ("type:custom waiting:>3d sort:waiting", "custom", None),
        ("type:custom claimed:me snoozed:no", "custom", None),
        ("claimed:none", None, None),
        ("waiting:>3d", None, None),
        ("type:custom,k8s", None, None),
        ("type:custom -type:k8s", None, None),
        ("-type:custom", None, None),
        ("type:none", None, None),
        ("type:Custom", None, None),
        ("type:ß", None, None),
        ("type:\ud55c\uae00", "\ud55c\uae00", None),
        ("type:\u1112\u1161\u11ab", None, None),
        ("type:\ud800", None, None),
        ('type:"a\tb" original:a\0', None, None),
        ("type:\uff43\uff55\uff53\uff54\uff4f\uff4d", None, None),
    ],
)
def test_scp_filters_only_by_one_exact_lower_case_value(
    text: str, image_type: str | None, original: str | None
) -> None:
    assert server_filter(parse_query(text)) == ServerFilter(image_type, original)


# ---- length


def test_the_canonical_text_is_measured_not_the_typed_one() -> None:
    typed = " ".join(["web"] * 500) + " " * 1000
    assert canonical(typed) == "web"


def test_length_counts_utf16_units() -> None:
    assert canonical("a" * MAX_QUERY_LENGTH) == "a" * MAX_QUERY_LENGTH
    assert canonical("😀" * (MAX_QUERY_LENGTH // 2)) == "😀" * (MAX_QUERY_LENGTH // 2)
    error = mistake("😀" * (MAX_QUERY_LENGTH // 2) + "a")
    assert str(error) == "The query is too long by 1."
    assert "400" in error.remedy


def test_what_is_too_long_only_when_written_out_in_full_is_told_so() -> None:
    typed = " ".join(f"{n:02},x" for n in range(60))
    assert len(typed) < MAX_QUERY_LENGTH
    error = mistake(typed)
    assert str(error).startswith("Written out in full, with every quote that it needs, the query ")
    excess = 60 * len('"00,x" ') - 1 - MAX_QUERY_LENGTH
    assert str(error).endswith(f"is too long by {excess}.")
    assert error.remedy.startswith("So written it may have 400 characters")


def test_a_query_grown_too_long_can_be_checked() -> None:
    grown = parse_query("web").with_values("owner", ["x" * 500])
    with pytest.raises(QueryError, match="too long"):
        check_length(grown)
    check_length(parse_query("web"))


# ---- mistakes


@pytest.mark.parametrize(
    ("text", "what", "remedy", "suggestion"),
    [
        ("tpye:custom", 'I do not know the filter "tpye:".',
         'Did you mean "type:custom"? If you meant the word itself, quote it: "tpye:custom".',
         "type:"),
        ('-Onwer:"a b",c', '"Onwer:"', 'Did you mean "-owner:"a b",c"?', "owner:"),
        ("\u2013tpye:custom", '"\u2013tpye:"', 'Did you mean "-type:custom"?', "type:"),
        ("--type:custom", '"-type:"', 'Did you mean "-type:custom"?', "type:"),
        ("scp_image_type:k8s", '"scp_image_type:"', 'Did you mean "type:k8s"?', "type:"),
        ("-name:web", '"name:"', "looked for in names and ids: -web.", "-web"),
        ("id:", '"id:"', "looked for in names and ids: ubuntu.", "ubuntu"),
        ("http://x", '"http:"',
         'status:, claimed:, snoozed:, created:, updated:, waiting:, size:, sort:. If', None),
        ("http://x", '"http:"', 'If you meant the word itself, quote it: "http://x".', None),
        ("type:", 'no value after "type:"', '"type:custom"', "type:custom"),
        ('os:""', 'no value after "os:"', '"os:none" finds images without one', "os:ubuntu"),
        ("type:custom, k8s", 'beside a comma of "type:"', '"type:custom"', "type:custom"),
        ('type:,"a b",', 'beside a comma of "type:"', '"type:"a b""', 'type:"a b"'),
        ("-", 'nothing after "-"', 'quote it: "-"', None),
        ('web ""', "nothing between the quotes", "Leave them out.", None),
        ('web "a b', 'The quote before "a b" is never closed.', 'as in "my image"', None),
        ('web "', "The last quote is never closed.", "Close it", None),
        ('"a\\"', "never closed", 'A quote inside of quotes is written \\".', None),
        ("claimed:", 'no value after "claimed:"', "The values are me, none, any and a member",
         "claimed:none"),
        ("snoozed:", 'no value after "snoozed:"', '"snoozed:yes". The values are yes and no.',
         "snoozed:yes"),
        ("claimed:me, none", 'beside a comma of "claimed:"', '"claimed:me"', "claimed:me"),
        ("claimed:@ada", '"claimed:" does not know "@ada"', "id such as U0123456789", None),
        ("claimed:ursula", '"ursula"', "The values are me, none, any and a member's id", None),
        ("-claimed:non", '"non"', 'Did you mean "claimed:none"?', "claimed:none"),
        ("claimed:nobody", '"nobody"', 'Did you mean "claimed:none"?', "claimed:none"),
        ("claimed:u0123456789", '"u0123456789"', 'Did you mean "claimed:U0123456789"?',
         "claimed:U0123456789"),
        ("claimed:yes", '"claimed:" does not know "yes"', "The values are", None),
        ("snoozed:True", '"True"', 'Did you mean "snoozed:yes"? The values are yes and no.',
         "snoozed:yes"),
        ("snoozed:none,yes", '"snoozed:" does not know "none"', "snoozed:no", "snoozed:no"),
        ("snoozed:U0123456789", '"U0123456789"', "The values are yes and no.", None),
        ("claim:me", '"claim:"', 'Did you mean "claimed:me"?', "claimed:"),
        ("assignee:me", '"assignee:"', 'Did you mean "claimed:me"?', "claimed:"),
        ("created:30d", '"created:30d"',
         'Write "created:>30d" (older) or "created:<30d" (younger).', "created:>30d"),
        ("size:10gb", '"size:10gb"',
         'Write "size:>10gb" (larger) or "size:<10gb" (smaller).', "size:>10gb"),
        ("created:>=30d", '"created:>=30d"', '"created:>30d"', "created:>30d"),
        ("created:>3d,<9d", '"created:>3d,<9d"', '"created:>3d"', "created:>3d"),
        ("created:12", '"created:12"', '"created:>12d"', "created:>12d"),
        ("updated:", '"updated:"', '"updated:>7d"', "updated:>7d"),
        ("size:big", '"size:big"', '"size:>10GB"', "size:>10GB"),
        ("size:>1,5GB", '"size:>1,5GB"', '"size:>1.5GB"', "size:>1.5GB"),
        ("size:<1,500MB", '"size:<1,500MB"', '"size:<1500MB"', "size:<1500MB"),
        ("size:>10XB", 'unit "XB"', 'Did you mean "size:>10GB"?', "GB"),
        ("size:>10xib", 'unit "xib"', 'Did you mean "size:>10GiB"?', "GiB"),
        ("created:>1M", 'unit "M" of "created:>1M"', "m (minutes), h (hours)", None),
        ("created:>1M", 'unit "M"', "d (days), w (weeks); a month is 30d.", None),
        ("updated:<2months", 'unit "months"', "a month is 30d.", None),
        ("created:1M", '"created:1M"', '"created:>1d"', "created:>1d"),
        ("created:> 30d web", 'a blank within "created:>30d"', '"created:>30d"', "created:>30d"),
        ("-size: <5gb", 'a blank within "size:<5gb"', '"size:<5gb"', "size:<5gb"),
        ("created:> web", '"created:>"', '"created:>30d"', "created:>30d"),
        ("created:>30", '"created:>30" has no unit.', 'Did you mean "created:>30d"?', "d"),
        ("updated:<9", '"updated:<9"', "m (minutes), h (hours), d (days), w (weeks).", "d"),
        ("size:<10", '"size:<10" has no unit.', '"size:<10GB"', "GB"),
        ("size:>10GG", 'unit "GG" of "size:>10GG"', 'Did you mean "size:>10GB"?', "GB"),
        ("size:>10gi", 'unit "gi"', '"size:>10GiB"', "GiB"),
        ("size:>10xyz", 'unit "xyz"', "The units are B, kB, MB", None),
        ("created:>9minutes", 'unit "minutes"', '"created:>9m"', "m"),
        ("created:>9Days", 'unit "Days"', '"created:>9d"', "d"),
        ("created:>9months", 'unit "months"', "The units are m (minutes)", None),
        ("created:>9y", 'unit "y"', "The units are", None),
        ("waiting:3d", '"waiting:3d"',
         'Write "waiting:>3d" (longer) or "waiting:<3d" (shorter).', "waiting:>3d"),
        ("waiting:", '"waiting:"', '"waiting:>3d"', "waiting:>3d"),
        ("waiting:long", '"waiting:long"', '"waiting:>3d"', "waiting:>3d"),
        ("waiting:>3", '"waiting:>3" has no unit.', 'Did you mean "waiting:>3d"?', "d"),
        ("waiting:>2M", 'unit "M"', "a month is 30d.", None),
        ("waiting:>3dys", 'unit "dys"', '"waiting:>3d"', "d"),
        ("waiting:> 3d", 'a blank within "waiting:>3d"', '"waiting:>3d"', "waiting:>3d"),
        ("-waiting:>3d", '"waiting:" takes no "-".', '"waiting:<3d"', "waiting:<3d"),
        ("waiting:>3d waiting:>4d", "set the same bound twice.", "Keep one", None),
        ("wating:>3d", '"wating:"', 'Did you mean "waiting:>3d"?', "waiting:"),
        ("waits:>3d", '"waits:"', 'Did you mean "waiting:>3d"?', "waiting:"),
        ("wait:>3d", '"wait:"', 'Did you mean "waiting:>3d"?', "waiting:"),
        ("seen:<1h", '"seen:"', 'Did you mean "waiting:<1h"?', "waiting:"),
        ("first_seen:<1h", '"first_seen:"', 'Did you mean "waiting:<1h"?', "waiting:"),
        ("sort:waitng", 'cannot sort by "waitng"', 'Did you mean "sort:waiting"?', "waiting"),
        ("sort:-wait", 'cannot sort by "wait"', 'Did you mean "sort:-waiting"?', "waiting"),
        ("-created:>3d", '"created:" takes no "-".', '"created:<3d"', "created:<3d"),
        ("-size:<3gb", '"size:" takes no "-".', '"size:>3GB"', "size:>3GB"),
        ("created:>3d created:>4d",
         '"created:>3d" and "created:>4d" set the same bound twice.', "Keep one", None),
        ("sort:siez", 'cannot sort by "siez"', 'Did you mean "sort:size"?', "size"),
        ("sort:-ownr", 'cannot sort by "ownr"', 'Did you mean "sort:-owner"?', "owner"),
        ("sort:", 'nothing after "sort:"', "name, owner, size, created, updated, waiting", None),
        ("sort:colour", 'cannot sort by "colour"', '"sort:-size" reverses', None),
        ("-sort:size", 'belongs after "sort:"', '"sort:-size"', "sort:-size"),
        ("-sort:", 'belongs after "sort:"', '"sort:-created"', "sort:-created"),
        ("sort:size sort:-size",
         '"sort:size" and "sort:-size" ask for two orders.', "Keep one", None),
    ],
)  # fmt: skip
def test_a_mistake_says_what_is_wrong_and_the_nearest_right(
    text: str, what: str, remedy: str, suggestion: str | None
) -> None:
    error = mistake(text)
    assert what in str(error)
    assert remedy in error.remedy
    assert error.suggestion == suggestion


@pytest.mark.parametrize(
    "text",
    ["k" * 9_000 + ":x", "type:a," + "b" * 9_000 + ",", "created:" + "9" * 9_000, '"' + "a" * 9_000,
     "size:>1" + "g" * 9_000, "claimed:u1" + "x" * 9_000, "snoozed:" + "n" * 9_000,
     "sort:" + "s" * 9_000, "name:" + "a" * 9_000, "-" * 9_000,
     "x:" * 5_000, "\\" * 9_000, "created:>" + "9" * 9_000 + "d", "\0" * 10_000],
)  # fmt: skip
def test_a_mistake_over_a_long_text_is_short(text: str) -> None:
    error = mistake(text)
    assert len(f"{error} {error.remedy} {error.suggestion}") < 500


def test_leading_zeros_cost_nothing() -> None:
    assert canonical("created:>" + "0" * 9_000 + "7d") == "created:>7d"


# ---- help


@pytest.mark.parametrize("row", HELP_EXAMPLES)
def test_every_example_of_the_help_is_a_canonical_query(row: tuple[str, str, str]) -> None:
    assert canonical(row[2]) == row[2]


def test_the_help_has_every_filter_unit_and_order() -> None:
    rows = {row.syntax.rstrip("<>"): row for row in HELP_EXAMPLES}
    assert {f"{field}:" for field in (*KEYED, *TRIAGED, *BOUNDED, "sort")} <= set(rows)
    for field, values in TRIAGED.items():
        assert all(value in rows[f"{field}:"].meaning for value in values)
    assert all(name in rows["sort:"].meaning for name in SORTS)
    for field in ("created:", "waiting:"):
        assert all(unit in rows[field].meaning.split(":")[1] for unit in AGE_UNITS)
    assert all(
        unit in rows["size:"].meaning for unit in ("B", "kB", "MB", "GB", "TB", "KiB", "TiB")
    )


# ---- properties


texts = st.text(
    st.one_of(
        st.sampled_from('aA:,-\\"“”„ \t\n\0\u2013\u3000'), st.characters(exclude_categories=["Cs"])
    ),
    min_size=1,
    max_size=12,
)
amounts = st.from_regex(r"(0|[1-9][0-9]{0,6})(\.[0-9]{0,3}[1-9])?", fullmatch=True)


users = st.from_regex(r"[UW][0-9][A-Z0-9]{0,9}|[UW][A-Z]{8,10}", fullmatch=True)


def terms_of(fields: Sequence[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[Terms]:
    some = st.lists(values, max_size=3).map(tuple)
    return st.builds(Terms, st.sampled_from(fields), some, st.booleans())


def queries_of(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Query]:
    return st.builds(
        Query,
        words=st.lists(st.builds(Word, texts, st.booleans()), max_size=4).map(tuple),
        terms=st.lists(
            st.one_of(
                terms_of(KEYED, texts),
                terms_of(["claimed"], st.one_of(st.sampled_from(TRIAGED["claimed"]), users)),
                terms_of(["snoozed"], st.sampled_from(TRIAGED["snoozed"])),
            ),
            max_size=4,
        ).map(tuple),
        bounds=st.lists(
            st.one_of(
                st.builds(
                    Bound,
                    st.sampled_from([field for field in BOUNDED if field != "size"]),
                    st.sampled_from("<>"),
                    amounts,
                    st.sampled_from(list(AGE_UNITS)),
                ),
                st.builds(
                    Bound,
                    st.just("size"),
                    st.sampled_from("<>"),
                    amounts,
                    st.sampled_from(list(SIZE_UNITS)),
                ),
            ),
            max_size=4,
        ).map(tuple),
        sort=st.sampled_from([None, *SORTS, *(f"-{name}" for name in SORTS)]),
    )


queries = queries_of(texts)
pieces = st.sampled_from(
    ["type:", "os:", "created:", "waiting:", "size:", "sort:", "-", ">", "<", "30", "1.5", "d",
     "GB", ",", '"', "“", "\\", " ", "\n", "none", "size", "web", "x", ":", "\u2014", "\uff13",
     "\0", "😀", "tpye:", "\uff1a", "\uff02", "\uff0c", "\uff0d", "help", "digest",
     "history", "claimed:", "snoozed:", "me", "yes", "<@U01|", "a b>", "UADA", "@U01"]
)  # fmt: skip
typed_texts = st.one_of(st.text(), st.lists(pieces, max_size=14).map("".join))


@given(queries)
def test_every_query_survives_its_text(query: Query) -> None:
    text = format_query(query)
    assume(utf16_units(text) <= MAX_QUERY_LENGTH)
    assert parse_query(text) == query


WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
plain_texts = st.text("aB9 ,:-._<>~", min_size=1, max_size=8)


@given(queries_of(plain_texts), st.data())
def test_full_width_letters_and_signs_ask_what_plain_ones_ask(
    query: Query, data: st.DataObject
) -> None:
    text = format_query(query)
    assume(utf16_units(text) <= MAX_QUERY_LENGTH)
    wide = st.lists(st.booleans(), min_size=len(text), max_size=len(text))
    typed = "".join(
        each.translate(WIDE) if widened else each
        for each, widened in zip(text, data.draw(wide), strict=True)
    )
    assert folded(canonical(typed)) == folded(text)


@given(st.text())
def test_what_is_folded_stays_so(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(typed_texts)
def test_any_text_is_a_query_that_survives_or_a_query_error(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError:
        return
    again = format_query(query)
    assert parse_query(again) == query
    assert format_query(parse_query(again)) == again
    assert utf16_units(again) <= MAX_QUERY_LENGTH


@given(st.text(st.characters(categories=["Cs"]), min_size=1))
def test_lone_surrogates_raise_nothing(text: str) -> None:
    assert parse_query(text).words == (Word(text),)
