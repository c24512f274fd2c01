"""The countries whose public holidays are known, by their codes and names.

The package that knows the holidays takes 0.4 s to load, which nobody should wait for who only
picks a country; hence a table of our own, which the tests hold against the package.
"""

import difflib
import functools
import re
import unicodedata

from bot.schedule.words import NotUnderstood

_TABLE = """
AD Andorra| AE United Arab Emirates| AF Afghanistan| AG Antigua and Barbuda| AI Anguilla|
AL Albania| AM Armenia| AO Angola| AQ Antarctica| AR Argentina| AS American Samoa| AT Austria|
AU Australia| AW Aruba| AX Åland Islands| AZ Azerbaijan| BA Bosnia and Herzegovina| BB Barbados|
BD Bangladesh| BE Belgium| BF Burkina Faso| BG Bulgaria| BH Bahrain| BI Burundi| BJ Benin|
BL Saint Barthélemy| BM Bermuda| BN Brunei| BO Bolivia| BQ Caribbean Netherlands| BR Brazil|
BS Bahamas| BT Bhutan| BV Bouvet Island| BW Botswana| BY Belarus| BZ Belize| CA Canada|
CC Cocos Islands| CD DR Congo| CF Central African Republic| CG Congo| CH Switzerland|
CI Côte d'Ivoire| CK Cook Islands| CL Chile| CM Cameroon| CN China| CO Colombia| CR Costa Rica|
CU Cuba| CV Cape Verde| CW Curaçao| CX Christmas Island| CY Cyprus| CZ Czechia| DE Germany|
DJ Djibouti| DK Denmark| DM Dominica| DO Dominican Republic| DZ Algeria| EC Ecuador| EE Estonia|
EG Egypt| EH Western Sahara| ER Eritrea| ES Spain| ET Ethiopia| FI Finland| FJ Fiji|
FK Falkland Islands| FM Micronesia| FO Faroe Islands| FR France| GA Gabon| GB United Kingdom|
GD Grenada| GE Georgia| GF French Guiana| GG Guernsey| GH Ghana| GI Gibraltar| GL Greenland|
GM Gambia| GN Guinea| GP Guadeloupe| GQ Equatorial Guinea| GR Greece|
GS South Georgia and the South Sandwich Islands| GT Guatemala| GU Guam| GW Guinea-Bissau|
GY Guyana| HK Hong Kong| HM Heard Island and Mcdonald Islands| HN Honduras| HR Croatia| HT Haiti|
HU Hungary| ID Indonesia| IE Ireland| IL Israel| IM Isle of Man| IN India|
IO British Indian Ocean Territory| IQ Iraq| IR Iran| IS Iceland| IT Italy| JE Jersey| JM Jamaica|
JO Jordan| JP Japan| KE Kenya| KG Kyrgyzstan| KH Cambodia| KI Kiribati| KM Comoros|
KN Saint Kitts and Nevis| KP North Korea| KR South Korea| KW Kuwait| KY Cayman Islands|
KZ Kazakhstan| LA Laos| LB Lebanon| LC Saint Lucia| LI Liechtenstein| LK Sri Lanka| LR Liberia|
LS Lesotho| LT Lithuania| LU Luxembourg| LV Latvia| LY Libya| MA Morocco| MC Monaco| MD Moldova|
ME Montenegro| MF Saint Martin| MG Madagascar| MH Marshall Islands| MK North Macedonia| ML Mali|
MM Myanmar| MN Mongolia| MO Macau| MP Northern Mariana Islands| MQ Martinique| MR Mauritania|
MS Montserrat| MT Malta| MU Mauritius| MV Maldives| MW Malawi| MX Mexico| MY Malaysia|
MZ Mozambique| NA Namibia| NC New Caledonia| NE Niger| NF Norfolk Island| NG Nigeria| NI Nicaragua|
NL Netherlands| NO Norway| NP Nepal| NR Nauru| NU Niue| NZ New Zealand| OM Oman| PA Panama|
PE Peru| PF French Polynesia| PG Papua New Guinea| PH Philippines| PK Pakistan| PL Poland|
PM Saint Pierre and Miquelon| PN Pitcairn Islands| PR Puerto Rico| PS Palestine| PT Portugal|
PW Palau| PY Paraguay| QA Qatar| RE Réunion| RO Romania| RS Serbia| RU Russia| RW Rwanda|
SA Saudi Arabia| SB Solomon Islands| SC Seychelles| SD Sudan| SE Sweden| SG Singapore|
SH Saint Helena, Ascension and Tristan da Cunha| SI Slovenia| SJ Svalbard and Jan Mayen|
SK Slovakia| SL Sierra Leone| SM San Marino| SN Senegal| SO Somalia| SR Suriname| SS South Sudan|
ST São Tomé and Príncipe| SV El Salvador| SX Sint Maarten| SY Syria| SZ Eswatini|
TC Turks and Caicos Islands| TD Chad| TF French Southern Territories| TG Togo| TH Thailand|
TJ Tajikistan| TK Tokelau| TL Timor-Leste| TM Turkmenistan| TN Tunisia| TO Tonga| TR Türkiye|
TT Trinidad and Tobago| TV Tuvalu| TW Taiwan| TZ Tanzania| UA Ukraine| UG Uganda|
UM United States Minor Outlying Islands| US United States| UY Uruguay| UZ Uzbekistan|
VA Vatican City| VC Saint Vincent and the Grenadines| VE Venezuela| VG British Virgin Islands|
VI United States Virgin Islands| VN Vietnam| VU Vanuatu| WF Wallis and Futuna| WS Samoa| XK Kosovo|
YE Yemen| YT Mayotte| ZA South Africa| ZM Zambia| ZW Zimbabwe
"""
"""ISO 3166-1 alpha-2 code and name, between bars."""

_ALSO_CALLED = {
    "Ivory Coast": "CI",
    "Korea": "KR",
    "Republic of Korea": "KR",
    "Turkey": "TR",
    "UK": "GB",
    "USA": "US",
}


def countries() -> list[tuple[str, str]]:
    """Return codes and names, by name."""
    return sorted(_names().items(), key=lambda country: _folded(country[1]))


def country_name(code: str) -> str:
    """Return the name of a country that ``countries`` has; a code unknown by now names itself."""
    return _names().get(code, code)


def parse_country(text: str) -> str:
    """Return the code of a country given by its code or name; raise ``NotUnderstood``."""
    codes = _codes()
    wanted = _folded(text)
    if wanted in codes:
        return codes[wanted]
    near = difflib.get_close_matches(wanted[:60], codes, n=1, cutoff=0.7)
    what = f'"{text}" is not a country whose holidays I know.'
    if not near:
        raise NotUnderstood(what, "Write its code of two letters or its name, such as KR.")
    code = codes[near[0]]
    raise NotUnderstood(what, f'Did you mean "{code}" ({country_name(code)})?', code)


@functools.cache
def _names() -> dict[str, str]:
    return {entry.strip()[:2]: entry.strip()[3:] for entry in _TABLE.split("|")}


@functools.cache
def _codes() -> dict[str, str]:
    """Return every form in which a country may be written, folded."""
    forms = {_folded(name): code for code, name in _names().items()}
    forms |= {_folded(name): code for name, code in _ALSO_CALLED.items()}
    return forms | {_folded(code): code for code in _names()}


def _folded(text: str) -> str:
    """Return the text without case, accents and signs: ``cote d ivoire``."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    return " ".join(re.findall(r"[^\W_]+", plain))
