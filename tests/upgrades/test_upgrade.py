"""`upgrade`: what other versions do to a profile."""

from __future__ import annotations

import copy
import json
import pickle
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from tests.support.program import manifestgen as program
from tests.support.prove import PROVE
from tests.upgrades.sites import BPFFS, HEAD, PROFILES, RELEASES, ROOT, field, patch, site

NEIGHBOURS = list(pairwise(RELEASES))
FEW = [pair for pair in NEIGHBOURS if pair[1] in {"3.4", "3.8", "3.23", "3.29", "3.31"}]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("before", "after"), NEIGHBOURS if PROVE else FEW)
def test_neighbours_are_reported_in_every_form(before: str, after: str, profile: str) -> None:
    """The difference is that of two renders, and every change names a release on the way, or the Istio it documents."""
    found = manifestgen.upgrade(profile, from_calico=before, calico=after)
    report = json.loads(found.to_json())
    allowed = tuple({"dikastes-unknown", "dikastes-v3", "dikastes-v2alpha"})
    bundles = [manifestgen.render(profile, calico=one, allow=allowed) for one in (before, after)]
    expected = json.loads(manifestgen.diff(*bundles).to_json())
    assert [one["id"] for one in report["difference"]["objects"]] == [one["id"] for one in expected["objects"]]
    assert report["difference"]["summary"] == expected["summary"]
    assert bool(found)
    istio = [report["versions"]["istio"][end].rpartition(".")[0] for end in ("from", "to")]
    for one in report["difference"]["objects"]:
        for changed in one["fields"]:
            assert changed["causes"], (one["id"], changed["path"])
            for cause in changed["causes"]:
                product, version = cause["step"].split()
                assert version == after if product == "Calico" else istio[0] < version or istio[1] == version
    for text in (found.to_text(), found.to_markdown()):
        assert after in text


def test_each_change_names_its_release_and_reason() -> None:
    """As releases' files have it in comments: read there, not through the program."""
    report = manifestgen.upgrade("kdd", from_calico="3.27", calico="3.32").to_dict()
    security = field(report, "calico-node", "/spec/template/spec/securityContext")
    assert [cause["step"] for cause in security["causes"]] == ["Calico 3.29"]
    comment = "Applies to the pod; privileged containers are not filtered."
    assert f"# {comment}\n" in (ROOT / "profiles/releases/v3.29.yaml").read_text()
    assert security["causes"][0]["reason"] == comment
    place = security["causes"][0]["place"]
    file, line = place.split(":")[:2]
    assert "value: {seccompProfile: {type: RuntimeDefault}}" in (ROOT / file).read_text().splitlines()[int(line) - 1]
    renamed = field(report, "calico-node", BPFFS)
    assert [cause["step"] for cause in renamed["causes"]] == ["Calico 3.31"]
    image = field(report, "calico-node", "/spec/template/spec/containers/[name=calico-node]/image")
    assert [cause["step"] for cause in image["causes"]] == ["Calico 3.31", "Calico 3.32"]


def test_a_field_that_two_releases_change_names_both() -> None:
    """The image of flannel: another version in 3.26, 3.28 and 3.29."""
    report = manifestgen.upgrade("flannel", from_calico="3.25", calico="3.32").to_dict()
    image = field(report, "/canal", "/spec/template/spec/containers/[name=kube-flannel]/image")
    named = [
        name
        for name in RELEASES
        if int(name.split(".")[1]) > 25 and "name: flannel" in (ROOT / f"profiles/releases/v{name}.yaml").read_text()
    ]
    assert len(named) >= 2
    assert [cause["step"] for cause in image["causes"]] == [f"Calico {name}" for name in named]


STEPS = (
    patch(f"{{op: add, path: '{BPFFS}/resources', value: {{limits: {{cpu: 100m}}}}}}"),
    patch("{op: add, path: /metadata/labels/team, value: net}"),
)


def test_a_patch_that_stops_to_fit_is_named_with_the_release_and_its_new_place(tmp_path: Path) -> None:
    """Calico 3.31 renames the init container; the same patch fits until 3.30."""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.27"\npatches:\n' + "".join(STEPS))
    found = manifestgen.upgrade(mine, calico="3.32")
    assert [one.since for one in found.misfits] == ["Calico 3.31"]
    lost = found.misfits[0]
    assert lost.where == f"{mine}/profile.yaml:9:5"
    assert lost.now == "/spec/template/spec/initContainers/[name=ebpf-bootstrap]"
    assert [(cause.step, cause.reason) for cause in lost.causes] == [
        ("Calico 3.31", "It mounts the eBPF and cgroup file systems, hence the new name.")
    ]
    assert found.blocked
    assert not manifestgen.upgrade(mine, calico="3.29").misfits
    text = found.to_text()
    assert "no longer fits from Calico 3.31 on" in text
    assert text.splitlines()[1].endswith("as it is: 1 thing of your own no longer fits")
    with pytest.raises(manifestgen.PatchFailed):
        manifestgen.render(mine, calico="3.32")


FELIX = "apiVersion: crd.projectcalico.org/v1\nkind: FelixConfiguration\nmetadata: {name: default}\nspec: {}\n"
DOCUMENT = "document: {path: /data/cni_network_config, format: json}"
LABEL = "{op: add, path: /metadata/labels/a, value: b}"
BANDWIDTH = "{op: replace, path: '/plugins/[type=bandwidth]/capabilities/bandwidth', value: false}"
CONFIG, ENTRY = "{kind: ConfigMap, name: calico-config}", "{kind: ServiceEntry, name: dikastes}"
STOPS = {
    "target": (patch("{op: remove, path: ''}", target="{kind: NetworkPolicy}"), ("3.27", "3.29"), ""),
    "image": ("images:\n- {name: calico/pod2daemon-flexvol, newTag: v3.22.0}\n", ("3.22", "3.29"), "Calico 3.23"),
    "resource": ("resources: [felix.yaml]\n", ("3.7", "3.9"), "Calico 3.8"),
    "document": (patch(BANDWIDTH, target=CONFIG, head=DOCUMENT), ("3.29", "3.32"), "Calico 3.30"),
    "object": (patch(LABEL, target=ENTRY), ("3.17", "3.20"), "Istio 1.9"),
    "shipped": (patch("{op: remove, path: ''}", target="{kind: EnvoyFilter}"), ("3.9", "3.29"), "Istio 1.9"),
    "merge": (
        "- patch: {apiVersion: networking.istio.io/v1alpha3, kind: DestinationRule,"
        " metadata: {name: dikastes-mtls, namespace: istio-system}, spec: {host: a}}\n",
        *(("3.17", "3.20"), "Istio 1.9"),
    ),
    "value": ("values: {flexvol_dir: /opt/nodeagent~uds}\n", ("3.22", "3.24"), "Calico 3.23"),
}


@pytest.mark.parametrize("name", STOPS)
def test_every_kind_of_thing_that_stops_to_fit(name: str, tmp_path: Path) -> None:
    """Patches, rules for images, files of objects, documents in strings: each with the step at which it stops."""
    body, (before, after), since = STOPS[name]
    text = f'extends: kdd\ncalico: "{before}"\ncomponents: [+config]\n'
    text += body if not body.startswith("- ") else f"patches:\n{body}"
    files = {"felix": FELIX} if name == "resource" else {}
    found = manifestgen.upgrade(site(tmp_path / "site", text, **files), calico=after)
    assert [one.since for one in found.misfits] == [since], found.to_text()


def test_what_the_site_keeps_away_and_what_became_idle(tmp_path: Path) -> None:
    """A tag that stays behind is said loudly; a patch that the release has made itself can go."""
    same = patch(
        "{op: add, path: /spec/template/spec/securityContext, value: {seccompProfile: {type: RuntimeDefault}}}"
    )
    other = patch("{op: add, path: /metadata/labels/team, value: net}")
    text = f'extends: kdd\ncalico: "3.27"\nimages:\n- {{name: calico/node, newTag: v3.27.2}}\npatches:\n{same}{other}'
    found = manifestgen.upgrade(site(tmp_path / "site", text), calico="3.29")
    images = [one.path for one in found.held if one.path.endswith("/image")]
    assert "/spec/template/spec/containers/[name=calico-node]/image" in images
    assert any("of the old release" in one for one in found.attention)
    assert [(one.where.rpartition("/")[2], one.because) for one in found.remarks] == [
        ("profile.yaml:9:3", "the release says the same now; it can be removed")
    ]


def test_a_value_that_is_the_default_now_can_go(tmp_path: Path) -> None:
    """From Calico 3.17 on Felix measures the MTU itself, which the value 0 says."""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.16"\ncomponents: [+config]\nvalues: {mtu: 0}\n')
    found = manifestgen.upgrade(mine, calico="3.18")
    assert [(one.what, one.because) for one in found.remarks] == [
        ("the value of mtu", "the release says the same now; it can be removed")
    ]
    given = [one for one in found.defaults if one.name == "mtu"]
    assert [(one.before, one.after, one.given) for one in given] == [("1440", "0", True)]


def test_an_index_that_means_another_item_now_is_told(tmp_path: Path) -> None:
    """Calico 3.22 puts a container before the one that index 2 meant; the operation fits all the same."""
    step = "{op: add, path: /spec/template/spec/initContainers/2/resources, value: {limits: {cpu: 1}}}"
    named = (
        "{op: add, path: '/spec/template/spec/initContainers/[name=install-cni]/resources', value: {limits: {cpu: 1}}}"
    )
    before, after = (
        manifestgen.render("kdd", calico=one)["DaemonSet/calico-node"].body["spec"]["template"]["spec"][
            "initContainers"
        ]
        for one in ("3.20", "3.24")
    )
    assert before[2]["name"] != after[2]["name"]
    mine = site(tmp_path / "site", f'extends: kdd\ncalico: "3.20"\npatches:\n{patch(step, named)}')
    remarks = manifestgen.upgrade(mine, calico="3.24").remarks
    assert len(remarks) == 1
    assert before[2]["name"] in remarks[0].because
    assert after[2]["name"] in remarks[0].because


def test_another_registry_holds_nothing_back(tmp_path: Path) -> None:
    """Images come from elsewhere in both bundles, each with its own tag."""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.27"\nregistry: registry.example.com/mirror\n')
    found = manifestgen.upgrade(mine, calico="3.29")
    assert found.held == ()
    assert found.difference.objects


def test_untagged_pins_keep_the_old_images(tmp_path: Path) -> None:
    """A digest is of one image of one release; after the upgrade it would still be the old one."""
    digest = "sha256:" + "0" * 64
    names = {one.rpartition(":")[0] for one in manifestgen.render("kdd", calico="3.29").images()}
    pins = "".join(f"{name}: {digest}\n" for name in sorted(names))
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.28"\nistio: "1.28"\npins: pins.yaml\n', pins=pins)
    found = manifestgen.upgrade(mine, calico="3.29")
    assert any("of the old release" in one and "pins.yaml" in one for one in found.attention)


def test_the_default_istio_that_jumps_is_said_loudly_and_one_that_is_stated_stays(tmp_path: Path) -> None:
    """From Calico 3.28 to 3.29 the documented Istio goes from 1.15 to 1.28."""
    jumps = manifestgen.upgrade("kdd", from_calico="3.28", calico="3.29")
    assert any("13 minor versions" in one and "1.15" in one and "1.28" in one for one in jumps.attention)
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.28"\nistio: "1.15"\n')
    stays = manifestgen.upgrade(mine, calico="3.29")
    assert stays.attention == ()
    assert stays.to_dict()["versions"]["istio"] == {"from": "1.15.7", "to": "1.15.7", "stated": True}


def test_objects_that_go_are_deleted_in_a_safe_order_and_shared_ones_stay() -> None:
    """From Istio 1.8 to 1.9 the EnvoyFilter needs its two helpers no more; the injector's ConfigMap is Istio's."""
    found = manifestgen.upgrade("kdd", from_calico="3.20", calico="3.20", from_istio="1.8", istio="1.9")
    commands = [one.command for one in found.leaving if one.command]
    assert [re.findall(r"delete (\S+)", one)[0] for one in commands] == [
        "destinationrule.networking.istio.io/dikastes-mtls",
        "serviceentry.networking.istio.io/dikastes",
    ]
    assert any(tuple(commands) == step.commands for step in found.steps)
    kept = manifestgen.upgrade("kdd", from_calico="3.9", calico="3.11").leaving
    assert [(one.object.rpartition("/")[2], one.command) for one in kept] == [("istio-sidecar-injector", "")]
    assert "Istio" in kept[0].because


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_kubectl_understands_the_commands(tmp_path: Path) -> None:
    """They are parsed by kubectl: without a cluster it fails to connect, not to read."""
    found = manifestgen.upgrade("kdd", from_calico="3.23", calico="3.22", force=True)
    commands = [one.command for one in found.leaving if one.command]
    assert commands
    for command in commands:
        words = [*command.split(), "--server", "http://127.0.0.1:1", "--cache-dir", str(tmp_path)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert "unknown" not in done.stderr.casefold(), done.stderr
        assert "refused" in done.stderr, done.stderr


def test_rules_that_start_and_stop_to_hold() -> None:
    """3.30 and 3.31 have a Dikastes that answers nothing; 3.32 has a working one again."""
    broken = manifestgen.upgrade("kdd", from_calico="3.29", calico="3.30")
    assert ("starts", "dikastes-unknown", "refused") in {(one.change, one.code, one.severity) for one in broken.rules}
    assert broken.to_text().splitlines()[1].endswith("as it is: the rule dikastes-unknown refuses it")
    found = manifestgen.upgrade("kdd", from_calico="3.31", calico="3.32")
    assert ("stops", "dikastes-unknown", "refused") in {(one.change, one.code, one.severity) for one in found.rules}
    assert not found.blocked
    allowed = manifestgen.upgrade("kdd", from_calico="3.29", calico="3.30", allow=["dikastes-unknown"])
    assert not allowed.blocked


def test_the_safe_order_is_that_of_felix_and_dikastes() -> None:
    """To 3.32 from 3.29 pods first, from 3.31 calico-node first; 3.27 to 3.28 in any order."""
    pods = "\n".join(step.text for step in manifestgen.upgrade("kdd", from_calico="3.29", calico="3.32").steps)
    nodes = "\n".join(step.text for step in manifestgen.upgrade("kdd", from_calico="3.31", calico="3.32").steps)
    assert "replace the pods first" in pods
    assert "replace calico-node first" in nodes
    either = "\n".join(step.text for step in manifestgen.upgrade("kdd", from_calico="3.27", calico="3.28").steps)
    assert "first, in this order" not in either
    assert "Restart every pod" in either


@pytest.mark.parametrize("profile", ["kdd", "operator"])
def test_nothing_updates_calico_node_before_the_pods_where_those_must_be_first(profile: str) -> None:
    """From 3.29 to 3.32 calico-node, or the operator that updates it, comes after every restart of pods."""
    steps = [step.text for step in manifestgen.upgrade(profile, from_calico="3.29", calico="3.32").steps]
    pods = next(number for number, text in enumerate(steps) if text.startswith("Restart every pod"))
    for text in steps[:pods]:
        assert "Upgrade the Tigera operator" not in text
        assert "wait until calico-node" not in text
        assert "DaemonSet calico-node" not in text or "leave out" in text


def test_a_controller_that_gets_a_new_image_and_keeps_its_old_rbac_is_said_at_the_top(tmp_path: Path) -> None:
    """As adopt writes it: the image by its name in the release, which every release gives its own tag."""
    deployment = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: calico-kube-controllers, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: calico-kube-controllers}}
  template:
    metadata: {labels: {k8s-app: calico-kube-controllers}}
    spec: {containers: [{name: calico-kube-controllers, image: calico/kube-controllers}]}
"""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.28"\nresources: [own.yaml]\n', own=deployment)
    found = manifestgen.upgrade(mine, calico="3.29", istio="1.15")
    assert [one for one in found.attention if "calico-kube-controllers" in one and ":v3.29.7" in one]


def test_tagged_pins_lack_the_images_of_the_new_release(tmp_path: Path) -> None:
    """Each image without one is named, and the profile is not written."""
    digest = "sha256:" + "1" * 64
    pins = "".join(f"{name}: {digest}\n" for name in manifestgen.render("kdd", calico="3.28").images())
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.28"\nistio: "1.28"\npins: pins.yaml\n', pins=pins)
    found = manifestgen.upgrade(mine, calico="3.29")
    assert any("docker.io/calico/node:v3.29.7" in one for one in found.problems)
    assert found.blocked
    with pytest.raises(manifestgen.NoLongerFits):
        manifestgen.upgrade(mine, calico="3.29", write=True)


def test_a_report_can_be_pickled_and_copied(tmp_path: Path) -> None:
    """With everything that it says."""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.27"\npatches:\n' + "".join(STEPS))
    found = manifestgen.upgrade(mine, calico="3.32")
    for twin in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert twin.to_dict() == found.to_dict()
        assert twin.to_text() == found.to_text()


def test_write_keeps_the_line_ends_of_windows(tmp_path: Path) -> None:
    """Of the lines that are there, and of those that are new."""
    mine = site(tmp_path / "site", "")
    (mine / "profile.yaml").write_bytes((HEAD + 'extends: kdd\ncalico: "3.28"\n').replace("\n", "\r\n").encode())
    manifestgen.upgrade(mine, calico="3.29", istio="1.28", write=True)
    expected = (HEAD + 'extends: kdd\ncalico: "3.29"\nistio: "1.28"\n').replace("\n", "\r\n")
    assert (mine / "profile.yaml").read_bytes() == expected.encode()


def test_own_objects_of_an_install_stay_old(tmp_path: Path) -> None:
    """RBAC and controllers under resources/ are of the old release; a ConfigMap of one's own is not."""
    objects = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: calico-node}
rules: []
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: calico-kube-controllers, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: calico-kube-controllers}}
  template:
    metadata: {labels: {k8s-app: calico-kube-controllers}}
    spec: {containers: [{name: calico-kube-controllers, image: "docker.io/calico/kube-controllers:v3.27.5"}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: own, namespace: kube-system}
"""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.27"\nresources: [own.yaml]\n', own=objects)
    found = manifestgen.upgrade(mine, calico="3.29")
    assert [(one.object.rpartition(" ")[2], one.what, one.images) for one in found.stale] == [
        ("calico-node", "RBAC", ()),
        (
            "kube-system/calico-kube-controllers",
            "controllers and Typha",
            ("docker.io/calico/kube-controllers:v3.27.5",),
        ),
    ]


def test_kubernetes_says_what_must_be_first(tmp_path: Path) -> None:
    """extensions/v1beta1 is gone in 1.16: the bundle for it goes first."""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.7"\nkubernetes: "1.15"\n')
    found = manifestgen.upgrade(mine, kubernetes="1.16")
    api = field(found.to_dict(), "calico-node", "/apiVersion")
    assert [cause["step"] for cause in api["causes"]] == ["Kubernetes 1.16"]
    assert any("before you upgrade the cluster to Kubernetes 1.16" in step.text for step in found.steps)


def test_a_profile_that_states_the_new_versions_already_is_compared_with_older_ones(tmp_path: Path) -> None:
    """With --from alone, the versions that it states are the ones to go to, and there is nothing to write."""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.28.2"\nistio: "1.20"\nkubernetes: "1.30"\n')
    before = (mine / "profile.yaml").read_bytes()
    found = manifestgen.upgrade(
        mine, from_calico="3.27", from_istio="1.15", from_kubernetes="1.29", write=True
    ).to_dict()
    assert found["versions"] == {
        "calico": {"from": "3.27.5", "to": "3.28.2", "stated": True},
        "istio": {"from": "1.15.7", "to": "1.20.8", "stated": True},
        "kubernetes": {"from": "1.29", "to": "1.30", "stated": True},
    }
    assert found["written"] == []
    assert (mine / "profile.yaml").read_bytes() == before


COMMENTED = f"""\
{HEAD}# runs in production
extends: kdd
calico:   "v3.27"   # the present one
istio: '1.15'
values:
    mtu: 1410
"""


def test_write_changes_the_versions_and_no_other_byte(tmp_path: Path) -> None:
    """Comments, quotes, spaces and the v of a tag stay; other files are not touched."""
    mine = site(tmp_path / "site", "")
    (mine / "profile.yaml").write_text(COMMENTED)
    found = manifestgen.upgrade(mine, calico="3.29", istio="1.28", write=True)
    assert found.written == (str(mine / "profile.yaml"),)
    text = (mine / "profile.yaml").read_text()
    assert text == COMMENTED.replace('"v3.27"', '"v3.29"').replace("'1.15'", "'1.28'")
    assert manifestgen.render(mine).context is not None
    again = manifestgen.upgrade(mine, calico="3.29", istio="1.28", write=True)
    assert not again
    assert (mine / "profile.yaml").read_text() == text


def test_write_adds_a_version_that_nobody_states(tmp_path: Path) -> None:
    """Beside the other versions, quoted."""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.28"\nvalues: {mtu: 1410}\n')
    manifestgen.upgrade(mine, calico="3.29", istio="1.28", kubernetes="1.31", write=True)
    assert yaml.safe_load((mine / "profile.yaml").read_text())["istio"] == "1.28"
    assert (mine / "profile.yaml").read_text() == (
        HEAD + 'extends: kdd\ncalico: "3.29"\nistio: "1.28"\nkubernetes: "1.31"\nvalues: {mtu: 1410}\n'
    )


def test_write_changes_the_profile_that_states_the_version(tmp_path: Path) -> None:
    """A profile that extends another of one's own leaves it where it is stated."""
    base = site(tmp_path / "base", 'extends: kdd\ncalico: "3.27"\n')
    mine = site(tmp_path / "mine", "extends: ../base\nvalues: {mtu: 1410}\n")
    before = (mine / "profile.yaml").read_text()
    found = manifestgen.upgrade(mine, calico="3.29", write=True)
    assert [Path(one).resolve() for one in found.written] == [(base / "profile.yaml").resolve()]
    assert 'calico: "3.29"' in (base / "profile.yaml").read_text()
    assert (mine / "profile.yaml").read_text() == before


def test_write_is_refused_where_something_stops_to_fit(tmp_path: Path) -> None:
    """Unless it is forced; the error names what is in the way."""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.27"\npatches:\n' + STEPS[0])
    before = (mine / "profile.yaml").read_bytes()
    with pytest.raises(manifestgen.NoLongerFits, match="nothing was written") as raised:
        manifestgen.upgrade(mine, calico="3.32", write=True)
    assert "profile.yaml:9:5" in str(raised.value)
    assert (mine / "profile.yaml").read_bytes() == before
    manifestgen.upgrade(mine, calico="3.32", write=True, force=True)
    assert 'calico: "3.32"' in (mine / "profile.yaml").read_text()


def test_what_is_refused(tmp_path: Path) -> None:
    """A way back, a start that nobody states, a shipped profile that is to be written, plain manifests."""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.29"\n')
    with pytest.raises(manifestgen.Downgrade):
        manifestgen.upgrade(mine, calico="3.27")
    back = manifestgen.upgrade(mine, calico="3.27", force=True)
    causes = field(back.to_dict(), "calico-node", "/spec/template/spec/securityContext")["causes"]
    assert [cause["step"] for cause in causes] == ["undoes Calico 3.29"]
    with pytest.raises(manifestgen.StartNotStated):
        manifestgen.upgrade("kdd", calico="3.29")
    with pytest.raises(manifestgen.NothingToWrite):
        manifestgen.upgrade("kdd", from_calico="3.27", calico="3.29", write=True)
    for option in ("calico", "istio", "kubernetes", "from_calico", "from_istio", "from_kubernetes"):
        empty: dict[str, Any] = {option: ""}  # as from a variable of a shell that is not set
        with pytest.raises(manifestgen.VersionSyntaxError):
            manifestgen.upgrade(mine, **empty)
    plain = site(tmp_path / "plain", "extends: ../own.yaml\n")
    (tmp_path / "own.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    with pytest.raises(manifestgen.InvalidProfile):
        manifestgen.upgrade(plain, calico="3.29")


def test_values_of_a_secret_are_in_no_form(tmp_path: Path) -> None:
    """Neither in the difference nor in what a patch of it no longer fits."""
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: shop}\nstringData: {password: hunter2}\n"
    gone = patch("{op: replace, path: /stringData/password, value: hunter3}", target="{kind: Secret, name: login}",
                 head='when: {calico: ">=3.29"}')  # fmt: skip
    mine = site(tmp_path / "site", f'extends: kdd\ncalico: "3.28"\nresources: [s.yaml]\npatches:\n{gone}', s=secret)
    found = manifestgen.upgrade(mine, calico="3.29")
    assert any(one.id.endswith("shop/login") for one in found.difference.objects)
    for text in (found.to_text(), found.to_markdown(), found.to_json(), repr(found)):
        assert "hunter" not in text


def test_the_command(tmp_path: Path) -> None:
    """Every form; 1 where something changes, 0 where nothing does or it was written, 2 for a mistake."""
    mine = site(tmp_path / "site", f'extends: kdd\ncalico: "3.28"\npatches:\n{STEPS[1]}')
    text = program("upgrade", str(mine), "--to", "3.29")
    assert (text.returncode, text.stderr) == (1, "")
    assert text.stdout.startswith(f"{mine}: Calico 3.28.5 → 3.29.7, Istio 1.15.7 → 1.28.10")
    report = json.loads(program("upgrade", str(mine), "--to", "3.29", "--format", "json").stdout)
    assert report["versions"]["calico"] == {"from": "3.28.5", "to": "3.29.7", "stated": True}
    markdown = program("upgrade", str(mine), "--to", "3.29", "--format", "markdown").stdout
    assert markdown.startswith(f"### Upgrade of `{mine}`: Calico 3.28.5 → 3.29.7")
    assert program("upgrade", str(mine), "--to", "3.28").returncode == 0
    assert program("upgrade", str(mine), "--to", "3.27").returncode == 2
    assert program("upgrade", str(mine), "--to", "3.29", "--write").returncode == 0
    assert program("upgrade", str(mine), "--to", "3.29").returncode == 0


def test_nothing_that_is_said_depends_on_the_run(tmp_path: Path) -> None:
    """The same bytes for every hash seed."""
    mine = site(tmp_path / "site", 'extends: kdd\ncalico: "3.27"\npatches:\n' + "".join(STEPS))
    texts = {
        program("upgrade", str(mine), "--to", "3.32", "--format", form, env={"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
        for form in ("markdown",)
    }
    assert len(texts) == 1
