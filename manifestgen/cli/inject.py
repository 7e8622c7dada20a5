"""`manifestgen inject`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from manifestgen.cli.render_options import CALICO, PUBLISHED, pairs
from manifestgen.cli.spec import FLAG, MANY, Argument, Command, Option
from manifestgen.errors import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

STREAM = "-"


def run(arguments: Mapping[str, Any]) -> int:
    """Read a file of Istio's, insert or remove Dikastes, write the result."""
    from manifestgen.api.files import STDIN, read_mapping, read_text, write_text
    from manifestgen.api.injection import injection

    file, output, resources = arguments["file"], arguments["output"], arguments["resources"]
    done = injection(
        read_text(sys.stdin.buffer if file == STREAM else file),
        calico=arguments["calico"],
        istio=arguments["istio"],
        kubernetes=arguments["kubernetes"],
        published=arguments["published"],
        remove=arguments["remove"],
        allow=arguments["allow"],
        file=STDIN if file == STREAM else file,
        image=arguments["image"] or "",
        pull_policy=arguments["pull_policy"] or "",
        env=pairs("--env", arguments["env"]),
        resources=read_mapping(resources, "a file of resources")[0] if resources else None,
        debug=True if arguments["debug"] else False if arguments["no_debug"] else None,
        templates=arguments["template"],
        revision=arguments["revision"] or "",
    )
    for finding in done.warnings:
        print(visible(f"warning: {finding}", keep="\n"), file=sys.stderr)
    for note in done.notes:
        print(visible(f"note: {note}"), file=sys.stderr)
    if output == STREAM:
        sys.stdout.buffer.write(done.text.encode())
    else:
        write_text(output, done.text)
    return 0


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
        Option(
            flags=("--allow",), help="Code of a rule that should warn instead of refusing.", kind=MANY, metavar="RULE"
        ),
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
