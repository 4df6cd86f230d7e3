#!/usr/bin/python3
"""html_words.py FILE.html: the words of a page that the reader's script translates (src/share/page/words.js), as calls of _()
that xgettext collects. What has translate="no" about it is a name; what stands in <noscript> no script can translate."""
import html.parser
import json
import re
import sys

ATTRIBUTES = ("title", "aria-label", "placeholder")
EMPTY = {"br", "hr", "img", "input", "link", "meta"}


class Words(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.closed = [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        closed = attributes.get("translate") == "no" or tag in ("script", "style", "noscript") or self.is_closed()
        if not closed:
            for name in ATTRIBUTES:
                self.add(attributes.get(name) or "")
        if tag not in EMPTY:
            self.closed.append(closed)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if self.closed:
            self.closed.pop()

    def handle_data(self, data):
        if not self.is_closed():
            self.add(data)

    def is_closed(self):
        return bool(self.closed) and self.closed[-1]

    def add(self, text):
        text = re.sub(r"\s+", " ", text).strip()
        if re.search(r"[A-Za-z]", text):
            self.found.append(text)


def main():
    words = Words()
    with open(sys.argv[1], encoding="utf-8") as file:
        words.feed(file.read())
    for text in words.found:
        print("_(%s);" % json.dumps(text, ensure_ascii=False))


if __name__ == "__main__":
    main()
