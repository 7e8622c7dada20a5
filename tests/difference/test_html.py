"""The HTML page in a real browser: what a reader sees, on a desk and on a telephone, with and without a mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import manifestgen
from tests.difference.chromium import Page

WIDE, NARROW = 1280, 400


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page about every kind of change there is."""
    file = tmp_path_factory.mktemp("html") / "page.html"
    left = manifestgen.render("kdd", calico="v3.2", components=("node", "config", "policy"))
    etcd = {"etcd_endpoints": "https://10.0.0.1:2379"}
    right = manifestgen.render("etcd", calico="v3.9", components=("node", "config", "policy"), values=etcd)
    file.write_text(manifestgen.diff(left, right).to_html(), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def page(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page, open."""
    page = Page(tmp_path_factory.mktemp("browser"))
    page.open(html)
    yield page
    page.close()


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


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_it_fits_the_window_and_the_changed_fields_are_seen(page: Page, width: int) -> None:
    """No sideways scrolling; each field's path and both its values take up room within the window."""
    page.size(width)
    assert page.script("document.documentElement.scrollWidth") <= width
    boxes = page.script(
        "[...document.querySelectorAll('tr.changed code, tr.changed del, tr.changed ins, p.place')].map(e => {"
        " const b = e.getBoundingClientRect(); return [b.left, b.right, b.height, e.textContent]})"
    )
    assert len(boxes) > 20
    assert [box for box in boxes if box[0] < 0 or box[1] > width or box[2] < 8] == []
    said = page.script("document.body.innerText")
    for seen in ('"quay.io/calico/node:v3.2.8"', "/data/cni_network_config (JSON)", "profiles/releases/v3.8.yaml:"):
        assert seen in said


def test_the_sides_stand_beside_each_other_or_below(page: Page) -> None:
    """In two columns where there is room, one under the other, each with its name, where there is not."""
    places = (
        "(() => { const [a, b] = [...document.querySelector('tr.changed:has(del)').querySelectorAll('td')]"
        ".map(e => e.getBoundingClientRect()); return [a.left, a.top, b.left, b.top] })()"
    )
    page.size(WIDE)
    left, top, right, beside = page.script(places)
    assert (top, left < right) == (beside, True)
    page.size(NARROW)
    left, top, right, below = page.script(places)
    assert (left, top < below) == (right, True)
    label = page.script("getComputedStyle(document.querySelector('.fields td:not(:empty)'), '::before').content")
    assert label == '"kdd of Calico 3.2.8"'


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(page: Page, scheme: str) -> None:
    """By the ratio of at least 4.5 that WCAG asks for, in both schemes."""
    page.scheme(scheme)
    background = luminance(page.script("getComputedStyle(document.body).backgroundColor"))
    assert (background > 0.5) == (scheme == "light")
    for selector in ("body", "a", ".place", "del", "ins", ".sign", "th"):
        colors = page.script(
            f"(() => {{ let e = document.querySelector('main {selector}, {selector}');"
            " const text = getComputedStyle(e).color;"
            " for (; e; e = e.parentElement) { const back = getComputedStyle(e).backgroundColor;"
            " if (back !== 'rgba(0, 0, 0, 0)') return [text, back] } })()"
        )
        one, other = sorted(map(luminance, colors))
        assert (other + 0.05) / (one + 0.05) >= 4.5, (selector, colors)


def luminance(color: str) -> float:
    """The relative luminance of `rgb(…)` (WCAG 2.1)."""
    channels = [int(number) / 255 for number in re.findall(r"\d+", color)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_keyboard_is_enough(page: Page) -> None:
    """Tab leads to the skip link, then to the objects' links and headings; Enter follows and folds them."""
    page.size(WIDE)
    visited: list[Any] = []
    for _ in range(40):
        page.press("Tab", 9)
        visited.append(page.script("document.activeElement.className || document.activeElement.tagName"))
    assert visited[0] == "skip"
    assert {"A", "SUMMARY"} <= set(visited)
    page.script("document.querySelector('.contents a').focus()")
    page.press("Enter", 13)
    assert page.script("location.hash") == "#o0-0"
    page.script("document.querySelector('summary').focus()")
    page.press("Enter", 13)
    assert page.script("document.querySelector('details').open") is False
    page.press("Enter", 13)
    assert page.script("document.querySelector('details').open") is True
    outline = page.script("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_a_manifest_cannot_put_markup_into_the_page(tmp_path: Path) -> None:
    """Names, keys and values of an object are text, whatever they hold."""
    evil = "<img src=x onerror=alert(1)>\"'&"
    body = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {%s: %s}\n"
    for name, value in (("left", "a"), ("right", evil)):
        quoted = "'" + evil.replace("'", "''") + "'"
        (tmp_path / name).write_text(body % (quoted, quoted, "'" + value.replace("'", "''") + "'"))
    page = manifestgen.diff(tmp_path / "left", tmp_path / "right").to_html()
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;" in page
