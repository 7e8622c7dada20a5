from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from manifestgen.embedded import FORMATS
from manifestgen.errors import ManifestgenError
from manifestgen.patch import rfc6902
from manifestgen.yamlio.reader import read

CASES = Path(__file__).parents[1] / "cases" / "embedded"
FORMAT_OF = {"cni": "json"}


def table() -> list[Any]:
    """Every case of every file with its format."""
    return [
        pytest.param(FORMAT_OF.get(file.stem, file.stem), case, id=f"{file.stem}: {case['name']}")
        for file in sorted(CASES.glob("*.yaml"))
        for case in read(file.read_text(), str(file))[0]
    ]


def edited(form: str, case: dict[str, Any]) -> str:
    """The text of a case after its operations, each applied as a patch does it."""
    text: str = case["text"]
    FORMATS[form].parse(text)
    for written in case.get("patch", []):
        step = rfc6902.operation(written)._replace(before=written.get("before", ""))
        if step.op == "test":
            rfc6902.apply(FORMATS[form].parse(text), step)
        else:
            text = FORMATS[form].apply(text, step)
    return text


@pytest.mark.parametrize(("form", "case"), table())
def test_case(form: str, case: dict[str, Any]) -> None:
    """A case gives the text it says, to the byte, or fails with exactly the text it says."""
    if "error" not in case:
        assert edited(form, case) == case["result"]
        return
    with pytest.raises(ManifestgenError) as raised:
        edited(form, case)
    assert str(raised.value) == case["error"]
