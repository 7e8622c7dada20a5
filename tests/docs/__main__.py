"""`python -m tests.docs` writes the pages that are made from data and code."""

from tests.docs.pages import write

write()
