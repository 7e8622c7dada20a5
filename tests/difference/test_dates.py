"""When a page says it was made: by what the user says, by SOURCE_DATE_EPOCH, by the files; never by a clock."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.support.program import manifestgen

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {mtu: '1440'}\n"
NONE = {"SOURCE_DATE_EPOCH": ""}


@pytest.fixture
def sides(tmp_path: Path) -> Path:
    """A directory with a file and a directory that differ, of two known times."""
    (tmp_path / "old.yaml").write_text(CONFIG)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a.yaml").write_text(CONFIG.replace("1440", "1500"))
    (tmp_path / "new" / "b.yaml").write_text(CONFIG.replace("config", "other"))
    os.utime(tmp_path / "old.yaml", (0, 1_700_000_000))
    os.utime(tmp_path / "new" / "a.yaml", (0, 1_750_000_000))
    os.utime(tmp_path / "new" / "b.yaml", (0, 1_600_000_000))
    return tmp_path


def facts(page: str) -> dict[str, str]:
    """What the head of the page says."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    return {re.sub(r"<[^>]*>", "", name).strip(" −+"): re.sub(r"<[^>]*>", "", value) for name, value in found}


def test_each_side_says_when_its_files_were_changed(sides: Path) -> None:
    """The newest file of a directory; and no date of the comparison, so that two runs give the same bytes."""
    done = manifestgen("diff", "old.yaml", "new", "--format", "html", cwd=sides, env=NONE)
    assert facts(done.stdout) == {
        "Old": "old.yaml last changed 2023-11-14 22:13 UTC",
        "New": "new last changed 2025-06-15 15:06 UTC",
        "Command": "manifestgen diff old.yaml new --format html",
    }
    again = manifestgen("diff", "old.yaml", "new", "--format=html", cwd=sides, env={**NONE, "TZ": "Asia/Tokyo"})
    assert again.stdout == done.stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("2026-11-26", "2026-11-26"),
        ("2026-11-26T04:30Z", "2026-11-26 04:30 UTC"),
        ("2026-11-26T04:30:59+02:00", "2026-11-26 02:30 UTC"),
        ("2026-11-26 04:30", "2026-11-26 04:30 UTC"),
    ],
)
def test_the_date_that_the_user_says(given: str, said: str, sides: Path) -> None:
    """In UTC."""
    done = manifestgen("diff", "old.yaml", "new", "--format", "html", "--date", given, cwd=sides, env=NONE)
    assert facts(done.stdout)["Compared"] == said


def test_source_date_epoch_is_honoured(sides: Path) -> None:
    """As the date of the comparison, and as the latest that any file can be of."""
    epoch = {"SOURCE_DATE_EPOCH": "1720000000"}
    done = manifestgen("diff", "old.yaml", "new", "--format", "html", cwd=sides, env=epoch)
    found = facts(done.stdout)
    assert found["Compared"] == "2024-07-03 09:46 UTC"
    assert found["Old"].endswith("2023-11-14 22:13 UTC")
    assert found["New"].endswith("2024-07-03 09:46 UTC")


def test_standard_input_and_a_profile_have_no_date(sides: Path) -> None:
    """There is no file to ask."""
    done = manifestgen("diff", "-", "kdd", "--format", "html", cwd=sides, env=NONE, stdin=CONFIG)
    assert facts(done.stdout)["Old"] == "<stdin>".replace("<", "&lt;").replace(">", "&gt;")
    assert facts(done.stdout)["New"] == "kdd"


@pytest.mark.parametrize(
    ("words", "env", "said"),
    [
        (("--format", "html", "--date", "yesterday"), {}, "--date: this is not a date\n  found: yesterday"),
        (("--format", "html"), {"SOURCE_DATE_EPOCH": "now"}, "SOURCE_DATE_EPOCH: this is not a date\n  found: now"),
        (("--format", "html"), {"SOURCE_DATE_EPOCH": "9" * 30}, "SOURCE_DATE_EPOCH: this is not a date"),
        (("--date", "2026-11-26"), {}, "--date is for --format html"),
    ],
)
def test_a_wrong_date_is_refused(words: tuple[str, ...], env: dict[str, str], said: str, sides: Path) -> None:
    """With status 2 and what to write."""
    done = manifestgen("diff", "old.yaml", "new", *words, cwd=sides, env={**NONE, **env})
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "  next: " in done.stderr
