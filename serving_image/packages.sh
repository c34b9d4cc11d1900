#!/bin/sh
# packages install LOCK DIRECTORY   the packages of a lock file, exactly these, by their hashes
# packages freeze DIRECTORY         compiled, readable by every user, with one date: the same content, the same layer
set -eu

install() {
  # A proxy that signs anew; without that secret pip trusts what it always does.
  if [ -f /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi
  python3 -m pip install --quiet --no-cache-dir --no-compile --no-deps --require-hashes --requirement "$1" --target "$2"
}

freeze() {
  # Of all that AWS offers, what reads a release: 5 of 30 MB.
  if [ -d "$1/botocore/data" ]; then
    find "$1/botocore/data" -mindepth 1 -maxdepth 1 -type d ! -name s3 ! -name sts -exec rm -r {} +
  fi
  python3 -m compileall -q --invalidation-mode unchecked-hash "$1"
  chmod -R a+rX "$1"
  find "$1" -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +
}

"$@"
