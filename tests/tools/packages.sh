#!/bin/sh
# packages.sh PACKAGE...: installs the Debian packages that are lacking, and says which; does nothing when all are there.
set -eu

lacking=
for package in "$@"; do
	case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
	*' installed') ;;
	*) lacking="$lacking $package" ;;
	esac
done
[ -n "$lacking" ] || exit 0

echo "Installing Debian packages:$lacking"
as_root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || { echo "As root, run: apt-get install$lacking" >&2; exit 1; }
	as_root=sudo
fi
# A third party's source that does not answer is no reason to stop: the install says what is really missing.
$as_root apt-get -qq update || true
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $lacking </dev/null

# These two start a service when they are installed; here they are wanted only as programs.
for service in transmission-daemon opentracker; do
	case $lacking in
	*" $service"*)
		[ ! -d /run/systemd/system ] || $as_root systemctl --quiet disable --now "$service" || true ;;
	esac
done
