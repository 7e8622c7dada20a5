"""`manifestgen --help`: the commands by purpose. It is printed without click, which is slow to import."""

from __future__ import annotations

from manifestgen.cli.registry import COMMANDS

HEAD = """Usage: manifestgen COMMAND [OPTIONS] [ARGUMENTS]

  Compose, check and compare the manifests that enable Calico application layer
  policy on an Istio mesh.

Commands:
"""
TAIL = """
Options:
  -h, --help     Show this message, or the help of a command.
  -V, --version  Show the version.

Exit status:
  0  done, or no difference
  1  a difference, a denied check or another finding
  2  a mistake in the input or in the arguments
  3  a fault of manifestgen

Examples:
  $ manifestgen render kdd --calico 3.32 -o out
  $ manifestgen explain kdd DaemonSet/calico-node
  $ manifestgen render --help
"""


def overview() -> str:
    """The help of the whole program."""
    rows = [(name, entry.summary) for name, entry in COMMANDS.items() if " " not in name]
    width = max(len(name) for name, _ in rows)
    return HEAD + "".join(f"  {name:{width}}  {summary}\n" for name, summary in rows) + TAIL
