# Writes catalogues of gettext as the script of a page: -v from=REGEX are the files whose messages it needs. What a
# program file holds with a conversion in it is told as a format too: the page finds by it what the program has said.
# The strings of a catalogue are written as JavaScript writes them.
function join(text) { sub(/^[^"]*"/, "", text); sub(/"[ \t\r]*$/, "", text); return text }

function flush_message(   i, forms, wanted) {
	wanted = split(refs, files, " ")
	for (i = wanted; i > 0 && files[i] !~ from; i--)
		;
	if (field["msgid"] == "" && match(field["msgstr"], /plural=[^;]*/))
		printf "\"%s\": {plural: n => Number(%s), words: {\n", name, substr(field["msgstr"], RSTART + 7, RLENGTH - 7)
	else if (i > 0 && !fuzzy && field["msgstr[0]"] != "") {
		forms = ""
		for (i = 0; ("msgstr[" i "]") in field; i++)
			forms = forms (i ? "," : "") "\"" field["msgstr[" i "]"] "\""
		printf "\"%s\":[%s],\n", field["msgid"], forms
	} else if (i > 0 && !fuzzy && field["msgstr"] != "") {
		printf "\"%s\":\"%s\",\n", field["msgid"], field["msgstr"]
		if (field["msgid"] ~ /%/ && refs ~ /\.c( |$)/)
			formats = formats "\"" field["msgid"] "\",\n"
	}
	split("", field)
	refs = ""
	fuzzy = 0
}

function end_catalogue() {
	if (name == "")
		return
	flush_message()
	printf "}, formats: [\n%s]},\n", formats
	formats = ""
}

BEGIN { print "const CATALOGUES = {" }
FNR == 1 { end_catalogue(); name = FILENAME; sub(/.*\//, "", name); sub(/\.po$/, "", name) }
/^#:/ { refs = refs substr($0, 3) }
/^#,.*fuzzy/ { fuzzy = 1 }
/^msg/ { last = $1; field[last] = join($0) }
/^"/ { field[last] = field[last] join($0) }
/^[ \t]*$/ { if ("msgid" in field) flush_message() }
END { end_catalogue(); print "};" }
