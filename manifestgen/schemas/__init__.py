"""Validation without a cluster: objects against their schemas, and the checks that schemas cannot express."""
