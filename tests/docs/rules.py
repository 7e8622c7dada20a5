"""The pages of docs/rules/: one for each rule, made of the data of profiles/ and of a call that shows it."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import yaml

from manifestgen.cli.main import main

ROOT = Path(__file__).parents[2]
DATA = ROOT / "docs" / "_site" / "rules.yaml"
SITE = 'apiVersion: manifestgen/v1\nkind: Profile\nmetadata: {name: site}\nextends: kdd\ncalico: "3.32"\n'
LETTERS = {"calico": "X", "istio": "Y", "kubernetes": "Z", "profile": "P"}
"""What stands for the versions and the profile that were asked for."""

Case = dict[str, Any]


def read(name: str) -> Any:
    """A file of shipped data that holds one document."""
    return yaml.safe_load((ROOT / "profiles" / name).read_text())


def combinations() -> list[Case]:
    """The rules about versions, profiles, components and objects, those of single releases among them."""
    found = list(read("rules.yaml")["rules"])
    for product in ("releases", "istio"):
        for path in (ROOT / "profiles" / product).glob("v*.yaml"):
            documents = [one for one in yaml.safe_load_all(path.read_text()) if one]
            for fault in documents[0].get("faults", []):
                name = "calico" if product == "releases" else "istio"
                versions = fault.get("versions", path.stem.removeprefix("v"))
                found.append({**fault, "when": {name: versions, **fault.get("when", {})}})
    return [*found, *yaml.safe_load(DATA.read_text())["checks"]]


def values() -> list[Case]:
    """The rules about values of parameters."""
    return [{**rule, "refuse": True, "value": True} for rule in read("parameters/rules.yaml")["rules"]]


def policy() -> list[Case]:
    """What Felix and Dikastes of a release do with policy, where no rule tells of it too."""
    known = {one["code"] for one in combinations()}
    found = []
    for note in read("policy.yaml")["notes"]:
        measured = ", ".join(note.get("measured", ()))
        because = f"measured with Dikastes {measured}" if measured else "read in the sources"
        case = {"summary": note["text"], "because": because, "when": {"calico": note["calico"]}, "note": True}
        found.append({**case, "code": note["code"], "next": note.get("next", "")})
    return [case for case in found if case["code"] not in known]


def by_code(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """Rules with one code belong together."""
    return {code: [one for one in cases if one["code"] == code] for code in sorted({one["code"] for one in cases})}


def verdict(cases: Sequence[Case]) -> str:
    """What becomes of a render."""
    if cases[0].get("refuse"):
        return "refused"
    return "note" if cases[0].get("preflight") or cases[0].get("note") else "warning"


def sentence(text: str) -> str:
    """A text of the data as a sentence of Markdown."""
    text = re.sub(r"<(\w+)>", lambda found: f"*{LETTERS[found[1]]}*", " ".join(text.split()))
    parts = text.split("`")  # every other one is code already
    parts[::2] = [re.sub(r"(?<![\w-])(--[a-z]+)", r"`\1`", part) for part in parts[::2]]
    text = "`".join(parts).removesuffix(".") + "."
    return text if re.match(r"etcd|\w+[_=]|[a-z]+[A-Z]|`", text) else f"{text[:1].upper()}{text[1:]}"


def pages() -> Iterator[tuple[str, str]]:
    """Every page: its path below docs/, and its text."""
    examples = yaml.safe_load(DATA.read_text())["examples"]
    yield "rules/README.md", index()
    for code, cases in {**by_code(combinations()), **by_code(values())}.items():
        yield f"rules/{code}.md", page(code, cases, examples[code])
    for code, cases in by_code(policy()).items():
        release = "3.29" if cases[0]["when"]["calico"].startswith("<") else "3.32"
        yield f"rules/{code}.md", page(code, cases, {"run": f"preflight kdd --calico {release} --policy"})


def index() -> str:
    """All rules at a glance."""
    lines = [
        "# Rules",
        "",
        "Every combination of versions, profile, components and values is checked before anything is written. A rule",
        "refuses the combination (exit status 2) or warns about it; a note is printed by `manifestgen preflight` only.",
        "Messages and `--allow` name a rule by its code; each has a page that says why, what to do and how to see it.",
        "",
        "*X*, *Y*, *Z* and *P* stand for the versions of Calico, Istio and Kubernetes, and for the profile.",
        "",
    ]
    for title, cases in (("Combinations", combinations()), ("Values", values()), ("Policy", policy())):
        lines += [f"## {title}", "", "| code | | what |", "|---|---|---|"]
        for code, found in by_code(cases).items():
            what = sentence(re.split(r"\. (?=[A-Z])", found[0]["summary"])[0]).removesuffix(".")
            lines.append(f"| [`{code}`]({code}.md) | {verdict(found)} | {what} |")
        lines.append("")
    return "\n".join(
        [*lines, "Checks of `manifestgen validate` have [codes of their own](../validate.md#what-schemas-miss).", ""]
    )


def page(code: str, cases: Sequence[Case], example: Case) -> str:
    """One rule."""
    said = {"refused": "Refused.", "warning": "A warning.", "note": "A note of `manifestgen preflight`."}
    lines = [f"# {code}", "", f"**{said[verdict(cases)]}** {sentence(cases[0]['summary'])}", ""]
    for number, case in enumerate(cases, 1):
        if len(cases) > 1:
            lines += [f"## Case {number}", ""]
            lines += [sentence(case["summary"]), ""] if case["summary"] != cases[0]["summary"] else []
        lines += list(_case(case))
    if example:
        lines += ["## See it", "", *_shown(code, cases, example)]
    lines += ["## To render it anyway" if verdict(cases) == "refused" else "## What it changes", ""]
    lines += [*_allowed(code, cases), "", "[All rules](README.md)", ""]
    return "\n".join(lines)


def _case(case: Case) -> Iterator[str]:
    rows = {
        "known from" if case.get("note") else "why": sentence(case["because"]) if case.get("because") else "",
        "when": _when(case),
    }
    rows["what to do"] = sentence(case["next"]) if case.get("next") else ""
    rows["read more"] = f"[{case['issue']}]({case['issue']})" if case.get("issue") else ""
    yield "| | |"
    yield "|---|---|"
    yield from (f"| {name} | {text} |".replace("||", "\\|\\|") for name, text in rows.items() if text)
    yield ""


def _when(case: Case) -> str:
    when = case.get("when", {})
    words = [f"{name.title()} {_range(str(when[name]))}" for name in ("calico", "istio", "kubernetes") if name in when]
    if "profile" in when:
        words.append(f"the profile {_either([f'`{name}`' for name in when['profile'].split('|')])}")
    if "published" in when:
        words.append(f"{'with' if when['published'] else 'without'} `--published`")
    words += [f"`{name}` {_is(value)}" for name, value in when.get("parameters", {}).items()]
    words += [f"`{name}` {_is(value)}" for name, value in case.get("never", {}).items()]
    if "together" in case:
        words.append(f"some of {', '.join(f'`{name}`' for name in case['together'])} are set, and not all")
    if "within" in case:
        words.append("`{}` is not inside `{}`".format(*case["within"]))
    if "components" in case:
        words.append(f"the component {_either([f'`{name}`' for name in case['components']])} is rendered")
    if "without" in case:
        words.append(f"the component {_either([f'`{name}`' for name in case['without']])} is not rendered")
    if "target" in case:
        words.append(f"the bundle holds {_object(case['target'])}")
    words += [f"{_object(one['target'])} {_field(one)}" for one in case.get("objects", [])]
    return "; ".join(words)


def _range(text: str) -> str:
    says = {">=": "{} or newer", "<=": "{} or older", "<": "older than {}", ">": "newer than {}", "": "{}"}
    bounds = re.findall(r"([<>]=?|)(\d[\d.]*)", text)
    return " and ".join(says[operator].format(version) for operator, version in bounds)


def _is(value: Any) -> str:
    if isinstance(value, dict):
        if "not" in value:
            return f"is set to anything but `{value['not']}`"
        return f"matches `{value['matches']}`" if "matches" in value else "is set"
    choices = value if isinstance(value, list) else [value]
    given = [f"`{one if isinstance(one, str) else json.dumps(one)}`" for one in choices if one is not None]
    said = ["is not set"] if None in choices else []
    return " or ".join([*said, f"is {_either(given)}"] if given else said)


def _object(target: dict[str, str]) -> str:
    kind = target.get("kind", "object").removesuffix(".*")
    name = f" `{target['name'].removesuffix('.*')}`" if "name" in target else ""
    label = f" with the label `{target['labelSelector']}`" if "labelSelector" in target else ""
    return f"{'an' if kind[0] in 'AEIOo' else 'a'} {kind}{name}{label}"


def _field(one: dict[str, str]) -> str:
    if "lacks" in one:
        return f"has `{one['path']}` without `{one['lacks']}`"
    return f"has `{one['path']}`" + (f" with another value than `{one['not']}`" if "not" in one else "")


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _allowed(code: str, cases: Sequence[Case]) -> Iterator[str]:
    if cases[0].get("value"):
        yield "A rule about values cannot be switched off: Calico would not do what both values say."
    elif verdict(cases) == "refused":
        yield f"`--allow {code}` turns the refusal into a warning, as does `allow: [{code}]` in a profile and"
        yield f'`allow=["{code}"]` in Python.'
    elif verdict(cases) == "note":
        yield "Nothing: a note changes neither what is rendered nor an exit status. NOTES.md of a render says the same."
        if cases[0].get("note"):
            yield "`manifestgen preflight` prints it with `--policy`, and `upgrade` where it begins or ceases to hold."
    else:
        yield "A warning changes nothing that is rendered: `render` ends with 0, and `manifestgen preflight` with 1."


def _shown(code: str, cases: Sequence[Case], example: Case) -> Iterator[str]:
    """Files, call and output of the example, which is run."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in example.get("files", {}).items():
            path = Path(directory, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text((SITE if name == "site/profile.yaml" else "") + text.rstrip() + "\n")
            if path.suffix == ".yaml":
                yield f"```yaml\n# {name}\n{path.read_text()}```\n"
        output = _output(example["run"].split(), directory)
    shown, parts = [], re.split(r"(?m)^(?=\S)", output)
    summaries = [re.sub(r"<\w+>|\\<\w+>", ".*", re.escape(case["summary"])) for case in cases]
    for part in filter(None, parts):
        if f"({code})" in part or f"--allow {code}" in part or any(re.search(one, part) for one in summaries):
            shown.append(part.rstrip())
    if not shown:
        raise SystemExit(f"{code}: {example['run']} does not show it:\n{output}")
    yield f"```console\n$ manifestgen {example['run']}\n{shown[0]}\n```\n"


def _output(words: Sequence[str], directory: str) -> str:
    """What a call prints, in a directory."""
    output, before = io.StringIO(), Path.cwd()
    os.chdir(directory)
    try:
        with redirect_stdout(output), redirect_stderr(output):
            main(words)
    finally:
        os.chdir(before)
    return output.getvalue()
