"""`upgrade --manifest`: the objects of an install that a site keeps, from one published install to the next."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

import manifestgen
from manifestgen.emit.errors import CannotWrite
from tests.support.program import manifestgen as program
from tests.support.prove import PROVE
from tests.support.shared import shared
from tests.upgrades import installs
from tests.upgrades.installs import LAST, NEXT, OLD, edited, expected, published, rendered, some, written


def adopted(directory: Path, *edits: installs.Edit, known: bool = False) -> Path:
    """The site of an edited install, adopted with what is published or without it; and the published installs."""
    for release in (OLD, NEXT, LAST):
        written(directory / f"{release}.yaml", published(release))
    source = written(directory / "mine.yaml", edited(OLD, *edits))
    manifestgen.adopt(source, output=directory / "site", manifest=directory / f"{OLD}.yaml" if known else None)
    return directory / "site"


def moved(site: Path, release: str, *, old: bool, write: bool = False, force: bool = False) -> manifestgen.Upgrade:
    """A site's upgrade to a release, with its published install; and with the one before it."""
    before = site.parent / f"{OLD}.yaml" if old else None
    manifest = site.parent / f"{release}.yaml"
    return manifestgen.upgrade(site, calico=release, manifest=manifest, old_manifest=before, write=write, force=force)


def files_of(site: Path) -> dict[str, bytes]:
    """Every file of a site."""
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def outcomes(found: manifestgen.Upgrade) -> dict[str, str]:
    """What becomes of each object, by kind and name."""
    assert found.manifest is not None
    names = {one.object: one.object.split(" ") for one in found.manifest.objects}
    short = {name: f"{kind.rpartition('/')[2]} {path.rpartition('/')[2]}" for name, (kind, path) in names.items()}
    return {short[one.object]: one.outcome for one in found.manifest.objects}


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("seed", range(40 if PROVE else 3))
def test_edits_survive_two_upgrades(seed: int, known: bool, tmp_path: Path) -> None:
    """What is rendered is what somebody gets who makes the same edits to each new install by hand."""
    edits = some(seed)
    site = adopted(tmp_path, *edits, known=known)
    assert rendered(site) == expected(OLD, *edits)
    found = moved(site, NEXT, old=not known, write=True)
    assert not [one for one in (found.manifest.objects if found.manifest else ()) if one.conflicts or one.open]
    assert rendered(site) == expected(NEXT, *edits)
    moved(site, LAST, old=False, write=True)
    assert rendered(site) == expected(LAST, *edits)
    assert not moved(site, LAST, old=False)


def test_files_are_what_is_published(tmp_path: Path) -> None:
    """Each file has the text of its document with comments, the hashes hold, and edits are patches."""
    site = adopted(tmp_path, installs.limit, installs.patch_nodes)
    (site / "profile.yaml").write_text((site / "profile.yaml").read_text() + "# mine\n")
    moved(site, LAST, old=True, write=True)
    documents = [part.strip("\n") for part in published(LAST).split("---\n")]
    folder = site / "resources/published"
    texts = {path.name: path.read_text().strip("\n") for path in folder.glob("*.yaml")}
    assert set(texts.values()) < set(documents)
    assert "# The controllers, in 3.32." in texts["deployment-calico-kube-controllers.yaml"]
    assert subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
    profile = yaml.safe_load((site / "profile.yaml").read_text())
    assert {one["target"]["name"] for one in profile["patches"]} == {"calico-kube-controllers", "calico-node"}
    assert (site / "profile.yaml").read_text().endswith("# mine\n")
    assert not list((site / "resources").glob("*.yaml"))


def test_a_report_alone_changes_nothing(tmp_path: Path) -> None:
    """The files are as they were, and every format names edits, what comes and what goes with its command."""
    site = adopted(tmp_path, installs.limit)
    before = files_of(site)
    found = moved(site, LAST, old=True)
    assert files_of(site) == before
    assert outcomes(found) == {
        "Deployment calico-kube-controllers": "with your edits",
        "ServiceAccount calico-kube-controllers": "the same",
        "ClusterRole calico-node": "as published",
        "ClusterRoleBinding calico-node": "the same",
        "ClusterRole calico-tier-getter": "new",
        "PodDisruptionBudget calico-kube-controllers": "gone",
    }
    for text in (found.to_text(), found.to_markdown(), found.to_json()):
        assert "calico-tier-getter" in text
        assert "kubectl -n kube-system delete poddisruptionbudget.policy/calico-kube-controllers" in text
        assert "resources" in text
    assert not found.stale
    assert not any("They are in the manifest that Calico publishes" in step.text for step in found.steps)
    assert any(f"--manifest {tmp_path / LAST}.yaml" in command for step in found.steps for command in step.commands)
    assert json.loads(found.to_json())["manifest"]["objects"]


def variable(value: str) -> installs.Edit:
    """An edit: other controllers are enabled."""

    def edit(objects: installs.Objects) -> None:
        deployment = installs.named(objects, "Deployment", "calico-kube-controllers")
        deployment["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = value

    return edit


def test_a_conflict_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    """With the place, both values and where they are; with force, the user's value stays, as a patch."""
    site = adopted(tmp_path, variable("node,own"))
    before = files_of(site)
    found = moved(site, LAST, old=True)
    (conflict,) = [each for one in (found.manifest.objects if found.manifest else ()) for each in one.conflicts]
    assert conflict.path.endswith("/env/[name=ENABLED_CONTROLLERS]/value")
    assert (conflict.old, conflict.mine, conflict.new) == ('"node"', '"node,own"', '"node,loadbalancer"')
    assert "site/resources/deployment-calico-kube-controllers.yaml:" in conflict.mine_at
    assert "3.32.yaml:" in conflict.new_at
    assert found.blocked
    with pytest.raises(manifestgen.NoLongerFits, match="a conflict"):
        moved(site, LAST, old=True, write=True)
    assert files_of(site) == before
    moved(site, LAST, old=True, write=True, force=True)
    assert rendered(site) == expected(LAST, variable("node,own"))


def test_a_conflict_of_a_patch(tmp_path: Path) -> None:
    """Also when the edit is a patch already; the next upgrade names the place of the operation."""
    site = adopted(tmp_path, variable("node,own"), known=True)
    found = moved(site, LAST, old=False)
    (conflict,) = [each for one in (found.manifest.objects if found.manifest else ()) for each in one.conflicts]
    assert "site/profile.yaml:" in conflict.mine_at


def test_without_the_old_install_nothing_is_guessed(tmp_path: Path) -> None:
    """Versions of images are the release's; whatever else differs is a question, and nothing is written."""
    site = adopted(tmp_path, installs.limit)
    before = files_of(site)
    found = moved(site, NEXT, old=False)
    assert found.manifest is not None
    assert not found.manifest.known_by
    questions = {one.object: one.open for one in found.manifest.objects if one.open}
    assert any(
        "/resources: removed" in line for line in questions["apps/v1/Deployment kube-system/calico-kube-controllers"]
    )
    assert not any("/image" in line for lines in questions.values() for line in lines)
    assert "--old-manifest" in found.to_text()
    with pytest.raises(manifestgen.NoLongerFits, match="--old-manifest"):
        moved(site, NEXT, old=False, write=True)
    assert files_of(site) == before


def test_what_the_release_drops(tmp_path: Path) -> None:
    """An object that the user has edited stays only on demand, and is the user's own from then on."""

    def edit(objects: installs.Objects) -> None:
        installs.named(objects, "PodDisruptionBudget", "calico-kube-controllers")["spec"]["maxUnavailable"] = 2

    site = adopted(tmp_path, edit, known=True)
    with pytest.raises(manifestgen.NoLongerFits, match="PodDisruptionBudget"):
        moved(site, LAST, old=False, write=True)
    moved(site, LAST, old=False, write=True, force=True)
    kept = rendered(site)["PodDisruptionBudget", "calico-kube-controllers"]
    assert kept["spec"]["maxUnavailable"] == 2
    assert (site / "resources/poddisruptionbudget-calico-kube-controllers.yaml").is_file()


def test_a_registry_and_labels_of_the_site_are_no_edits(tmp_path: Path) -> None:
    """An install whose images all come from a mirror needs no patch after the upgrade either."""

    def edit(objects: installs.Objects) -> None:
        for one in objects:
            one["metadata"].setdefault("labels", {})["addon"] = "own"
            pod = ((one.get("spec") or {}).get("template") or {}).get("spec") or {}
            for container in [*pod.get("containers", []), *pod.get("initContainers", [])]:
                container["image"] = "mirror.example.com/" + container["image"].partition("/")[2]

    site = adopted(tmp_path, edit)
    moved(site, LAST, old=True, write=True)
    profile = yaml.safe_load((site / "profile.yaml").read_text())
    assert profile["registry"] == "mirror.example.com"
    assert "patches" not in profile
    controllers = rendered(site)["Deployment", "calico-kube-controllers"]
    image = controllers["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.startswith("mirror.example.com/calico/kube-controllers:v3.32.")
    assert controllers["metadata"]["labels"]["addon"] == "own"


def test_an_edited_published_file_tells_nothing(tmp_path: Path) -> None:
    """It is named; the old install says what was published."""
    site = adopted(tmp_path, known=True)
    file = site / "resources/published/deployment-calico-kube-controllers.yaml"
    file.write_text(file.read_text().replace("replicas: 1", "replicas: 3"))
    found = moved(site, LAST, old=False)
    assert found.manifest is not None
    assert [Path(one).name for one in found.manifest.edited] == [file.name]
    assert any(one.open for one in found.manifest.objects)
    moved(site, LAST, old=True, write=True)
    assert rendered(site)["Deployment", "calico-kube-controllers"]["spec"]["replicas"] == 3


@pytest.mark.parametrize("known", [False, True])
def test_a_part_of_an_install(known: bool, tmp_path: Path) -> None:
    """Only its objects are replaced; the others are neither dropped nor forgotten."""
    site = adopted(tmp_path, installs.limit, installs.pull_secret, known=known)
    part = next(one for one in published(LAST).split("---\n") if "kind: ClusterRole\n" in one and "calico-node" in one)
    written(tmp_path / "part.yaml", part)
    old = None if known else tmp_path / f"{OLD}.yaml"
    manifestgen.upgrade(site, calico=LAST, manifest=tmp_path / "part.yaml", old_manifest=old, write=True)
    want = expected(OLD, installs.limit, installs.pull_secret)
    want["ClusterRole", "calico-node"] = expected(LAST)["ClusterRole", "calico-node"]
    assert rendered(site) == want
    moved(site, LAST, old=False, write=True)
    assert rendered(site) == expected(LAST, installs.limit, installs.pull_secret)


def test_values_of_secrets_do_not_show(tmp_path: Path) -> None:
    """Neither an edit nor a conflict shows them."""
    texts = {}
    for release, value in ((OLD, "b2xkLWhpZGRlbg=="), (LAST, "bmV3LWhpZGRlbg==")):
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "own"}, "data": {"key": value}}
        texts[release] = f"{published(release)}---\n{yaml.safe_dump(secret)}"
        written(tmp_path / f"{release}.yaml", texts[release])
    mine = texts[OLD].replace("b2xkLWhpZGRlbg==", "bWluZS1oaWRkZW4=")
    manifestgen.adopt(written(tmp_path / "mine.yaml", mine), output=tmp_path / "site", secrets=True)
    found = moved(tmp_path / "site", LAST, old=True)
    assert [one for one in (found.manifest.objects if found.manifest else ()) if one.conflicts]
    for text in (found.to_text(), found.to_markdown(), found.to_json()):
        assert not [value for value in ("LWhpZGRlbg", "b2xk", "bmV3", "bWluZ") if value in text]


def test_an_install_of_something_else_is_refused(tmp_path: Path) -> None:
    """Another release or profile; a shipped profile; an object in a list with others."""
    site = adopted(tmp_path)
    with pytest.raises(manifestgen.WrongManifest, match=r"kdd of Calico 3\.29"):
        manifestgen.upgrade(site, calico=LAST, manifest=tmp_path / f"{NEXT}.yaml")
    with pytest.raises(manifestgen.WrongManifest, match="--old-manifest"):
        manifestgen.upgrade(
            site, calico=LAST, manifest=tmp_path / f"{LAST}.yaml", old_manifest=tmp_path / f"{NEXT}.yaml"
        )
    written(tmp_path / "other.yaml", published(LAST, "policy-only"))
    with pytest.raises(manifestgen.WrongManifest, match="policy-only"):
        manifestgen.upgrade(site, calico=LAST, manifest=tmp_path / "other.yaml")
    with pytest.raises(manifestgen.ManifestNeedsSite):
        manifestgen.upgrade("kdd", calico=LAST, from_calico=OLD, manifest=tmp_path / f"{LAST}.yaml")
    with pytest.raises(manifestgen.WrongManifest):
        manifestgen.adopt(tmp_path / "mine.yaml", output=tmp_path / "other", manifest=tmp_path / f"{LAST}.yaml")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("kind", ["empty", "comments", "directory"])
def test_a_manifest_without_an_object_is_refused(kind: str, tmp_path: Path) -> None:
    """As a download that failed leaves it: nothing would be merged, and the new versions would be written."""
    site = adopted(tmp_path)
    before = files_of(site)
    nothing = tmp_path / "nothing"
    if kind == "directory":
        nothing.mkdir()
    else:
        nothing.write_text("# nothing\n---\n" if kind == "comments" else "")
    with pytest.raises(manifestgen.EmptyManifest, match=f"{nothing}: --manifest holds no object"):
        manifestgen.upgrade(site, calico=LAST, manifest=nothing, write=True, force=True)
    with pytest.raises(manifestgen.EmptyManifest, match="--old-manifest"):
        manifestgen.upgrade(site, calico=LAST, manifest=tmp_path / f"{LAST}.yaml", old_manifest=nothing, write=True)
    with pytest.raises(manifestgen.EmptyManifest):
        manifestgen.adopt(tmp_path / "mine.yaml", output=tmp_path / "other", manifest=nothing)
    assert files_of(site) == before


@pytest.mark.parametrize("option", ["--manifest", "--old-manifest"])
def test_an_empty_path_is_no_manifest_that_is_left_out(option: str, tmp_path: Path) -> None:
    """A variable of a shell that is not set: without the manifest the objects would stay as they are."""
    site = adopted(tmp_path)
    before = files_of(site)
    given = ("--manifest", tmp_path / f"{LAST}.yaml", option, "")
    done = program("upgrade", site, "--to", LAST, *given, "--write", "--force")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: '': no such file\n  next: give a path; is a variable of your shell not set?\n"
    assert files_of(site) == before


def test_the_places_of_a_conflict(tmp_path: Path) -> None:
    """File, line and column of both, and of a plain manifest nothing else."""
    site = adopted(tmp_path, known=True)
    (site / "profile.yaml").write_text(
        (site / "profile.yaml").read_text()
        + "patches:\n- target: {kind: Deployment, name: calico-kube-controllers}\n  patch:\n"
        "  - {op: replace, path: '/spec/template/spec/containers/0/env/0/value', value: mine}\n"
    )
    found = moved(site, LAST, old=False)
    (conflict,) = [one for each in (found.manifest.objects if found.manifest else ()) for one in each.conflicts]
    assert re.fullmatch(r".*/profile\.yaml:\d+:\d+ operation 1 \(profile\)", conflict.mine_at)
    assert re.fullmatch(rf".*/{re.escape(LAST)}\.yaml:\d+:\d+", conflict.new_at)


def test_several_objects_in_one_file(tmp_path: Path) -> None:
    """Those of the install leave it, and the user's own stay with their text; a list is refused."""
    site = adopted(tmp_path)
    parts = [path.read_text() for path in sorted((site / "resources").glob("*.yaml"))]
    for path in (site / "resources").glob("*.yaml"):
        path.unlink()
    own = "# why\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: own}\n"
    profile = yaml.safe_load((site / "profile.yaml").read_text())
    profile["resources"] = ["all.yaml"]
    (site / "profile.yaml").write_text(yaml.safe_dump(profile, sort_keys=False))
    (site / "all.yaml").write_text("---\n".join([own, *parts]))
    moved(site, LAST, old=True, write=True)
    assert (site / "all.yaml").read_text() == own
    assert rendered(site) == expected(LAST) | {("ConfigMap", "own"): yaml.safe_load(own)}


def test_the_command_line(tmp_path: Path) -> None:
    """Exit status 1 for a report, 2 where nothing may be written, 0 once it is."""
    site = adopted(tmp_path, variable("node,own"))
    new, old = tmp_path / f"{LAST}.yaml", tmp_path / f"{OLD}.yaml"
    options = ["--to", LAST, "--manifest", str(new), "--old-manifest", str(old)]
    done = program("upgrade", site, *options)
    assert done.returncode == 1, done.stderr
    assert "! conflict at /spec/template/spec/containers/[name=calico-kube-controllers]/env/" in done.stdout
    assert program("upgrade", site, *options, "--write").returncode == 2
    assert program("upgrade", site, *options, "--write", "--force").returncode == 0


def test_a_full_disk_leaves_every_file(tmp_path: Path) -> None:
    """The new files would fit, and the profile does not: none of them is there."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "manifestgen-test", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    try:
        site = adopted(disk, installs.limit)
        profile = site / "profile.yaml"
        profile.write_text(profile.read_text() + "# mine\n" * 20_000)
        filler = disk / "filler"
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
        filler.write_bytes(b"x" * (free - 100_000))
        before = files_of(site)
        with pytest.raises(CannotWrite):
            moved(site, LAST, old=True, write=True)
        assert files_of(site) == before
        filler.unlink()
        moved(site, LAST, old=True, write=True)
        assert rendered(site) == expected(LAST, installs.limit)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("profile", ["etcd", "kdd", "flannel", "policy-only"])
def test_a_stock_install(profile: str, tmp_path: Path) -> None:
    """The real manifests: an unedited install becomes that of the next release, without a patch."""
    old, new = (shared(f"reference/calico/{release}/install/{profile}.yaml") for release in ("v3.9", "v3.32"))
    values = {"etcd_endpoints": "https://10.0.0.1:2379"} if profile == "etcd" else {}
    manifestgen.adopt(old, output=tmp_path / "site")
    found = manifestgen.upgrade(
        tmp_path / "site", calico="3.32", manifest=new, old_manifest=old, values=values, write=True, force=True
    )
    assert found.manifest is not None
    assert not [one for one in found.manifest.objects if one.edits or one.conflicts or one.open]
    assert "patches" not in yaml.safe_load((tmp_path / "site/profile.yaml").read_text())
    bundle = manifestgen.render(tmp_path / "site", published=True, components=("node", "config"), values=values)
    made = {(one.id.kind, one.id.namespace, one.id.name): one.body for one in bundle if not one.component}
    given = {
        (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]): one
        for one in yaml.safe_load_all(new.read_text())
    }
    assert made == {key: given[key] for key in made}
    assert {kind for kind, _, _ in given.keys() - made.keys()} <= {"DaemonSet", "ConfigMap", "Secret", "ServiceAccount"}
