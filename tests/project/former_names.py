"""What became of the names of 0.1, for the changelog: `python -m tests.project.former_names` writes its list again."""

from __future__ import annotations

import ast
import importlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHANGELOG = ROOT / "CHANGELOG.md"
FORMER = ROOT / "tests" / "cases" / "project" / "names-0.1.txt"
BEGIN, END = "<!-- names of 0.1 -->\n", "<!-- end of the names of 0.1 -->\n"


def former() -> dict[str, list[str]]:
    """The public names of 0.1 by their modules; those of the command line were never meant for programs."""
    lines = (line for line in FORMER.read_text().splitlines() if not line.startswith("#"))
    return {module: names.split() for module, _, names in (line.partition(": ") for line in lines)}


def lost() -> dict[str, list[str]]:
    """The names that cannot be imported from where they were."""
    found = {}
    for module, names in former().items():
        try:
            now = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("manifestgen"):
                found[module] = names
            continue
        missing = [name for name in names if not hasattr(now, name)]
        if missing:
            found[module] = missing
    return found


def homes() -> Mapping[str, set[str]]:
    """The modules of today by the names that they define."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "manifestgen").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if parts[1] in {"cli", "profiles"} or module.endswith(("_pb2", "_pb2_grpc")):
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                found[node.name].add(module)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        found[target.id].add(module)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[node.target.id].add(module)
    return found


def lines() -> Iterator[str]:
    """One line for each module of 0.1 that lost names: where they are, and which are gone or have another name."""
    known = homes()
    for module, names in sorted(lost().items()):
        votes = Counter(home for name in names for home in known.get(name, ()))
        likely = sorted(votes, key=lambda home: (-votes[home], home))
        moved = defaultdict(list)
        gone = []
        for name in names:
            places = [home for home in likely if home in known.get(name, ())]
            home = next((one for one in places if votes[one] > 1 or _is_room(one, module, places)), "")
            if home:
                moved[home].append(name)
            else:
                gone.append(name)
        said = [f"{_names(found)} now in `{home}`" for home, found in sorted(moved.items())]
        said += [f"{_names(gone)} gone or renamed"] if gone else []
        yield f"- `{module}`: {'; '.join(said)}."


def _is_room(home: str, former_module: str, places: list[str]) -> bool:
    """Whether a name is in one place only, and that in the room that it was in."""
    room = former_module.split(".")[1]
    rooms = {"compare": {"difference", "goldens"}}.get(room, {room})
    return len(places) == 1 and home.split(".")[1] in {*rooms, "errors"}


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main() -> None:
    """Write the list in the changelog again."""
    text = CHANGELOG.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    CHANGELOG.write_text(before + BEGIN + "".join(f"{line}\n" for line in lines()) + END + after)


if __name__ == "__main__":
    main()
