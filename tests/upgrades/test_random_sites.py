"""Sites with patches that nobody chose: `upgrade` says no fault, and blocks exactly what a render refuses."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from tests.support.prove import times
from tests.upgrades.sites import PROFILES, RELEASES

ALLOWED = ("dikastes-unknown", "dikastes-v3", "published-form")


@lru_cache(maxsize=32)
def bodies(profile: str, calico: str) -> tuple[dict[str, Any], ...]:
    """The objects of a shipped profile."""
    return tuple(one.body for one in manifestgen.render(profile, calico=calico, allow=ALLOWED))


def fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field below a value, list items by name where they have one."""
    if isinstance(value, dict):
        for key, member in value.items():
            below = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
            yield below, member
            yield from fields(member, below)
    elif isinstance(value, list):
        names = [item.get("name") if isinstance(item, dict) else None for item in value]
        for index, item in enumerate(value):
            name = names[index]
            below = f"{path}/[name={name}]" if name and names.count(name) == 1 else f"{path}/{index}"
            yield below, item
            yield from fields(item, below)


def operation(body: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """One change of an object that the present release takes."""
    found = [(path, value) for path, value in fields(body) if path.count("/") > 2]
    kind = rng.choice(("replace", "remove", "add", "present"))
    path, value = rng.choice(found or [("/metadata", body["metadata"])])
    if kind == "add" or not found:
        mappings = [path for path, value in found if isinstance(value, dict)] or ["/metadata"]
        return {"op": "add", "path": f"{rng.choice(mappings)}/extra{rng.randrange(99)}", "value": "own"}
    if kind == "remove":
        return {"op": "remove", "path": path}
    changed = f"{value}-own" if isinstance(value, str) else value
    return {"op": "replace", "path": path, "value": changed, **({"if": "present"} if kind == "present" else {})}


def patch(body: dict[str, Any], rng: random.Random, after: str) -> dict[str, Any]:
    """One patch of an object."""
    target = {"kind": body["kind"], "name": body["metadata"]["name"]}
    if rng.random() < 0.1:
        return {"target": target, "patch": [{"op": "remove", "path": ""}]}
    operations = [operation(body, rng) for _ in range(rng.randint(1, 3))]
    condition = {"when": {"calico": f"{rng.choice('<>')}={after}"}} if rng.random() < 0.2 else {}
    return {"target": target, **condition, "patch": operations}


def random_site(directory: Path, rng: random.Random) -> tuple[str, bool]:
    """Write a site; gives the release to go to, and whether that is the way back."""
    before, after = rng.sample(RELEASES, 2)
    profile = rng.choice(PROFILES)
    every = bodies(profile, before)
    text: dict[str, Any] = {
        "apiVersion": "manifestgen/v1",
        "kind": "Profile",
        "metadata": {"name": "random"},
        "extends": profile,
        "calico": before,
        "allow": list(ALLOWED),
        "patches": [patch(rng.choice(every), rng, after) for _ in range(rng.randint(1, 5))],
    }
    if rng.random() < 0.3:
        text["images"] = [{"name": rng.choice(("calico/node", "calico/pod2daemon-flexvol")), "newTag": "v9"}]
    if rng.random() < 0.3:
        text["registry"] = "registry.example.com/mirror"
    if rng.random() < 0.3:
        text["values"] = rng.choice(({"mtu": 1400}, {"felix_log_level": "debug"}))
    directory.mkdir()
    (directory / "profile.yaml").write_text(json.dumps(text, indent=2))
    return after, RELEASES.index(after) < RELEASES.index(before)


def fits(directory: Path, calico: str | None) -> bool:
    """Whether the site can be rendered."""
    try:
        manifestgen.render(directory, calico=calico)
    except manifestgen.ManifestgenError:
        return False
    return True


@pytest.mark.parametrize("seed", range(times(12, 300)))
def test_what_blocks_an_upgrade_is_what_a_render_refuses(seed: int, tmp_path: Path) -> None:
    """Neither more nor less; and every change has a reason."""
    after, back = random_site(tmp_path / "site", random.Random(seed))
    found = manifestgen.upgrade(tmp_path / "site", calico=after, force=back)
    assert found.blocked is not fits(tmp_path / "site", after), found.to_text()
    assert found.to_markdown()
    for one in found.to_dict()["difference"]["objects"]:
        for changed in one["fields"]:
            assert any(cause["reason"] or cause["own"] for cause in changed["causes"]), (one["id"], changed)
    for misfit in found.misfits:
        assert misfit.where.startswith(str(tmp_path / "site")), misfit
