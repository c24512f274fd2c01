"""README.md says what the code does."""

import re
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.query import HELP_EXAMPLES, HelpRow
from bot.settings import Settings

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


@pytest.mark.parametrize("row", HELP_EXAMPLES, ids=lambda row: row.syntax)
def test_every_form_of_a_query_is_in_the_readme_in_the_words_of_the_help(
    row: HelpRow,
) -> None:
    assert f"| `{row.syntax}` | {row.meaning} | `{row.example}` |" in README


@pytest.mark.parametrize("name", [*Settings.model_fields, "secrets_dir"])
def test_every_setting_is_in_the_readme(name: str) -> None:
    rows = [line for line in README.splitlines() if line.startswith("| `")]
    assert any(f"`{name.upper()}`" in row.split("|")[1] for row in rows)


def test_every_command_is_in_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    names = re.findall(r"^ {4}([a-z-]+)\b", capsys.readouterr().out, re.MULTILINE)
    assert {"run", "copy-database"} <= set(names)
    assert [name for name in names if f"| `python -m bot {name}" not in README] == []
