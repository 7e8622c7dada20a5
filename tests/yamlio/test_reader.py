"""What is read, what is refused, and how the refusal is told."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from manifestgen.errors import Failures, ManifestgenError
from manifestgen.model.location import Location
from manifestgen.yamlio import errors
from manifestgen.yamlio.constructor import MOST_REFUSALS, Builder
from manifestgen.yamlio.reader import locate, locate_objects, read
from manifestgen.yamlio.ruamel_events import load_parser
from manifestgen.yamlio.writer import write
from tests.support.fuzz import examples
from tests.support.objects import read_objects
from tests.yamlio.tables import same, table
from tests.yamlio.texts import documents, structure

ACCEPTED = table("accepted")
REFUSED = table("refused")
LENIENT = table("lenient")
TOKENS = ["a: ", "- ", "? ", ": ", "\n  ", "\n", "\r\n", "  ", "\t", "'", '"', "b", "1", "é", "\\", "|\n", ">"]
TOKENS += ["{", "}", "[", "]", ", ", ":", "#", "&", "*", "!", "---\n", "...\n"]
PARSERS = {"c": load_parser(), "pure": load_parser(pure=True)}


def read_by(parser: str, text: str) -> list[Any]:
    """All documents of a text, by one of ruamel.yaml's parsers."""
    builder = Builder(text.removeprefix("\ufeff"), "f.yaml", parser=PARSERS[parser])
    builder.build()
    builder.refusals.raise_all()
    return builder.documents


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case["name"])
def test_a_text_is_read_as_the_table_says(case: dict[str, Any], parser: str) -> None:
    """Each text holds the documents that the table says, whichever parser reads it."""
    assert same(read_by(parser, case["text"]), case["documents"])


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_a_text_is_refused_as_the_table_says(case: dict[str, Any]) -> None:
    """The whole message of each refusal: place, what, what to do; several in the order of their places."""
    with pytest.raises(ManifestgenError) as caught:
        read(case["text"], "f.yaml")
    assert f"{caught.value}\n" == case["error"]
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_without_the_c_extension_the_same_is_refused(case: dict[str, Any]) -> None:
    """The pure parser leads to the same message, but for the few that the table names."""
    with pytest.raises(ManifestgenError) as caught:
        read_by("pure", case["text"])
    assert f"{caught.value}\n" == case.get("pure", case["error"])


def outcome(parser: str, text: str) -> Any:
    """The documents of a text, or None if it is refused."""
    try:
        return read_by(parser, text)
    except ManifestgenError:
        return None


yaml_like = st.one_of(
    structure,
    st.lists(st.sampled_from(TOKENS), max_size=14).map("".join),
)


@given(text=yaml_like)
@examples(1_000, 30_000)
def test_fuzz_the_pure_parser_reads_nothing_else(text: str) -> None:
    """Whatever the text, the pure parser leads to the documents that the C parser leads to, or to a refusal.

    It refuses a little more: a tab or a comment right behind the `|` of a block.
    """
    by_c, by_pure = outcome("c", text), outcome("pure", text)
    assert same(by_c, by_pure) or (by_pure is None and re.search(r"[|>][0-9+-]*[ ]*[\t#]", text))


@given(text=yaml_like)
@examples(500, 30_000)
def test_fuzz_nothing_read_has_an_anchor_or_a_tag(text: str) -> None:
    """Of a text that is read the parser reports no anchor, alias or tag; the pure one reports the tag `!` too."""
    if outcome("pure", text) is not None:
        next_event = PARSERS["pure"].events_of(text)
        while not isinstance(event := next_event(), PARSERS["pure"].StreamEndEvent):
            assert not isinstance(event, PARSERS["pure"].AliasEvent)
            assert getattr(event, "anchor", None) is None
            assert getattr(event, "tag", None) is None


@given(body=documents(structure))
@examples(100, 5_000)
def test_fuzz_other_styles_are_read_or_refused_but_never_misread(body: Any) -> None:
    """What PyYAML writes in its several styles is read as what it is, or refused."""
    styles: list[dict[str, Any]] = [
        {"default_flow_style": True},
        {"default_style": '"'},
        {"default_style": "'"},
        {"width": 10},
    ]
    for style in styles:
        text = yaml.dump(body, Dumper=PlainDumper, sort_keys=False, allow_unicode=True, **style)
        read_back = outcome("c", text)
        assert read_back is None or same(read_back, [body]) or yaml.safe_load(text) != body  # PyYAML's own mistake
        assert same(read_back, outcome("pure", text))


class PlainDumper(yaml.SafeDumper):
    """PyYAML's safe dumper without anchors."""

    def ignore_aliases(self, _: Any) -> bool:
        """Everything is written out."""
        return True


@pytest.mark.parametrize("case", LENIENT, ids=lambda case: case["name"])
def test_lenient(case: dict[str, Any]) -> None:
    """What commands read that only look; strictly the same text is refused."""
    with pytest.raises(ManifestgenError):
        read(case["text"], "f.yaml")
    if "documents" in case:
        assert same(read(case["text"], "f.yaml", lenient=True), case["documents"])
    else:
        with pytest.raises(ManifestgenError) as caught:
            read(case["text"], "f.yaml", lenient=True)
        assert f"{caught.value}\n" == case["error"]


def test_lenient_positions() -> None:
    """Objects of JSON documents in a row have their places, also on one line."""
    text = '{"a": 1}\n\n {"b":\n  {"c": 2}} {"d": 3}\n'
    assert [positions[()] for positions in locate(text)] == [(1, 1), (3, 2), (4, 13)]
    assert [positions.get(("b", "c")) for positions in locate(text)] == [None, (4, 4), None]


@pytest.mark.parametrize("wide", [False, True])
def test_a_bomb_of_aliases_is_refused(wide: bool) -> None:
    """Aliases stand for so many values and no more, and for none that are nested too deep."""
    times = 9 if wide else 1
    text = "a0: &a0 [lol]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * times)}]\n" for i in range(1, 70))
    with pytest.raises(ManifestgenError) as caught:
        read(text, lenient=True)
    assert isinstance(caught.value, errors.AliasesTooLarge if wide else errors.NestingTooDeep)
    flat = "a: &a [" + ", ".join(["x"] * 99) + "]\nb: [" + ", ".join(["*a"] * 1000) + "]\n"
    assert len(read(flat, lenient=True)[0]["b"]) == 1000
    with pytest.raises(errors.AliasesTooLarge):
        read(flat + "c: *a\n", lenient=True)


def test_a_refused_word_in_a_value_that_is_replaced() -> None:
    """A refused word behind a key that comes twice is told without a traceback, whatever the key held before."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nx:\n- a\n- yes\nx:\n- a\n"
    with pytest.raises(Failures) as caught:
        read(text, "f.yaml")
    assert [str(error).splitlines()[0] for error in caught.value] == [
        "f.yaml:6:3: `yes` is a boolean to kubectl and a string to kustomize",
        "f.yaml:7:1: duplicate key 'x'",
    ]


@pytest.mark.parametrize("depth", [64, 65])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("[{a: ", "}]")])
def test_nesting_beyond_64_is_refused(depth: int, opening: str, closing: str) -> None:
    """64 containers within one another are read; the 65th is refused where it starts."""
    times = depth // (opening.count("[") + opening.count("{"))
    text = opening * times + ("[]" if depth % 2 and len(opening) > 4 else "1") + closing * times
    if depth == 64:
        assert len(read(text)) == 1
    else:
        with pytest.raises(errors.NestingTooDeep) as caught:
            read(text, "f.yaml")
        assert isinstance(caught.value.where, Location)


def test_a_bomb_is_refused_at_its_first_anchor_and_at_once() -> None:
    """A billion laughs are refused as anchors and aliases; nothing is expanded."""
    text = "a0: &a0 [lol]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    with pytest.raises(Failures) as caught:
        read(text)
    assert isinstance(caught.value.errors[0], errors.AnchorRefused)
    assert len(caught.value.errors) == MOST_REFUSALS


def test_nesting_without_end_is_refused_at_once() -> None:
    """A million brackets are refused at the 65th."""
    with pytest.raises(errors.NestingTooDeep, match=r"^f:1:65: "):
        read("[" * 1_000_000, "f")


def test_reading_ends_at_a_hundred_refusals() -> None:
    """A text that is wrong everywhere is not reported everywhere."""
    with pytest.raises(Failures) as caught:
        read("".join(f"a{i}: yes\n" for i in range(1_000)))
    assert len(caught.value.errors) == MOST_REFUSALS


def test_a_refusal_carries_its_fields() -> None:
    """Errors keep their cause, place and fields for code that handles them."""
    with pytest.raises(errors.DuplicateKey) as duplicate:
        read("a: 1\nb: 2\na: 3\n", "f.yaml")
    assert (duplicate.value.key, duplicate.value.first, duplicate.value.where) == ("a", 1, Location("f.yaml", 3, 1))
    with pytest.raises(errors.AmbiguousWord) as word:
        read("a: yes", "f.yaml")
    assert (word.value.text, word.value.where) == ("yes", Location("f.yaml", 1, 4))
    assert isinstance(word.value, errors.YamlError)


@pytest.mark.parametrize(
    "word", ["yes", "0x5EC2E7", "1_000", "2001-01-01", "99999999999999999999", "*5EC2E7", "!5EC2E7 a"]
)
def test_a_secrets_value_is_never_told(word: str) -> None:
    """The message about a value of a Secret names its place and not the value, wherever the Secret stands."""
    secret = f"kind: Secret\nmetadata: {{name: a}}\ndata:\n  password: {word}\n"
    in_a_list = "kind: List\nitems:\n- " + secret.replace("\n", "\n  ")
    last = f"data:\n  password: {word}\nkind: Secret\n"
    cut_short = f"data:\n  password: {word}\n@"
    for text in (secret, in_a_list, last, cut_short):
        with pytest.raises(ManifestgenError) as caught:
            read(text)
        assert word not in str(caught.value)
        assert "5EC2E7" not in str(caught.value)


def test_the_caller_names_the_file() -> None:
    """Places name the file as the caller does, `<string>` if it does not."""
    with pytest.raises(errors.YamlError, match=r"^<string>:1:4: "):
        read("a: yes")
    with pytest.raises(errors.YamlError, match=r"^dir/f\.yaml:1:4: "):
        read("a: yes", "dir/f.yaml")


def test_positions_are_those_of_keys_and_items() -> None:
    """A member stands where its key does, an item where it starts, a document where its content does."""
    text = "# c\n---\n---\na:\n- b\n- c: d\n  'e':   {f: [g, h]}\n---\n- é: x\n"
    assert locate(text) == [
        {
            (): (4, 1),
            ("a",): (4, 1),
            ("a", 0): (5, 3),
            ("a", 1): (6, 3),
            ("a", 1, "c"): (6, 3),
            ("a", 1, "e"): (7, 3),
            ("a", 1, "e", "f"): (7, 11),
            ("a", 1, "e", "f", 0): (7, 15),
            ("a", 1, "e", "f", 1): (7, 18),
        },
        {(): (9, 1), (0,): (9, 3), (0, "é"): (9, 3)},
    ]


def test_positions_go_as_far_as_the_text_is_yaml() -> None:
    """A text that is refused has positions up to where it cannot be parsed: errors need them."""
    assert locate("a: yes\na: &x 1\nb: [\n") == [{(): (1, 1), ("a",): (1, 1), ("b",): (3, 1)}]


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path of a value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(below for key, member in members for below in paths_of(member, (*path, key)))]


@given(bodies=documents(structure.filter(lambda key: key != "<<")))
@examples(100, 3_000)
def test_fuzz_every_value_has_a_position_inside_the_text(bodies: Any) -> None:
    """Each member and item of each document has a position, and it is that of a character."""
    text = write([bodies, [bodies]])
    lines = text.split("\n")
    for body, positions in zip(read(text), locate(text), strict=True):
        assert list(positions) == paths_of(body)
        for line, column in positions.values():
            assert re.match(r"\S", lines[line - 1][column - 1 :])


OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


@pytest.mark.parametrize("case", table("objects"), ids=lambda case: case["name"])
def test_a_stream_of_objects_holds_objects_only(case: dict[str, Any]) -> None:
    """Every document is a Kubernetes object, or a List of them; all that are not are reported with their places."""
    if "error" in case:
        with pytest.raises(ManifestgenError) as caught:
            read_objects(case["text"], "f.yaml")
        assert f"{caught.value}\n" == case["error"]
    else:
        assert [body["metadata"]["name"] for body in read_objects(case["text"])] == case["names"]


def test_objects_know_where_they_stand() -> None:
    """The document and path of an object lead to its positions, in a List too."""
    item = OBJECT.replace("\n", "\n  ")
    text = f"{OBJECT}---\n---\napiVersion: v1\nkind: List\nitems:\n- {item}\n- {item}"
    found = locate_objects(text)
    assert [(each.document, each.path) for each in found] == [(0, ()), (1, ("items", 0)), (1, ("items", 1))]
    positions = locate(text)
    kinds = [(each.document, (*each.path, "kind")) for each in found]
    assert [positions[document][path] for document, path in kinds] == [(2, 1), (10, 3), (14, 3)]


def test_readers_do_not_share_anything() -> None:
    """Two readings of one text give values that can be changed apart."""
    text = "a: {b: [1]}\n"
    first, second = read(text), read(text)
    first[0]["a"]["b"].append(2)
    assert second == [{"a": {"b": [1]}}]
