"""A hand-made signer and client, and the official schema: written from the facts, not from bot."""

import base64
import functools
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import jsonschema
import yaml
from multidict import CIMultiDict
from yarl import URL

from bot.sim.scp import ScpSim

DATA = Path(__file__).parents[1] / "data"
LIST = "/v1/pending-images"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        decoded = json.loads(self.body)
        assert isinstance(decoded, dict)
        return decoded

    @property
    def images(self) -> list[dict[str, object]]:
        images = self.json["images"]
        assert isinstance(images, list)
        return images

    @property
    def error(self) -> dict[str, object]:
        errors = self.json["errors"]
        assert isinstance(errors, list)
        assert isinstance(errors[0], dict)
        return errors[0]


def sign(secret: str, method: str, url: str, timestamp: str, key_and_kind: str) -> str:
    message = f"{method}{url}{timestamp}{key_and_kind}".encode()
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


def signed(
    sim: ScpSim, target: str = LIST, method: str = "GET", *, version: str = "1.3", **wrong: str
) -> CIMultiDict[str]:
    """All six headers (version "": five); ``wrong`` overrides what is signed.

    It may name secret, verb, url, timestamp, key, kind.
    """
    stamp = wrong.get("timestamp", str(int(time.time() * 1000)))
    key = wrong.get("key", sim.access_key)
    kind = wrong.get("kind", "Openapi")
    url = wrong.get("url", sim.base_url + target)
    secret = wrong.get("secret", sim.secret_key)
    headers = CIMultiDict(
        {
            "Scp-Accesskey": key,
            "Scp-Signature": sign(secret, wrong.get("verb", method), url, stamp, key + kind),
            "Scp-Timestamp": stamp,
            "Scp-ClientType": kind,
            "Accept-Language": "en-US",
        }
    )
    if version:
        headers["Scp-Api-Version"] = f"virtualserver {version}"
    return headers


async def send(
    sim: ScpSim,
    target: str = LIST,
    headers: CIMultiDict[str] | None = None,
    method: str = "GET",
    body: bytes | None = None,
) -> Answer:
    """Send one request, its target on the wire exactly as given; signed unless told otherwise."""
    sent = signed(sim, target, method) if headers is None else headers
    if body is not None:
        sent.setdefault("Content-Type", "application/json")
    url = URL(sim.base_url + target, encoded=True)
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session,
        session.request(method, url, headers=sent, data=body, allow_redirects=False) as response,
    ):
        return Answer(response.status, response.headers, await response.read())


def validate(body: object, schema: str) -> None:
    """Check a body against the official OpenAPI extract; raises jsonschema.ValidationError."""
    reference = {"$ref": f"#/components/schemas/{schema}", "components": _components()}
    jsonschema.Draft202012Validator(reference).validate(body)


def validate_fields(image: Mapping[str, object], version: str) -> None:
    """Check one image against ``image_fields.json``: names, types, nullability, version."""
    fields = json.loads((DATA / "image_fields.json").read_text(encoding="utf-8"))["fields"]
    kinds: dict[str, type] = {"string": str, "integer": int, "boolean": bool}
    for name, value in image.items():
        kind, _, null = fields[name]["type"].replace("(int64)", "").partition("|")
        assert (value is None and null) or type(value) is kinds[kind], (name, value)
        assert fields[name]["since"] <= version, name
    assert {name for name, of in fields.items() if of["required"]} <= image.keys()


@functools.cache
def _components() -> object:
    text = (DATA / "virtualserver-images-1.0.openapi.yaml").read_text(encoding="utf-8")
    return _nullable(yaml.safe_load(text)["components"])


def _nullable(node: object) -> object:
    """OpenAPI 3.0's ``nullable`` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: _nullable(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is True:
        result["type"] = [node["type"], "null"]
    return result
