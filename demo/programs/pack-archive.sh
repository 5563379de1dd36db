#!/bin/sh
# Is refused memory by `ulimit -v`: usage pack-archive.sh <KiB of address space>. Reserves it piece by piece until the limit.
ulimit -v "$1" || exit 2
exec node -e '
  const parts = [];
  setInterval(() => parts.push(Buffer.alloc(96 * 1024 * 1024)), 150);
'
