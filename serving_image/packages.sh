#!/bin/sh
# packages install LOCK DIRECTORY   the packages of a lock file, exactly these, by their hashes
# packages freeze DIRECTORY         compiled, readable by every user, with one date: the same content, the same layer
set -eu

install() {
  # A proxy that signs anew; without that secret pip trusts what it always does.
  if [ -f /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi
  python3 -m pip install --quiet --no-cache-dir --no-compile --no-deps --require-hashes --requirement "$1" --target "$2"
  # What nobody here imports: all that AWS offers but the reading of a bucket, and a second client that does not block.
  rm -rf "$2/kubernetes/aio"
  if [ -d "$2/botocore/data" ]; then
    find "$2/botocore/data" -mindepth 1 -maxdepth 1 -type d ! -name s3 ! -name sts -exec rm -r {} +
  fi
}

freeze() {
  python3 -m compileall -q --invalidation-mode unchecked-hash "$1"
  chmod -R a+rX "$1"
  find "$1" -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +
}

"$@"
