"""The Markdown for a pull request, read by GitHub's own parser: it fits, and nothing of a manifest becomes markup."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

import manifestgen
from manifestgen.errors import visible
from tests.difference.data import cases, difference
from tests.support.program import manifestgen as program

cmarkgfm = pytest.importorskip("cmarkgfm")
LIMIT = 65_536
EVIL = [
    "`",
    "```",
    "`````` ```diff",
    "</code></details><script>alert(1)</script>",
    "@someone and @team/all",
    "| a | b |",
    "[link](http://example.com) ![](http://example.com/x.png)",
    "*bold* _it_ ~~gone~~ #1 <b>",
    "~~~\nx\n~~~",
    "\n\n# heading\n\n</details>\n\n```\n@someone",
    "&lt; &amp; \\",
]


def rendered(markdown: str) -> str:
    """The HTML that GitHub's parser makes of it, raw HTML let through as GitHub does before it sanitizes."""
    page: str = cmarkgfm.github_flavored_markdown_to_html(markdown, options=cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)
    return page


def outside_code(page: str) -> str:
    """What stands outside of code, where GitHub looks for mentions, references and links."""
    return re.sub(r"<(code|pre)[^>]*>.*?</\1>", "", page, flags=re.DOTALL)


def config(value: str, name: str = "a", key: str = "k") -> str:
    """A ConfigMap that holds a text."""
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {json.dumps(name)}}}\n"
        f"data: {{{json.dumps(key)}: {json.dumps(value)}}}\n"
    )


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_of_a_manifest_becomes_markup(evil: str) -> None:
    """As a value, a key, an object's name, and the name of a side."""
    sides = [(config("x"), config(evil)), (config("x"), config("x") + "---\n" + config("x", name=evil))]
    sides += [(config(f"{evil}\n1\n"), config(f"{evil}\n2\n")), (config("x"), config("y", key=evil))]
    for number, (left, right) in enumerate(sides):
        page = rendered(difference(left, right).to_markdown())
        tags = set(re.findall(r"</?([a-z0-9]+)", page))
        assert tags <= {"h3", "p", "details", "summary", "code", "pre"}
        assert page.count("<details>") == page.count("</details>") == page.count("<summary>")
        rest = outside_code(page)
        assert "@" not in rest
        assert "#" not in rest
        shown = html.unescape(page)
        if number == 0:  # the value, as text or as JSON
            assert all(line in shown or json.dumps(line)[1:-1] in shown for line in evil.splitlines())


def test_the_names_of_the_sides_are_code(tmp_path: Path) -> None:
    """A directory may be called anything."""
    for name, value in (("a`@x", "1"), ("b|<b>", "2")):
        (tmp_path / name).write_text(config(value))
    page = rendered(manifestgen.diff(tmp_path / "a`@x", tmp_path / "b|<b>").to_markdown())
    heading = page.splitlines()[0]
    assert heading.startswith("<h3><code>")
    assert outside_code(heading) == "<h3> → </h3>"
    assert "a`@x</code>" in heading
    assert "b|&lt;b&gt;</code>" in heading


def test_it_says_what_the_other_formats_say() -> None:
    """Every object and every field of every case of the table."""
    for case in cases("differences.yaml"):
        found = difference(case["left"], case["right"])
        text = found.to_markdown()
        assert bool(text) == bool(found)
        for one in json.loads(found.to_json())["objects"]:
            assert one["id"] in html.unescape(text)
            for field in one["fields"]:
                assert visible(" ▸ ".join([*field.get("inside", []), field["path"]])) in text
        for value in case.get("secret", ()):
            assert value not in text


@pytest.mark.parametrize("limit", [2_000, 10_000, LIMIT])
def test_it_fits_a_comment_and_counts_what_does_not(limit: int) -> None:
    """Objects are cut or left out whole; the folds are closed; what is missing is counted."""
    left = "---\n".join(config("x\n" * 200, name=f"n{number}") for number in range(300))
    right = "---\n".join(config("y\n" * 200, name=f"n{number}") for number in range(300))
    text = difference(left, right).to_markdown(limit=limit)
    assert limit * 0.7 < len(text) <= limit
    page = rendered(text)
    assert page.count("<details>") == page.count("</details>") == text.count("\n```diff\n")
    shown = len(re.findall(r"<summary>", page))
    said = re.search(r"Left out, because a comment holds [\d,]+ characters: (\d+) objects", page)
    assert said
    assert shown + int(said[1]) == 300


def test_one_large_object_is_cut_and_the_lines_are_counted() -> None:
    """As many lines as there is room for."""
    text = difference(config("x\n" * 50_000), config("y\n" * 50_000)).to_markdown()
    assert len(text) <= LIMIT
    kept = len(re.findall(r"^[-+] [xy]$", text, flags=re.MULTILINE))
    more = re.search(r"# … ([\d,]+) more lines", text)
    assert more
    assert kept + int(more[1].replace(",", "")) == 100_000


def test_what_says_little_is_folded_into_one() -> None:
    """Objects of which only the API's version differs."""
    kinds = ("DaemonSet", "Deployment", "ReplicaSet")
    old, new = (
        "---\n".join(f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: a}}\n" for kind in kinds)
        for api in ("extensions/v1beta1", "apps/v1")
    )
    found = difference(old, new)
    assert found.to_markdown().count("<details>") == 1
    assert "API version only: 3 objects" in found.to_markdown()
    page = found.to_html()
    assert page.count("<article") == 1
    assert page.count("extensions/v1beta1</del>") == 3


def test_the_commands(tmp_path: Path) -> None:
    """`diff` and `golden check` print it, with the status that they have in every format."""
    (tmp_path / "left").write_text(config("1"))
    (tmp_path / "right").write_text(config("2"))
    done = program("diff", "left", "right", "--format", "markdown", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == manifestgen.diff(tmp_path / "left", tmp_path / "right").to_markdown().replace(
        f"{tmp_path}/", ""
    )
    golden = tmp_path / "golden"
    golden.mkdir()
    (golden / "matrix.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: GoldenMatrix\ntrees:\n- {profile: kdd, calico: [v3.9]}\n"
    )
    done = program("golden", "update", cwd=tmp_path)
    if done.returncode == 2:
        pytest.fail(done.stderr)
    file = next((golden).rglob("*daemonset*"))
    file.write_text(file.read_text().replace("hostNetwork: true", "hostNetwork: false"))
    done = program("golden", "check", "--format", "markdown", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("### 1 golden tree: 0 as expected, 1 not")
    assert "@@ /spec/template/spec/hostNetwork @@\n- false\n+ true\n" in done.stdout
    done = program("golden", "check", "--format", "html", "--date", "2026-11-26", cwd=tmp_path)
    assert "manifestgen golden check --format html --date 2026-11-26" in done.stdout
    assert "<dd>2026-11-26</dd>" in done.stdout
