# SPDX-License-Identifier: Apache-2.0
# Sourced: processes by name, inside a lab; and waiting for what they bring about.
#
# What        spawn starts a program inside a machine of the lab and remembers its PID under a name; its output goes to
#             $work/NAME.out and $work/NAME.err. stop and stop_all end exactly those. wait_until polls a condition.
#             CGN_PATIENCE=N waits N times as long, for machines whose processor is emulated.
# Ownership   The caller sets id (of the lab) and work (a directory of its own), and calls stop_all on its way out.
# shellcheck shell=bash disable=SC2154

declare -A process_ids=()

in_lab() { nsenter --net="/run/netns/cgn-$id-$1" -- "${@:2}"; }

# spawn NAME WHO COMMAND...   WHO is a machine of the lab.
spawn() {
  local name=$1 who=$2
  shift 2
  touch "$work/$name.out" "$work/$name.err"
  # A session of its own, so that neither a terminal's Ctrl-C nor its end reaches it. setsid and nsenter become the
  # command, so that $! is its PID.
  setsid nsenter --net="/run/netns/cgn-$id-$who" -- "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null &
  process_ids[$name]=$!
}

is_running() { [[ -n ${process_ids[$1]:-} ]] && kill -0 "${process_ids[$1]}" 2>/dev/null; }

# stop NAME [SIGNAL]: ends it and waits; its exit code is the answer (0 if it was not there).
stop() {
  local pid=${process_ids[$1]:-} code=0
  if [[ -z $pid ]]; then return 0; fi
  unset "process_ids[$1]"
  kill "-${2:-TERM}" "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || code=$?
  return "$code"
}

# Waits for a process that ends by itself.
finished() {
  local pid=${process_ids[$1]} code=0
  unset "process_ids[$1]"
  wait "$pid" 2>/dev/null || code=$?
  return "$code"
}

# All of them; those that have not ended 5 s after SIGTERM are killed.
stop_all() {
  local name deadline=$((SECONDS + $(patient 5)))
  for name in "${!process_ids[@]}"; do kill -TERM "${process_ids[$name]}" 2>/dev/null || true; done
  for name in "${!process_ids[@]}"; do
    while ((SECONDS < deadline)) && is_running "$name"; do sleep 0.02; done
    stop "$name" KILL || true
  done
}

# patient TIME: as much of it as this machine needs.
patient() { echo $(($1 * ${CGN_PATIENCE:-1})); }

# wait_until SECONDS COMMAND...: true as soon as COMMAND is, false when the time is over.
wait_until() {
  local deadline=$((SECONDS + $(patient "$1")))
  shift
  until "$@"; do
    if ((SECONDS >= deadline)); then return 1; fi
    sleep 0.02
  done
}

# RFC 3339, UTC, milliseconds.
now() { date -u +%FT%T.%3NZ; }
