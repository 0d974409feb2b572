"""Text of submissions is made harmless, and no more than that."""

import pytest

from grader.core.text import clean, clean_lines


class TestClean:
    @pytest.mark.parametrize(
        "text",
        [
            "plain",
            "Größe — ✓",
            "日本語",
            "🙂",
            "[red]x[/red]",
            "a\tb",
            "",
            "x[::2]",
            "x[::-1]",
            "# [x]",
            "👩\u200d🔬",
        ],
    )
    def test_text_stays_as_it_is(self, text):
        assert clean(text) == text

    @pytest.mark.parametrize(
        "sign",
        [
            *map(chr, [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0x80, 0x9B, 0x9F]),
            "\r",
            "\u2028",
            "\u2029",
            *map(chr, range(0x202A, 0x202F)),
            *map(chr, range(0x2066, 0x206A)),
            *map(chr, (0xD800, 0xDBFF, 0xDC00, 0xDFFF)),
        ],
    )
    def test_signs_that_steer_a_terminal_or_break_a_file_are_replaced(self, sign):
        assert clean(f"a{sign}b") == "a\ufffdb"

    def test_a_line_feed_becomes_a_space(self):
        assert clean("one\ntwo") == "one two"

    def test_a_colour_becomes_visible(self):
        assert clean("\x1b[31mred\x1b[0m") == "\ufffd[31mred\ufffd[0m"

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("::error file=x::lost", ": :error file=x: :lost"),
            ("a\n  ::set-output name=x", "a   : :set-output name=x"),
            (":: add-mask", ": : add-mask"),
            ("##[error]lost", "# #[error]lost"),
        ],
    )
    def test_commands_for_workflows_are_broken_up(self, text, shown):
        assert clean(text) == shown

    def test_invisible_signs_become_visible(self):
        assert clean("a\u200bb\u202ec\ufeff") == "a\ufffdb\ufffdc\ufffd"


def test_lines_can_be_kept():
    assert clean_lines("one\n::error::two\x1b") == "one\n: :error: :two\ufffd"
