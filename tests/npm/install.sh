#!/bin/sh
# install.sh FOLDER: the packages of package-lock.json, as it pins them, in FOLDER/node_modules. Does
# nothing when they are there already. No package's own scripts are run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
if [ -d node_modules ] && cmp -s "$here/package-lock.json" installed-lock.json; then exit 0; fi
rm -f installed-lock.json
cp "$here/package.json" "$here/package-lock.json" .
npm ci --prefer-offline --no-audit --no-fund --ignore-scripts
cp package-lock.json installed-lock.json
