"""Where a value comes from: one order of precedence, and errors that name the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import manifestgen
from manifestgen.cli.main import main
from manifestgen.errors import ManifestgenError
from manifestgen.yamlio.reader import read
from tests.parameters.table import at

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "apiVersion: manifestgen/v1\nmetadata: {name: case}\n"
PARAMETER = """parameters:
  grace:
    type: int
    default: 1
    description: how long a pod has to end
    sets:
    - target: {kind: DaemonSet, name: calico-node}
      path: /spec/template/spec/terminationGracePeriodSeconds
"""


@pytest.fixture
def sources(folder: Path) -> Path:
    """A profile that declares a parameter with a default, one that extends it, two overlays and two files of values."""
    profiles = {
        "declares": f"kind: Profile\nextends: kdd\n{PARAMETER}",
        "base": "kind: Profile\nextends: ../declares\nvalues: {grace: 2}\n",
        "site": "kind: Profile\nextends: ../base\nvalues: {grace: 3}\n",
        "first": "kind: Overlay\nvalues: {grace: 4}\n",
        "second": "kind: Overlay\nvalues: {grace: 5}\n",
    }
    for name, text in profiles.items():
        (folder / name).mkdir()
        (folder / name / "profile.yaml").write_text(HEAD + text)
    (folder / "one.yaml").write_text("grace: 6\n")
    (folder / "two.yaml").write_text("# cluster two\ngrace: 7\n")
    return folder


ORDER = [
    ("./declares", [], 1),
    ("./base", [], 2),
    ("./site", [], 3),
    ("./site", ["--overlay", "first"], 4),
    ("./site", ["--overlay", "first", "--overlay", "second"], 5),
    ("./site", ["--overlay", "second", "--overlay", "first"], 4),
    ("./site", ["--overlay", "second", "--values", "one.yaml"], 6),
    ("./site", ["--values", "one.yaml", "--values", "two.yaml"], 7),
    ("./site", ["--set", "grace=8", "--values", "two.yaml", "--overlay", "second"], 8),
    ("./site", ["--set", "grace=8", "--set", "grace=9"], 9),
]


@pytest.mark.parametrize(("profile", "options", "wanted"), ORDER, ids=str)
@pytest.mark.usefixtures("sources")
def test_the_later_source_wins(
    profile: str, options: list[str], wanted: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Default, profiles from the furthest, overlays in order, files in order, --set in order: the last counts."""
    assert main(["render", profile, "--calico", "3.9", "--component", "node", *options]) == 0
    objects = {body["kind"]: body for body in read(capsys.readouterr().out, "stdout")}
    assert at(objects["DaemonSet"], "/spec/template/spec/terminationGracePeriodSeconds") == wanted


@pytest.mark.usefixtures("sources")
def test_python_values_are_as_strong_as_set() -> None:
    """`values=` wins over profiles and overlays."""
    bundle = manifestgen.render("./site", calico="3.9", overlays=["first", "second"], values={"grace": 8})
    body = next(resource.body for resource in bundle if resource.id.kind == "DaemonSet")
    assert at(body, "/spec/template/spec/terminationGracePeriodSeconds") == 8


BAD = [
    ([], {"site/profile.yaml": "kind: Profile\nextends: ../base\nvalues: {grace: soon}\n"}, "site/profile.yaml:5:10"),
    (
        ["--overlay", "first"],
        {"first/profile.yaml": "kind: Overlay\nvalues:\n  grace: soon\n"},
        "first/profile.yaml:5:3",
    ),
    (["--values", "one.yaml"], {"one.yaml": "mtu: 1400\ngrace: soon\n"}, "one.yaml:2:1"),
    (["--set", "grace=soon"], {}, "--set grace"),
    # A stronger source does not hide the mistake in a weaker one.
    (["--values", "one.yaml", "--set", "grace=8"], {"one.yaml": "grace: soon\n"}, "one.yaml:1:1"),
]


@pytest.mark.parametrize(("options", "written", "place"), BAD, ids=lambda part: part if isinstance(part, str) else "")
def test_a_bad_value_is_reported_where_it_is_written(
    sources: Path, options: list[str], written: dict[str, str], place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The place is the file, line and column, or the option; nothing is on stdout."""
    for name, text in written.items():
        (sources / name).write_text(text if name.endswith("one.yaml") else HEAD + text)
    assert main(["render", "./site", "--calico", "3.9", *options]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f'error: {place}: grace must be a whole number\n  found: "soon"\n  next: for example grace=1440\n'
    )


@pytest.mark.usefixtures("sources")
def test_an_unknown_parameter_is_reported_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt name is not ignored, from whichever source."""
    assert main(["render", "kdd", "--set", "pod_cird=10.0.0.0/16"]) == 2
    assert capsys.readouterr().err == (
        "error: --set pod_cird: profile kdd has no parameter 'pod_cird'\n"
        "  nearest: pod_cidr, pod_cidr_v6, node_ip\n"
        "  next: run manifestgen parameters kdd to see them all\n"
    )


def test_the_origin_of_a_value_is_its_source(sources: Path) -> None:
    """`explain` can say who gave a value, and what it replaced."""
    (sources / "values.yaml").write_text("pod_cidr: 10.0.0.0/16\n")
    bundle = manifestgen.render("kdd", calico="3.9", values={"ipip_mode": "Never"})
    daemonset = next(resource for resource in bundle if resource.id.kind == "DaemonSet")
    env = daemonset.body["spec"]["template"]["spec"]["containers"][0]["env"]
    index = [item["name"] for item in env].index("CALICO_IPV4POOL_IPIP")
    origin = daemonset.origin(f"/spec/template/spec/containers/0/env/{index}/value")
    assert origin.given == "ipip_mode, given at values"
    assert origin.replaced is not None
    assert origin.replaced.value == "Always"


DECLARED = [
    ("type: int\n    minimum: low", 'profile.yaml:7:5: minimum must be a whole number\n  found: "low"'),
    ("type: enum\n    choices: [a, 1]", "profile.yaml:7:18: an item of choices must be a string\n  found: 1"),
    ("type: string\n    pattern: '['", "profile.yaml:7:5: '[' is not a regular expression"),
    ("type: int\n    default: many", "profile.yaml:7:5: own must be a whole number"),
    ("type: file\n    default: a.pem", "profile.yaml:7:5: a file has no default"),
    ("type: number", 'profile.yaml:6:5: type cannot be "number"\n  nearest: '),
]


@pytest.mark.parametrize(("declaration", "message"), DECLARED, ids=lambda part: part.split("\n")[0])
def test_a_declaration_that_is_wrong_is_reported_at_its_place(folder: Path, declaration: str, message: str) -> None:
    """The bounds and default of a user's own parameter are checked like the shipped ones."""
    own = folder / "own"
    own.mkdir()
    text = (
        f"apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {{name: own}}\nparameters:\n  own:\n    {declaration}\n"
    )
    (own / "profile.yaml").write_text(text)
    with pytest.raises(ManifestgenError) as raised:
        manifestgen.render("./own")
    assert f"own/{message}" in str(raised.value)


def test_declaring_a_shipped_parameter_anew_keeps_its_places(folder: Path) -> None:
    """A profile may give a shipped parameter a default; the value lands where it always does."""
    own = folder / "own"
    own.mkdir()
    (own / "profile.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: own}\nextends: kdd\n"
        "parameters:\n  pod_cidr: {type: cidr, default: 10.9.0.0/16, description: ours}\n"
    )
    bundle = manifestgen.render("./own", calico="3.32")
    body = next(resource.body for resource in bundle if resource.id.kind == "DaemonSet")
    path = "/spec/template/spec/containers/[name=calico-node]/env/[name=CALICO_IPV4POOL_CIDR]/value"
    assert at(body, path) == "10.9.0.0/16"
