"""A bundle is a value: looked up by name, copied, pickled, and never changed by what is done with its parts."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from manifestgen import Bundle

RENDERS = [("kdd", "v3.27"), ("kdd", "v3.32"), ("etcd", "v3.9"), ("flannel", "v3.27"), ("policy-only", "v3.12")]
MARK = "poisoned"


def everything() -> list[str]:
    """Several releases and profiles, with what a value changes."""
    found = [manifestgen.render(profile, calico=release).to_yaml() for profile, release in RENDERS]
    found.append(manifestgen.render("kdd", calico="v3.9", values={"dikastes_debug": True}).to_yaml())
    return found


def poison(value: Any) -> None:
    """Put a mark into every mapping and list of a value."""
    if isinstance(value, dict):
        for item in list(value.values()):
            poison(item)
        value[MARK] = MARK
    elif isinstance(value, list):
        for item in value:
            poison(item)
        value.append(MARK)


def test_editing_what_a_bundle_hands_out_changes_nothing() -> None:
    """Neither the bundle nor a later render of any profile or release: bodies, origins, patches and listings."""
    before = everything()
    bundle = manifestgen.render("kdd", calico="v3.27", values={"felix_log_level": "debug"})
    text = bundle.to_yaml()
    for resource in bundle:
        poison(resource.body)
        for origin in resource.origin("").chain():
            for step in origin.applied:
                poison(step.value)
        for entry in manifestgen.explain(bundle, str(resource.id.short)).entries():
            poison(entry)
    difference = manifestgen.diff(bundle, manifestgen.render("etcd", calico="v3.32", components=["node"]))
    poison(difference.to_json_patch())
    for one in manifestgen.parameters("kdd"):
        poison(one.as_json())
        poison(one.default)
    assert bundle.to_yaml() == text
    assert everything() == before


def test_a_body_is_plain_and_of_its_own() -> None:
    """Each asking gives another dict, equal to the last."""
    resource = manifestgen.render("kdd")["DaemonSet/calico-node"]
    body = resource.body
    assert type(body) is dict
    assert body == resource.body
    assert body is not resource.body


@pytest.mark.parametrize(("profile", "release"), RENDERS)
def test_a_bundle_survives_pickle_and_copies(profile: str, release: str) -> None:
    """With its objects, origins, context and warnings."""
    bundle = manifestgen.render(profile, calico=release)
    for again in (pickle.loads(pickle.dumps(bundle)), copy.copy(bundle), copy.deepcopy(bundle)):
        assert again == bundle
        assert again.to_yaml() == bundle.to_yaml()
        assert (again.profile, again.context, again.warnings) == (bundle.profile, bundle.context, bundle.warnings)
        for one, other in zip(again, bundle, strict=True):
            assert str(one.origin("/metadata/name")) == str(other.origin("/metadata/name"))
    resource = bundle.resources[0]
    assert pickle.loads(pickle.dumps(resource)).body == copy.deepcopy(resource).body == resource.body


def test_a_loaded_bundle_survives_too(tmp_path: Path) -> None:
    """Its places can still be named when the file is gone."""
    (tmp_path / "all.yaml").write_text(manifestgen.render("kdd").to_yaml())
    bundle = manifestgen.load(tmp_path / "all.yaml")
    place = str(bundle.resources[0].origin("/metadata/name"))
    data = pickle.dumps(manifestgen.load(tmp_path / "all.yaml"))
    (tmp_path / "all.yaml").unlink()
    assert str(pickle.loads(data).resources[0].origin("/metadata/name")) == place


def job(profile: str) -> Bundle:
    """What a worker renders."""
    return manifestgen.render(profile, calico="v3.27")


def test_bundles_and_errors_come_back_from_worker_processes() -> None:
    """One that is refused ends no pool."""
    with ProcessPoolExecutor(1) as pool:
        right, wrong, after = (pool.submit(job, name) for name in ("kdd", "nope", "etcd"))
        assert right.result() == job("kdd")
        with pytest.raises(manifestgen.NoSuchProfile, match="no profile 'nope'"):
            wrong.result()
        assert after.result() == job("etcd")


TWINS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: one}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: two}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
"""


def test_an_object_is_looked_up_by_its_name(tmp_path: Path) -> None:
    """By kind and name; by namespace too where several have the name; by API group where asked."""
    (tmp_path / "all.yaml").write_text(TWINS)
    bundle = manifestgen.load(tmp_path)
    assert bundle["Deployment/d"] is bundle["Deployment.apps/d"] is bundle.resources[2]
    assert bundle["ConfigMap/two/a"] is bundle.resources[1]
    assert "ConfigMap/a" in bundle
    assert "ConfigMap/b" not in bundle
    assert bundle.resources[0] in bundle
    with pytest.raises(manifestgen.AmbiguousObject, match=r"ConfigMap/one/a, ConfigMap/two/a") as several:
        bundle["ConfigMap/a"]
    with pytest.raises(KeyError) as missing:
        bundle["Deployment/e"]
    assert isinstance(missing.value, manifestgen.ManifestgenError)
    assert "nearest: Deployment/d" in str(missing.value)
    for error in (several.value, missing.value):
        assert str(pickle.loads(pickle.dumps(error))) == str(copy.deepcopy(error)) == str(error)


SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {password: hunter2}
"""


def test_repr_shows_no_value(tmp_path: Path) -> None:
    """A failing assertion prints objects, origins and bundles; no value of a Secret may be among what it prints."""
    (tmp_path / "s.yaml").write_text(SECRET)
    bundle = manifestgen.load(tmp_path)
    resource = bundle["Secret/s"]
    origin = resource.origin("/stringData/password")
    explanation = manifestgen.explain(bundle, "Secret/s")
    for value in (bundle, resource, origin, [resource], {"a": (origin,)}, explanation, explanation.to_json()):
        assert "hunter2" not in repr(value)
        assert "hunter2" not in str(value)
    changed = manifestgen.render("etcd", components=["config"], values={"etcd_endpoints": "https://10.0.0.1:2379"})
    for one in changed:
        assert "10.0.0.1" not in repr(one.history)
