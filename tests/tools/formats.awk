# Writes a C table of a catalogue's messages with a conversion in them, the longest first: -v from=REGEX are the files
# whose messages are wanted. By it a program knows which sentence it was that somebody wrote in English.
function flush_message(   i, at, wanted) {
	wanted = split(refs, files, " ")
	for (i = wanted; i > 0 && files[i] !~ from; i--)
		;
	if (i > 0 && id ~ /%/ && !plural) {
		for (at = ++count; at > 1 && length(ids[at - 1]) < length(id); at--)
			ids[at] = ids[at - 1]
		ids[at] = id
	}
	refs = id = last = ""
	plural = 0
}

/^#:/ { refs = refs substr($0, 3) }
/^msg/ { last = $1; plural = plural || $1 == "msgid_plural" }
last == "msgid" && /"/ { text = $0; sub(/^[^"]*"/, "", text); sub(/"[ \t\r]*$/, "", text); id = id text }
/^[ \t]*$/ { flush_message() }
END {
	flush_message()
	for (i = 1; i <= count; i++)
		printf "\t\"%s\",\n", ids[i]
}
