import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BodyUnreadable
from bot.images import PendingImage, UnreadableImage
from bot.scp.decoding import decode_images

FACTS = Path(__file__).parents[1] / "data"
SCHEMA = yaml.safe_load((FACTS / "virtualserver-images-1.0.openapi.yaml").read_text())[
    "components"
]["schemas"]["ImageShowResponse"]
FIELDS = json.loads((FACTS / "image_fields.json").read_text())["fields"]
GLANCE = json.loads((FACTS / "glance_images.json").read_text())["images"]
VALUES: dict[str, st.SearchStrategy[object]] = {
    "string": st.text(st.characters(codec="utf-8")),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
}


def value_of(schema: dict[str, Any]) -> st.SearchStrategy[object]:
    """Any value that conforms, whatever words the schema's enum knows."""
    value = VALUES[schema.get("type", "string")]
    return value | st.none() if schema.get("nullable") else value


def conforming() -> st.SearchStrategy[dict[str, object]]:
    properties = {name: value_of(schema) for name, schema in SCHEMA["properties"].items()}
    required = set(SCHEMA["required"])
    optional = {name: value for name, value in properties.items() if name not in required}
    return st.fixed_dictionaries({name: properties[name] for name in required}, optional=optional)


def body(*entries: object) -> bytes:
    return json.dumps({"images": entries}, ensure_ascii=False).encode()


def only(raw: bytes) -> PendingImage:
    images, unreadable = decode_images(raw)
    assert not unreadable
    (image,) = images
    return image


def test_image_has_the_fields_of_the_documents() -> None:
    assert set(PendingImage.__struct_fields__) == set(FIELDS)
    assert set(SCHEMA["properties"]) == set(FIELDS) - {"scp_gpu_driver"}


@given(st.lists(conforming(), max_size=3))
def test_every_conforming_body_decodes_whole(entries: list[dict[str, object]]) -> None:
    images, unreadable = decode_images(body(*entries))
    assert not unreadable
    for image, entry in zip(images, entries, strict=True):
        assert {name: getattr(image, name) for name in entry} == entry


def test_real_glance_documents_decode() -> None:
    images, unreadable = decode_images(body(*GLANCE))
    assert not unreadable
    assert [image.id for image in images] == [entry["id"] for entry in GLANCE]
    assert "535.183.06" in {image.scp_gpu_driver for image in images}


def test_image_of_the_given_page_keeps_its_values() -> None:
    numbers = dict.fromkeys(("size", "virtual_size", "min_disk", "min_ram"), 7)
    texts = {name: f"a {name}" for name in FIELDS}
    example: dict[str, object] = {**texts, **numbers}
    example |= {"os_hidden": True, "protected": False}
    image = only(body(example))
    assert {name: getattr(image, name) for name in FIELDS} == example


def test_every_field_but_the_id_may_be_null_or_absent() -> None:
    nulls = dict.fromkeys(FIELDS) | {"id": "a"}
    assert only(body(nulls)) == only(body({"id": "a"})) == PendingImage(id="a")


def test_unknown_fields_are_passed_over() -> None:
    entry = {"id": "a", "scp_supported_class_types": "x", "new": {"deep": [1, {"er": None}]}}
    assert only(body(entry)) == PendingImage(id="a")


def test_unknown_words_are_kept() -> None:
    entry = {"id": "a", "status": "vanished", "visibility": "odd", "scp_image_type": "npu"}
    assert only(body(entry)).status == "vanished"


@pytest.mark.parametrize(
    ("entry", "unreadable_id"),
    [
        ({"id": "b", "size": "large"}, "b"),
        ({"id": "b", "size": 1.5}, "b"),
        ({"id": "b", "size": 2**63}, "b"),
        ({"id": "b", "name": ["x"]}, "b"),
        ({"id": "b", "os_hidden": "yes"}, "b"),
        ({"id": 7}, "7"),
        ({"id": None}, None),
        ({"id": {"x": 1}}, None),
        ({"name": "no id"}, None),
        ({}, None),
        (None, None),
        ("b", None),
        ([], None),
    ],
)
def test_unreadable_image_stands_beside_the_others(
    entry: object, unreadable_id: str | None
) -> None:
    images, unreadable = decode_images(body({"id": "a"}, entry, {"id": "c"}))
    assert [image.id for image in images] == ["a", "c"]
    (bad,) = unreadable
    assert bad.id == unreadable_id
    assert 0 < len(bad.reason) <= 200


def test_reason_names_the_field() -> None:
    _, (bad,) = decode_images(body({"id": "b", "size": "large"}))
    assert "size" in bad.reason


def test_integral_float_is_an_integer() -> None:
    assert only(b'{"images":[{"id":"a","size":1.0}]}').size == 1


def test_number_of_five_thousand_digits_makes_only_its_image_unreadable() -> None:
    for other in (b'"x"', b'"\\ud800"'):
        raw = b'{"images":[{"id":"a","name":%b},{"id":"b","size":%b}]}' % (other, b"9" * 5000)
        images, unreadable = decode_images(raw)
        assert [image.id for image in images] == ["a"]
        assert [bad.id for bad in unreadable] == ["b"]


def test_deeply_nested_image_hides_no_other_as_far_as_entries_can_be_told_apart() -> None:
    """The interpreter's limit decides how far; on the way there each kind of answer occurs."""
    for depth in range(100, 1100):
        deep = b"[" * depth + b"]" * depth
        raw = b'{"images":[{"id":"a"},{"id":"b","size":"x","new":%b}]}' % deep
        try:
            images, unreadable = decode_images(raw)
        except BodyUnreadable:
            assert depth > 300
            continue
        assert [image.id for image in images] == ["a"]
        assert len(unreadable) == 1


def test_lone_surrogate_becomes_the_replacement_character() -> None:
    raw = b'{"images":[{"id":"a","name":"x\\ud800y \\ud83d\\ude80"},{"id":"b","size":"\\udfff"}]}'
    images, unreadable = decode_images(raw)
    assert [image.name for image in images] == ["x\ufffdy \U0001f680"]
    assert [bad.id for bad in unreadable] == ["b"]


def test_invalid_utf8_becomes_the_replacement_character() -> None:
    assert only(b'{"images":[{"id":"a","name":"x\xffy"}]}').name == "x\ufffdy"


def test_raw_control_characters_and_a_byte_order_mark_are_read() -> None:
    assert only(b'\xef\xbb\xbf{"images":[{"id":"a","name":"x\ny"}]}').name == "x\ny"


def test_empty_list_is_a_list() -> None:
    assert decode_images(b'{"images":[],"next":null}') == ([], [])


@pytest.mark.parametrize(
    "raw",
    [
        b'{"images":null}',
        b'{"images":{}}',
        b'{"images":"a"}',
        b"{}",
        b"[]",
        b'[{"id":"a"}]',
        b"null",
        b"3",
        b'"images"',
        b"",
        b"   ",
        b'{"images":[{"id":"a"}',
        b'{"images":[{"id":"a"}]} trailing',
        b'{"images":[{"id":"\xff"',
        '{"images":[]}'.encode("utf-16"),
        b"[" * 100_000,
        b"\x1f\x8b\x08\x00garbage",
    ],
)
def test_body_that_is_no_list_of_images_is_unreadable(raw: bytes) -> None:
    with pytest.raises(BodyUnreadable) as caught:
        decode_images(raw)
    assert caught.value.remedy


@given(st.binary() | st.binary().map(lambda raw: b'{"images":[' + raw + b"]}"))
def test_any_bytes_are_images_or_an_error(raw: bytes) -> None:
    try:
        images, unreadable = decode_images(raw)
    except BodyUnreadable:
        return
    assert all(isinstance(image, PendingImage) for image in images)
    assert all(isinstance(bad, UnreadableImage) for bad in unreadable)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(FIELDS)), inner),
    max_leaves=6,
)


@given(st.lists(JSON, max_size=4))
def test_every_entry_is_counted_and_fit_to_be_sent_on(entries: list[object]) -> None:
    images, unreadable = decode_images(json.dumps({"images": entries}).encode())
    assert len(images) + len(unreadable) == len(entries)
    json.dumps([str(image) for image in images], ensure_ascii=False).encode()
    json.dumps([[bad.id, bad.reason] for bad in unreadable], ensure_ascii=False).encode()
