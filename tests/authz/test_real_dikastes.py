"""The stand-in beside the answers of real Dikastes builds, for every case that simple rules can express."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

from manifestgen.authz.request import make_request
from manifestgen.authz.rules import AuthorizationRule, PathMatch, Rules
from manifestgen.authz.server import verdict_on
from manifestgen.authz.shipped import release
from tests.support.shared import shared

BUILDS = ("v3.24.6", "v3.29.7", "v3.31.7", "v3.32.1")
APIS = ("v2alpha", "v2", "v3")

OUT_OF_REACH = {
    "addresses: IP sets, networks and ports": 22,
    "protocols": 13,
    "service accounts and namespaces by selector, or in any namespace": 12,
    "service accounts of the destination": 2,
    "passing on, logging, unknown and missing things, several tiers": 13,
    "no endpoint": 1,
}
"""What rules of the stand-in cannot say, and how many cases of the table need it: the same for every release."""


class OutOfReachError(Exception):
    """A case needs something that rules of the stand-in cannot say."""


@cache
def table() -> list[dict[str, Any]]:
    """The cases."""
    cases: list[dict[str, Any]] = json.loads(shared("truth/decisions.json").read_text())["cases"]
    return cases


def rule(entry: dict[str, Any], namespace: str | None) -> AuthorizationRule:
    """A rule of Calico's as one of the stand-in's."""
    source, destination, http = entry.get("source", {}), entry.get("destination", {}), entry.get("http", {})
    if {"protocol", "notProtocol"} & set(entry):
        raise OutOfReachError("protocols")
    if set(destination) == {"serviceAccounts"}:
        raise OutOfReachError("service accounts of the destination")
    accounts = source.get("serviceAccounts", {})
    if "namespaceSelector" in source or "selector" in accounts or (accounts and namespace is None):
        raise OutOfReachError("service accounts and namespaces by selector, or in any namespace")
    if set(source) - {"serviceAccounts"} or destination:
        raise OutOfReachError("addresses: IP sets, networks and ports")
    if entry["action"] not in ("Allow", "Deny"):
        raise OutOfReachError("passing on, logging, unknown and missing things, several tiers")
    paths = [PathMatch(path, prefix=kind == "prefix") for one in http.get("paths", ()) for kind, path in one.items()]
    names = [f"spiffe://cluster.local/ns/{namespace}/sa/{name}" for name in accounts.get("names", ())]
    return AuthorizationRule(
        name="r",
        action=entry["action"].lower(),
        methods=frozenset(http["methods"]) if "methods" in http else None,
        paths=tuple(paths) or None,
        principals=frozenset(names) or None,
    )


def rules(policy: dict[str, Any]) -> Rules:
    """The policy of a case as rules of the stand-in."""
    tiers, profiles = policy.get("tiers", []), policy.get("profiles", [])
    if policy.get("endpoint") is False:
        raise OutOfReachError("no endpoint")
    bodies = [body for tier in tiers for body in tier["policies"]] + profiles
    odd = len(tiers) > 1 or any(tier["defaultAction"] != "Deny" for tier in tiers)
    if odd or any(body.get("missing") or "egress" in body for body in bodies):
        raise OutOfReachError("passing on, logging, unknown and missing things, several tiers")
    found = [rule(entry, body.get("namespace")) for body in bodies for entry in body.get("ingress", ())]
    if tiers and profiles:
        found = found[: sum(len(body.get("ingress", ())) for tier in tiers for body in tier["policies"])]
    return Rules(rules=tuple(found))


def wire(request: dict[str, Any]) -> bytes:
    """The bytes of a case's request."""
    http = request.get("http")
    values: dict[str, Any] = {"method": None} if http is None else {"method": http["method"], "path": http["path"]}
    for end in ("source", "destination"):
        peer: dict[str, Any] = request.get(end) or {}
        values[f"with_{end}"] = end in request
        for name in ("principal", "address", "port", "labels"):
            if name in peer:
                values[f"{end}_{name}"] = peer[name]
    return make_request(**values, transport=request.get("destination", {}).get("protocol", "TCP")).SerializeToString()


def answer(entry: dict[str, Any], api: str) -> int | None:
    """The code of a real answer; None where the process died."""
    found = entry if "code" in entry or "outcome" in entry else entry[api]
    return found.get("code") if isinstance(found, dict) else None


def test_what_simple_rules_can_express_is_answered_as_the_real_server_answered() -> None:
    """Every build, API and case; what is out of reach is this list, with these counts."""
    reached, missed, wrong = 0, Counter[str](), []
    for case in table():
        try:
            policy = rules(case["policy"])
        except OutOfReachError as reason:
            missed[str(reason)] += 1
            continue
        reached += 1
        for build in BUILDS:
            matching = release(build).matching
            for api in APIS:
                _, verdict = verdict_on(policy, wire(case["request"]), api=api, matching=matching)
                real = answer(case["answers"][build], api)
                if (verdict.code if verdict.answered else None) != real:
                    wrong.append((case["id"], case["name"], build, api, verdict, real))
    assert not wrong, wrong[:5]
    assert dict(missed) == OUT_OF_REACH
    assert reached == len(table()) - sum(OUT_OF_REACH.values())
