"""What users of `inject` count on, beyond the stock files."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from manifestgen.embedded.gotemplate.lexer import TemplateSyntaxError
from manifestgen.embedded.gotemplate.lookup import PlaceNotFound
from manifestgen.errors import Failures, ManifestgenError
from manifestgen.injector.configmap import NoInjector, SeveralInjectors
from manifestgen.injector.fragments import ActionInValue
from manifestgen.injector.inject import Injected, NoUseForDikastes, Options, inject
from manifestgen.model.version import parse_version

LEFT = yaml.safe_load((Path(__file__).parents[1] / "cases/injector/left.yaml").read_text())
CALICO = parse_version("3.32")

TEMPLATE = """\
initContainers:
- name: istio-init
  image: init
containers:
- name: istio-proxy
  image: {{ .ProxyImage }}
  volumeMounts:
  - name: istio-envoy
    mountPath: /etc/istio/proxy
volumes:
- name: istio-envoy
  emptyDir: {}
"""
POD = """\
spec:
  containers:
  - name: istio-proxy
    volumeMounts:
    - name: istio-envoy
      mountPath: /etc/istio/proxy
  volumes:
  - name: istio-envoy
    emptyDir: {}
"""
NATIVE = POD.replace("  containers:", "  {{ if not $native }}\n  containers:\n  {{ end }}").replace(
    "spec:\n", "spec:\n  initContainers:\n  - name: istio-init\n"
)


def indented(text: str, by: int) -> str:
    """Every line that is not blank, moved to the right."""
    return "".join(" " * by + line if line.strip() else line for line in text.splitlines(keepends=True))


def config(template: str = TEMPLATE) -> str:
    """What data.config holds for one template."""
    return f"policy: enabled\ntemplate: |\n{indented(template, 2)}"


def mapped(**templates: str) -> str:
    """What data.config holds for a map of templates; _ in a name stands for -."""
    named = "".join(f"  {name.replace('_', '-')}: |\n{indented(text, 4)}" for name, text in templates.items())
    return f"policy: enabled\ntemplates:\n{named}"


def configmap(text: str, name: str = "istio-sidecar-injector", metadata: str = "") -> str:
    """A ConfigMap of the injector."""
    head = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n{indented(metadata, 2)}"
    return f"{head}data:\n  config: |\n{indented(text, 4)}  values: '{{}}'\n"


def put_in(text: str, **options: object) -> Injected:
    """Dikastes of the newest release, put in."""
    return inject(text, calico=CALICO, options=Options(**options))  # type: ignore[arg-type]


def pod(injected: Injected, template: str = "template") -> dict[str, Any]:
    """The pod of a template that holds no action that matters."""
    found = yaml.safe_load(yaml.safe_load(injected.text)["data"]["config"])
    text = found.get("templates", {}).get(template) or found["template"]
    described = yaml.safe_load(text.replace("{{", "").replace("}}", ""))
    spec: dict[str, Any] = described.get("spec", described)
    return spec


def container(injected: Injected, template: str = "template") -> dict[str, Any]:
    """The Dikastes container of a template."""
    return next(one for one in pod(injected, template)["containers"] if one["name"] == "dikastes")


def owned(case: dict[str, Any]) -> str:
    """A template with a Dikastes of the case's own."""
    lines = indented("name: dikastes\n" + case["before"].rstrip("\n") + "\n", 2)
    return TEMPLATE.replace("volumes:\n", f"-{lines[1:]}volumes:\n")


@pytest.mark.parametrize("case", LEFT, ids=lambda case: case["name"])
def test_what_is_the_owners_own_stays(case: dict[str, Any]) -> None:
    """A Dikastes that is there is brought to the release key by key, and keeps what no release ever wrote."""
    injected = put_in(configmap(config(owned(case))))
    assert indented(case["after"].rstrip("\n") + "\n", 8) in injected.text
    assert any(case["note"] in note for note in injected.notes) if "note" in case else not injected.notes
    assert put_in(injected.text).text == injected.text


def test_another_kind_of_volume_becomes_the_releases() -> None:
    """The flexVolume of 3.22 gives way to csi from 3.23, and comes back."""
    old = inject(configmap(config()), calico=parse_version("3.22")).text
    new = put_in(old).text
    assert "flexVolume" in old
    assert "flexVolume" not in new
    assert new == put_in(configmap(config())).text
    assert inject(new, calico=parse_version("3.22")).text == old


@pytest.mark.parametrize(
    ("calico", "argument", "probes", "context"),
    [
        ("3.6", "/dikastes", False, None),
        ("3.8", "/dikastes", True, None),
        ("3.9", "server", True, {"runAsNonRoot": True, "allowPrivilegeEscalation": False}),
        ("3.17", "server", True, {"allowPrivilegeEscalation": False}),
    ],
)
def test_each_era_has_its_own_container(calico: str, argument: str, probes: bool, context: object) -> None:
    """Entry point, probes and security context follow the Calico release, as Calico published them."""
    found = container(inject(configmap(config()), calico=parse_version(calico), published=True))
    assert found["args"][0] == argument
    assert ("livenessProbe" in found, "readinessProbe" in found) == (probes, probes)
    assert found.get("securityContext") == context


def test_options_reach_the_container_and_go_again() -> None:
    """Debug level, variables, resources, pull policy and image can be asked for, now or later."""
    asked = {
        "debug": True,
        "env": {"DIKASTES_HTTP_BIND_PORT": "7777"},
        "resources": {"limits": {"cpu": "100m"}},
        "pull_policy": "IfNotPresent",
        "image": "mirror.example/dikastes:1",
    }
    at_once = put_in(configmap(config()), **asked)
    later = put_in(put_in(configmap(config())).text, **asked)
    for injected in (at_once, later):
        found = container(injected)
        assert found["args"][-1] == "--debug"
        assert found["env"] == [{"name": "DIKASTES_HTTP_BIND_PORT", "value": "7777"}]
        assert found["resources"] == {"limits": {"cpu": "100m"}}
        assert found["imagePullPolicy"] == "IfNotPresent"
        assert found["image"] == "mirror.example/dikastes:1"
        assert put_in(injected.text, **asked).text == injected.text
    assert put_in(at_once.text, debug=False, image="a/dikastes:2").text.count("--debug") == 0


@pytest.mark.parametrize(
    "asked",
    [{"env": {"A": "{{ .Values.x }}"}}, {"image": "{{ .x }}"}, {"resources": {"limits": {"cpu": "{{ 1 }}"}}}],
)
def test_a_value_that_the_template_would_execute_is_refused(asked: dict[str, Any]) -> None:
    """What a user asks for is text, never an action of the template; the value itself is not shown."""
    with pytest.raises(ActionInValue) as refusal:
        put_in(configmap(config()), **asked)
    assert ".Values.x" not in str(refusal.value)


def test_dikastes_follows_istio_proxy_into_either_list() -> None:
    """Where `containers:` is conditional, so is what lets an init container go on running."""
    injected = put_in(configmap(mapped(sidecar=NATIVE)))
    assert "          - name: dikastes\n            {{ if $native }}restartPolicy: Always{{ end }}\n" in injected.text


@pytest.mark.parametrize(
    ("template", "line"),
    [
        (
            "spec:\n  {{ if .n }}initContainers:{{ else }}containers:{{ end }}\n",
            "{{ if .n }}restartPolicy: Always{{ end }}",
        ),
        (
            "spec:\n  initContainers:\n  {{ if eq .a .b }}\n  containers:\n  {{ end }}\n",
            "{{ if eq .a .b }}{{ else }}restartPolicy: Always{{ end }}",
        ),
        ("spec:\n  containers:\n", "image: quay.io/calico/dikastes:v3.32.1"),
    ],
)
def test_the_condition_of_the_list_is_the_condition_of_the_restart(template: str, line: str) -> None:
    """However a template words it, Dikastes restarts under the very condition that makes it an init container."""
    template += POD.partition("containers:\n")[2]
    assert f"- name: dikastes\n            {line}\n" in put_in(configmap(mapped(sidecar=template))).text


def test_dikastes_follows_an_istio_proxy_that_is_always_native() -> None:
    """Without a condition, the proxy's own restart policy tells."""
    template = POD.replace("containers:", "initContainers:").replace(
        "istio-proxy\n", "istio-proxy\n    restartPolicy: Always\n"
    )
    text = put_in(configmap(mapped(sidecar=template))).text
    assert "- name: dikastes\n            restartPolicy: Always\n" in text


@pytest.mark.parametrize(
    "template",
    [
        POD.replace("containers:", "initContainers:"),
        NATIVE.replace("  {{ if not $native }}\n  containers:\n  {{ end }}\n", ""),
        NATIVE.replace("  initContainers:\n  - name: istio-init\n", "  securityContext:\n    a: b\n"),
    ],
)
def test_dikastes_is_never_an_init_container_that_blocks_the_pod(template: str) -> None:
    """Where nothing says that it may go on running, it is refused."""
    with pytest.raises(PlaceNotFound, match="could keep the pod from starting"):
        put_in(configmap(mapped(sidecar=template)))


@pytest.mark.parametrize(
    "template",
    [
        TEMPLATE.replace(
            "volumes:\n- name: istio-envoy\n  emptyDir: {}\n", "{{ if .x }}\nvolumes:\n- name: a\n{{ end }}\n"
        ),
        TEMPLATE.replace(
            "  volumeMounts:\n  - name: istio-envoy\n    mountPath: /etc/istio/proxy\n",
            "  {{ if .x }}\n  volumeMounts:\n  - name: a\n  {{ end }}\n",
        ),
    ],
)
def test_dikastes_is_never_there_without_its_volumes(template: str) -> None:
    """A list that is there under a condition only is no place for them."""
    with pytest.raises(PlaceNotFound, match="it is under a condition that istio-proxy is not under: if"):
        put_in(configmap(config(template)))


def test_a_dikastes_in_another_list_is_not_touched() -> None:
    """Somebody put it there by hand: it is named, not moved."""
    with pytest.raises(PlaceNotFound, match="it is in another list than istio-proxy"):
        put_in(configmap(config(TEMPLATE.replace("- name: istio-init", "- name: dikastes"))))


def test_a_refusal_names_template_line_and_what_was_looked_for() -> None:
    """The place is that of the line in the user's file; failures of several templates come together."""
    text = configmap(mapped(sidecar=POD.replace("volumes:", "volume:"), gateway=POD.replace("istio-proxy", "envoy")))
    with pytest.raises(Failures) as refusal:
        inject(text, calico=CALICO, istio=parse_version("1.15"), published=True, file="my.yaml")
    first, second = refusal.value.errors
    assert str(first).startswith("my.yaml:10: template sidecar, line 1: /spec/volumes: there is no volumes here")
    assert "nearest: containers, volume" in str(first)
    assert "template gateway, line 2: /spec/containers/[name=istio-proxy]: there is no [name=istio-proxy]" in str(
        second
    )


def test_only_templates_with_a_use_for_dikastes_get_it() -> None:
    """Gateways and the like are left alone, unless they are asked for or have it already."""
    text = configmap(mapped(sidecar=POD, gateway=POD, grpc_simple=POD, waypoint=POD, mine=POD))
    assert put_in(text).templates == ("sidecar",)
    both = inject(text, calico=CALICO, istio=parse_version("1.15"), published=True)
    assert both.templates == ("sidecar", "gateway")
    assert container(both, "gateway")["securityContext"]["runAsUser"] == 0
    assert put_in(both.text).templates == ("sidecar", "gateway")
    assert put_in(text, templates=("mine",)).templates == ("mine",)
    assert inject(both.text, calico=CALICO, remove=True).text == text


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("waypoint", "does not work in ambient mode"),
        ("grpc-simple", "injects no Envoy"),
        ("nowhere", "no template of that name"),
    ],
)
def test_a_template_without_a_use_for_dikastes_is_refused(template: str, why: str) -> None:
    """With the reason, and the templates that would do."""
    text = configmap(mapped(sidecar=POD, waypoint=POD, grpc_simple=POD))
    with pytest.raises(NoUseForDikastes, match=why) as refusal:
        put_in(text, templates=(template,))
    assert "sidecar" in refusal.value.candidates


def test_a_mesh_without_sidecars_is_refused_with_the_reason() -> None:
    """A ConfigMap of waypoints alone has no place for Dikastes."""
    with pytest.raises(NoUseForDikastes, match="ambient"):
        put_in(configmap(mapped(waypoint=POD)))


@pytest.mark.parametrize(
    ("metadata", "values", "istio", "layout"),
    [
        ("labels: {app.kubernetes.io/version: 1.22.3}", "{}", "1.22.3", "template in braces"),
        ("labels: {chart: istio-1.0.6}", "{}", "1.0.6", "template in braces"),
        (
            "labels: {helm.sh/chart: istiod-1.28.10}",
            '{"global": {"tag": "1.28.9-distroless"}}',
            "1.28.9",
            "template in braces",
        ),
        ("labels: [a]", '{"global": {"tag": 7}}', None, "template in braces"),
        ("", "not json", None, "template in braces"),
    ],
)
def test_the_version_is_found_in_the_file(metadata: str, values: str, istio: str | None, layout: str) -> None:
    """Helm values come before labels; what says nothing is passed over."""
    text = configmap(config(), metadata=metadata + "\n" if metadata else "").replace(
        "values: '{}'", f"values: '{values}'"
    )
    injected = put_in(text)
    assert (str(injected.istio) if injected.istio else None, injected.layout) == (istio, layout)


def test_an_unknown_version_is_remarked_on_where_it_matters() -> None:
    """What upstream published differs between releases of Istio."""
    notes = inject(configmap(mapped(sidecar=POD)), calico=CALICO, published=True).notes
    assert any("assuming 1.30; set it with --istio" in note for note in notes)


def test_a_version_that_does_not_fit_the_file_is_remarked_on() -> None:
    """The user's word counts, and the contradiction is said."""
    notes = inject(configmap(mapped(sidecar=POD)), calico=CALICO, istio=parse_version("1.4")).notes
    assert any("its layout, templates map, is that of Istio >=1.9, not 1.4" in note for note in notes)


SERVER = """\
annotations:
  kubectl.kubernetes.io/last-applied-configuration: |
    {"apiVersion":"v1"}
creationTimestamp: "2026-01-01T00:00:00Z"
labels:
  istio.io/rev: canary
managedFields:
- apiVersion: v1
  fieldsType: FieldsV1
resourceVersion: "7"
uid: 0f0f
"""


def test_what_the_api_server_added_is_dropped_with_a_word_about_it() -> None:
    """What kubectl prints can be applied again; nothing else of the file changes."""
    injected = put_in(configmap(config(), metadata=SERVER))
    assert injected.text == put_in(configmap(config(), metadata="labels:\n  istio.io/rev: canary\n")).text
    assert any("dropped what the API server adds" in note and "metadata.uid" in note for note in injected.notes)


def test_what_the_api_server_added_is_dropped_from_json() -> None:
    """The same for `kubectl get -o json`; other annotations stay."""
    body = yaml.safe_load(configmap(config(), metadata=SERVER))
    body["metadata"]["annotations"]["mine"] = "kept"
    found = json.loads(put_in(json.dumps(body)).text)
    assert found["metadata"] == {
        "name": "istio-sidecar-injector",
        "labels": {"istio.io/rev": "canary"},
        "annotations": {"mine": "kept"},
    }
    assert "dikastes" in found["data"]["config"]


def test_one_of_several_revisions_is_chosen() -> None:
    """In a stream or a list of manifests only the injector of the revision asked for changes."""
    documents = [
        "kind: Service\nmetadata: {name: other}\n",
        configmap(config()),
        configmap(config(), "istio-sidecar-injector-canary"),
    ]
    stream = "---\n".join(documents)
    with pytest.raises(SeveralInjectors) as refusal:
        put_in(stream)
    assert refusal.value.candidates == ("default", "canary")
    chosen = put_in(stream, revision="canary").text.split("---\n")
    assert chosen[:2] == documents[:2]
    assert chosen[2] == put_in(documents[2]).text
    listed = "kind: List\nitems:\n" + "".join(f"-{indented(one, 2)[1:]}" for one in documents)
    assert put_in(listed, revision="default").text.count("name: dikastes\n") == 1
    with pytest.raises(SeveralInjectors, match="revision blue"):
        put_in(stream, revision="blue")


def test_data_config_alone_is_taken_too() -> None:
    """As `kubectl get -o jsonpath={.data.config}` prints it."""
    injected = put_in(config())
    assert "name: dikastes\n" in injected.text
    assert inject(injected.text, calico=CALICO, remove=True).text == config()


def test_a_template_in_quotes_within_a_block_is_edited_where_it_stands() -> None:
    """Quotes inside a block, as some tools write them: the lines around them stay."""
    quoted = "policy: enabled\ntemplate: " + yaml.safe_dump(TEMPLATE, default_style='"', width=60).removeprefix("! ")
    text = configmap(quoted)
    injected = put_in(text)
    assert container(injected)["args"][0] == "server"
    assert inject(injected.text, calico=CALICO, remove=True).text == text


def test_a_folded_string_is_rewritten_and_said_so() -> None:
    """Its form has no lines; its text is otherwise the same."""
    spaced = config().replace("enabled\n", "enabled\n\n", 1)
    text = "data:\n  config: >\n" + indented(spaced, 4)
    folded = yaml.safe_load(text)["data"]["config"]
    injected = put_in(text)
    expected = yaml.safe_load(put_in("data:\n  config: |\n" + indented(folded, 4)).text)
    assert yaml.safe_load(injected.text) == expected
    assert any("rewritten in double quotes" in note for note in injected.notes)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("kind: Pod\nmetadata: {name: a}\n", NoInjector, "there is no ConfigMap istio-sidecar-injector"),
        ("", NoInjector, "there is no ConfigMap"),
        ("data: {config: 'policy: enabled'}", NoInjector, "data.config holds no template"),
        ("data: {config: 7}", NoInjector, "there is no ConfigMap"),
        (configmap(config()).replace("istio-sidecar-injector", "istio"), NoInjector, "there is no ConfigMap"),
        ("data: {config: 'template: words'}", NoInjector, "template template is written in a form"),
        (configmap("template: |\n  {{ if .x }}\n"), TemplateSyntaxError, "if has no end"),
        (configmap("template: [\n"), ManifestgenError, "data.config"),
    ],
)
def test_what_is_no_injector_is_refused(text: str, error: type[ManifestgenError], message: str) -> None:
    """With what it is instead, and how to get the right file."""
    with pytest.raises(error, match=message):
        put_in(text)


def test_an_unsupported_istio_is_remarked_on() -> None:
    """The file is the user's: it is done, with a warning."""
    assert any(
        "never supported Istio 1.5" in note
        for note in inject(configmap(config()), calico=CALICO, istio=parse_version("1.5.1")).notes
    )


def test_removing_where_nothing_is_changes_nothing() -> None:
    """With a word about it."""
    injected = inject(configmap(config()), calico=CALICO, remove=True)
    assert injected.text == configmap(config())
    assert injected.notes == ("there is no Dikastes in it to remove",)


CUSTOM = """\
spec:
  initContainers:
  - name: istio-proxy
    volumeMounts:
    - name: dikastes-sock
      mountPath: /var/run/dikastes
  - name: dikastes
    restartPolicy: Always
    image: quay.io/calico/dikastes:v3.30.2
    args: ["server", "-l", "/var/run/dikastes/dikastes.sock", "-d", "/var/run/felix/nodeagent/socket"]
    volumeMounts:
    - {name: dikastes-sock, mountPath: /var/run/dikastes}
    - {name: felix-sync, mountPath: /var/run/felix}
  volumes:
  - name: dikastes-sock
    emptyDir: {medium: Memory}
  - name: felix-sync
    csi: {driver: csi.tigera.io}
"""
CORP = """\
spec:
  containers:
  - name: corp
    image: corp:1
"""


def templates(text: str) -> dict[str, str]:
    """The templates of a ConfigMap, by name."""
    found: dict[str, str] = yaml.safe_load(yaml.safe_load(text)["data"]["config"])["templates"]
    return found


def without_actions(text: str) -> Any:
    """What a template prints where no line with an action prints anything."""
    return yaml.safe_load("".join(line for line in text.splitlines(keepends=True) if "{{" not in line))


def test_a_dikastes_in_a_custom_template_is_brought_to_the_release_and_none_is_added_beside_it() -> None:
    """As current documentation of Calico has it, and as `render` delivers it."""
    text = configmap(mapped(sidecar=POD, dikastes=CUSTOM, corp=CORP))
    injected = put_in(text)
    assert injected.templates == ("dikastes",)
    assert "image: quay.io/calico/dikastes:v3.32.1\n" in injected.text
    assert "v3.30.2" not in injected.text
    assert templates(injected.text)["sidecar"] == POD
    assert any("not in defaultTemplates" in note for note in injected.notes)
    assert put_in(injected.text).text == injected.text
    assert without_actions(templates(injected.text)["dikastes"])["metadata"] == {
        "labels": {"manifestgen.io/dikastes": "injected"}
    }


def test_a_custom_template_of_dikastes_alone_is_emptied_and_stays() -> None:
    """A pod that names it by annotation could not be created without it."""
    text = configmap(mapped(sidecar=POD, dikastes=CUSTOM))
    removed = inject(text, calico=CALICO, remove=True)
    assert templates(removed.text) == {"sidecar": POD, "dikastes": "spec: {}\n"}
    assert any("a pod may still name it" in note for note in removed.notes)
    assert inject(removed.text, calico=CALICO, remove=True).text == removed.text


def test_of_a_custom_template_with_more_in_it_only_dikastes_is_removed() -> None:
    """No key is left without a value, which Istio would take for an order to delete it from the pod."""
    mixed = CUSTOM.replace("  volumes:\n", "  - name: corp\n    image: corp:1\n  volumes:\n")
    removed = inject(configmap(mapped(sidecar=POD, mixed=mixed)), calico=CALICO, remove=True)
    assert yaml.safe_load(templates(removed.text)["mixed"]) == {
        "spec": {"initContainers": [{"name": "istio-proxy"}, {"name": "corp", "image": "corp:1"}]}
    }


def test_a_named_custom_template_gets_dikastes() -> None:
    """One that adds to istio-proxy, wherever Istio's own template has it."""
    adding = POD.replace("  containers:", "  initContainers:")
    injected = put_in(configmap(mapped(sidecar=POD, mine=adding)), templates=("mine",))
    assert injected.templates == ("mine",)
    assert "- name: dikastes\n            restartPolicy: Always\n" in injected.text
    assert inject(injected.text, calico=CALICO, remove=True).text == configmap(mapped(sidecar=POD, mine=adding))


def test_a_dikastes_in_braces_is_named_and_not_doubled() -> None:
    """It cannot be edited, so nothing is added beside it."""
    flow = "spec:\n  containers:\n  - {name: dikastes, image: quay.io/calico/dikastes:v3.30.2}\n"
    with pytest.raises(PlaceNotFound, match="written in braces"):
        put_in(configmap(mapped(sidecar=POD, dikastes=flow)))


def test_a_build_from_source_is_taken_for_the_istio_of_its_layout() -> None:
    """Its charts say 1.0.0, which never had a map of templates."""
    text = configmap(mapped(sidecar=POD), metadata="labels: {app.kubernetes.io/version: 1.0.0}\n")
    injected = put_in(text)
    plain = put_in(configmap(mapped(sidecar=POD)))
    assert templates(injected.text) == templates(plain.text)
    assert any("as builds from source do" in note for note in injected.notes)
    dikastes = without_actions(templates(injected.text)["sidecar"])["spec"]["containers"][1]
    assert (dikastes["securityContext"]["runAsUser"], dikastes["securityContext"]["runAsGroup"]) == (999, 999)
