"""What the reader of a page has before the first block: files that the page does not show."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import yaml

import manifestgen
from tests.docs.snippets import ROOT, Session
from tests.support.tools import kustomize
from tests.upgrades.installs import published

SITE = 'apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: site}\nextends: kdd\ncalico: "3.32"\n'
OWN = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: calico-kube-controllers, namespace: kube-system}\n"
VALUES = "meshConfig:\n  accessLogFile: /dev/stdout\npilot:\n  autoscaleMin: 2\n"


def site(session: Session) -> None:
    """A small profile of the reader's own."""
    _write(session, "site/profile.yaml", SITE)


def edited_install(session: Session) -> None:
    """An install manifest that somebody edited: another pod network, another MTU, and a patch."""
    bundle = manifestgen.render("kdd", calico="3.32", components=("node", "config"), published=True)
    text = bundle.to_yaml().replace('"1440"', '"1410"').replace('veth_mtu: "0"', 'veth_mtu: "1410"')
    documents = [document for document in yaml.safe_load_all(text) if document]
    for document in documents:
        if document["kind"] == "DaemonSet":
            container = document["spec"]["template"]["spec"]["containers"][0]
            container["env"].append({"name": "CALICO_IPV4POOL_CIDR", "value": "10.4.0.0/16"})
            container["env"].append({"name": "FELIX_BPFLOGLEVEL", "value": "Info"})
    _write(session, "calico.yaml", yaml.safe_dump_all([*documents, *yaml.safe_load_all(OWN)], sort_keys=False))


def cluster_dump(session: Session) -> None:
    """A bundle in out/, and what kubectl would print of a cluster in which somebody changed a request."""
    bundle = manifestgen.render("kdd", calico="3.32", istio="1.28")
    bundle.write(session.directory / "out")
    items = [resource.body for resource in bundle if resource.component != "injector"]
    for item in items:
        if item["metadata"]["name"] == "calico-node" and item["kind"] == "DaemonSet":
            item["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "100m"
        item["metadata"] |= {"uid": "5f0c5a9e-5d5c-4a39-8b1c-0d2f6f0e8b11", "resourceVersion": "4711"}
    dump = {"apiVersion": "v1", "kind": "List", "items": items}
    _write(session, "cluster.yaml", yaml.safe_dump(dump, sort_keys=False))


def golden_sources(session: Session) -> None:
    """What the matrix of the page names, and a dump of the cluster."""
    _write(session, "profiles/edge/profile.yaml", SITE.replace("site", "edge"))
    _write(session, "site/profile.yaml", "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: site}\n")
    cluster_dump(session)
    live = manifestgen.load(session.directory / "out")
    _write(session, "cluster.yaml", live.to_yaml())
    _write(session, "before/cluster.yaml", live.to_yaml())


def checkout(session: Session) -> None:
    """A checkout, and beside it what Calico published: the newest release that is known, under a newer name."""
    for name in ("manifestgen", "profiles"):
        shutil.copytree(ROOT / name, session.directory / name, symlinks=True)
    session.environment["PYTHONPATH"] = str(session.directory)
    manifests = session.directory.parent / "calico" / "manifests"
    manifests.mkdir(parents=True)
    for file, components in (("calico.yaml", ("node", "config")), ("csi-driver.yaml", ("csi",))):
        text = manifestgen.render("kdd", calico="3.32", components=components, published=True).to_yaml()
        (manifests / file).write_text(re.sub(r"v3\.32\.\d+", "v3.33.0", text))


def injectors(session: Session) -> None:
    """The injector's ConfigMap of a cluster, and the Helm values that Istio was installed from."""
    bundle = manifestgen.render("kdd", calico="3.9", istio="1.1.7", components=("injector",))
    _write(session, "injector.yaml", manifestgen.inject(bundle.to_yaml(), calico="3.9", istio="1.1.7", remove=True))
    _write(session, "values.yaml", VALUES)


def example(name: str) -> Callable[[Session], None]:
    """A copy of an example's directory."""

    def copy(session: Session) -> None:
        shutil.copytree(ROOT / "examples" / name, session.directory, dirs_exist_ok=True)

    return copy


def rendered(session: Session) -> None:
    """A bundle in out/, more objects of the cluster, and what helm printed."""
    manifestgen.render("kdd", calico="3.32", istio="1.28").write(session.directory / "out")
    _write(session, "cluster/more.yaml", OWN)
    _write(session, "rendered-by-helm.yaml", OWN)


def fleet_sources(session: Session) -> None:
    """The sites and overlays that a fleet names."""
    _write(session, "sites/us/profile.yaml", SITE.replace("site", "us"))
    _write(
        session, "overlays/large/profile.yaml", "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: large}\n"
    )


def older_site(session: Session) -> None:
    """A site of an older release, with a patch of something that a later release renames."""
    patch = "patches:\n- target: {kind: DaemonSet, name: calico-node}\n  patch:\n  - op: add\n"
    place = "/spec/template/spec/initContainers/[name=mount-bpffs]/resources"
    value = "{limits: {memory: 64Mi}}"
    text = SITE.replace("3.32", "3.27") + f"{patch}    path: {place}\n    value: {value}\n"
    _write(session, "site/profile.yaml", text)


def two_installs(session: Session) -> None:
    """The manifests that Calico publishes for two releases, in small, and the older one with five edits."""
    for release in ("3.27", "3.32"):
        _write(session, f"calico-{release}.yaml", published(release))
    text = published("3.27")
    for before, after in FIVE_EDITS:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    _write(session, "calico.yaml", text)


FIVE_EDITS = (
    ('veth_mtu: "0"', 'veth_mtu: "1410"'),
    ('"log_level": "info"', '"log_level": "debug"'),
    (
        "        - name: CALICO_DISABLE_FILE_LOGGING\n",
        '        - name: CALICO_IPV4POOL_CIDR\n          value: "10.4.0.0/16"\n'
        "        - name: CALICO_DISABLE_FILE_LOGGING\n",
    ),
    ("cpu: 250m", "cpu: 500m"),
    (
        "            - name: DATASTORE_TYPE\n              value: kubernetes\n",
        "            - name: DATASTORE_TYPE\n              value: kubernetes\n"
        "          resources:\n            limits: {memory: 256Mi}\n",
    ),
)


def values_file(session: Session) -> None:
    """A file of values."""
    _write(session, "cluster.yaml", "pod_cidr: 10.244.0.0/16\n")


def _write(session: Session, name: str, text: str) -> None:
    path = Path(session.directory, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def with_kustomize(session: Session) -> None:
    """The kustomize program, on PATH."""
    session.environment["PATH"] += f"{os.pathsep}{os.path.dirname(kustomize())}"


INPUTS: dict[str, Callable[[Session], None]] = {
    "docs/adding-a-calico-release.md": checkout,
    "docs/adding-an-istio-release.md": checkout,
    "docs/adopt-and-upgrade.md": two_installs,
    "docs/adopt.md": edited_install,
    "docs/drift.md": cluster_dump,
    "docs/fleet.md": fleet_sources,
    "docs/gitops.md": site,
    "docs/golden.md": golden_sources,
    "docs/injector.md": injectors,
    "docs/integrations.md": with_kustomize,
    "docs/parameters.md": values_file,
    "docs/upgrade.md": older_site,
    "docs/validate.md": rendered,
    "examples/pytest-golden/README.md": example("pytest-golden"),
    "examples/yaobank/README.md": example("yaobank"),
}
