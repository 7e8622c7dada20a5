"""Conditions: each member by itself, all members together, and what was not asked for."""

from __future__ import annotations

from typing import Any

import pytest

from manifestgen.catalog.conditions import ALWAYS, Context, read_when
from manifestgen.errors import ManifestgenError
from manifestgen.model.version import Version
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read

BARE = Context(calico=Version(3, 9, 6), istio=Version(1, 1))
FULL = Context(
    calico=Version(3, 9, 6),
    istio=Version(1, 1, 7),
    kubernetes=Version(1, 15),
    profiles=("own", "kdd"),
    values={"mtu": 1410, "ipip_mode": "Always", "wireguard": True},
    published=True,
)


def when(text: str) -> Any:
    """A condition as a profile writes it."""
    return read_when(read(text, "f.yaml")[0], SourceRef(SourceFile("f.yaml", text)))


@pytest.mark.parametrize(
    ("text", "bare", "full"),
    [
        ("{}", True, True),
        ('{calico: "3.9"}', True, True),
        ('{calico: "<3.9"}', False, False),
        ('{calico: ">3.9"}', False, False),
        ('{calico: ">3.9.5"}', True, True),
        ('{istio: "1.1"}', True, True),
        ('{istio: ">1.1.6"}', True, True),
        ('{istio: "<=1.1.7"}', False, True),
        ('{kubernetes: ">=1.8"}', False, True),
        ('{kubernetes: "<1.15"}', False, False),
        ("{published: true}", False, True),
        ("{published: false}", True, False),
        ("{profile: kdd}", False, True),
        ("{profile: own}", False, True),
        ("{profile: kd}", False, False),
        ("{profile: etcd|kdd}", False, True),
        ('{profile: "k.*"}', False, True),
        ("{parameters: {mtu: 1410}}", False, True),
        ("{parameters: {mtu: 1500}}", False, False),
        ("{parameters: {mtu: [1500, 1410]}}", False, True),
        ("{parameters: {mtu: null}}", True, False),
        ("{parameters: {absent: null}}", True, True),
        ("{parameters: {ipip_mode: [null, Always]}}", True, True),
        ("{parameters: {mtu: 1410, ipip_mode: Never}}", False, False),
        ("{parameters: {mtu: 1410, wireguard: true}}", False, True),
        ('{calico: "3.9", kubernetes: "1.15", profile: kdd, published: true, parameters: {mtu: 1410}}', False, True),
        ('{calico: "3.9", kubernetes: "1.16", profile: kdd, published: true, parameters: {mtu: 1410}}', False, False),
        ('{calico: "3.9", istio: "1.2"}', False, False),
        ('{calico: "3.8", istio: "1.1"}', False, False),
    ],
)
def test_a_condition_holds(text: str, bare: bool, full: bool) -> None:
    """For a render that states nothing but versions, and for one that states everything."""
    assert (when(text).holds(BARE), when(text).holds(FULL)) == (bare, full)


def test_no_condition_holds_always() -> None:
    """The value for a part without `when`."""
    assert ALWAYS.holds(BARE)
    assert ALWAYS.holds(FULL)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "f.yaml:1:1: the document must be a mapping"),
        ("{calco: x}", 'f.yaml:1:2: when has no member "calco"\n  nearest: calico'),
        ("{calico: 3.10}", "f.yaml:1:2: calico must be a string: without quotes, YAML reads 3.10 as 3.1"),
        ('{istio: ">=1"}', "f.yaml:1:2: '>=1' is not a version range"),
        ('{profile: "("}', "f.yaml:1:2: '(' is not a regular expression"),
        ("{profile: 5}", "f.yaml:1:2: profile must be a string"),
        ("{published: maybe}", "f.yaml:1:2: published must be true or false"),
        ("{parameters: [mtu]}", "f.yaml:1:2: parameters must be a mapping"),
    ],
)
def test_a_condition_that_is_wrong(text: str, message: str) -> None:
    """It is refused at its place."""
    with pytest.raises(ManifestgenError) as caught:
        when(text)
    assert str(caught.value).startswith(message)
