#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The arrows of the house: which room may include which. Fails on every include that goes against them.
#
# What        A room is the folder a file stands in; an include names its room by its first folder ("core/pool.hpp"), or is
#             the room's own ("pool.hpp"). Libraries are judged where purity depends on them. `layering.sh ROOT` checks
#             another tree; layering_selftest.sh plants wrong includes in one.
set -euo pipefail
root=${1:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$root"

# room  folders whose files it is | rooms it may include. include/cgn is for everybody but bpf, which has abi.h alone.
arrows() {
  cat <<'ARROWS'
include/cgn        |
bpf                |
userspace/packet   | packet
userspace/fragments | fragments packet
userspace/alg      | alg
userspace/config   | config
userspace/core     | core packet config
userspace/journal  | journal
userspace/radius   | radius
userspace/io       | io
userspace/daemon   | daemon packet fragments alg config core journal radius io
tools/cgnctl       | cgnctl journal config
tools/cgn-blast    | packet io
tools/selftest     | selftest packets
ARROWS
}

# The interface headers of a room, where only those are open to another one.
closed() {
  case "$1 $2" in
    "tools/cgnctl journal/"*) [[ ! $2 =~ ^journal/(reader|audit|evidence|parameters|segments|signing|transcript|verify|export/replay)\.hpp$ ]] ;;
    "tools/cgnctl config/"*) [[ ! $2 =~ ^config/(parse|config|complaint|check|collector|deterministic)\.hpp$ ]] ;;
    *) return 1 ;;
  esac
}

is_pure() { [[ $1 =~ ^userspace/(packet|fragments|alg|radius|config|core)$ ]]; }
sources() { find "$1" -type f \( -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' \) 2>/dev/null; }

# Lines "file:line:included" of a room.
project_includes() { sources "$1" | xargs -r grep -HnoE '^ *# *include "[^"]+"' | sed -E 's/# *include "([^"]+)"/\1/; s/: +/:/'; }
library_includes() { sources "$1" | xargs -r grep -HnoE '^ *# *include <[^>]+>' | sed -E 's/# *include <([^>]+)>/\1/; s/: +/:/'; }

judge() {
  local room=$1 allowed=" $2 " file line included first
  while IFS=: read -r file line included; do
    first=${included%%/*}
    if [[ $included == */../* || $included == ../* ]]; then
      echo "$file:$line: $included climbs out of its folder"
    elif [[ $room == bpf ]]; then
      if [[ $included != cgn/abi.h && $included == */* ]]; then echo "$file:$line: bpf includes $included, may only include cgn/abi.h"; fi
    elif [[ $included == cgn/* || $included != */* || $included == *.skel.h ]]; then
      :
    elif [[ $allowed != *" $first "* ]]; then
      echo "$file:$line: $room includes $included, may include: cgn$allowed"
    elif closed "$room" "$included"; then
      echo "$file:$line: $room includes $included, which is not the face of that room"
    fi
  done < <(project_includes "$room")
}

# No kernel, no libraries of the hands, no clock below the daemon.
judge_purity() {
  local room=$1 file line included
  while IFS=: read -r file line included; do
    if [[ $included =~ ^(bpf|xdp|libmnl|sqlite3|systemd|spdlog|httplib|sys|net|poll|unistd|fcntl|linux|iostream|fstream|thread|mutex)(/|\.h|$) ]]; then
      echo "$file:$line: $room is pure, but includes <$included>"
    fi
  done < <(library_includes "$room")
}

no_clocks() {
  sources userspace | grep -v '^userspace/daemon/' | xargs -r grep -HnE '(system|steady|high_resolution)_clock::now|clock_gettime|gettimeofday|std::time\(' |
    sed -E 's/^([^:]+:[0-9]+):.*/\1: reads a clock; time is an argument below the daemon/' || true
}

faults=$(
  while IFS='|' read -r room allowed; do
    room=${room//[[:space:]]/}
    judge "$room" "$(xargs <<<"$allowed")"
    if is_pure "$room"; then judge_purity "$room"; fi
  done < <(arrows)
  no_clocks
)
if [[ -n $faults ]]; then
  echo "$faults"
  exit 1
fi
echo "the arrows hold"
