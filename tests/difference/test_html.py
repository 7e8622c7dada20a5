"""The HTML page in a real browser: what a reader sees, on a desk and on a telephone, with and without a mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from tests.difference.chromium import Page

WIDE, TABLET, NARROW = 1280, 768, 400
WIDTHS = pytest.mark.parametrize("width", [WIDE, TABLET, NARROW])
COMMAND = "manifestgen diff before after --format html"


def made() -> tuple[manifestgen.Bundle, manifestgen.Bundle]:
    """Two bundles between which there is every kind of change."""
    left = manifestgen.render("kdd", calico="v3.2", components=("node", "config", "policy"))
    etcd = {"etcd_endpoints": "https://10.0.0.1:2379"}
    right = manifestgen.render("etcd", calico="v3.9", components=("node", "config", "policy"), values=etcd)
    return left, right


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page about every kind of change there is."""
    file = tmp_path_factory.mktemp("html") / "page.html"
    text = manifestgen.diff(*made()).to_html(
        command=COMMAND, date="2026-11-26 04:30 UTC", changed=("2026-11-01 10:00 UTC", "2026-11-25 11:00 UTC")
    )
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A browser."""
    page = Page(tmp_path_factory.mktemp("browser"))
    yield page
    page.close()


@pytest.fixture
def page(browser: Page, html: Path) -> Page:
    """The page, open."""
    browser.said.clear()
    browser.asked.clear()
    browser.open(html)
    return browser


def test_the_browser_says_nothing_and_fetches_nothing(page: Page, html: Path) -> None:
    """No message on the console, no request but for the page itself."""
    assert page.said == []
    assert page.asked == [html.as_uri()]


def test_the_page_holds_nothing_that_runs_or_comes_from_elsewhere(html: Path) -> None:
    """No script, no address, and a policy that forbids both."""
    text = html.read_text(encoding="utf-8")
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=\"(?!#)", text)
    assert "default-src 'none'" in text


def test_it_says_which_side_is_old_when_and_by_which_command(page: Page) -> None:
    """At the top, in words: nobody has to know that left is old."""
    page.size(WIDE)
    said = page.script("document.querySelector('header').innerText")
    assert "What changes from kdd of Calico 3.2.8 to etcd of Calico 3.9.6" in said
    facts = page.script(
        "Object.fromEntries([...document.querySelectorAll('dt')].map(e =>"
        " [e.innerText.replace(/^[^A-Za-z]+/, ''), e.nextElementSibling.innerText]))"
    )
    assert facts == {
        "Old": "kdd of Calico 3.2.8 last changed 2026-11-01 10:00 UTC",
        "New": "etcd of Calico 3.9.6 last changed 2026-11-25 11:00 UTC",
        "Compared": "2026-11-26 04:30 UTC",
        "Command": COMMAND,
    }


@WIDTHS
def test_it_fits_the_window_and_the_changed_fields_are_seen(page: Page, width: int) -> None:
    """No sideways scrolling; each field's path and both its values take up room within the window."""
    page.size(width)
    assert page.script("document.documentElement.scrollWidth") <= width
    boxes = page.script(
        "[...document.querySelectorAll('.field h3 code, .field del, .field ins, .place')].map(e => {"
        " const b = e.getBoundingClientRect(); return [b.left, b.right, b.height, e.textContent]})"
    )
    assert len(boxes) > 20
    assert [box for box in boxes if box[0] < 0 or box[1] > width or box[2] < 8] == []
    said = page.script("document.body.innerText")
    for seen in ('"quay.io/calico/node:v3.2.8"', "/data/cni_network_config (JSON)", "profiles/releases/v3.8.yaml:"):
        assert seen in said


@WIDTHS
def test_paths_and_names_break_at_slashes_only(page: Page, width: int) -> None:
    """No segment goes on in the next line, and there are paths that do break."""
    page.size(width)
    segments = page.script(
        "[...document.querySelectorAll('.seg, .plain')].map(e => { const r = document.createRange();"
        " r.selectNodeContents(e); return [e.textContent,"
        " new Set([...r.getClientRects()].map(b => Math.round(b.top))).size]})"
    )
    assert len(segments) > 100
    assert [name for name, lines in segments if lines > 1] == []
    broken = page.script(
        "[...document.querySelectorAll('.field h3 code')].filter(e => e.getBoundingClientRect().height > 30).length"
    )
    assert broken or width != NARROW


def test_the_sides_stand_beside_each_other_or_below(page: Page) -> None:
    """In two columns where there is room, one under the other, each with its name, where there is not."""
    places = (
        "(() => { const [a, b] = [...document.querySelector('.field.changed .sides:has(del):has(ins)').children]"
        ".map(e => e.getBoundingClientRect()); return [a.left, a.top, b.left, b.top] })()"
    )
    for width in (WIDE, TABLET):
        page.size(width)
        left, top, right, beside = page.script(places)
        assert (top, left < right) == (beside, True)
    page.size(NARROW)
    left, top, right, below = page.script(places)
    assert (left, top < below) == (right, True)
    labels = page.script(
        "[...document.querySelectorAll('.field.changed .label')].filter(e => e.getBoundingClientRect().height > 8)"
        ".map(e => e.textContent)"
    )
    assert {"Old", "New"} == set(labels)


@WIDTHS
def test_a_field_that_one_side_has_leaves_no_room_for_the_other(page: Page, width: int) -> None:
    """What came or went has the whole width."""
    page.size(width)
    widths = page.script(
        "[...document.querySelectorAll('.field.added > .sides, .field.removed > .sides')].map(e =>"
        " [e.children.length, e.firstElementChild.getBoundingClientRect().width / e.getBoundingClientRect().width])"
    )
    assert len(widths) > 5
    assert all(count == 1 and share > 0.99 for count, share in widths)


def test_what_differs_within_a_value_is_marked(page: Page) -> None:
    """The words, not the whole: of an image its registry and its tag."""
    found = page.script(
        "(() => { const f = [...document.querySelectorAll('.field.changed')]"
        ".find(e => e.dataset.path.endsWith('[name=calico-node]/image'));"
        " return ['del', 'ins'].map(t => [...f.querySelectorAll(t + ' mark')].map(e => e.textContent)) })()"
    )
    assert found == [["quay.io/", "2.8"], ["9.6"]]


def test_origins_are_short_until_they_are_asked_for(page: Page) -> None:
    """A file and a line; with the box ticked, the operation and the profile too. No script does it."""
    page.size(WIDE)
    assert "operation 3 (profile etcd)" not in page.script("document.body.innerText")
    page.script("document.querySelector('#origins').focus()")
    page.press(" ", 32)
    assert page.script("document.querySelector('#origins').checked")
    assert "profiles/etcd/cni.yaml:4:3 operation 3 (profile etcd)" in page.script("document.body.innerText")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(page: Page, scheme: str) -> None:
    """By the ratio of at least 4.5 that WCAG asks for, in both schemes."""
    page.scheme(scheme)
    background = luminance(page.script("getComputedStyle(document.body).backgroundColor"))
    assert (background > 0.5) == (scheme == "light")
    colors = page.script(
        "[...document.querySelectorAll('body *')].filter(e => [...e.childNodes].some(n =>"
        " n.nodeType === 3 && n.textContent.trim()) && !['STYLE', 'TITLE'].includes(e.tagName)).map(e => {"
        " const text = getComputedStyle(e).color, said = e.tagName + '.' + e.className;"
        " for (; e; e = e.parentElement) { const back = getComputedStyle(e).backgroundColor;"
        " if (back !== 'rgba(0, 0, 0, 0)') return [said, text, back] } })"
    )
    seen = {tuple(one) for one in colors}
    assert {"MARK.", "DEL.", "INS.", "SPAN.short", "SPAN.seg last", "SPAN.sign"} <= {one[0] for one in seen}
    for said, text, back in sorted(seen):
        one, other = sorted((luminance(text), luminance(back)))
        assert (other + 0.05) / (one + 0.05) >= 4.5, (said, text, back)


def luminance(color: str) -> float:
    """The relative luminance of `rgb(…)` (WCAG 2.1)."""
    channels = [int(number) / 255 for number in re.findall(r"\d+", color)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_keyboard_is_enough(page: Page) -> None:
    """Tab leads to the skip link, then to the objects' links and headings; Enter follows and folds them."""
    page.size(WIDE)
    visited: list[Any] = []
    for _ in range(15):
        page.press("Tab", 9)
        visited.append(page.script("document.activeElement.className || document.activeElement.tagName"))
    assert visited[0] == "skip"
    assert {"A", "SUMMARY", "INPUT"} <= set(visited)
    page.script("document.querySelector('.contents a').focus()")
    page.press("Enter", 13)
    assert page.script("location.hash") == "#o0-0"
    page.script("document.querySelector('#o0-0 a[title=next]').focus()")
    page.press("Enter", 13)
    assert page.script("location.hash") == "#o0-1"
    top = page.script("document.querySelector('#o0-1').getBoundingClientRect().top")
    assert 0 <= top < 200
    page.script("document.querySelector('summary').focus()")
    page.press("Enter", 13)
    assert page.script("document.querySelector('details').open") is False
    page.press("Enter", 13)
    assert page.script("document.querySelector('details').open") is True
    outline = page.script("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_lines_of_a_text_have_numbers_that_are_not_copied(browser: Page, tmp_path: Path) -> None:
    """Both sides' numbers, also of lines that are the same; they are no part of the text that a reader selects."""
    body = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  script: |\n"
    old = ["one", "two", "three", "four"]
    new = ["one", "two", "two and a half", "three", "four!"]
    for name, lines in (("old", old), ("new", new)):
        (tmp_path / name).write_text(body + "".join(f"    {line} {{{{ x }}}}\n" for line in lines))
    file = tmp_path / "page.html"
    file.write_text(manifestgen.diff(tmp_path / "old", tmp_path / "new").to_html(), encoding="utf-8")
    browser.open(file)
    browser.size(WIDE)
    rows = browser.script(
        "[...document.querySelectorAll('.lines tr:not(.hunk)')].map(r => [...r.cells].map(c =>"
        " c.dataset.n ? getComputedStyle(c, '::before').content.replaceAll('\"', '') : c.innerText))"
    )
    assert rows == [
        ["1", "one {{ x }}", "1", "one {{ x }}"],
        ["2", "two {{ x }}", "2", "two {{ x }}"],
        ["", "", "3", "two and a half {{ x }}"],
        ["3", "three {{ x }}", "4", "three {{ x }}"],
        ["4", "four {{ x }}", "5", "four! {{ x }}"],
    ]
    assert browser.script("getComputedStyle(document.querySelector('.lines .n')).userSelect") == "none"


def test_a_manifest_cannot_put_markup_into_the_page(tmp_path: Path) -> None:
    """Names, keys and values of an object are text, whatever they hold."""
    evil = "<img src=x onerror=alert(1)>\"'&"
    body = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {%s: %s}\n"
    for name, value in (("left", "a"), ("right", evil)):
        quoted = "'" + evil.replace("'", "''") + "'"
        (tmp_path / name).write_text(body % (quoted, quoted, "'" + value.replace("'", "''") + "'"))
    page = manifestgen.diff(tmp_path / "left", tmp_path / "right").to_html(
        command=evil, date=evil, changed=(evil, evil)
    )
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;" in page


def test_a_page_about_golden_trees_names_files_as_they_are(browser: Page, tmp_path: Path) -> None:
    """A file that is missing, one that is too many and one that is formatted otherwise, each by its path and linked."""
    from manifestgen.goldens.report import to_html

    golden = tmp_path / "golden"
    golden.mkdir()
    (golden / "matrix.yaml").write_text(
        "apiVersion: manifestgen/v1\nkind: GoldenMatrix\ntrees:\n- {profile: kdd, calico: [v3.9]}\n"
    )
    manifestgen.update_golden(golden / "matrix.yaml")
    first, second, *_ = sorted((golden / "v3.9" / "kdd" / "resources").iterdir())
    first.unlink()
    second.write_text(second.read_text() + "# more\n")
    (golden / "v3.1").mkdir()
    (golden / "v3.1" / "left.yaml").write_text("x\n")
    outcome = manifestgen.check_golden(golden / "matrix.yaml")
    file = tmp_path / "page.html"
    file.write_text(to_html(outcome), encoding="utf-8")
    browser.open(file)
    browser.size(WIDE)
    linked = browser.script(
        "[...document.querySelectorAll('.contents a')].map(a =>"
        " [a.querySelector('.named').firstChild.parentElement.innerText,"
        " document.querySelector(a.hash).querySelector('summary').innerText])"
    )
    for path in (first, second, golden / "v3.1" / "left.yaml"):
        assert [1 for name, summary in linked if str(path) in name and f" {path}" in summary.replace("\n", " ")], path
    assert browser.script("document.documentElement.scrollWidth") <= WIDE
