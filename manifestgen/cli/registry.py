"""All commands: names and summaries, stated only here, so that help imports no command."""

from __future__ import annotations

from importlib import import_module

from manifestgen.model.record import Record


class CommandEntry(Record):
    """A command or a group of commands.

    Attributes:
        summary: one line for help.
        module: its module; empty for a group.
        attribute: its name in the module: a `Command`, or a click command if click is needed anyway.
        examples: for a group: calls that its help shows, without the leading `manifestgen`.
    """

    summary: str
    module: str = ""
    attribute: str = "COMMAND"
    examples: tuple[str, ...] = ()

    @property
    def group(self) -> bool:
        """Whether it has subcommands."""
        return not self.module


COMMANDS = {
    "render": CommandEntry("Render a bundle as a directory or a stream.", "manifestgen.cli.render"),
    "adopt": CommandEntry("Make a profile of an install that somebody edited.", "manifestgen.cli.adopt"),
    "upgrade": CommandEntry("Show what other versions do to a profile, and why.", "manifestgen.cli.upgrade"),
    "diff": CommandEntry("Compare two bundles object by object.", "manifestgen.cli.diff"),
    "golden": CommandEntry(
        "Compare golden trees with what is rendered, or update them.",
        examples=("golden init kdd", "golden update", "golden check"),
    ),
    "golden init": CommandEntry("Write a matrix of golden trees to begin with.", "manifestgen.cli.golden", "INIT"),
    "golden check": CommandEntry("Compare golden trees with what is rendered.", "manifestgen.cli.golden", "CHECK"),
    "golden update": CommandEntry("Update golden trees, and print what changed.", "manifestgen.cli.golden", "UPDATE"),
    "patch": CommandEntry("Apply overlays to objects from elsewhere.", "manifestgen.cli.patch"),
    "krm": CommandEntry("Run as a KRM function of kustomize or kpt.", "manifestgen.cli.krm"),
    "fleet": CommandEntry("Render many clusters from one file.", "manifestgen.cli.fleet"),
    "explain": CommandEntry("Show where each field of an object came from.", "manifestgen.cli.explain"),
    "inject": CommandEntry("Add Dikastes to Istio's sidecar injector.", "manifestgen.cli.inject"),
    "preflight": CommandEntry("Check a combination of versions without rendering it.", "manifestgen.cli.preflight"),
    "validate": CommandEntry("Validate objects without a cluster.", "manifestgen.cli.validate"),
    "images": CommandEntry("List the images that a bundle needs.", "manifestgen.cli.images"),
    "profiles": CommandEntry("List the profiles and components.", "manifestgen.cli.listing", "PROFILES"),
    "releases": CommandEntry(
        "List the releases of Calico, Istio or Kubernetes.", "manifestgen.cli.listing", "RELEASES"
    ),
    "parameters": CommandEntry("List the parameters of a profile.", "manifestgen.cli.listing", "PARAMETERS"),
    "authz": CommandEntry("Check, test or stand in for an authorization server.", "manifestgen.cli.authz", "command"),
    "completion": CommandEntry("Print a shell completion script.", "manifestgen.cli.completion"),
    "help": CommandEntry("Show the help of a command.", "manifestgen.cli.help"),
    "version": CommandEntry("Print the version.", "manifestgen.cli.version"),
}


def find(name: str) -> object:
    """A command by its full name: a `Command`, or a click command."""
    entry = COMMANDS[name]
    return getattr(import_module(entry.module), entry.attribute)
