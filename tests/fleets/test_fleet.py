"""Fleets: many clusters from one file, on any executor."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from manifestgen.catalog import releases
from tests.support.program import manifestgen as program
from tests.support.prove import times as prove

PROFILES = ("kdd", "etcd", "flannel", "policy-only")


def clusters(count: int) -> list[dict[str, Any]]:
    """Clusters over all profiles and releases, each with values of its own."""
    minors = [str(minor) for minor in releases.minors("Calico")]
    found = []
    for index in range(count):
        profile = PROFILES[index % len(PROFILES)]
        values: dict[str, Any] = {"iptables_refresh_seconds": index}
        if profile == "etcd":
            values["etcd_endpoints"] = f"https://10.0.{index // 256}.{index % 256}:2379"
        found.append(
            {
                "name": f"cluster-{index}",
                "profile": profile,
                "calico": minors[index // len(PROFILES) % len(minors)],
                "components": ["node", "config"],
                "values": values,
                "labels": {"cluster": f"cluster-{index}"},
            }
        )
    return found


def fleet_file(directory: Path, entries: list[dict[str, Any]], **more: Any) -> Path:
    """A fleet in YAML."""
    body = {"apiVersion": "manifestgen/v1", "kind": "Fleet", "metadata": {"name": "all"}, **more, "clusters": entries}
    path = directory / "fleet.yaml"
    path.write_text(yaml.safe_dump(body, sort_keys=False))
    return path


def files(directory: Path) -> dict[str, bytes]:
    """Every file below a directory."""
    paths = [path for path in directory.rglob("*") if path.is_file()]
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A fleet, and what rendering its clusters one by one gives."""
    directory = tmp_path_factory.mktemp("fleet")
    path = fleet_file(directory, clusters(prove(130, 1000)))
    result = manifestgen.fleet(path, directory / "serial")
    assert not result, [str(one.error) for one in result.with_status("failed")]
    return path, files(directory / "serial")


def test_each_cluster_is_what_render_gives(serial: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    """A directory of a fleet is the directory that `render` writes with the same arguments."""
    path, found = serial
    for entry in yaml.safe_load(path.read_text())["clusters"][::17]:
        arguments = {key: value for key, value in entry.items() if key != "name"}
        manifestgen.render(**arguments).write(tmp_path / entry["name"])
    for name, content in files(tmp_path).items():
        assert found[name] == content


def test_processes_and_threads_write_the_same_bytes(serial: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    """Whatever runs the tasks, and whoever writes the files."""
    path, expected = serial
    with ProcessPoolExecutor(2) as pool:
        assert not manifestgen.fleet(path, tmp_path / "processes", executor=pool)
        assert files(tmp_path / "processes") == expected
        assert not manifestgen.fleet(path, tmp_path / "sent", executor=pool, shared=False)
        assert files(tmp_path / "sent") == expected
    with ThreadPoolExecutor(2) as pool:
        assert not manifestgen.fleet(path, tmp_path / "threads", executor=pool)
        assert files(tmp_path / "threads") == expected


DASK = """
import sys, pathlib, manifestgen
from distributed import Client, LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        result = manifestgen.fleet(sys.argv[1], sys.argv[2], executor=client.get_executor(), shared=False)
        print(bool(result), len(result.clusters))
"""


def test_dask_writes_the_same_bytes(serial: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    """A real cluster of two worker processes: bundles and errors travel whole."""
    path, expected = serial
    script = tmp_path / "spread.py"
    script.write_text(DASK)
    done = subprocess.run(
        [sys.executable, script, path, tmp_path / "out"], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.stdout.split()[:1] == ["False"], done.stderr
    assert files(tmp_path / "out") == expected


def test_only_what_changed_is_rewritten(serial: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    """A second run touches nothing; one changed cluster touches its own directory."""
    entries = clusters(9)
    out = tmp_path / "out"
    first = manifestgen.fleet(fleet_file(tmp_path, entries), out)
    assert {one.status for one in first.clusters} == {"written"}
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert {one.status for one in manifestgen.fleet(tmp_path / "fleet.yaml", out).clusters} == {"unchanged"}
    entries[4]["values"]["iptables_refresh_seconds"] = 1200
    third = manifestgen.fleet(fleet_file(tmp_path, entries), out)
    assert [one.name for one in third.with_status("written")] == ["cluster-4"]
    touched = {path for path in out.rglob("*") if path.is_file() and times.get(path) != path.stat().st_mtime_ns}
    assert {path.relative_to(out).parts[0] for path in touched} == {"cluster-4"}


def test_one_mistake_stops_no_other(tmp_path: Path) -> None:
    """Every failure is told with its place, all else is done, and the status is 2."""
    entries = clusters(6)
    entries[1]["calico"] = "3.99"
    entries[2]["values"] = {"iptables_refresh_seconds": "large"}
    entries[3]["profile"] = "kddd"
    entries[4]["calcio"] = "3.9"
    path = fleet_file(tmp_path, entries)
    done = program("fleet", path, "-o", tmp_path / "out", "--format", "json")
    assert done.returncode == 2
    rows = {row["name"]: row for row in json.loads(done.stdout)["clusters"]}
    assert [row["status"] for row in rows.values()] == ["written", *["failed"] * 4, "written"]
    lines = path.read_text().splitlines()
    for name in ("cluster-1", "cluster-2", "cluster-3", "cluster-4"):
        start = lines.index(f"- name: {name}") + 1
        assert f"error: {name}: {path}:{start}:" in done.stderr or any(
            f"error: {name}: {path}:{line}:" in done.stderr for line in range(start, start + 12)
        )
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == ["cluster-0", "cluster-5"]


def test_check_writes_nothing(tmp_path: Path) -> None:
    """Status 1 for a difference, 0 for none, and no file is made."""
    path = fleet_file(tmp_path, clusters(3))
    assert program("fleet", path, "-o", tmp_path / "out", "--check").returncode == 1
    assert not (tmp_path / "out").exists()
    assert program("fleet", path, "-o", tmp_path / "out").returncode == 0
    assert program("fleet", path, "-o", tmp_path / "out", "--check").returncode == 0


def test_a_cluster_that_left_is_named_and_pruned_on_request(tmp_path: Path) -> None:
    """Only files that manifestgen wrote go; a file of the user's stays."""
    entries = clusters(3)
    out = tmp_path / "out"
    assert program("fleet", fleet_file(tmp_path, entries), "-o", out).returncode == 0
    (out / "cluster-1" / "mine.txt").write_text("mine\n")
    (out / "other").mkdir()
    done = program("fleet", fleet_file(tmp_path, [entries[0], entries[2]]), "-o", out)
    assert done.returncode == 0
    assert "cluster-1: left the fleet" in done.stderr
    assert (out / "cluster-1" / "kustomization.yaml").exists()
    assert program("fleet", tmp_path / "fleet.yaml", "-o", out, "--prune").returncode == 0
    assert [path.name for path in (out / "cluster-1").rglob("*")] == ["mine.txt"]
    assert sorted(path.name for path in out.iterdir()) == ["cluster-0", "cluster-1", "cluster-2", "other"]


CSV = """\
name,profile,calico,components,namespaces,argo,values.pod_cidr,values.mtu,labels.team
one,kdd,3.32,node config,,true,10.1.0.0/16,1410,"net"
two,./site,,,shop bank,,,,
three,kdd,3.27,node,,maybe,,,
"""


def test_csv_says_the_same_as_yaml(tmp_path: Path) -> None:
    """A cell is read as --set reads it; an empty one says nothing; lists are separated by spaces."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "profile.yaml").write_text(
        'apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: site}\nextends: kdd\ncalico: "3.30.2"\n'
        "allow: [dikastes-unknown]\n"
    )
    (tmp_path / "fleet.csv").write_bytes(CSV.replace("\n", "\r\n").encode())
    done = program("fleet", "fleet.csv", "-o", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert "error: three: fleet.csv:4: argo must be true or false" in done.stderr
    manifestgen.render(
        "kdd",
        calico="3.32",
        components=("node", "config"),
        argo=True,
        values={"pod_cidr": "10.1.0.0/16", "mtu": 1410},
        labels={"team": "net"},
    ).write(tmp_path / "one")
    assert files(tmp_path / "out" / "one") == files(tmp_path / "one")
    assert {path.name for path in (tmp_path / "out" / "two" / "resources").glob("*namespace*")} >= {
        "02-namespace-shop.yaml",
        "03-namespace-bank.yaml",
    }


REFUSED = {
    "no clusters": ("clusters: []", "must be a list that is not empty"),
    "two of a name": ("clusters: [{name: a, profile: kdd}, {name: A, profile: kdd}]", "cannot be the name"),
    "the same name": ("clusters: [{name: a, profile: kdd}, {name: a, profile: kdd}]", "two clusters are called a"),
    "a name with a slash": ("clusters: [{name: ../a, profile: kdd}]", "cannot be the name of a cluster"),
    "no name": ("clusters: [{profile: kdd}]", "a cluster must have the member name"),
    "an unknown member": ("clusters: [{name: a, profile: kdd}]\nclutsers: []", "nearest: clusters"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_fleet_is_refused_whole(name: str, tmp_path: Path) -> None:
    """Nothing is written, and the place is named."""
    text, said = REFUSED[name]
    path = tmp_path / "fleet.yaml"
    path.write_text(f"apiVersion: manifestgen/v1\nkind: Fleet\nmetadata: {{name: all}}\n{text}\n")
    done = program("fleet", path, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert said in done.stderr
    assert f"error: {path}:" in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_empty_name_is_no_directory(tmp_path: Path) -> None:
    """A variable of a shell that is not set does not mean the working directory."""
    (tmp_path / "fleet.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: Fleet\nmetadata: {name: all}\nclusters: [{name: a, profile: kdd}]\n"
    )
    done = program("fleet", "fleet.yaml", "-o", "", cwd=tmp_path)
    assert done.returncode == 2
    assert "is a variable of your shell not set?" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["fleet.yaml"]


def test_a_row_of_several_lines_is_named_by_its_first(tmp_path: Path) -> None:
    """A quoted cell may have line breaks; the rows after it keep their places."""
    path = tmp_path / "fleet.csv"
    path.write_text('name,profile,values.mtu\nA,kdd,"1\n4"\n\nb,kdd,1400\nC,kdd,1\n')
    done = program("fleet", path, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert [line.partition(": ")[2].split(": ")[0] for line in done.stderr.splitlines() if "error:" in line] == [
        f"{path}:2",
        f"{path}:6",
    ]


KILLED = """
import os, signal, sys, threading, time, manifestgen
from concurrent.futures import ProcessPoolExecutor
if __name__ == "__main__":
    pool = ProcessPoolExecutor(2)
    pool.submit(os.getpid).result()
    victim = next(iter(pool._processes))
    def kill(done, total):
        if done == 20:
            os.kill(victim, signal.SIGKILL)
    result = manifestgen.fleet(sys.argv[1], sys.argv[2], executor=pool, progress=kill)
    lost = result.with_status("failed")
    print(len(lost), {type(one.error).__name__ for one in lost})
"""


def test_a_killed_worker_loses_nothing(serial: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    """What it had is told as failed; the next run does that, and the result is that of an undisturbed run."""
    path, expected = serial
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    done = subprocess.run(
        [sys.executable, script, path, tmp_path / "out"], capture_output=True, text=True, check=False, timeout=300
    )
    lost, _, kinds = done.stdout.partition(" ")
    assert int(lost) > 0, done.stderr
    assert "WorkerLost" in kinds
    again = manifestgen.fleet(path, tmp_path / "out")
    assert not again
    assert len(again.with_status("written")) <= int(lost)
    assert files(tmp_path / "out") == expected


def test_the_command_ends_with_its_workers(tmp_path: Path) -> None:
    """Ctrl-C leaves whole files and no process; the same command then finishes."""
    path = fleet_file(tmp_path, clusters(200))
    command = [sys.executable, "-m", "manifestgen", "fleet", str(path), "-o", str(tmp_path / "out"), "--jobs", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    while process.poll() is None and not (tmp_path / "out").exists():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode in {0, 130}
    assert program("fleet", path, "-o", tmp_path / "out").returncode == 0
    assert program("fleet", path, "-o", tmp_path / "out", "--check").returncode == 0


def test_objects_for_argo_cd_and_flux(tmp_path: Path) -> None:
    """Each cluster's directory is named once, at the path where Git has it."""
    delivery = {"repository": "https://git.example.com/net", "path": "clusters", "revision": "v1"}
    path = fleet_file(tmp_path, clusters(3), delivery=delivery)
    assert program("fleet", path, "-o", tmp_path / "out", "--argocd", "--flux").returncode == 0
    folder = tmp_path / "out" / "_gitops"
    application_set = yaml.safe_load((folder / "applicationset.yaml").read_text())
    elements = application_set["spec"]["generators"][0]["list"]["elements"]
    assert [element["cluster"] for element in elements] == ["cluster-0", "cluster-1", "cluster-2"]
    source = application_set["spec"]["template"]["spec"]["source"]
    assert source == {
        "repoURL": "https://git.example.com/net",
        "targetRevision": "v1",
        "path": "clusters/{{.cluster}}",
    }
    flux = [yaml.safe_load(one.read_text()) for one in sorted((folder / "flux").iterdir())]
    assert [one["spec"]["path"] for one in flux] == [f"./clusters/cluster-{index}" for index in range(3)]
    again = ("fleet", path, "-o", tmp_path / "out", "--argocd", "--flux", "--check")
    assert program(*again).returncode == 0
    application_set["spec"]["template"]["spec"]["source"]["targetRevision"] = "v2"
    (folder / "applicationset.yaml").write_text(yaml.safe_dump(application_set))
    assert program(*again).returncode == 1
    without = program("fleet", fleet_file(tmp_path, clusters(3)), "-o", tmp_path / "nowhere", "--argocd")
    assert without.returncode == 2
    assert "delivery" in without.stderr
    assert not (tmp_path / "nowhere").exists()


def test_a_path_in_a_cell_belongs_to_the_file(tmp_path: Path) -> None:
    """Wherever the command runs, as in YAML."""
    (tmp_path / "fleets").mkdir()
    (tmp_path / "fleets" / "net.conflist").write_text('{"name": "ours", "plugins": []}')
    (tmp_path / "fleets" / "fleet.csv").write_text(
        "name,profile,calico,components,values.cni_network_config\na,kdd,3.27,+config,net.conflist\nb,kdd,3.27,+config,no\n"
    )
    done = program("fleet", "fleets/fleet.csv", "-o", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert "error: b: fleets/fleet.csv:3: " in done.stderr
    assert "a: written" in done.stderr
    config = next((tmp_path / "out" / "a" / "resources").glob("*calico-config.yaml")).read_text()
    assert '{"name": "ours", "plugins": []}' in config
