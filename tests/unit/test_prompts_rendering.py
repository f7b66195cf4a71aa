"""Prompts are strict: a missing value, an unused value and a broken file are errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompts import HERE, PromptError, Prompts


def test_both_languages_say_the_same_things_with_the_same_values():
    prompts = Prompts.built_in()

    english = {name: prompt.variables for name, prompt in prompts.group("say", "en").items()}
    chinese = {name: prompt.variables for name, prompt in prompts.group("say", "zh").items()}

    assert english == chinese


def test_a_missing_value_is_an_error_that_names_what_the_prompt_takes():
    prompt = Prompts.built_in()["say.ask_email", "en"]

    with pytest.raises(PromptError, match=r"takes \['order'\], got \[\]"):
        prompt.render()


def test_an_unused_value_is_as_wrong_as_a_missing_one():
    prompt = Prompts.built_in()["say.greet", "en"]

    with pytest.raises(PromptError, match=r"got \['name'\]"):
        prompt.render(name="Anna")


def test_what_a_customer_wrote_is_never_a_template():
    prompt = Prompts.built_in()["say.ask_email", "en"]

    assert "{{ 7 * 7 }}" in prompt.render(order="{{ 7 * 7 }}")


def test_an_id_names_the_prompt_its_language_and_version():
    assert Prompts.built_in()["say.greet", "zh"].id == "say.greet.zh@2"


def test_a_prompt_that_does_not_exist_is_named():
    with pytest.raises(PromptError, match=r"no prompt 'say\.nothing' in 'en'"):
        Prompts.built_in()["say.nothing", "en"]


def test_a_shops_own_folder_overrides_single_prompts(tmp_path: Path):
    (tmp_path / "say.en.md").write_text("---\nversion: 7\n---\n## greet\nAhoy!\n", encoding="utf-8")

    prompts = Prompts((HERE, tmp_path))

    assert prompts["say.greet", "en"].render() == "Ahoy!"
    assert prompts["say.greet", "en"].id == "say.greet.en@7"
    assert "welcome" in prompts["say.thanks", "en"].render()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("## greet\nHi\n", "expected front matter"),
        ("---\nversion: 1\n---\nHi\n## greet\nHi\n", "expected '## name' before"),
        ("---\nversion: 1\n---\n## greet\n{% if %}\n", "prompt 'say.greet', line 1"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, fault: str):
    (tmp_path / "say.en.md").write_text(text, encoding="utf-8")

    with pytest.raises(PromptError, match=rf"say\.en\.md.*{fault}"):
        Prompts((tmp_path,))
