"""What models are told and what the rules brain says: Markdown files, one section a prompt, rendered strictly.

A file is named `GROUP.LANGUAGE.md`. Its front matter holds a version, each `## name` starts a prompt, and the prompt is
a Jinja template. A value that a template does not use is as wrong as one that is missing. What customers wrote is only
ever a value, never a template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from jinja2 import meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = Path(__file__).parent
_FILE = re.compile(r"\A---\nversion: (?P<version>\d+)\n---\n(?P<body>.*)\Z", re.DOTALL)
_SECTION = re.compile(r"^## +([a-z][a-z0-9_]*) *\n", re.MULTILINE)
_ENGINE = ImmutableSandboxedEnvironment(
    undefined=jinja2.StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
)


class PromptError(Exception):
    """A prompt is missing, malformed, or was given other values than it takes."""

    code = "prompt_wrong"
    retryable = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """A template with its version; `id` is what logs name instead of the text."""

    name: str
    language: str
    version: int
    text: str
    variables: frozenset[str]
    template: jinja2.Template

    @property
    def id(self) -> str:
        return f"{self.name}.{self.language}@{self.version}"

    def render(self, **values: object) -> str:
        """The prompt in words, or `PromptError` naming the values that are missing or unused."""
        if values.keys() != self.variables:
            raise PromptError(f"{self.id} takes {sorted(self.variables)}, got {sorted(values)}")
        try:
            return self.template.render(**values).strip()
        except jinja2.UndefinedError as error:
            raise PromptError(f"{self.id}: {error}") from None


class Prompts:
    """All prompts of some folders; a shop's own folder, given last, overrides single prompts of the built-in one."""

    def __init__(self, folders: Sequence[Path] = (HERE,)) -> None:
        self._prompts: dict[tuple[str, str], Prompt] = {}
        for folder in folders:
            for path in sorted(folder.glob("*.*.md")):
                self._prompts |= {(p.name, p.language): p for p in _read(path)}

    @classmethod
    def built_in(cls) -> Prompts:
        """The prompts that come with the package."""
        return cls()

    def __getitem__(self, key: tuple[str, str]) -> Prompt:
        """The prompt of a name such as `say.greet` in a language, or `PromptError`."""
        try:
            return self._prompts[key]
        except KeyError:
            raise PromptError(f"there is no prompt {key[0]!r} in {key[1]!r}") from None

    def names(self, language: str) -> frozenset[str]:
        return frozenset(name for name, spoken in self._prompts if spoken == language)

    def group(self, group: str, language: str) -> Mapping[str, Prompt]:
        """The prompts of one file, by their full name."""
        return {n: p for (n, spoken), p in self._prompts.items() if spoken == language and n.startswith(f"{group}.")}


def _read(path: Path) -> list[Prompt]:
    group, language = path.name.removesuffix(".md").split(".", 1)
    file = _FILE.match(path.read_text(encoding="utf-8"))
    if file is None:
        raise PromptError(f"{path.name}: expected front matter with 'version: NUMBER' between two lines of ---")
    parts = _SECTION.split(file["body"])
    if parts[0].strip():
        raise PromptError(f"{path.name}: expected '## name' before the first text, got {parts[0].strip()[:40]!r}")
    return [
        _prompt(f"{group}.{name}", language, int(file["version"]), text.strip(), path)
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    ]


def _prompt(name: str, language: str, version: int, text: str, path: Path) -> Prompt:
    try:
        variables = frozenset(meta.find_undeclared_variables(_ENGINE.parse(text)))
        return Prompt(name, language, version, text, variables, _ENGINE.from_string(text))
    except jinja2.TemplateSyntaxError as error:
        raise PromptError(f"{path.name}, prompt {name!r}, line {error.lineno}: {error.message}") from None
