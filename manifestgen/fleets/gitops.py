"""Objects with which a GitOps controller applies a rendered fleet: one for Argo CD, or one per cluster for Flux."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from manifestgen.emit.directory import File
from manifestgen.errors import ManifestgenError
from manifestgen.model.location import Location
from manifestgen.yamlio.writer import write_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manifestgen.fleets.reading import Delivery, Fleet

FOLDER = "_gitops"
"""The directory beside those of the clusters, whose names cannot begin with an underscore."""


class NoDelivery(ManifestgenError):
    """Objects for a GitOps controller are requested, but the fleet does not say where the result is in Git."""

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(
            "the fleet does not say where it is delivered",
            where=Location(fleet.file),
            next_step="add delivery: {repository: URL, path: DIRECTORY, revision: BRANCH} to a fleet in YAML",
        )


def controller_files(fleet: Fleet, names: Sequence[str], *, argocd: bool, flux: bool) -> dict[str, File]:
    """The files for the controllers, by path.

    Args:
        fleet: the fleet.
        names: the clusters that were rendered.
        argocd: an ApplicationSet for Argo CD, whose clusters are registered by the same names.
        flux: a Kustomization per cluster for Flux, with the kubeconfig of each in a Secret NAME-kubeconfig.

    Raises:
        NoDelivery: the fleet does not say where the result is in Git.
    """
    if not argocd and not flux:
        return {}
    if fleet.delivery is None:
        raise NoDelivery(fleet)
    files = {"applicationset.yaml": _application_set(fleet.name, fleet.delivery, names)} if argocd else {}
    if flux:
        files |= {f"flux/{name}.yaml": _flux_kustomization(fleet, fleet.delivery, name) for name in names}
    return {path: File(write_document(body)) for path, body in files.items()}


def _application_set(name: str, delivery: Delivery, names: Sequence[str]) -> dict[str, Any]:
    """https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-List/."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [{"list": {"elements": [{"cluster": cluster} for cluster in names]}}],
            "template": {
                "metadata": {"name": f"{name}-{{{{.cluster}}}}"},
                "spec": {
                    "project": "default",
                    "source": {
                        "repoURL": delivery.repository,
                        "targetRevision": delivery.revision,
                        "path": posixpath.join(delivery.path, "{{.cluster}}"),
                    },
                    "destination": {"name": "{{.cluster}}", "namespace": "kube-system"},
                    # Deleting an Application must not take the network of a cluster with it.
                    "syncPolicy": {"automated": {"prune": False}},
                },
            },
            "syncPolicy": {"preserveResourcesOnDeletion": True},
        },
    }


def _flux_kustomization(fleet: Fleet, delivery: Delivery, cluster: str) -> dict[str, Any]:
    """https://fluxcd.io/flux/components/kustomize/kustomizations/."""
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": f"{fleet.name}-{cluster}", "namespace": "flux-system"},
        "spec": {
            "interval": "10m",
            "sourceRef": {"kind": "GitRepository", "name": fleet.name},
            "path": f"./{posixpath.join(delivery.path, cluster)}",
            # Removing an object from the repository must not take the network of a cluster with it.
            "prune": False,
            "kubeConfig": {"secretRef": {"name": f"{cluster}-kubeconfig"}},
        },
    }
