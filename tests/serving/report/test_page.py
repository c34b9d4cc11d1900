"""A page loads nothing and lets nothing through that is not text."""

from datetime import UTC, datetime
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from serving.report.page import GOOD, Markup, number, page, pill, section, table, text

AT = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


class Reader(HTMLParser):
    """Collects the text and the tags of a page."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.feed(content)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - as the base class names it
        self.tags.append(tag)


def everything_of(words: str) -> Reader:
    return Reader(table([words], [[words]], numeric=[words]) + section(words, text(words), words) + pill(words, GOOD))


@given(st.text(min_size=1))
def test_whatever_is_put_in_comes_out_as_text(words: str) -> None:
    assert everything_of(words).tags == everything_of("x").tags


def test_markup_is_not_escaped_again() -> None:
    assert text(Markup("<b>")) == "<b>"
    assert text("<b>") == "&lt;b&gt;"


def test_lines_are_sentences() -> None:
    content = page("title", "done", GOOD, lines=["all is well", "Really."], sections=[], at=AT)
    assert "<p>All is well.</p><p>Really.</p>" in content
    assert "2030-01-02 03:04:05 UTC" in content


def test_a_page_may_load_nothing() -> None:
    content = page("title", "done", GOOD, lines=[], sections=[], at=AT)
    assert "default-src 'none'" in content
    assert not {"script", "link", "img", "iframe"} & set(Reader(content).tags)


def test_numbers_are_short() -> None:
    assert [number(value) for value in (None, 0.0, 0.123456, 1234567.0)] == ["-", "0", "0.12346", "1.2346e+06"]
