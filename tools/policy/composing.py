"""Reads YAML that people write, and says where and why it is none in words for them."""

from __future__ import annotations

import yaml

from tools.policy.checking import Fault


def composed(text: str) -> tuple[yaml.Node | None, Fault | None]:
    """The YAML's nodes, which know their places; or why there are none."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader), None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        return None, Fault(*place, f"this is not YAML: {_in_words(error)}")
    except yaml.YAMLError as error:
        return None, Fault(0, 0, f"this is not YAML: {error}")


def _in_words(error: yaml.MarkedYAMLError) -> str:
    """What is probably wrong. PyYAML tells what it was looking for, and where that began."""
    problem, context, at, begun = error.problem or "", error.context or "", error.problem_mark, error.context_mark
    began = f"in line {begun.line + 1}, column {begun.column + 1}" if begun else ""
    told = f"{problem}; is a line indented otherwise than its neighbours?"
    if "'\\t'" in problem:
        told = "a tab stands here; indent by blanks"
    elif problem.startswith("found character"):
        told = f"words that begin with {problem.split()[2]} go in quotes"
    elif problem.startswith("mapping values"):
        told = "words with `: ` in them go in quotes; without any, the line is indented too deep"
    elif "quoted scalar" in context:
        told = f"the quotes that open {began} are not closed"
    elif "flow" in context:
        told = f"the bracket that opens {began} is not closed, or a comma is missing before this"
    elif problem.endswith("'<scalar>'"):
        told = "words go on after the closing quote; put all of them in quotes"
    elif problem.startswith("found undefined alias"):
        told = "words that begin with '*' go in quotes"
    elif "expected <block end>" in problem and begun and at and begun.column == at.column:
        told = f"a list (`- `) and a key (`name:`) stand beside each other, here and {began}; indent one of them"
    elif "expected <block end>" in problem and begun and at:
        told = (
            f"this line begins in column {at.column + 1}, and the lines that it stands with, from line "
            f"{begun.line + 1} on, in column {begun.column + 1}; indent them alike"
        )
    return told
