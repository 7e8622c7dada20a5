"""The shipped data of the contract: read strictly, and true to itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen.authz.cases import read_suite
from manifestgen.authz.contract import APIS
from manifestgen.authz.features import features_of
from manifestgen.authz.releases import FEATURES, read_releases
from manifestgen.authz.request import make_request
from manifestgen.authz.shipped import release
from manifestgen.errors import ManifestgenError
from manifestgen.yamlio.locations import SourceFile, SourceRef
from manifestgen.yamlio.reader import read
from tests.authz.data import cases

DATA = Path(manifestgen.__file__).parent / "profiles" / "authz"
READERS = {"dikastes.yaml": read_releases, "cases.yaml": read_suite}
BAD = cases("bad-data.yaml")


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case['file']}: {case['error']}")
def test_a_mistake_in_the_shipped_data_is_an_error_at_its_place(case: dict[str, Any]) -> None:
    """With file and line, never a traceback."""
    text = (DATA / case["file"]).read_text()
    assert case["replace"] in text
    wrong = text.replace(case["replace"], case["by"], 1)
    source = SourceFile(case["file"], wrong)
    with pytest.raises(ManifestgenError) as raised:
        READERS[case["file"]](read(wrong, case["file"])[0], SourceRef(source))
    error = getattr(raised.value, "errors", (raised.value,))[0]
    file, line, _, message = str(error).split(":", 3)
    assert file == case["file"]
    assert abs(int(line) - text[: text.index(case["replace"])].count("\n")) <= 7, (
        "at the value, or at the mapping that it belongs to"
    )
    assert message.startswith(f" {case['error']}")


@pytest.mark.parametrize(
    ("calico", "apis", "health", "plain_text", "not_spiffe"),
    [
        ("3.2", 1, False, "denied", "denied"),
        ("3.6.9", 1, False, "denied", "denied"),
        ("3.7", 1, True, "denied", "denied"),
        ("3.8", 2, True, "denied", "denied"),
        ("3.11", 2, True, "denied", "denied"),
        ("3.12", 2, True, "matches", "denied"),
        ("3.19", 2, True, "matches", "denied"),
        ("3.20", 3, True, "matches", "denied"),
        ("3.29.7", 3, True, "matches", "denied"),
        ("3.32", 3, True, "matches", "matches"),
    ],
)
def test_every_release_has_what_it_had(calico: str, apis: int, health: bool, plain_text: str, not_spiffe: str) -> None:
    """APIs, health, and what became of callers without a SPIFFE ID."""
    found = release(calico)
    assert found.apis == APIS[:apis]
    assert (found.health, found.matching.plain_text, found.matching.not_spiffe) == (health, plain_text, not_spiffe)


def test_the_features_of_a_request_are_those_that_the_data_may_name() -> None:
    """Each comes from a request that has it, and the ordinary request has none."""
    account = "spiffe://t/ns/n/sa/s"
    ordinary: dict[str, Any] = {"source_principal": account, "destination_principal": account}
    requests: dict[str, dict[str, Any]] = {
        "plain-text": {"source_principal": ""},
        "not-spiffe": {"destination_principal": "CN=a"},
        "without-http": {"method": None},
        "without-destination": {"with_destination": False},
        "path-not-absolute": {"path": "*"},
        "path-not-normalized": {"path": "/%zz"},
        "udp": {"transport": "UDP"},
    }
    assert set(requests) == set(FEATURES)
    assert features_of(make_request(**ordinary)) == ()
    for feature, changes in requests.items():
        assert features_of(make_request(**{**ordinary, **changes})) == (feature,)
