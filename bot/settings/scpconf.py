"""The files of Samsung's own tools, as the last place that settings come from."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource


class ScpConfFiles(PydanticBaseSettingsSource):
    """The files of Samsung's own tools, ``~/.scpconf/*.json`` (``scp/facts.md``)."""

    KEYS: Mapping[str, Mapping[str, str]] = {
        "credentials.json": {"access-key": "scp_access_key", "secret-key": "scp_secret_key"},
        "config.json": {
            "default-region": "scp_region",
            "account-id": "scp_account_id",
            "endpoint-override": "scp_endpoint",
        },
    }

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: ``__call__`` reads all files at once."""
        raise NotImplementedError(f"{field_name} {field}")

    def __call__(self) -> dict[str, str]:
        """Return what the files hold; of a broken one nothing (``read_settings`` names it)."""
        found: dict[str, str] = {}
        for path, keys in self.files():
            with suppress(OSError, *NO_OBJECT):
                content = json_object(path)
                found |= {name: content[key] for key, name in keys.items() if content.get(key)}
        return found

    @classmethod
    def files(cls) -> list[tuple[Path, Mapping[str, str]]]:
        """Return each file with its keys and the settings they stand for."""
        return [(Path("~/.scpconf").expanduser() / name, keys) for name, keys in cls.KEYS.items()]


NO_OBJECT = (msgspec.DecodeError, UnicodeDecodeError)


def json_object(path: Path) -> dict[str, Any]:
    """Return a file's JSON object. Raise ``OSError`` or what ``NO_OBJECT`` names."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
