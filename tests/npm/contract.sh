#!/bin/sh
# contract.sh NPM: the contract as buf and Connect's own client see it, with the mpimd of
# $MPIM_BIN_DIR. NPM is the folder that install.sh filled.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "$1/contract"
cd "$1/contract"
for buf in "$1"/node_modules/@bufbuild/buf-linux-*/bin; do PATH=$buf:$PATH; done
PATH=$1/node_modules/.bin:$PATH
export PATH
buf lint "$root/server/contract"
# What a released client relies on stays: fixtures/contract.binpb is the contract it knows.
# MPIM_UPDATE_DOCS=1 writes it anew.
[ -z "${MPIM_UPDATE_DOCS:-}" ] || buf build "$root/server/contract" --exclude-source-info \
  -o "$root/fixtures/contract.binpb"
buf breaking "$root/server/contract" --against "$root/fixtures/contract.binpb"
buf generate "$root/server/contract" --template \
  '{"version":"v2","plugins":[{"local":"protoc-gen-es","out":"gen","opt":["target=js","import_extension=js"]}]}'
cp "$here/rpc.test.mjs" "$here/server.mjs" .
CONTRACT=$root/server/contract exec node --test rpc.test.mjs
