"""Run the batteries that attack manifestgen, and print how many of their attempts it held.

    python -m tests.batteries [--long] [NAME ...]

Each battery is a part of the tests; `--long` runs it with the numbers of `make prove`. The exit status is 1 where an
attempt was not held. What kubectl or kustomize do wrong by themselves is listed below the table: no test counts it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

BATTERIES = {
    "strings through kubectl, kustomize, PyYAML and ruamel.yaml": ["tests/yamlio/test_writer.py"],
    "what kubectl and kustomize read": ["tests/yamlio/test_reader.py", "tests/yamlio/test_kubectl.py"],
    "files: encodings, limits, pipes, devices": ["tests/yamlio/test_files.py"],
    "RFC 6902: the public suites and random patches": [
        "tests/patch/test_suite.py",
        "tests/patch/test_cases.py",
        "tests/patch/test_fuzz.py",
        "tests/api/test_patch.py",
    ],
    "strategic merge against kustomize and kubectl": [
        "tests/patch/test_strategic.py",
        "tests/patch/test_strategic_fuzz.py",
    ],
    "JSON patches against the library jsonpatch": ["tests/difference/test_patch.py", "tests/patch/test_confirm.py"],
    "exported overlays built by kubectl kustomize": ["tests/patch/test_kustomize.py", "tests/emit/test_tree.py"],
    "origins of every field": ["tests/compose/test_provenance.py"],
    "kills, concurrent renders, repositories as output": ["tests/emit/test_battery.py"],
    "failing system calls, full and read-only file systems, mount points": ["tests/emit/test_failures.py"],
    "hand edits, foreign files, forged inventories": [
        "tests/emit/test_directory.py",
        "tests/emit/test_inventory.py",
    ],
    "golden trees: killed updates, Secrets": ["tests/goldens/test_workers.py", "tests/goldens/test_secrets.py"],
    "untrusted overlays: paths, links, selectors": [
        "tests/compose/test_untrusted.py",
        "tests/patch/test_regex.py",
    ],
    "Go templates and documents in strings": ["tests/injector/test_fuzz.py", "tests/embedded/test_fuzz.py"],
    "control characters in messages and reports": [
        "tests/cli/test_control_characters.py",
        "tests/errors/test_errors.py",
    ],
    "values of Secrets in messages and listings": ["tests/parameters/test_secrets.py", "tests/api/test_bundle.py"],
    "the caches: malformed, edited, flipped bits, planted by another user": [
        "tests/catalog/test_document_cache.py",
        "tests/compose/test_result_cache.py",
        "tests/catalog/test_cache_file.py",
        "tests/cli/test_again.py",
    ],
    "mistakes in shipped and user files": ["tests/catalog/test_formats.py", "tests/catalog/test_user_files.py"],
    "objects with faults": ["tests/schemas/test_fuzz.py", "tests/schemas/test_oracles.py"],
    "wrong arguments, in Python and on the command line": ["tests/api/test_arguments.py", "tests/cli/test_parsers.py"],
    "closed and full streams": ["tests/cli/test_streams.py"],
    "upgrades: random edits, conflicts, wrong manifests, Secrets": [
        "tests/upgrades/test_manifests.py",
        "tests/upgrades/test_merge.py",
        "tests/upgrades/test_random_sites.py",
    ],
    "adopted installs that must render back": ["tests/adoption/test_adopt.py", "tests/adoption/test_published.py"],
    "fleets: killed workers, wrong files, other executors": ["tests/fleets/test_fleet.py"],
    "overlays in a Helm post-renderer and a KRM function": ["tests/integrations"],
    "the stand-in authorization server under load and garbage": ["tests/authz/test_server.py"],
}

OTHERS = (
    "kubectl kustomize turns a NEL in a value into a space, and stops at DEL, C1 controls, U+FFFE and U+FFFF",
    "kubectl kustomize appends a newline to a string that ends in U+2028",
    "kubectl kustomize refuses keys of 300 characters and more, and `? key` of 1,100",
    "kustomize adds empty lines to folded blocks with lines that are indented further",
    "kubectl prints other digits of floats beyond 2^53",
    "kustomize says nothing where a patch or an image matches nothing",
    "kustomize loses a strategic merge of a port without its protocol, and `$patch: replace` of a whole object",
)
"""Faults of the readers and builders that the batteries compare with."""


def main(words: list[str]) -> int:
    """Run batteries and print the table."""
    environment = dict(os.environ)
    if "--long" in words:
        environment["MANIFESTGEN_PROVE"] = "1"
    chosen = [word for word in words if word != "--long"]
    failed = False
    print("| battery | held | tried | skipped |\n|---|---|---|---|")
    for name, paths in BATTERIES.items():
        if chosen and not any(word in name for word in chosen):
            continue
        tried, held, skipped = attempts(paths, environment)
        failed = failed or held != tried or not tried
        print(f"| {name} | {held} | {tried} | {skipped} |", flush=True)
    print("\nNot ours, and counted in no row:")
    print(*(f"- {fault}" for fault in OTHERS), sep="\n")
    return 1 if failed else 0


def attempts(paths: list[str], environment: dict[str, str]) -> tuple[int, int, int]:
    """How many tests were run, how many held, and how many were skipped on this machine."""
    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--tb=no", "-p", "no:cacheprovider"]
        subprocess.run(
            [*command, f"--junit-xml={report}", *paths], cwd=root, env=environment, capture_output=True, check=False
        )
        suite = next(ElementTree.parse(report).getroot().iter("testsuite"))
    counts = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")}
    tried = counts["tests"] - counts["skipped"]
    return tried, tried - counts["failures"] - counts["errors"], counts["skipped"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
