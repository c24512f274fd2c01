"""The public holidays of countries, by the package ``holidays``."""

import functools
import warnings
from datetime import date


@functools.lru_cache(maxsize=256)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Return the days off in the whole of a country; none of a country that is not known.

    ``country`` is a code of ``bot.schedule.countries``.
    """
    # Loaded where a timetable asks for it, since it takes 0.4 s and most do not.
    import holidays  # noqa: PLC0415

    with warnings.catch_warnings():
        # Of years that are far away the package knows less, and says so: all the same to us.
        warnings.simplefilter("ignore")
        try:
            return frozenset(holidays.country_holidays(country, years=year))
        except NotImplementedError:  # it knew the country when the schedule was made
            return frozenset()
