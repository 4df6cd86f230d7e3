#!/bin/sh
# pot.sh FILE: collects the marked texts of the sources into FILE. It changes only when they do: it holds no dates and no
# line numbers.
set -eu

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
mkdir -p "$made/src/share/web" "$made/src/share/report"
pages=$(LC_ALL=C ls src/share/*/*.html)
for page in $pages; do
	python3 tests/tools/html_words.py "$page" >"$made/$page"
done

collect() {
	LC_ALL=C.UTF-8 xgettext --from-code=UTF-8 --keyword= --keyword=_ --keyword=N_ --keyword=_n:1,2 --add-location=file \
		--no-wrap --output="$made/pot" "$@" 2>"$made/said" || { cat "$made/said" >&2; exit 1; }
}

collect --language=C --add-comments='Translators:' --flag=_:1:pass-c-format --flag=_n:1:pass-c-format \
	--flag=_n:2:pass-c-format --flag=add:4:c-format --flag=screen_message:3:c-format --flag=buf_printf:2:c-format \
	$(LC_ALL=C ls src/*.c src/*/*.c)
collect --join-existing --language=JavaScript $(LC_ALL=C ls src/share/*/*.js)
collect --join-existing --language=JavaScript --directory="$made" $pages

cat >"$1" <<'HEAD'
# Words of swarmtop that people read, as `make po` collects them from the sources.
# Copyright (C) 2026 The swarmtop authors
# This file is distributed under the same license as swarmtop.
#
msgid ""
msgstr ""
"Project-Id-Version: swarmtop\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"

HEAD
# Its own head, up to the first empty line, has the date.
sed '1,/^$/d' "$made/pot" >>"$1"
