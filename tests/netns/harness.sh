# SPDX-License-Identifier: Apache-2.0
# Sourced by every story: a lab, a box and an internet of its own, and the words in which a story judges.
#
# What        A story calls `story SENTENCE`, acts, and says `expect WHAT COMMAND...` for all that must be so. The first
#             thing that is not so ends it with what the daemon said. Exit code 77 is Skipped, with the reason.
# Ownership   Every story has a lab id, a work directory and a pin directory of its own; finish() removes them, also after
#             a failure, and fails a good story that left pins behind. What is mounted goes with the mount namespace in
#             which it plays, and nobody else's holds it: so several may play at once.
# Failure     CGN_KEEP=1 keeps the work directory for a look; CGN_BUILD names the build folder (default: build/);
#             CGN_PATIENCE=N waits N times as long for what must come, where the processor is emulated.
# shellcheck shell=bash disable=SC2034

set -euo pipefail
if [[ -z ${CGN_OWN_MOUNTS:-} && $EUID == 0 ]]; then
  CGN_OWN_MOUNTS=1 exec unshare --mount --propagation private "$0" "$@"
fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${CGN_BUILD:-$root/build}
id=t$$
work=$(mktemp -d "/tmp/cgn-$id.XXXXXX")
chmod 755 "$work"

# shellcheck source=tools/stage/processes.sh
. "$root/tools/stage/processes.sh"
# shellcheck source=tools/stage/box.sh
. "$root/tools/stage/box.sh"
# shellcheck source=tools/stage/internet.sh
. "$root/tools/stage/internet.sh"
# shellcheck source=tools/stage/words.sh
. "$root/tools/stage/words.sh"
# shellcheck source=tests/netns/judge.sh
. "$root/tests/netns/judge.sh"

skip() {
  echo "SKIPPED: $1"
  rm -rf "$work"
  exit 77
}

# need COMMAND...: skips the story where one is missing.
need() {
  local command
  for command in "$@"; do
    if ! type -P "$command" >/dev/null; then skip "$command is not installed (tools/packages install check)"; fi
  done
}

# need_kernel WHAT SCRIPT: skips the story where this kernel cannot do SCRIPT in a namespace of its own.
need_kernel() {
  if unshare --net sh -ec "$2" >/dev/null 2>&1; then return; fi
  skip "this kernel has no $1 (sudo tools/vm tests/netns/$(basename "$0") runs under one that has)"
}

# story SENTENCE [SUBSCRIBERS]: begins, with the lab up and the configuration written.
story() {
  if ((EUID != 0)); then skip "network namespaces need root"; fi
  if [[ $(stat -f -c %T /sys/fs/bpf) != bpf_fs ]]; then skip "no bpffs at /sys/fs/bpf"; fi
  echo "story: $1"
  trap finish EXIT
  "$root/tools/lab" --id "$id" up --subscribers "${2:-3}"
  write_config
}

show_why() {
  local file
  for file in "$work"/cgnd.err "$work"/detach.log; do
    if [[ -s $file ]]; then echo "--- $(basename "$file")"; tail -n 40 "$file"; fi
  done
  echo "--- xdp and rules of the box"
  in_lab cgn ip -d link show type veth | grep -E '^[0-9]+:|prog/xdp' || true
  in_lab cgn ip rule || true
}

# finish [CODE]: the way out; a story with a trap of its own hands over the code that it saw.
finish() {
  local code=${1:-$?}
  trap - EXIT
  set +e
  if ((code != 0)); then show_why; fi
  if is_running cgnd; then stop_daemon; fi
  if [[ -e $config && -d $bpf_dir ]] && ! detach >"$work/detach.log" 2>&1; then
    echo "NOT OK: detach failed: $(tail -n 3 "$work/detach.log")"
    code=1
  fi
  if [[ -d $bpf_dir && -n $(ls -A "$bpf_dir") ]]; then
    echo "NOT OK: pins are left after detach: $(ls "$bpf_dir")"
    code=1
  fi
  clear_box
  stop_all
  "$root/tools/lab" --id "$id" down
  if [[ ${CGN_KEEP:-} == 1 ]]; then echo "kept: $work"; else rm -rf "$work"; fi
  exit "$code"
}
