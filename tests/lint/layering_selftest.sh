#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# layering.sh finds what it must: one wrong include of each kind, planted in a copy of the sources.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$root/include" "$root/bpf" "$root/userspace" "$root/tools" "$copy/"

"$here/layering.sh" "$copy" >/dev/null || { echo "the copy is not clean to begin with"; exit 1; }

plant() {
  local file=$copy/$1
  cp "$file" "$copy/saved"
  printf '%s\n' "$2" >>"$file"
  if "$here/layering.sh" "$copy" >/dev/null; then echo "not found: $2 in $1"; exit 1; fi
  mv "$copy/saved" "$file"
  echo "found: $2 in $1"
}

plant userspace/core/translator.hpp '#include "io/program.hpp"'
plant userspace/core/translator.hpp '#include "journal/writer.hpp"'
plant userspace/core/translator.hpp '#include <bpf/libbpf.h>'
plant userspace/core/translator.hpp 'inline auto t = std::chrono::steady_clock::now();'
plant userspace/packet/view.hpp '#include "core/translator.hpp"'
plant userspace/config/config.hpp '  #include "../core/translator.hpp"'
plant userspace/journal/reader.hpp '# include "daemon/daemon.hpp"'
plant userspace/io/guard.hpp '#include "core/effects.hpp"'
plant include/cgn/net.hpp '#include "config/config.hpp"'
plant bpf/maps.h '#include "cgn/net.hpp"'
plant tools/cgnctl/verbs.hpp '#include "io/program.hpp"'
plant tools/cgnctl/verbs.hpp '#include "journal/writer.hpp"'
plant tools/cgn-blast/frame.hpp '#include "core/translator.hpp"'
