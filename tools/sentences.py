"""What customers are told, in the languages that the service speaks."""

from __future__ import annotations

from tools.records import Record


class Sentence(Record):
    """One thing said in English and in Chinese."""

    en: str
    zh: str

    def filled(self, **values: object) -> Sentence:
        """With its placeholders (`{days}`) replaced."""
        return Sentence(en=self.en.format(**values), zh=self.zh.format(**values))
