"""What a real API server returned for a bundle that was applied to it, and what was then changed there by hand.

The dumps are kube-apiserver 1.36.3's, with Calico's and Istio's CustomResourceDefinitions.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from tests.support.program import manifestgen as run
from tests.support.shared import shared

DUMPS = shared("reference/live")
APPLIED = shared("cases/api-server/live/bundle")
UNCHANGED = ("real-live.yaml", "real-live.json", "real-all.yaml", "real-mf.yaml", "real-ssa.yaml")

ENVOY_FILTER = "networking.istio.io/v1alpha3/EnvoyFilter istio-system/ext-authz"
INTENDED = {
    ENVOY_FILTER: {
        # It brings the cluster of Dikastes itself, in the place of a ServiceEntry and a DestinationRule …
        "/spec/configPatches/0/patch/value/typed_config/grpc_service/envoy_grpc/cluster_name",
        "/spec/configPatches/1/patch/value/typed_config/grpc_service/envoy_grpc/cluster_name",
        "/spec/configPatches/2",
        # … selects the pods that have Dikastes …
        "/spec/workloadSelector",
        # … and has an order among other filters.
        "/spec/priority",
    }
}
"""Where today's bundle differs from the one that was applied, on purpose."""

ARGO = {
    "v1/ServiceAccount kube-system/calico-node": {"/metadata/annotations/argocd.argoproj.io~1sync-options"},
    "apps/v1/DaemonSet kube-system/calico-node": {"/metadata/annotations/argocd.argoproj.io~1sync-options"},
    "crd.projectcalico.org/v1/FelixConfiguration default": {"/metadata/annotations/argocd.argoproj.io~1sync-options"},
}
"""The same with --argo: what belongs to the running Calico is not pruned and not deleted."""

BY_HAND = {
    "v1/ServiceAccount kube-system/calico-node": {"/metadata/annotations/note"},
    "apps/v1/DaemonSet kube-system/calico-node": {
        "/metadata/labels/team",
        "/spec/template/spec/containers/[name=calico-node]/env/[name=FELIX_IPV6SUPPORT]/value",
        "/spec/template/spec/containers/[name=calico-node]/volumeMounts/[mountPath=~1var~1run~1nodeagent]",
        "/spec/template/spec/initContainers/[name=install-cni]/image",
        "/spec/template/spec/tolerations/[key=gpu,operator=Exists]",
    },
    "apps/v1/DaemonSet calico-system/csi-node-driver": {"/spec/template/spec/containers/[name=spy]"},
    "networking.istio.io/v1alpha3/EnvoyFilter istio-system/ext-authz": {"/spec/configPatches/1/match/context"},
}
"""The changes at fields; besides calico-node's own fields were written, an object deleted and a foreign one added."""
DELETED = "networking.istio.io/v1/DestinationRule istio-system/dikastes-mtls"


def fields(found: manifestgen.Diff) -> dict[str, set[str]]:
    """The fields that differ, by object."""
    return {one.id: {field.path for field in one.fields} for one in found.report().objects}


@pytest.mark.parametrize("dump", UNCHANGED)
def test_an_unchanged_cluster_says_nothing(dump: str) -> None:
    """The directory is compared as it was written, with its files for istioctl and Helm."""
    done = run("diff", "--live", DUMPS / dump, APPLIED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("dump", UNCHANGED)
def test_a_bundle_of_today_differs_where_it_is_meant_to(dump: str, tmp_path: Path) -> None:
    """A change of what is rendered for these versions shows here first."""
    bundle = manifestgen.render("kdd", calico="3.32")
    bundle.write(tmp_path / "out")
    for wanted in (bundle, tmp_path / "out"):
        found = manifestgen.drift(DUMPS / dump, wanted)
        assert fields(found) == INTENDED
        assert found.uncovered == ()


def test_a_bundle_for_argo_cd() -> None:
    """Its waves and options are the bundle's own fields."""
    found = manifestgen.drift(DUMPS / "argo.yaml", manifestgen.render("kdd", calico="3.32", argo=True))
    assert fields(found) == INTENDED | ARGO


def test_changes_by_hand_are_told_at_their_fields() -> None:
    """All of them and nothing else: not what calico-node wrote, and not the foreign EnvoyFilter."""
    found = manifestgen.drift(DUMPS / "real-changed.yaml", APPLIED)
    assert fields(found) == BY_HAND
    assert [str(one) for one in found.uncovered] == [DELETED]


@pytest.mark.parametrize("covers", ["DestinationRule", "all"])
def test_a_deleted_object_is_missing_where_the_dump_covers_its_kind(covers: str) -> None:
    """Without that it is told apart, on stderr, and is no drift."""
    words = ("diff", "--live", DUMPS / "real-changed.yaml", APPLIED, "--format", "json")
    told = json.loads(run(*words, "--covers", covers).stdout)
    assert [one["id"] for one in told["objects"] if one["change"] == "missing"] == [DELETED]
    assert told["uncovered"] == []
    done = run(*words)
    assert json.loads(done.stdout)["uncovered"] == [DELETED]
    assert f"warning: {DELETED} was not compared" in done.stderr


def test_ignored_fields(tmp_path: Path) -> None:
    """From the command line and from a file."""
    file = tmp_path / "ignore.yaml"
    file.write_text(
        "ignore:\n"
        "- {kind: DaemonSet, name: calico-node, path: /spec, reason: an operator changes it}\n"
        "- {path: /metadata/labels/team}\n"
        '- {kind: DaemonSet, path: "**/[name=spy]"}\n'
    )
    words = ("--ignore", "ServiceAccount:/metadata/annotations/*", "--ignore", "/spec/configPatches/*/match/context")
    done = run("diff", "--live", DUMPS / "real-changed.yaml", APPLIED, "--ignore-file", file, *words)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_server_keeps_every_member_as_it_is_written() -> None:
    """So a second apply has nothing to patch: what it sends is what the server has, down to empty values.

    A structure that the server takes as one, such as a fieldRef, is the same in both, so a server-side apply over a
    client-side one has no conflict.
    """
    live = {one.id.short: one.body for one in manifestgen.load(DUMPS / "real-live.yaml")}
    bundle = [one for one in manifestgen.render("kdd", calico="3.32").applied() if str(one.id) not in INTENDED]
    assert [place for one in bundle for place in dropped(one.body, live[one.id.short])] == []
    published = manifestgen.render("kdd", calico="3.32", published=True, components=("node", "csi"))
    assert len([place for one in published for place in dropped(one.body, live[one.id.short])]) == 9


def dropped(written: Any, kept: Any, path: str = "") -> list[str]:
    """Places of what was written and is not there, or of a fieldRef that is another."""
    if isinstance(written, dict) and isinstance(kept, dict):
        gone = [f"{path}/{name}" for name in written if name not in kept]
        if path.endswith("/fieldRef") and written != kept:
            gone.append(path)
        return gone + [
            one for name in written if name in kept for one in dropped(written[name], kept[name], f"{path}/{name}")
        ]
    if isinstance(written, list) and isinstance(kept, list):
        pairs = enumerate(zip(written, kept, strict=True))
        return [one for index, (left, right) in pairs for one in dropped(left, right, f"{path}/{index}")]
    return [] if written == kept else [path]


def test_the_unified_form_holds_the_drift_alone() -> None:
    """What the server adds is on both sides."""
    text = run("diff", "--live", DUMPS / "real-changed.yaml", APPLIED, "--format", "unified").stdout
    lines = [line for line in text.splitlines() if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]
    assert [line[0] + line[1:].strip() for line in lines] == [
        *("-note: hello", "-team: net", '-value: "true"', '+value: "false"'),
        *("+- name: policysync", "+mountPath: /var/run/nodeagent"),
        *("-image: quay.io/calico/cni:v3.32.0", "+image: quay.io/calico/cni:v3.32.1"),
        *("-- key: gpu", "-operator: Exists"),
        *("-- image: x/y:1", "-imagePullPolicy: IfNotPresent", "-name: spy", "-resources: {}"),
        *("-terminationMessagePath: /dev/termination-log", "-terminationMessagePolicy: File"),
        *("-context: GATEWAY", "+context: SIDECAR_INBOUND"),
    ]
