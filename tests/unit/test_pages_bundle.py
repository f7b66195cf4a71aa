"""The widget's modules become one script."""

from pathlib import Path

import pytest

from server.web.bundle import BundleError, bundle, compact_css


def test_modules_come_once_each_and_before_those_that_need_them(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("export const a = 1;\n")
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\nexport function b() {\n  return a;\n}\n')
    (tmp_path / "main.js").write_text('import { a } from "./a.js";\nimport { b } from "./b.js";\nb(a);\n')

    script = bundle(tmp_path / "main.js")

    assert script == '(() => {\n"use strict";\nconst a = 1;\nfunction b() {\nreturn a;\n}\nb(a);\n})();\n'


def test_a_style_becomes_a_text(tmp_path: Path) -> None:
    (tmp_path / "look.css").write_text('/* why */\na {\n  content: "x";\n}\n')
    (tmp_path / "main.js").write_text('import look from "./look.css";\nuse(look);\n')

    assert 'const look = "a{content:\\"x\\"}";' in bundle(tmp_path / "main.js")


def test_comments_are_left_out_and_addresses_in_strings_are_not(tmp_path: Path) -> None:
    source = '/** Says\n * why. */\nconst at = "https://a.example"; // here\n// there\n  // and there\nuse(at);\n'
    (tmp_path / "main.js").write_text(source)

    assert bundle(tmp_path / "main.js") == '(() => {\n"use strict";\nconst at = "https://a.example";\nuse(at);\n})();\n'


def test_two_modules_with_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("export const a = 1;\nconst same = 1;\n")
    (tmp_path / "main.js").write_text('import { a } from "./a.js";\nconst same = a;\n')

    with pytest.raises(BundleError, match=r"main.js: expected a name of its own, got 'same', which a.js declares too"):
        bundle(tmp_path / "main.js")


@pytest.mark.parametrize(
    "line", ['import * as a from "./a.js";', "export default 1;", 'import "https://a.example/a.js";']
)
def test_a_form_that_cannot_be_joined_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "main.js").write_text(line + "\n")

    with pytest.raises(BundleError, match="expected a plain import or export"):
        bundle(tmp_path / "main.js")


def test_styles_keep_their_rules() -> None:
    assert compact_css("a,\nb {\n  margin: 0 1px;\n}\n\n/* c */\nd { e: f; }\n") == "a,b{margin:0 1px}d{e:f}"
