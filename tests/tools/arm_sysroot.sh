#!/bin/sh
# arm_sysroot.sh ARCH FOLDER PACKAGE...: unpacks packages of another architecture, with all that they depend on, into a
# folder. apt gets a state of its own there, so that the machine's packages and architectures stay as they are.
set -eu

arch=$1 root=$2
shift 2
wanted="$*"
[ "$(cat "$root/.complete" 2>/dev/null)" != "$wanted" ] || exit 0

echo "Fetching $arch libraries into $root"
rm -rf "$root"
apt=$(pwd)/$root/.apt
mkdir -p "$apt/lists/partial" "$apt/archives/partial"
: >"$apt/status"
apt_get()
{
	apt-get -qq -o APT::Architecture="$arch" -o APT::Architectures::= -o APT::Architectures="$arch" \
		-o APT::Sandbox::User="$(id -un)" -o APT::Install-Recommends=false -o Dir::State="$apt" \
		-o Dir::State::Lists="$apt/lists" -o Dir::State::Status="$apt/status" -o Dir::Cache="$apt" \
		-o Dir::Cache::Archives="$apt/archives" -o Debug::NoLocking=true -o pkgCacheGen::ForceEssential=none "$@"
}
apt_get update || true
apt_get -y --download-only install "$@"
for package in "$apt"/archives/*.deb; do
	dpkg-deb -x "$package" "$root"
done

# Links that start at / would leave the folder.
find "$root" -type l -lname '/*' | while read -r link; do
	ln -sfr "$root$(readlink "$link")" "$link"
done
rm -rf "$apt"
echo "$wanted" >"$root/.complete"
