"""`adopt --manifest`: objects that no shipped profile renders are kept as they are published, with edits as patches."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from tests.adoption.edits import EDITS
from tests.adoption.test_adopt import entries, profile_of
from tests.support.prove import PROVE
from tests.upgrades import installs
from tests.upgrades.installs import LAST, NEXT, OLD, published, some, written

SIMPLE = sorted(EDITS.keys() - {"delete_object", "label_all", "add_object"})


def named(body: dict[str, Any]) -> tuple[Any, ...]:
    """What an object is called."""
    return body["kind"], body["metadata"].get("namespace"), body["metadata"]["name"]


def rendered(site: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What a profile renders of an install."""
    bundle = manifestgen.render(site, published=True, components=("node", "config"))
    return {named(one.body): one.body for one in bundle}


@pytest.mark.parametrize("seed", range(200 if PROVE else 5))
def test_edits_of_both_kinds_render_back(seed: int, tmp_path: Path) -> None:
    """Of calico-node and of the objects beside it, in at most as many entries."""
    chance = random.Random(seed)
    release = chance.choice([OLD, NEXT, LAST])
    objects = [one for one in yaml.safe_load_all(published(release)) if one]
    beside, node = some(seed)[:3], [chance.choice(SIMPLE) for _ in range(chance.randrange(3))]
    for edit in beside:
        edit(objects)
    for name in node:
        EDITS[name](objects, chance)
    manifest = written(tmp_path / "published.yaml", published(release))
    source = written(tmp_path / "mine.yaml", yaml.safe_dump_all(objects, sort_keys=False))
    manifestgen.adopt(source, output=tmp_path / "site", manifest=manifest)
    assert rendered(tmp_path / "site") == {named(one): one for one in objects}, (beside, node)
    assert entries(tmp_path / "site") <= len(beside) + len(node), (beside, node)


def test_a_stock_install_is_its_files(tmp_path: Path) -> None:
    """Nothing is patched, and each file is a document of the manifest."""
    manifest = written(tmp_path / "published.yaml", published(OLD))
    found = manifestgen.adopt(manifest, output=tmp_path / "site", manifest=manifest)
    assert (found.patches, found.images, found.values) == ({}, {}, {})
    documents = {part.strip("\n") for part in published(OLD).split("---\n")}
    files = list((tmp_path / "site/resources/published").glob("*.yaml"))
    assert len(files) == len(installs.beside(OLD)) == len(found.own)
    assert {path.read_text().strip("\n") for path in files} < documents


def test_a_dump_of_a_cluster(tmp_path: Path) -> None:
    """What an API server fills in is no edit of the objects beside calico-node either."""
    objects = [one for one in yaml.safe_load_all(published(OLD)) if one]
    items = copy.deepcopy(objects)
    for number, one in enumerate(items):
        one["metadata"] |= {"uid": str(number), "resourceVersion": "7", "creationTimestamp": "2024-01-01T00:00:00Z"}
        if one["kind"] == "Deployment":
            one["status"] = {"replicas": 1}
            one["spec"] |= {"revisionHistoryLimit": 10, "progressDeadlineSeconds": 600}
            pod = one["spec"]["template"]["spec"]
            pod |= {"dnsPolicy": "ClusterFirst", "serviceAccount": "calico-kube-controllers"}
            pod["containers"][0] |= {"terminationMessagePolicy": "File", "resources": {"limits": {"memory": "1Gi"}}}
    source = written(tmp_path / "dump.yaml", yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items}))
    manifest = written(tmp_path / "published.yaml", published(OLD))
    found = manifestgen.adopt(source, output=tmp_path / "site", manifest=manifest)
    assert found.patches == {"Deployment/calico-kube-controllers": 1}
    controllers = next(one for one in objects if one["kind"] == "Deployment")
    controllers["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"memory": "1Gi"}}
    assert rendered(tmp_path / "site") == {named(one): one for one in objects}


def test_an_item_without_a_name_is_guarded(tmp_path: Path) -> None:
    """A rule of a role goes by its number, so the patch first tests that it is the rule that was meant."""
    source = written(tmp_path / "mine.yaml", installs.edited(OLD, installs.patch_nodes))
    manifest = written(tmp_path / "published.yaml", published(OLD))
    manifestgen.adopt(source, output=tmp_path / "site", manifest=manifest)
    (patch,) = profile_of(tmp_path / "site")["patches"]
    assert [step["op"] for step in patch["patch"]] == ["test", "add"]
    file = tmp_path / "site/resources/published/clusterrole-calico-node.yaml"
    file.write_text(file.read_text().replace("pods", "secrets"))
    with pytest.raises(manifestgen.ManifestgenError, match="operation 1"):
        manifestgen.render(tmp_path / "site")


def test_an_image_from_a_mirror_is_a_rule(tmp_path: Path) -> None:
    """It keeps its version to the release, where a patch would hold the old one."""
    source = written(tmp_path / "mine.yaml", installs.edited(OLD, installs.mirror))
    manifest = written(tmp_path / "published.yaml", published(OLD))
    manifestgen.adopt(source, output=tmp_path / "site", manifest=manifest)
    profile = profile_of(tmp_path / "site")
    assert "patches" not in profile
    (rule,) = profile["images"]
    assert rule["newName"] == "mirror.example.com/calico/kube-controllers"
    assert "newTag" not in rule


def test_what_the_install_lacks_is_remembered(tmp_path: Path) -> None:
    """In a file that nothing refers to; and a later call may replace all of it."""
    source = written(tmp_path / "mine.yaml", installs.edited(OLD, installs.no_binding))
    manifest = written(tmp_path / "published.yaml", published(OLD))
    manifestgen.adopt(source, output=tmp_path / "site", manifest=manifest)
    folder = tmp_path / "site/resources/published"
    assert (folder / "clusterrolebinding-calico-node.yaml.left-out").is_file()
    assert ("ClusterRoleBinding", None, "calico-node") not in rendered(tmp_path / "site")
    manifestgen.adopt(source, output=tmp_path / "site", force=True)
    assert not folder.exists()
