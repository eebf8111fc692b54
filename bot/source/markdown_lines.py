"""A line of Markdown that is eaten from the left, in columns: a tab goes to the next multiple of four."""

from __future__ import annotations

import re


class Line:
    """One line without its end. Every character is looked at a bounded number of times."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._at = self._column = 0
        self._in_tab = False
        self._look()

    def _look(self) -> None:
        at, column = self._at, self._column
        while at < len(self.text) and self.text[at] in " \t":
            column += 4 - column % 4 if self.text[at] == "\t" else 1
            at += 1
        self._first, self._first_column = at, column

    @property
    def indent(self) -> int:
        """Columns of white space before what is left."""
        return self._first_column - self._column

    @property
    def blank(self) -> bool:
        """Whether nothing but white space is left."""
        return self._first == len(self.text)

    @property
    def whole(self) -> bool:
        """Whether nothing was eaten and the text begins in the first column."""
        return self._first == 0 and self._at == 0

    def begins(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Whether what is left begins so, white space aside."""
        return pattern.match(self.text, self._first)

    def take(self, columns: int) -> None:
        """Eats so many columns of white space; there must be as many."""
        target = self._column + columns
        while self._column < target:
            after = self._column + (4 - self._column % 4 if self.text[self._at] == "\t" else 1)
            self._in_tab = after > target
            self._column = min(after, target)
            self._at += not self._in_tab

    def skip(self, characters: int) -> None:
        """Eats the white space and so many characters behind it."""
        self._at, self._column, self._in_tab = self._first + characters, self._first_column + characters, False
        self._look()

    def rest(self) -> str:
        """What is left; a tab of which a part was eaten leaves spaces."""
        return " " * (4 - self._column % 4) + self.text[self._at + 1 :] if self._in_tab else self.text[self._at :]

    def words(self) -> str:
        """What is left, without the white space before it."""
        return self.text[self._first :]
