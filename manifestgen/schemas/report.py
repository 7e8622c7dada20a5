"""The result of a validation as text, JSON and SARIF."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from manifestgen._version import __version__
from manifestgen.errors import visible
from manifestgen.model.record import Record
from manifestgen.model.version import Version
from manifestgen.schemas.finding import NOTE, SEVERITIES, ValidationFinding

CODES = {
    "api-not-served": "The target does not serve this API version.",
    "duplicate-item": "Two items of a list have the same key.",
    "duplicate-object": "Two objects have the same identity.",
    "envoyfilter-ignored": "The target Istio takes this part of an EnvoyFilter and does nothing with it.",
    "envoyfilter-refused": "Envoy of the target Istio refuses this configuration.",
    "init-container-probe": "A container that ends before the pod is up has a probe or a lifecycle.",
    "missing-field": "A required field is missing.",
    "name": "A name, a label or a key has a form that is not allowed.",
    "node-label": "Nodes of this version do not have the label that selects them.",
    "pod-security": "The Pod Security level that a pod needs.",
    "port": "A port that does not exist or is out of range.",
    "quantity": "An amount that Kubernetes cannot read.",
    "reference-key-missing": "A ConfigMap or Secret has no such key.",
    "reference-missing": "Nothing holds the object that is referred to.",
    "request-over-limit": "A container requests more than its limit.",
    "restart-policy": "The restart policy does not fit the kind.",
    "selector-mismatch": "The selector does not match the labels of the pod template.",
    "structure-not-checked": "There was no schema to check this against.",
    "unknown-field": "The schema has no such field.",
    "value-not-allowed": "The schema does not allow this value.",
    "volume-missing": "A container mounts a volume that its pod does not have.",
    "wrong-type": "The value has a type that the schema does not allow.",
}
"""Every code and what it means."""

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


class ValidationReport(Record):
    """The result of a validation.

    Attributes:
        findings: the findings, in order of file, line and column.
        objects: how many objects were validated.
        kubernetes: the version that they were validated for.
        istio: the version of Istio that they were validated for.
        structure: whether there are schemas for this version of Kubernetes.
        name: the name of the input.
    """

    findings: tuple[ValidationFinding, ...]
    objects: int
    kubernetes: Version
    istio: Version
    structure: bool
    name: str = ""

    @property
    def failed(self) -> bool:
        """Whether there is an error or a warning."""
        return any(finding.severity != NOTE for finding in self.findings)

    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity: found[severity] for severity in SEVERITIES}

    def to_text(self) -> str:
        """For people: every finding, then a summary line."""
        counts = ", ".join(_counted(count, word) for word, count in self.counts().items())
        name = f"{self.name}: " if self.name else ""
        objects = _counted(self.objects, "object")
        total = f"{name}{objects} for Kubernetes {self.kubernetes} and Istio {self.istio}: {counts}"
        return "\n".join([*map(str, self.findings), total]) + "\n"

    def to_json(self) -> str:
        """For programs: a JSON object with the findings."""
        return _json(
            {
                "name": self.name,
                "kubernetes": str(self.kubernetes),
                "istio": str(self.istio),
                "objects": self.objects,
                "structureChecked": self.structure,
                "counts": self.counts(),
                "findings": [_plain(finding) for finding in self.findings],
            }
        )

    def to_sarif(self) -> str:
        """For code review: SARIF 2.1.0 (OASIS), which GitHub and GitLab read."""
        used = sorted({finding.code for finding in self.findings})
        rules = [{"id": code, "shortDescription": {"text": CODES[code]}} for code in used]
        driver = {"name": "manifestgen", "version": __version__, "rules": rules}
        results = [_result(finding, used) for finding in self.findings]
        return _json(
            {"$schema": _SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
        )


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _json(value: Any) -> str:
    return visible(json.dumps(value, indent=2, ensure_ascii=False), keep="\n") + "\n"


def _plain(finding: ValidationFinding) -> dict[str, Any]:
    place = finding.location
    return {
        "severity": finding.severity,
        "code": finding.code,
        "text": finding.text,
        "next": finding.next_step,
        "object": finding.object,
        "pointer": finding.pointer,
        "file": place.file if place else None,
        "line": (place.line or None) if place else None,
        "column": (place.column or None) if place else None,
        "origin": finding.origin or None,
    }


def _result(finding: ValidationFinding, codes: list[str]) -> dict[str, Any]:
    text = (
        f"{finding.text}. {finding.next_step[:1].upper()}{finding.next_step[1:]}."
        if finding.next_step
        else finding.text
    )
    location: dict[str, Any] = {}
    place = finding.location
    if place:
        physical: dict[str, Any] = {"artifactLocation": {"uri": place.file.replace("\\", "/")}}
        if place.line:
            physical["region"] = {"startLine": place.line, **({"startColumn": place.column} if place.column else {})}
        location["physicalLocation"] = physical
    if finding.object:
        location["logicalLocations"] = [{"fullyQualifiedName": f"{finding.object} {finding.pointer}".rstrip()}]
    return {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.severity,
        "message": {"text": text},
        **({"locations": [location]} if location else {}),
        **({"properties": {"origin": finding.origin}} if finding.origin else {}),
    }
