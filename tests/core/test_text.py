"""Text of submissions is made harmless, and no more than that."""

import unicodedata

import pytest

from grader.core.text import clean, clean_lines, excerpt


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
            "\u061c",
            "\xad",
            *map(chr, (0x034F, 0x115F, 0x17B4, 0x180E, 0x2800, 0x3164, 0xFE0F, 0xFFA0, 0x1D159, 0xE0101)),
            *map(chr, (0xE000, 0xFFF9, 0xFFFF, 0x1D173, 0xE0020, 0x10FFFF)),
        ],
    )
    def test_signs_that_steer_a_terminal_or_break_a_file_are_replaced(self, sign):
        assert clean(f"a{sign}b") == "a\ufffdb"

    def test_no_format_control_surrogate_private_or_unassigned_character_is_left(self):
        everything = "".join(map(chr, range(0x110000)))
        left = {unicodedata.category(sign) for sign in clean(everything)}
        assert left & {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"} == {"Cc"}
        assert [sign for sign in set(clean(everything)) if unicodedata.category(sign) == "Cc"] == ["\t"]

    @pytest.mark.parametrize("space", ["\xa0", "\u2003", "\u3000"])
    def test_every_space_becomes_a_plain_one(self, space):
        assert clean(f"a{space}b") == "a b"

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
            ("##vso[task.complete result=Succeeded;]", "# #vso[task.complete result=Succeeded;]"),
            ("x ##vso[build.addbuildtag]1", "x # #vso[build.addbuildtag]1"),
            ("##teamcity[buildStatus text='100']", "# #teamcity[buildStatus text='100']"),
            ("####vso[x]", "# # # #vso[x]"),
            (":::error::x", ": : :error: :x"),
            ("::\u200berror::x", "::\ufffderror: :x"),
        ],
    )
    def test_commands_for_workflows_are_broken_up(self, text, shown):
        assert clean(text) == shown

    def test_invisible_signs_become_visible(self):
        assert clean("a\u200bb\u202ec\ufeff") == "a\ufffdb\ufffdc\ufffd"


def test_lines_can_be_kept():
    assert clean_lines("one\n::error::two\x1b") == "one\n: :error: :two\ufffd"


class TestExcerpt:
    def test_what_is_short_stays_as_it_is(self):
        assert excerpt("  a ::error b ", 20) == "a : :error b"

    def test_what_is_long_is_cut_at_the_length_asked_for(self):
        assert excerpt("x" * 1000, 20) == "x" * 19 + "…"
        assert len(excerpt("##" * 1000, 20)) == 20

    def test_however_long_it_is_it_takes_no_time(self):
        assert excerpt("\x1b" * 10**8, 5) == "\ufffd" * 4 + "…"
