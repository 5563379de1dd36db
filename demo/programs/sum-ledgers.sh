#!/bin/sh
# Comes near its memory limit and stays below it: usage sum-ledgers.sh <MiB of `ulimit -v`> <seconds to stay there>.
limit=$(($1 * 1024))
# Where the system has no such limit (macOS), it just uses memory.
ulimit -v "$limit" 2>/dev/null
exec awk -v limit="$limit" -v hold="$2" '
  function kib(name,  line, part, found) {
    while ((getline line < "/proc/self/status") > 0) {
      split(line, part)
      if (part[1] == name ":") found = part[2]
    }
    close("/proc/self/status")
    return found + 0
  }
  BEGIN {
    page = "0123456789abcdef"
    while (length(page) < 16384) page = page page
    while (kib("VmRSS") < 0.95 * limit && kib("VmSize") < 0.985 * limit && pages < limit / 16)
      for (i = 0; i < 32; i++) ledger[++pages] = page pages
    system("exec sleep " hold)
    print "summed " pages " pages"
  }
'
