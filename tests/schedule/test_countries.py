"""Countries whose holidays a digest may skip."""

import holidays
import pytest

from bot.schedule import NotUnderstood, countries, country_name, parse_country


def test_the_countries_are_those_that_the_package_knows() -> None:
    supported = holidays.list_supported_countries(include_aliases=False)
    assert {code for code, _ in countries()} == set(supported)


def test_countries_are_offered_by_name_whatever_its_accents() -> None:
    names = [name for _, name in countries()]
    assert len(set(names)) == len(names)
    assert names[:3] == ["Afghanistan", "Åland Islands", "Albania"]
    assert names[-1] == "Zimbabwe"


def test_every_country_goes_by_its_code_and_its_name() -> None:
    for code, name in countries():
        assert country_name(code) == name
        for text in (code, code.lower(), name, name.upper(), name.replace(" ", "_")):
            assert parse_country(f" {text} ") == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("Korea", "KR"), ("usa", "US"), ("UK", "GB"), ("Turkey", "TR"), ("Cote d'Ivoire", "CI")],
)
def test_a_country_goes_by_what_people_call_it(text: str, code: str) -> None:
    assert parse_country(text) == code


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("Germny", "DE"), ("South Corea", "KR"), ("XX", None), ("", None), ("x" * 5000, None)],
)
def test_another_country_is_refused_with_the_nearest(text: str, nearest: str | None) -> None:
    with pytest.raises(NotUnderstood, match="is not a country whose holidays I know") as caught:
        parse_country(text)
    assert caught.value.suggestion == nearest
    assert nearest is None or country_name(nearest) in caught.value.remedy


def test_a_code_that_is_not_known_names_itself() -> None:
    assert country_name("XX") == "XX"
