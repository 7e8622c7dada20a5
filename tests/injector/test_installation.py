"""Dikastes in what istioctl and Helm install Istio from, and the user's own settings beside it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from manifestgen.injector.inject import Options, inject
from manifestgen.injector.installation import NoCustomTemplates, NotAlone
from manifestgen.model.version import parse_version
from tests.injector.test_inject import CUSTOM
from tests.support.program import manifestgen as program
from tests.support.tools import helm

CALICO = parse_version("3.32")
VALUES = """\
# How we install Istio.
global:
  tag: 1.28.3   # pinned
sidecarInjectorWebhook:
  defaultTemplates: [sidecar, corp]   # corp for everybody
  templates:
    corp: |
      spec:
        containers:
        - name: corp
          image: corp:1
pilot:
  env: {A: "b"}
"""
OPERATOR = """\
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: ours, namespace: istio-system}
spec:
  profile: minimal   # no gateways
"""


def operator(values: str = VALUES) -> str:
    """An IstioOperator with Helm values in it."""
    return OPERATOR + "  values:\n" + "".join(f"    {line}" for line in values.splitlines(keepends=True))


FORMS = {
    "values": VALUES,
    "values without templates": "global:\n  tag: 1.28.3\n",
    "values for the templates alone": "sidecarInjectorWebhook:\n  rewriteAppHTTPProbe: false\n",
    "values in json": json.dumps(yaml.safe_load(VALUES), indent=2) + "\n",
    "operator": operator(),
    "operator without values": OPERATOR,
    "operator in json": json.dumps(yaml.safe_load(operator()), indent=2) + "\n",
}


def webhook(text: str) -> dict[str, Any]:
    """The settings of the injector in a file of either kind."""
    body = yaml.safe_load(text)
    found: dict[str, Any] = body.get("spec", {}).get("values", body)["sidecarInjectorWebhook"]
    return found


def put_in(text: str, **more: Any) -> str:
    """The file with Dikastes of the newest release."""
    return inject(text, calico=CALICO, istio=parse_version("1.28"), **more).text


@pytest.mark.parametrize("form", FORMS)
def test_dikastes_joins_the_users_own_templates_and_defaults(form: str) -> None:
    """Nothing of the user's is replaced; a second time changes nothing; removed, the bytes are back."""
    text = FORMS[form]
    once = put_in(text)
    before = yaml.safe_load(text)
    own = (before.get("spec", before).get("values") or before).get("sidecarInjectorWebhook", {})
    assert webhook(once)["defaultTemplates"] == [*own.get("defaultTemplates", ["sidecar"]), "dikastes"]
    assert {name: one for name, one in webhook(once)["templates"].items() if name != "dikastes"} == own.get(
        "templates", {}
    )
    assert "manifestgen.io/dikastes: injected" in webhook(once)["templates"]["dikastes"]
    assert put_in(once) == once
    assert inject(once, calico=CALICO, remove=True).text == text


def test_every_comment_stays() -> None:
    """The file is the user's: it is edited, not written again."""
    for line in VALUES.splitlines():
        if "defaultTemplates" not in line:
            assert line in put_in(VALUES).splitlines()
    assert "  defaultTemplates: [sidecar, corp, dikastes]   # corp for everybody\n" in put_in(VALUES)


def test_a_template_that_has_dikastes_is_brought_to_the_release() -> None:
    """As current documentation of Calico has it: none is added beside it, and the release follows."""
    values = yaml.safe_dump({"sidecarInjectorWebhook": {"templates": {"dikastes": CUSTOM}}})
    done = inject(values, calico=CALICO, istio=parse_version("1.28"))
    assert list(webhook(done.text)["templates"]) == ["dikastes"]
    assert "dikastes:v3.32.1" in webhook(done.text)["templates"]["dikastes"]
    assert "defaultTemplates" not in webhook(done.text)
    assert any("not in defaultTemplates" in note for note in done.notes)
    emptied = inject(done.text, calico=CALICO, remove=True)
    assert webhook(emptied.text)["templates"] == {"dikastes": "spec: {}\n"}


def test_pods_may_ask_for_it_instead() -> None:
    """Then the default templates stay the user's."""
    assert webhook(put_in(VALUES, per_pod=True))["defaultTemplates"] == ["sidecar", "corp"]


def test_the_version_is_that_of_the_file() -> None:
    """Its tag, or what is asked for, or what Calico documents, with a note."""
    assert inject(VALUES, calico=CALICO).context.istio == parse_version("1.28.3")
    assert inject(VALUES, calico=CALICO, istio=parse_version("1.25")).context.istio == parse_version("1.25")
    assert any("assuming 1.28" in note for note in inject(OPERATOR, calico=CALICO).notes)
    assert not inject(VALUES, calico=CALICO).notes


def test_options_reach_the_template() -> None:
    """As in a ConfigMap."""
    assert "image: mirror/dikastes:v1" in put_in(VALUES, options=Options(image="mirror/dikastes:v1"))


def test_what_cannot_have_a_template_is_refused() -> None:
    """An Istio without custom templates, and an IstioOperator among other objects."""
    with pytest.raises(NoCustomTemplates, match=r"Istio 1\.8 takes no injection templates"):
        inject(VALUES, calico=CALICO, istio=parse_version("1.8"))
    with pytest.raises(NotAlone):
        inject(f"{OPERATOR}---\nkind: Namespace\n", calico=CALICO)


@pytest.mark.parametrize("form", ["values", "operator", "values in json"])
def test_render_merges_into_what_is_given(form: str, tmp_path: Path) -> None:
    """--injector of either kind: the user's settings, Dikastes, and the provider, each by its name."""
    text = yaml.safe_load(FORMS[form])
    text.get("spec", text)["meshConfig"] = {"extensionProviders": [{"name": "own"}], "accessLogFile": "/dev/stdout"}
    (tmp_path / "given.yaml").write_text(yaml.safe_dump(text))
    manifestgen.render(
        "kdd",
        calico="3.32",
        istio="1.28",
        components=("injector", "policy"),
        values={"mesh_api": "authorization-policy"},
        injector=tmp_path / "given.yaml",
    ).write(tmp_path / "out")
    values = yaml.safe_load((tmp_path / "out/istio/istiod-values.yaml").read_text())
    assert values["sidecarInjectorWebhook"]["defaultTemplates"] == ["sidecar", "corp", "dikastes"]
    assert set(values["sidecarInjectorWebhook"]["templates"]) == {"corp", "dikastes"}
    assert values["pilot"] == {"env": {"A": "b"}}
    assert [one["name"] for one in values["meshConfig"]["extensionProviders"]] == ["own", "dikastes"]
    assert values["meshConfig"]["accessLogFile"] == "/dev/stdout"
    spec = yaml.safe_load((tmp_path / "out/istio/istio-operator.yaml").read_text())["spec"]
    assert spec["meshConfig"] == values["meshConfig"]
    assert spec["values"]["sidecarInjectorWebhook"] == values["sidecarInjectorWebhook"]
    assert spec.get("profile") == ("minimal" if form == "operator" else None)


def test_on_the_command_line(tmp_path: Path) -> None:
    """A file of either kind in place, and back."""
    file = tmp_path / "values.yaml"
    file.write_text(VALUES)
    assert program("inject", file, "--calico", "3.32", "-o", file).returncode == 0
    assert webhook(file.read_text())["defaultTemplates"] == ["sidecar", "corp", "dikastes"]
    assert program("inject", file, "--remove", "-o", file).returncode == 0
    assert file.read_text() == VALUES


CHART = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: x}
data:
  webhook: {{ .Values.sidecarInjectorWebhook | toJson | quote }}
"""


def test_helm_reads_the_values_as_they_are_meant(tmp_path: Path) -> None:
    """The template reaches the chart as it was written."""
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: istiod\nversion: 1.0.0\n")
    (chart / "templates" / "x.yaml").write_text(CHART)
    (tmp_path / "values.yaml").write_text(put_in(VALUES))
    command = [helm(), "template", str(chart), "-f", str(tmp_path / "values.yaml")]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(yaml.safe_load(run.stdout)["data"]["webhook"]) == webhook(put_in(VALUES))
