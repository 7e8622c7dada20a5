"""`manifestgen inject`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from manifestgen.cli.render_options import CALICO, PUBLISHED, mapping_file, pairs
from manifestgen.cli.spec import FLAG, MANY, Argument, Command, Option
from manifestgen.errors import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

STREAM = "-"


def run(arguments: Mapping[str, Any]) -> int:
    """Read a file of Istio's, insert or remove Dikastes, write the result."""
    from manifestgen.catalog import releases
    from manifestgen.compose.compatibility import check
    from manifestgen.injector.fragments import volume_driver
    from manifestgen.injector.inject import Options, inject
    from manifestgen.model.version import parse

    calico = releases.resolve_calico(arguments["calico"])
    file, text = _input(arguments["file"])
    options = Options(
        debug=True if arguments["debug"] else False if arguments["no_debug"] else None,
        resources=mapping_file(arguments["resources"])[0] if arguments["resources"] else None,
        env=pairs("--env", arguments["env"]),
        pull_policy=arguments["pull_policy"] or "",
        image=arguments["image"] or "",
        templates=arguments["template"],
        revision=arguments["revision"] or "",
    )
    injected = inject(
        text,
        calico=calico,
        istio=parse(arguments["istio"]) if arguments["istio"] else None,
        kubernetes=parse(arguments["kubernetes"]) if arguments["kubernetes"] else None,
        file=file,
        published=arguments["published"],
        remove=arguments["remove"],
        options=options,
    )
    warnings = () if arguments["remove"] else check(injected.context, ("injector",), arguments["allow"])
    for finding in warnings:
        print(visible(f"warning: {finding}", keep="\n"), file=sys.stderr)
    # A render brings the driver itself, or says in its notes where it comes from.
    driver = () if arguments["remove"] or injected.text == text else (volume_driver(injected.context),)
    for note in (*injected.notes, *driver):
        print(visible(f"note: {note}"), file=sys.stderr)
    _write(injected.text, arguments["output"])
    return 0


def _input(path: str) -> tuple[str, str]:
    """The name of the input and its text, line ends as they are."""
    from manifestgen.yamlio.files import decode, read_file

    if path == STREAM:
        return "<stdin>", decode(sys.stdin.buffer.read(), "<stdin>")
    return path, read_file(path, pipes=True)


def _write(text: str, path: str) -> None:
    if path == STREAM:
        sys.stdout.buffer.write(text.encode())
        return
    from manifestgen.emit.directory import write_file

    write_file(path, text)


COMMAND = Command(
    run,
    (Argument("file", required=False, default=STREAM),),
    (
        CALICO,
        Option(("--istio",), "Istio version.", metavar="VERSION", without="found in the file"),
        Option(
            ("--kubernetes",), "Kubernetes version of the cluster.", metavar="VERSION", without="what Istio supports"
        ),
        PUBLISHED,
        Option(("--remove",), "Remove Dikastes again.", FLAG),
        Option(("--revision",), "Istio revision, where the file holds several ConfigMaps.", metavar="NAME"),
        Option(
            flags=("--template",),
            help="Template to add Dikastes to.",
            kind=MANY,
            metavar="NAME",
            without="those that have it, else Istio's for sidecars",
        ),
        Option(("--debug",), "Make Dikastes log at debug level.", FLAG),
        Option(("--no-debug",), "Remove the debug flag from a Dikastes that is already there.", FLAG),
        Option(("--image",), "Image of Dikastes, with its tag.", metavar="IMAGE", without="the image of the release"),
        Option(("--pull-policy",), "imagePullPolicy of Dikastes.", choices=("Always", "IfNotPresent", "Never")),
        Option(flags=("--env",), help="Environment variable of Dikastes.", kind=MANY, metavar="NAME=VALUE"),
        Option(("--resources",), "YAML file with the resources of the container.", metavar="FILE"),
        Option(flags=("--allow",), help="Rule that may not refuse these versions.", kind=MANY, metavar="RULE"),
        Option(("-o", "--output"), "File to write; - for stdout.", metavar="FILE", default=STREAM),
    ),
    details="FILE is what `kubectl -n istio-system get configmap istio-sidecar-injector -o yaml` prints, a file that "
    "holds only its `data:`, a stream of manifests, an IstioOperator, or Helm values of the chart istiod; - reads "
    "stdin. Everything else in the file keeps its bytes. The command is idempotent, and --remove restores the original "
    "bytes.",
    examples=(
        "inject injector.yaml --calico 3.32 -o injector.yaml",
        "inject istiod-values.yaml --istio 1.28 -o istiod-values.yaml",
        "inject --remove injector.yaml",
    ),
)
