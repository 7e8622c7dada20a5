"""The forms of names in Kubernetes: of objects, labels and annotations.

Source: k8s.io/apimachinery pkg/util/validation.
"""

from __future__ import annotations

import re

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_WORD = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_LONGEST_NAME = 253
_LONGEST_WORD = 63


def wrong_subdomain(text: str) -> str:
    """Why a text is not a DNS subdomain (RFC 1123); empty if it is one."""
    if len(text) > _LONGEST_NAME:
        return f"it is longer than {_LONGEST_NAME} characters"
    return "" if re.fullmatch(_SUBDOMAIN, text) else "it must be lower case letters, digits, - and ."


def wrong_label_name(text: str) -> str:
    """Why a text is not a DNS label (RFC 1123); empty if it is one."""
    if len(text) > _LONGEST_WORD:
        return f"it is longer than {_LONGEST_WORD} characters"
    return "" if re.fullmatch(_LABEL, text) else "it must be lower case letters, digits and -, as in web-1"


def wrong_segment(text: str) -> str:
    """Why a text cannot be a segment of a path; empty if it can."""
    if text in {".", ".."} or "/" in text or "%" in text:
        return "it must be neither . nor .., and hold neither / nor %"
    return ""


def wrong_key(text: str) -> str:
    """Why a text cannot be the key of a label or an annotation; empty if it can."""
    prefix, slash, name = text.rpartition("/")
    if slash and not (len(prefix) <= _LONGEST_NAME and re.fullmatch(_SUBDOMAIN, prefix)):
        return "what is before the / must be a DNS name"
    if not name:
        return "the name is empty"
    if len(name) > _LONGEST_WORD:
        return f"the name is longer than {_LONGEST_WORD} characters"
    if not re.fullmatch(_WORD, name):
        return "a name is letters, digits, -, _ and ., and begins and ends with a letter or digit"
    return ""


def wrong_label_value(text: str) -> str:
    """Why a text cannot be the value of a label; empty if it can."""
    if len(text) > _LONGEST_WORD:
        return f"it is longer than {_LONGEST_WORD} characters"
    if text and not re.fullmatch(_WORD, text):
        return "a label's value is letters, digits, -, _ and ., and begins and ends with a letter or digit"
    return ""
