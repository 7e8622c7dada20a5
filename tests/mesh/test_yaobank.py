"""The Yao Bank example: it renders, its parts fit one another, and its policies do what its page says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from manifestgen.authz.rules import AuthorizationRule, Rules
from manifestgen.authz.server import serving
from tests.mesh.calls import get
from tests.mesh.sidecar import configuration
from tests.mesh.spiffe import Mesh
from tests.support.envoy import running_envoy
from tests.support.program import manifestgen as program

HERE = Path(__file__).parents[2] / "examples" / "yaobank"
NAMESPACE = "yaobank"

REQUESTS = [  # as in the table of the example's page
    ("customer", "GET", "elsewhere/anybody", 200),
    ("customer", "POST", "elsewhere/anybody", 403),
    ("customer", "PUT", "yaobank/summary", 403),
    ("summary", "GET", "yaobank/customer", 200),
    ("summary", "POST", "yaobank/customer", 200),
    ("summary", "GET", "yaobank/database", 403),
    ("summary", "GET", "elsewhere/customer", 403),
    ("database", "GET", "yaobank/summary", 200),
    ("database", "PUT", "yaobank/summary", 200),
    ("database", "GET", "yaobank/customer", 403),
]


def objects(path: str) -> list[Any]:
    """The objects of a file of the example."""
    return list(yaml.safe_load_all((HERE / path).read_text()))


def policies() -> dict[str, Any]:
    """The policies, by the pods that they are for."""
    found = {}
    for policy in objects("policies/policies.yaml"):
        assert policy["kind"] == "GlobalNetworkPolicy"
        assert _named(policy["spec"]["namespaceSelector"], "projectcalico.org/name") == NAMESPACE
        found[_named(policy["spec"]["selector"], "app")] = policy["spec"]
    return found


def _named(selector: str, label: str) -> str:
    match = re.fullmatch(rf"{re.escape(label)} == '([\w-]+)'", selector)
    assert match, selector
    return match[1]


def rules(spec: dict[str, Any]) -> Rules:
    """The ingress rules of a policy as the stand-in server takes them."""
    found = []
    for number, rule in enumerate(spec["ingress"]):
        assert rule["action"] == "Allow"
        assert rule["protocol"] == "TCP"  # what a rule with http must have
        source = rule.get("source", {})
        names = source.get("serviceAccounts", {}).get("names", [])
        space = _named(source["namespaceSelector"], "projectcalico.org/name") if source else ""
        principals = frozenset(f"spiffe://cluster.local/ns/{space}/sa/{name}" for name in names)
        methods = frozenset(rule.get("http", {}).get("methods", []))
        found.append(
            AuthorizationRule(name=str(number), action="allow", methods=methods or None, principals=principals or None)
        )
    return Rules(rules=tuple(found))


def test_the_site_renders_for_the_versions_of_its_page(tmp_path: Path) -> None:
    """Each command of the page that is ours runs as it stands there, and writes what the page says."""
    shutil.copytree(HERE, tmp_path / "yaobank")
    commands = re.findall(r"^manifestgen .*$", (HERE / "README.md").read_text(), re.MULTILINE)
    for command in commands:
        done = program(*shlex.split(command)[1:], cwd=tmp_path / "yaobank")
        assert done.returncode == 0, done.stderr
    bundle = manifestgen.load(tmp_path / "yaobank" / "bundle")
    found = {(resource.id.kind, resource.id.namespace, resource.id.name) for resource in bundle}
    assert {("Namespace", "", NAMESPACE), ("PeerAuthentication", NAMESPACE, "default")} <= found
    assert {("EnvoyFilter", "istio-system", "ext-authz"), ("FelixConfiguration", "", "default")} <= found
    assert "kubectl -n yaobank rollout restart" in (tmp_path / "yaobank" / "bundle" / "NOTES.md").read_text()


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
@pytest.mark.parametrize("path", ["application/application.yaml", "policies/policies.yaml"])
def test_kubectl_reads_the_other_files(path: str) -> None:
    """What the page applies with kubectl and calicoctl are objects."""
    command = ["kubectl", "label", "--local", "-f", str(HERE / path), "zz=zz", "-o", "name"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert len(done.stdout.splitlines()) == len(objects(path))


def test_application_and_policies_fit_one_another() -> None:
    """Each policy is for the pods of one Deployment, which run as the account that other policies name."""
    found: dict[str, dict[str, Any]] = {}
    for one in objects("application/application.yaml"):
        assert one["metadata"]["namespace"] == NAMESPACE
        found.setdefault(one["kind"], {})[one["metadata"]["name"]] = one.get("spec")
    assert set(found["Deployment"]) == set(found["Service"]) == set(found["ServiceAccount"]) == set(policies())
    for name, spec in found["Deployment"].items():
        labels = spec["template"]["metadata"]["labels"]
        assert labels == spec["selector"]["matchLabels"] == found["Service"][name]["selector"] == {"app": name}
        assert spec["template"]["spec"]["serviceAccountName"] == name
        (port,) = found["Service"][name]["ports"]
        assert port["name"] == "http"
        assert [one["containerPort"] for one in spec["template"]["spec"]["containers"][0]["ports"]] == [port["port"]]


@pytest.mark.parametrize("subject", ["customer", "summary", "database"])
def test_each_request_gets_the_answer_of_the_page(subject: str, tmp_path: Path) -> None:
    """Through a real Envoy with the bundle's filters, callers proven by mutual TLS."""
    bundle = manifestgen.render(HERE / "site", calico="v3.32", istio="1.28", components=("policy",))
    mesh, path = Mesh(tmp_path), tmp_path / "d.sock"
    config = configuration(bundle, path, tls=mesh.listening(f"spiffe://cluster.local/ns/{NAMESPACE}/sa/{subject}"))
    requests = [request for request in REQUESTS if request[0] == subject]
    with running_envoy(config, tmp_path) as envoy, serving(rules(policies()[subject]), f"unix://{path}"):
        for _, method, caller, status in requests:
            namespace, _, account = caller.partition("/")
            tls = mesh.calling(f"spiffe://cluster.local/ns/{namespace}/sa/{account}")
            assert get(envoy, "/", method, tls) == status, (method, caller)
