#!/bin/sh
# install_packages.sh GROUP...: installs what is missing of these groups of tests/packages.txt, as
# root or through sudo. Says nothing, and starts no apt, when nothing is missing.
set -eu
list=$(dirname "$0")/packages.txt

wanted=
for group in "$@"; do
  wanted="$wanted $(sed -n "s/^$group  *//p" "$list" | tr '\n' ' ')"
done

if ! command -v dpkg-query >/dev/null; then
  echo "This is not a Debian system: install what corresponds to$wanted by hand." >&2
  exit 0
fi

# dpkg-query fails when it has never heard of a package, and still lists the others.
present=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' $wanted 2>/dev/null |
  sed -n 's/^installed //p' | tr '\n,' '  ') || true
missing=
for package in $wanted; do
  case " $present " in
    *" $package "*) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "These packages are missing, and there is no sudo; as root: apt-get install$missing" >&2
    exit 1
  }
  as_root=sudo
fi
echo "Installing$missing" >&2
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq"
apt="$apt -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
$apt update >&2
$apt -y --no-install-recommends install $missing >&2
