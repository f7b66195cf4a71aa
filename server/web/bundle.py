"""One classic script from the widget's ES modules, so that a shop's page needs a single request and a single tag."""

from __future__ import annotations

import json
import re
from pathlib import Path

_IMPORT = re.compile(r'^import (?:\{[^}]*\}|(?P<name>\w+)) from "\./(?P<file>[\w-]+\.(?:js|css))";\n', re.MULTILINE)
_DECLARED = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let) )", re.MULTILINE)
_COMMENT = re.compile(r"^\s*(?:/\*\*.*?\*/|//[^\n]*)\n|(?<=[;{,]) // [^\n]*$", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"\n\s+")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class BundleError(ValueError):
    """The modules cannot stand in one scope: a form of import or export that we do not join, or a name twice."""


def bundle(entry: Path) -> str:
    """The module `entry` with all that it imports, in one scope of its own and without comments.

    Joins `import {…} from "./x.js"`, `import text from "./x.css"` and exported declarations, which is all that our
    modules use. Raises `BundleError` for anything else.
    """
    parts: dict[str, str] = {}
    owners: dict[str, str] = {}
    _collect(entry, parts, owners)
    return '(() => {\n"use strict";\n' + "".join(parts.values()) + "})();\n"


def _collect(path: Path, parts: dict[str, str], owners: dict[str, str]) -> None:
    source = path.read_text(encoding="utf-8")
    styles = ""
    for found in _IMPORT.finditer(source):
        imported = path.with_name(found["file"])
        if found["name"]:
            styles += f"const {found['name']} = {json.dumps(compact_css(imported.read_text(encoding='utf-8')))};\n"
        elif imported.name not in parts:
            _collect(imported, parts, owners)
    for name in _DECLARED.findall(source):
        if other := owners.get(name):
            raise BundleError(f"{path.name}: expected a name of its own, got {name!r}, which {other} declares too")
        owners[name] = path.name
    code = _EXPORT.sub("", _IMPORT.sub("", source))
    if left := re.search(r"^(?:import|export)\b.*", code, re.MULTILINE):
        raise BundleError(f"{path.name}: expected a plain import or export, got {left[0]!r}")
    parts[path.name] = styles + _INDENT.sub("\n", _COMMENT.sub("", code)).lstrip("\n")


def compact_css(text: str) -> str:
    """Style without comments, line ends and what else means nothing: a space after a colon, a 0 before a point."""
    one_line = re.sub(r"\s*\n\s*", " ", _CSS_COMMENT.sub("", text))
    tight = re.sub(r"\s*([{};])\s*|(?<=[:,])\s+|(?<=[\s:,(])0(?=\.\d)|(?<=\()\s+|\s+(?=\))", r"\1", one_line)
    return re.sub(r";?([{}])", r"\1", tight).strip()
