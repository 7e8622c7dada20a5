"""Which commands there are, and where: names and summaries only, so that help imports none of them."""

from __future__ import annotations

from importlib import import_module

from manifestgen.model.record import Record


class Entry(Record):
    """A command or a group of commands.

    Attributes:
        summary: one line for help.
        module: where it is; empty for a group.
        attribute: its name there: a `Command`, or a click command where click is needed anyway.
    """

    summary: str
    module: str = ""
    attribute: str = "COMMAND"

    @property
    def group(self) -> bool:
        """Whether it holds other commands."""
        return not self.module


COMMANDS = {
    "render": Entry("Compose a bundle and write it.", "manifestgen.cli.render"),
    "diff": Entry("Compare two bundles by what they say.", "manifestgen.cli.diff"),
    "golden": Entry("Compare golden trees with what is rendered, or rewrite them."),
    "golden check": Entry("Compare golden trees with what is rendered.", "manifestgen.cli.golden", "CHECK"),
    "golden update": Entry("Rewrite golden trees, and say what changed.", "manifestgen.cli.golden", "UPDATE"),
    "explain": Entry("Say where each field of an object came from.", "manifestgen.cli.explain"),
    "images": Entry("List every image that a bundle needs.", "manifestgen.cli.images"),
    "profiles": Entry("List the profiles and components.", "manifestgen.cli.listing", "PROFILES"),
    "releases": Entry("List the Calico releases.", "manifestgen.cli.listing", "RELEASES"),
    "parameters": Entry("List what can be set in a profile.", "manifestgen.cli.listing", "PARAMETERS"),
    "authz": Entry("Probe, judge or stand in for an authorization server.", "manifestgen.cli.authz", "command"),
    "inject": Entry("Insert Dikastes into an istio-sidecar-injector ConfigMap.", "manifestgen.cli.inject", "command"),
    "preflight": Entry("Judge a combination without rendering it.", "manifestgen.cli.preflight"),
    "validate": Entry("Validate objects without a cluster.", "manifestgen.cli.validate"),
    "completion": Entry("Print a shell completion script.", "manifestgen.cli.completion"),
}


def find(name: str) -> object:
    """A command by its full name: a `Command`, or a click command."""
    entry = COMMANDS[name]
    return getattr(import_module(entry.module), entry.attribute)
