"""Templates that somebody has damaged: a correct insertion or a clear refusal, nothing else."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifestgen.errors import ManifestgenError
from manifestgen.injector.inject import inject
from manifestgen.model.version import parse_version
from tests.support.fuzz import examples

CALICO = parse_version("3.32")

TEMPLATE = """\
{{- define "resources"  }}
  {{- if .Values.resources }}
      {{ toYaml .Values.resources | indent 6 }}
  {{- end }}
{{- end }}
{{ $native := ne (index .ObjectMeta.Annotations `native` | default (printf "%t" .NativeSidecars)) "false" }}
metadata:
  annotations: {
    {{- if .x }}
    a: "{{ .x }}",
    {{- end }}
  }
spec:
  {{- $none := and
      (eq .mode `NONE`)
      (not $native) }}
  {{ if $none }}
  initContainers: []
  {{ else -}}
  initContainers:
  {{ if .cni -}}
  - name: istio-validation
  {{ else -}}
  - name: istio-init
  {{ end -}}
  {{- if .image }}
    image: "{{ .image }}"
  {{- end }}
    args:
    - "-p"
     {{ if .k -}}
    - "-k"
    {{ end -}}
    resources:
  {{ template "resources" . }}
  {{ end -}}
  {{ if not $native }}
  containers:
  {{ end }}
  - name: istio-proxy
  {{- if contains "/" .image }}
    image: "{{ .image }}"
  {{- else }}
    image: "{{ .ProxyImage }}"
  {{- end }}
    {{ if $native }}restartPolicy: Always{{end}}
    env:
    - name: PORTS
      value: |-
        [
        {{- range $i, $c := .Spec.Containers }}
          {{if ne $i 0}},{{end}}{{ $c.Name }}
        {{- end}}
        ]
    {{ if .probe }}
    readinessProbe: {}
    {{ end -}}
    securityContext:
      {{ if .tproxy -}}
      runAsUser: 0
      {{- else -}}
      runAsUser: 1337
      {{- end }}
    volumeMounts:
    - name: istio-envoy
      mountPath: /etc/istio/proxy
      {{- if .mounts }}
      {{ range $name, $mount := .mounts }}
    - name: "{{ $name }}"
      {{ toYaml $mount | indent 6 }}
      {{ end }}
      {{- end }}
  volumes:
  # between agent and Envoy
  - name: istio-envoy
    emptyDir: {}
  {{- if .secrets }}
  - name: istio-certs
    secret:
      {{ if eq .account "" }}
      secretName: istio.default
      {{ else -}}
      secretName: {{ printf "istio.%s" .account }}
      {{  end -}}
  {{- end }}
  {{- if .pull }}
  imagePullSecrets:
    {{- range .pull }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
"""

Lines = list[str]


def at_line(change: Callable[[str], str]) -> Callable[[Lines, int], Lines]:
    """A damage to the text of one line."""
    return lambda lines, at: [*lines[:at], change(lines[at]), *lines[at + 1 :]]


DAMAGES: dict[str, Callable[[Lines, int], Lines]] = {
    "gone": lambda lines, at: lines[:at] + lines[at + 1 :],
    "twice": lambda lines, at: lines[: at + 1] + lines[at:],
    "with the one before in its place": lambda lines, at: [
        *lines[:at],
        *lines[at : at + 2][::-1],
        *lines[at + 2 :],
    ],
    "behind an end": lambda lines, at: [*lines[:at], "  {{ end }}", *lines[at:]],
    "behind an if": lambda lines, at: [*lines[:at], "  {{ if .anything }}", *lines[at:]],
    "deeper": at_line(lambda line: "  " + line),
    "less deep": at_line(lambda line: line.replace("  ", "", 1)),
    "behind a tab": at_line(lambda line: line.replace("  ", "\t", 1)),
    "trimming": at_line(lambda line: re.sub(r"\s?-?\}\}", " -}}", re.sub(r"\{\{-?\s?", "{{- ", line))),
    "not trimming": at_line(lambda line: line.replace("{{-", "{{").replace("-}}", "}}")),
    "without a quote": at_line(lambda line: line.replace('"', "", 1).replace("`", "", 1)),
    "with an action open": at_line(lambda line: line.replace("}}", "", 1)),
}
PLACES = st.lists(st.tuples(st.sampled_from(sorted(DAMAGES)), st.integers(0, 10**6)), min_size=1, max_size=4)


def depth(lines: list[str]) -> int:
    """How many blocks are open behind lines."""
    text = re.sub(r'"[^"\n]*"|`[^`]*`', "", "\n".join(lines))
    opening = len(re.findall(r"\{\{-?\s*(?:if|range|with|define)\b", text))
    return opening - len(re.findall(r"\{\{-?\s*end\b", text))


def check(before: str, after: str) -> None:
    """An insertion is right: whole lines, at the proxy's indentation and depth, out of reach of trim markers."""
    new = after.split("\n")
    proxy = next(i for i, line in enumerate(new) if line.strip() == "- name: istio-proxy")
    there = next(i for i, line in enumerate(new) if line.strip() == "- name: dikastes")
    assert there > proxy
    assert new[there].index("-") == new[proxy].index("-")
    if all(line.count("{{") == line.count("}}") for line in new):
        assert depth(new[:there]) == depth(new[:proxy])
    assert not new[there - 1].rstrip().endswith("-}}")
    for mark in ("name: dikastes-sock", "- name: felix-sync"):
        assert mark in after
        assert mark not in before


def file_of(lines: list[str], ending: str = "\n") -> str:
    """A file for the lines of a template."""
    body = ending.join(f"        {line}" if line else "" for line in lines)
    return ending.join(["data:", "  config: |", "    templates:", "      sidecar: |", body])


def test_the_undamaged_template_takes_it() -> None:
    """What the damages start from is sound."""
    text = file_of(TEMPLATE.rstrip("\n").split("\n"))
    check(text, inject(text, calico=CALICO).text)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@examples(150, 4_000)
@given(places=PLACES, final=st.booleans())
def test_damage_ends_in_an_insertion_or_a_refusal(ending: str, places: list[tuple[str, int]], final: bool) -> None:
    """Never another error, never a line of the template touched, never a change the second time."""
    lines = TEMPLATE.rstrip("\n").split("\n")
    for damage, at in places:
        lines = DAMAGES[damage](lines, at % len(lines))
    text = file_of(lines, ending) + (ending if final else "")
    try:
        once = inject(text, calico=CALICO).text
    except ManifestgenError:
        return
    assert inject(once, calico=CALICO).text == once
    assert inject(once, calico=CALICO, remove=True).text == text
    check(text.replace("\r", ""), once.replace("\r", ""))


@examples(150, 4_000)
@given(st.text(alphabet="ab:- \n{}[]\"'`#|>/*\t\r\\", max_size=80))
def test_any_text_ends_in_an_insertion_or_a_refusal(text: str) -> None:
    """Whatever stands in the file."""
    for form in (text, f"data:\n  config: |\n    template: |\n      {text}", f"data: {{config: {text}}}"):
        with pytest.raises(ManifestgenError):
            inject(form, calico=CALICO)


@pytest.mark.parametrize("filling", ["", "    - name: A", "  {{- if .x }}{{- end -}}"])
def test_five_megabytes_take_seconds(filling: str) -> None:
    """Size alone neither breaks it nor makes it slow."""
    lines = TEMPLATE.rstrip("\n").split("\n")
    at = lines.index("    - name: PORTS")
    lines[at:at] = [filling] * (5_000_000 // (len(filling) + 9))
    text = file_of(lines)
    start = time.process_time()
    assert "- name: dikastes\n" in inject(text, calico=CALICO).text
    assert time.process_time() - start < 60
