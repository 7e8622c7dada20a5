"""`python -m manifestgen`."""

from manifestgen.cli.main import run

run()
