#!/bin/sh
# deb.sh FOLDER VERSION [PROGRAM]: builds the Debian package in FOLDER from a copy of the sources, and shows it to lintian.
# With PROGRAM, one that is built already is packed instead of compiling again.
set -eu

# Debian's versions know no dash in a native package, and "~" and "+" in place of it: 0.1.0-3-gabc is after 0.1.0.
out=$1
version=$(echo "$2" | sed 's/-/+/; s/-/./g')
program=${3:-}
tree=$out/swarmtop

rm -rf "$out"
mkdir -p "$tree"
cp -rp Makefile README.md LICENSE config.example.toml include src tests "$tree"
cp -rp src/share/debian "$tree/debian"
sed -i "1s/(.*)/($version)/" "$tree/debian/changelog"
# Geo databases that were fetched come along, as with `make install`.
[ ! -d build/geoip ] || install -D -m 644 -t "$tree/build/geoip" build/geoip/*
[ -z "$program" ] || install -D -m 755 "$program" "$tree/build/swarmtop"

(cd "$tree" && dpkg-buildpackage --build=binary --no-sign) >"$out/log" 2>&1 || {
	tail -n 30 "$out/log" >&2
	exit 1
}
rm -rf "$tree"
lintian --pedantic --fail-on error,warning,pedantic "$out"/*.changes
ls "$out"/*.deb
