"""Edits of the kinds that people make to a published install, at random."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

Objects = list[dict[str, Any]]


def daemonset(objects: Objects) -> dict[str, Any]:
    """The DaemonSet of calico-node."""
    return next(one for one in objects if one["kind"] == "DaemonSet")


def _pod(objects: Objects) -> dict[str, Any]:
    spec: dict[str, Any] = daemonset(objects)["spec"]["template"]["spec"]
    return spec


def _node(objects: Objects) -> dict[str, Any]:
    return next(one for one in _pod(objects)["containers"] if one["name"] == "calico-node")


def _config(objects: Objects) -> dict[str, Any]:
    return next(one for one in objects if one["kind"] == "ConfigMap" and one["metadata"]["name"].endswith("-config"))


def add_env(objects: Objects, chance: random.Random) -> None:
    """A variable of one's own, anywhere in the list."""
    env = _node(objects)["env"]
    name = chance.choice(["FELIX_", "", "CALICO_"]) + f"OWN_{chance.randrange(10**6)}"
    env.insert(chance.randrange(len(env) + 1), {"name": name, "value": chance.choice(["true", "a b", "10", ""])})


def remove_env(objects: Objects, chance: random.Random) -> None:
    """A variable less."""
    env = _node(objects)["env"]
    del env[chance.randrange(len(env))]


def change_env(objects: Objects, chance: random.Random) -> None:
    """Another value of a variable."""
    texts = [one for one in _node(objects)["env"] if "value" in one]
    chance.choice(texts)["value"] = chance.choice(["own", "false", "7", "Warning"])


def change_image(objects: Objects, chance: random.Random) -> None:
    """Another image of one container."""
    containers = [*_pod(objects)["containers"], *_pod(objects).get("initContainers", [])]
    one = chance.choice(containers)
    one["image"] = f"registry.example.com/{one['name']}:v{chance.randrange(9)}"


def change_tag(objects: Objects, chance: random.Random) -> None:
    """Another tag of one container's image."""
    containers = [*_pod(objects)["containers"], *_pod(objects).get("initContainers", [])]
    one = chance.choice(containers)
    one["image"] = f"{one['image'].partition('@')[0].rpartition(':')[0]}:own-{chance.randrange(9)}"


def change_resources(objects: Objects, chance: random.Random) -> None:
    """Other resources of calico-node."""
    _node(objects)["resources"] = {"requests": {"cpu": f"{chance.randrange(100, 900)}m"}}


def limit_resources(objects: Objects, chance: random.Random) -> None:
    """Requests and limits at once."""
    requests = {"cpu": chance.choice(["200m", 0.25]), "memory": "64Mi"}
    _node(objects)["resources"] = {"limits": {"memory": "1Gi"}, "requests": requests}


def move_env(objects: Objects, chance: random.Random) -> None:
    """A variable elsewhere in the list."""
    env = _node(objects)["env"]
    env.insert(chance.randrange(len(env)), env.pop(chance.randrange(len(env))))


def remove_volume(objects: Objects, chance: random.Random) -> None:
    """A volume less; its mounts stay, as after a slip."""
    volumes = _pod(objects)["volumes"]
    volumes.pop(chance.randrange(len(volumes)))


def add_init_container(objects: Objects, chance: random.Random) -> None:
    """A container that runs first, with a script."""
    first = {
        "name": f"own-{chance.randrange(10**6)}",
        "image": "example.com/own:1",
        "command": ["sh", "-c", 'echo "a: b" # c\n'],
    }
    _pod(objects).setdefault("initContainers", []).insert(0, first)


def remove_init_container(objects: Objects, chance: random.Random) -> None:
    """One of the containers that run first less."""
    found = _pod(objects).get("initContainers", [])
    if found:
        del found[chance.randrange(len(found))]
    if not found:
        _pod(objects).pop("initContainers", None)


def rename_account(objects: Objects, chance: random.Random) -> None:
    """Another ServiceAccount for calico-node."""
    _pod(objects)["serviceAccountName"] = f"own-{chance.randrange(9)}"


def pin_image(objects: Objects, chance: random.Random) -> None:
    """An image by its digest."""
    _node(objects)["image"] = _node(objects)["image"].partition("@")[0] + f"@sha256:{chance.randrange(16):x}{'0' * 63}"


def spread(objects: Objects, chance: random.Random) -> None:
    """Other nodes, or another way of updating."""
    if chance.random() < 0.5:
        _pod(objects).setdefault("nodeSelector", {})["example.com/pool"] = "own"
    else:
        daemonset(objects)["spec"]["updateStrategy"] = {"type": "OnDelete"}


def remove_plugin(objects: Objects, chance: random.Random) -> None:
    """A plugin of the CNI configuration less, written by a program."""
    data = _config(objects)["data"]
    key = next(name for name in data if name.startswith("cni_network_config"))
    parsed = json.loads(data[key].replace("__CNI_MTU__", "1234567"))
    del parsed["plugins"][-1]
    data[key] = json.dumps(parsed, indent=2).replace("1234567", "__CNI_MTU__")


def add_toleration(objects: Objects, chance: random.Random) -> None:
    """A toleration more."""
    found = _pod(objects).setdefault("tolerations", [])
    own = {"key": f"own-{chance.randrange(10**6)}", "operator": "Exists"}
    found.insert(chance.randrange(len(found) + 1), own)


def remove_toleration(objects: Objects, chance: random.Random) -> None:
    """A toleration less."""
    found = _pod(objects).get("tolerations", [])
    if found:
        del found[chance.randrange(len(found))]


def add_args(objects: Objects, chance: random.Random) -> None:
    """Arguments where there were none."""
    _node(objects)["args"] = ["--own", str(chance.randrange(9))]


def change_probe(objects: Objects, chance: random.Random) -> None:
    """Another word of a probe's command, or another period."""
    probe = _node(objects)["readinessProbe"]
    if chance.random() < 0.5 or "exec" not in probe:
        probe["periodSeconds"] = chance.randrange(11, 90)
    else:
        probe["exec"]["command"].append(f"-own-{chance.randrange(9)}")


def add_volume(objects: Objects, chance: random.Random) -> None:
    """A volume and its mount."""
    name = f"own-{chance.randrange(10**6)}"
    _pod(objects)["volumes"].append({"name": name, "hostPath": {"path": f"/opt/{name}"}})
    _node(objects)["volumeMounts"].append({"name": name, "mountPath": f"/mnt/{name}"})


def add_container(objects: Objects, chance: random.Random) -> None:
    """A container of one's own beside calico-node."""
    _pod(objects)["containers"].append({"name": f"own-{chance.randrange(99)}", "image": "example.com/own:1"})


def change_cni(objects: Objects, chance: random.Random) -> None:
    """Another value in the text of the CNI configuration, which keeps its form."""
    data = _config(objects)["data"]
    key = next(name for name in data if name.startswith("cni_network_config"))
    before, after = chance.choice([('"info"', '"debug"'), ('"snat": true', '"snat": false'), ("0.3.1", "0.4.0")])
    data[key] = data[key].replace(before, after)


def reformat_cni(objects: Objects, chance: random.Random) -> None:
    """A plugin more, written by a program."""
    data = _config(objects)["data"]
    key = next(name for name in data if name.startswith("cni_network_config"))
    text = data[key].replace("__CNI_MTU__", "1234567")
    parsed = json.loads(text)
    parsed["plugins"].append({"type": f"own-{chance.randrange(99)}"})
    data[key] = json.dumps(parsed, indent=2).replace("1234567", "__CNI_MTU__")


def change_mtu(objects: Objects, chance: random.Random) -> None:
    """Another MTU."""
    data = _config(objects)["data"]
    if "veth_mtu" in data:
        data["veth_mtu"] = str(chance.randrange(1000, 1500))


def change_pool(objects: Objects, chance: random.Random) -> None:
    """A pod network of one's own; with flannel it would have to be flannel's, too."""
    if daemonset(objects)["metadata"]["name"] == "canal":
        return
    network = f"10.{chance.randrange(256)}.0.0/16"
    present = [one for one in _node(objects)["env"] if one["name"] == "CALICO_IPV4POOL_CIDR"]
    if present:
        present[0]["value"] = network
    else:
        _node(objects)["env"].append({"name": "CALICO_IPV4POOL_CIDR", "value": network})


def add_label(objects: Objects, chance: random.Random) -> None:
    """A label and an annotation on an object."""
    metadata = chance.choice([daemonset(objects), _config(objects)])["metadata"]
    metadata.setdefault("labels", {})["example.com/own"] = "x"
    metadata.setdefault("annotations", {})["own"] = "a: b # c"


def label_all(objects: Objects, chance: random.Random) -> None:
    """A label on every object, as installers of addons put it."""
    for one in objects:
        one["metadata"].setdefault("labels", {})["addon.example.com/name"] = "networking"


def rename_registry(objects: Objects, chance: random.Random) -> None:
    """Every image from a mirror."""
    for one in objects:
        spec = ((one.get("spec") or {}).get("template") or {}).get("spec") or {}
        for container in [*spec.get("containers", []), *spec.get("initContainers", [])]:
            first, slash, rest = container["image"].partition("/")
            path = rest if slash and ("." in first or ":" in first) else container["image"]
            container["image"] = f"mirror.example.com/calico-images/{path}"


def delete_object(objects: Objects, chance: random.Random) -> None:
    """An object less, but not what makes it an install."""
    others = [one for one in objects if one["kind"] not in {"DaemonSet", "ConfigMap"}]
    if others:
        objects.remove(chance.choice(others))


def reorder(objects: Objects, chance: random.Random) -> None:
    """The same objects in another order."""
    chance.shuffle(objects)


def add_object(objects: Objects, chance: random.Random) -> None:
    """An object of one's own."""
    name = f"own-{chance.randrange(10**6)}"
    objects.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "b"}})


EDITS: dict[str, Callable[[Objects, random.Random], None]] = {
    edit.__name__: edit
    for edit in (
        *(add_env, remove_env, change_env, change_image, change_tag, change_resources, add_toleration),
        *(remove_toleration, add_args, change_probe, add_volume, add_container, change_cni, reformat_cni),
        *(limit_resources, move_env, remove_volume, add_init_container, remove_init_container, rename_account),
        *(pin_image, spread, remove_plugin),
        *(change_mtu, change_pool, add_label, label_all, rename_registry, delete_object, reorder, add_object),
    )
}
"""The edits by name."""
