"""No control character of the input reaches a terminal, whatever part of the output holds it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from manifestgen.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

NASTY = "x\x1b[2J\x1b]0;t\x07\x9b31m\u202e\u2066y"
"""ESC with a CSI and an OSC sequence, BEL, CSI of C1, right-to-left override, isolate."""

QUOTED = json.dumps(NASTY)  # as YAML takes it, too
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
HEAD = "apiVersion: manifestgen/v1\nkind: Overlay\nmetadata: {name: o}\n"
CONFIGMAP = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{k: {QUOTED}}}\n"


def said(capfd: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """Everything that a command prints."""
    main([str(word) for word in words])
    out, err = capfd.readouterr()
    return out + err


OVERLAYS = {
    "unknown key": f"{QUOTED}: 1\n",
    "name": "",
    "pointer": f"patches: [{{target: {{kind: DaemonSet}}, patch: [{{op: remove, path: /{QUOTED[1:-1]}}}]}}]\n",
    "target": f"patches: [{{target: {{name: {QUOTED}}}, patch: []}}]\n",
    "operation": f"patches: [{{target: {{kind: DaemonSet}}, patch: [{{op: {QUOTED}, path: /a}}]}}]\n",
    "value": f"patches: [{{target: {{kind: DaemonSet}}, patch: [{{op: test, path: /kind, value: {QUOTED}}}]}}]\n",
    "resource path": f"resources: [{QUOTED}]\n",
    "patch path": f"patches: [{{target: {{kind: DaemonSet}}, path: {QUOTED}}}]\n",
    "parameter": f"values: {{{QUOTED}: 1}}\n",
    "parameter value": f"values: {{mtu: {QUOTED}}}\n",
    "image": f"images: [{{name: {QUOTED}, newName: a}}]\n",
    "image tag": f"images: [{{name: calico/node, newTag: {QUOTED}}}]\n",
    "label": f"labels: [{{pairs: {{{QUOTED}: {QUOTED}}}}}]\n",
    "range": f"resources: [{{path: a.yaml, when: {{calico: {QUOTED}}}}}]\n",
    "pattern": f"patches: [{{target: {{kind: {json.dumps('(' + NASTY)}}}, patch: []}}]\n",
    "selector": f"patches: [{{target: {{labelSelector: {json.dumps('=' + NASTY)}}}, patch: []}}]\n",
}


@pytest.mark.parametrize("what", OVERLAYS)
def test_an_overlay(tmp_path: Path, capfd: pytest.CaptureFixture[str], what: str) -> None:
    """In whatever member it is."""
    text = HEAD.replace("name: o", f"name: {QUOTED}") if what == "name" else HEAD
    (tmp_path / "profile.yaml").write_text(text + OVERLAYS[what].replace('/"', '"/'))
    for command in (["render", "kdd", "-o", "-"], ["explain", "kdd", "DaemonSet/calico-node"], ["images", "kdd"]):
        shown = said(capfd, *command, "--overlay", tmp_path)
        assert not CONTROLS.search(shown), shown


def test_an_object_of_the_users(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Its keys and values, in everything that shows objects; JSON stays the same JSON."""
    (tmp_path / "profile.yaml").write_text(f"{HEAD}resources: [a.yaml]\n")
    (tmp_path / "a.yaml").write_text(CONFIGMAP)
    (tmp_path / "b.yaml").write_text(CONFIGMAP.replace(f": {QUOTED}", ": b"))
    overlay = ("--overlay", tmp_path / "o")
    (tmp_path / "o").mkdir()
    (tmp_path / "profile.yaml").rename(tmp_path / "o" / "profile.yaml")
    (tmp_path / "a.yaml").rename(tmp_path / "o" / "a.yaml")
    for form in ("yaml", "json"):
        shown = said(capfd, "render", "kdd", "-o", "-", "--format", form, *overlay)
        assert not CONTROLS.search(shown)
    for form in ("text", "json"):
        shown = said(capfd, "explain", "kdd", "ConfigMap/a", "--format", form, *overlay)
        assert not CONTROLS.search(shown)
        assert "ConfigMap" in shown
    for form in ("text", "unified", "json", "jsonpatch", "html"):
        shown = said(capfd, "diff", tmp_path / "b.yaml", tmp_path / "o" / "a.yaml", "--format", form)
        assert not CONTROLS.search(shown)
        assert "ConfigMap" in shown or form == "jsonpatch"
        if form == "jsonpatch":
            assert NASTY in json.loads(shown)[-1].values()


@pytest.mark.parametrize(
    "words",
    [
        ("render", NASTY, "-o", "-"),
        ("render", "kdd", "--calico", NASTY, "-o", "-"),
        ("render", "kdd", "--set", f"{NASTY}=1", "-o", "-"),
        ("render", "kdd", "--set", f"mtu={NASTY}", "-o", "-"),
        ("render", "kdd", "--component", NASTY, "-o", "-"),
        ("render", "kdd", "--namespace", NASTY, "-o", "-"),
        ("render", "kdd", "--label", f"a={NASTY}", "-o", "-"),
        ("render", "kdd", "--registry", NASTY, "-o", "-"),
        ("render", "kdd", "--overlay", NASTY, "-o", "-"),
        ("render", "kdd", "--allow", NASTY, "-o", "-"),
        ("explain", "kdd", NASTY),
        ("explain", "kdd", "DaemonSet/calico-node", f"/{NASTY}"),
        ("diff", NASTY, NASTY),
        ("golden", "check", NASTY),
        ("inject", NASTY),
        ("images", NASTY),
        (NASTY,),
        ("render", f"--{NASTY}"),
    ],
    ids=lambda words: " ".join(words[:3]).replace(NASTY, "NASTY"),
)
def test_a_command_line(capfd: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    """As a script passes on what it was given."""
    shown = said(capfd, *words)
    assert shown
    assert not CONTROLS.search(shown), shown
