"""`adopt`: an install that somebody edited becomes a profile that renders it again."""

from __future__ import annotations

import json
import os
import random
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

import manifestgen
from tests.adoption.edits import EDITS, Objects, daemonset
from tests.support.program import manifestgen as program
from tests.support.prove import PROVE
from tests.support.shared import shared

PROFILES = ("etcd", "kdd", "flannel", "policy-only")
RELEASES = ("v3.2", "v3.9", "v3.32")
