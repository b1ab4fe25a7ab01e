"""What every page must be: HTML that balances, whose anchors resolve, and that asks nobody for anything."""

import re
from html.parser import HTMLParser

VOID = {"meta", "br", "img", "link", "input", "hr", "wbr", "base", "area", "source", "embed", "col", "track"}
CLOCK = re.compile(r'<span class="clock">.*?</span>')


class Page(HTMLParser):
    """A page taken apart; ValueError where a tag is not closed, or closed by another."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.ids, self.links, self.styles, self.words = [], [], [], [], [], []
        self.feed(text)
        self.close()
        if self.open:
            raise ValueError(f"open at the end: {self.open}")

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            assert not name.startswith("on"), (tag, name, value)
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "xlink:href", "srcset", "action", "data", "poster", "background"):
                self.links.append((tag, name, value))
            if name == "style":
                self.styles.append(value)

    def handle_endtag(self, tag):
        if tag in VOID or not self.open or self.open.pop() != tag:
            raise ValueError(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        (self.styles if self.open and self.open[-1] == "style" else self.words).append(data)

    @property
    def text(self):
        """All that is to be read."""
        return " ".join(" ".join(self.words).split())


def check(text, nan=False):
    """The page taken apart, after a look at all that makes it one file without a network; `nan`: the word may be in it."""
    page = Page(text)
    assert text.startswith("<!DOCTYPE html>") and page.tags.count("h1") == 1 and page.tags.count("title") >= 1
    assert len(page.ids) == len(set(page.ids))
    for tag, name, value in page.links:
        if value.startswith("#"):
            assert value[1:] in page.ids, value
        else:
            assert (tag, name) == ("img", "src") and value.startswith(("data:image/gif;base64,", "data:image/png;base64,")), value[:60]
    assert {"script", "iframe", "object", "embed", "link", "base", "form"}.isdisjoint(page.tags)
    for style in page.styles:
        assert "@import" not in style and all(inside.startswith("#") for inside in re.findall(r"url\(([^)]*)", style))
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(page.ids)
    assert nan or "nan" not in re.findall(r"[a-z]+", page.text)
    return page


def timeless(text):
    """Without what a clock made."""
    return CLOCK.sub("", text)
