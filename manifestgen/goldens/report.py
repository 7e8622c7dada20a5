"""The results of golden trees, as text, JSON, JUnit XML, Markdown and HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from manifestgen.difference.report import as_plain
from manifestgen.difference.text import report_lines, to_lines
from manifestgen.errors import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from manifestgen.difference.report import Report
    from manifestgen.goldens.run import RunResult
    from manifestgen.goldens.tree import Result


def to_text(outcome: RunResult, *, color: bool = False) -> str:
    """Each object and file that differs, by tree; then the summary.

    Args:
        outcome: the outcome of a check or an update.
        color: whether to use a terminal's escape codes.
    """
    lines = [line for result in outcome.all for line in _lines(result)]
    return to_lines([*lines, ("", outcome.summary())], color=color)


def update_text(outcome: RunResult, *, color: bool = False) -> str:
    """What an update accepted, by tree, except for trees that it wrote for the first time; then the summary.

    Args:
        outcome: the outcome of an update.
        color: whether to use a terminal's escape codes.
    """
    lines = [line for result in outcome.all if not result.is_new for line in _lines(result)]
    return to_lines([*lines, ("", outcome.update_summary())], color=color)


def tree_text(result: Result, *, color: bool = False) -> str:
    """The same for one tree, without a summary."""
    return to_lines(_lines(result), color=color)


def _lines(result: Result) -> Iterator[tuple[str, str]]:
    if result:
        yield "#", result.report.title
        yield from report_lines(result.report)
        yield from (("!", f"! {line}") for line in result.error.splitlines())


def to_json(outcome: RunResult) -> str:
    """The outcome as a JSON text, with the members documented in docs/golden.md."""
    import json  # imported lazily: the other formats do not need it

    leftovers = [file.path for file in outcome.leftovers.report.files] if outcome.leftovers else []
    trees = [
        {
            "name": result.name,
            "status": "error" if result.error else "different" if result.report else "same",
            **({"error": result.error} if result.error else {}),
            **({"difference": as_plain(result.report)} if result.report else {}),
        }
        for result in outcome.results
    ]
    plain = {"summary": outcome.summary(), "different": bool(outcome), "trees": trees, "leftovers": leftovers}
    return visible(json.dumps(plain, indent=2, ensure_ascii=False), keep="\n") + "\n"


def to_junit(outcome: RunResult) -> str:
    """The outcome as JUnit XML: one test case per tree, and one for leftover files."""
    cases = [_case(result.name, result.report, result.error) for result in outcome.all]
    failures = len(outcome.differing)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites>\n<testsuite name="manifestgen golden" tests="{len(cases)}" failures="{failures}" '
        f'errors="{len(outcome.errors)}" skipped="0">\n{"".join(cases)}</testsuite>\n</testsuites>\n'
    )


def _case(name: str, report: Report, error: str) -> str:
    release, _, tree = name.rpartition("/")
    group = "manifestgen.golden" + (f".{release}" if release else "")
    head = f"<testcase classname={quoteattr(group)} name={quoteattr(tree)}"
    if error:
        text = to_lines((("", line) for line in error.splitlines()), color=False)
        return f'{head}><error message="cannot be rendered">{escape(text)}</error></testcase>\n'
    if report:
        text = to_lines(report_lines(report), color=False)
        return f'{head}><failure message="is not as expected">{escape(text)}</failure></testcase>\n'
    return f"{head}/>\n"


def to_markdown(outcome: RunResult) -> str:
    """The outcome as Markdown for a comment on a pull request."""
    from manifestgen.difference.markdown import document, escaped, inline  # imported lazily, as below

    problems = [f"- {inline(name)} cannot be rendered: {escaped(error)}" for name, error in outcome.errors]
    heads = [f"### {escaped(outcome.summary())}", *(["\n".join(problems)] if problems else [])]
    return document(heads, outcome.differing)


def to_html(outcome: RunResult, *, command: str = "", date: str = "") -> str:
    """The outcome as one self-contained HTML page.

    Args:
        outcome: the outcome of a check or an update.
        command: the command that made the page, to show on it.
        date: when the trees were compared, to show on it.
    """
    from manifestgen.difference.html import PageHeading, page  # imported lazily: the other formats do not need it

    heading = PageHeading(
        title="How golden trees differ from what is rendered",
        summary=outcome.summary(),
        names=("the golden trees", "what is rendered now"),
        date=date,
        command=command,
        problems=tuple(f"{name}: {error}" for name, error in outcome.errors),
    )
    return page(heading, outcome.differing)
