#!/bin/sh
# npm.sh: puts the npm packages that the lab runs (trackers with WebSocket, DHT nodes), pinned in tests/lab/npm, into
# build/npm. Does nothing when they are there. None of their scripts is run, so nothing is compiled or downloaded else.
set -eu

from=tests/lab/npm
to=build/npm
cmp -s "$from/package-lock.json" "$to/.stamp" && [ -d "$to/node_modules" ] && exit 0

for program in node npm; do
	command -v "$program" >/dev/null ||
		{ echo "npm.sh: there is no $program: install the Debian packages nodejs and npm" >&2; exit 1; }
done
mkdir -p "$to" 2>/dev/null && [ -w "$to" ] ||
	{ echo "npm.sh: cannot write to $to: is it another user's? Remove it, and try again" >&2; exit 1; }
echo "Installing npm packages into $to"
rm -f "$to/.stamp"
cp "$from/package.json" "$from/package-lock.json" "$to"
npm ci --prefix "$to" --ignore-scripts --no-audit --no-fund --no-update-notifier --omit=optional --loglevel=error \
	>"$to/.log" 2>&1 ||
	{ cat "$to/.log" >&2; echo "npm.sh: npm could not fetch what $from/package-lock.json pins" >&2; exit 1; }
cp "$from/package-lock.json" "$to/.stamp"
