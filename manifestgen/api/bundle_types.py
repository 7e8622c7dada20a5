"""The types in the signatures of a Bundle, imported only on request: a render does not need most of them."""

from __future__ import annotations

from manifestgen.catalog.conditions import Context as Context
from manifestgen.compose.finding import Finding as Finding
from manifestgen.difference.report import Report as Report
from manifestgen.emit.directory import File as File
from manifestgen.emit.directory import Written as Written
