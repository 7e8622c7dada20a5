"""What can be asked of the catalog from Python is what the commands print."""

from __future__ import annotations

import json
import re
from pathlib import Path

import manifestgen
from tests.support.program import manifestgen as program


def test_releases_profiles_and_components() -> None:
    """The functions and the commands say the same."""
    printed = json.loads(program("releases", "--format", "json").stdout)
    assert json.loads(json.dumps([one._asdict() for one in manifestgen.releases()])) == printed
    assert (printed[0]["name"], printed[0]["istio"], printed[0]["version"]) == ("v3.2", "1.0", "3.2.8")
    listed = json.loads(program("profiles", "--format", "json").stdout)
    assert [one._asdict() for one in manifestgen.profiles()] == listed["profiles"]
    assert [one._asdict() for one in manifestgen.components()] == listed["components"]


def test_istio_releases() -> None:
    """They are listed too."""
    names = [one.name for one in manifestgen.releases("Istio")]
    assert names[:2] == ["v1.0", "v1.1"]
    assert program("releases", "istio").stdout.splitlines()[1].split()[0] == "v1.0"
    assert program("releases", "--istio").stdout == program("releases", "istio").stdout
    first = manifestgen.releases("Istio")[0]
    assert first.calico_releases[0] == "v3.2"
    assert all(one.istio == "1.0" for one in manifestgen.releases() if one.name in first.calico_releases)


def test_kubernetes_versions() -> None:
    """Every minor from the first to the last, with the releases that say that they were tested with it."""
    found = {one.name: one for one in manifestgen.releases("Kubernetes")}
    assert list(found) == [f"v1.{minor}" for minor in range(8, 38)]
    tested = {one.name: re.findall(r"1\.(\d+)", one.tested) for one in manifestgen.releases() if one.tested}
    for name, one in found.items():
        minor = int(name.partition(".")[2])
        expected = [calico for calico, (low, high) in tested.items() if int(low) <= minor <= int(high)]
        assert list(one.calico_releases) == expected
    assert "v1.28" in found["v1.34"].istio_releases
    rows = program("releases", "--kubernetes").stdout.splitlines()
    assert rows[0].split("  ")[0] == "RELEASE"
    assert len(rows) == 1 + len(found)


def test_golden_trees_from_python(tmp_path: Path) -> None:
    """Update, then check; a change that was not asked for is a difference."""
    matrix = tmp_path / "matrix.yaml"
    matrix.write_text(
        "apiVersion: manifestgen/v1\nkind: GoldenMatrix\ntrees:\n- {profile: kdd, calico: v3.9, components: [policy]}\n"
    )
    assert manifestgen.check_golden(matrix)
    assert manifestgen.update_golden(matrix)
    assert not manifestgen.check_golden(matrix)
    file = next(tmp_path.rglob("*envoyfilter*.yaml"))
    file.write_text(file.read_text().replace("EnvoyFilter", "EnvoyFilter ", 1))
    assert manifestgen.check_golden(matrix)


def test_inject_takes_the_options_of_the_command(tmp_path: Path) -> None:
    """And gives what the command writes."""
    text = manifestgen.render("kdd", calico="v3.9", components=["injector"], values={"dikastes_debug": False}).to_yaml()
    bare = manifestgen.inject(text, calico="v3.9", remove=True)
    (tmp_path / "injector.yaml").write_text(bare)
    (tmp_path / "resources.yaml").write_text("limits: {cpu: 100m}\n")
    words = ("--image", "r.example/dikastes:1", "--env", "A=b", "--debug", "--pull-policy", "Always")
    done = program(
        *("inject", "injector.yaml", "--calico", "v3.9", "--resources", "resources.yaml", *words), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    given = manifestgen.inject(
        bare,
        calico="v3.9",
        image="r.example/dikastes:1",
        env={"A": "b"},
        debug=True,
        pull_policy="Always",
        resources={"limits": {"cpu": "100m"}},
    )
    assert given == done.stdout
    assert "r.example/dikastes:1" in given
