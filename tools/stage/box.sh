# SPDX-License-Identifier: Apache-2.0
# Sourced: the CGN box of a lab: its configuration, its daemon, its command line.
#
# What        write_config makes $work/cgn.toml from packaging/lab.toml with paths of our own; set_key changes it;
#             start_daemon waits for the line `ready`; ctl is cgnctl on that daemon's socket.
# Ownership   State, log and socket live under $work, pins under $bpf_dir. clear_box takes everything of the daemon down,
#             whether it lives or not.
# shellcheck shell=bash disable=SC2154

bpf_dir=/sys/fs/bpf/cgn-$id
config=$work/cgn.toml
state_dir=$work/state
socket=$work/api.sock

# set_key SECTION KEY VALUE: in the first "[SECTION]" or "[[SECTION]]", which is appended if it is not there.
set_key() {
  awk -v section="$1" -v key="$2" -v value="$3" '
    function put() { print key " = " value; done = 1 }
    /^\[/ { inside = ($0 ~ "^\\[+" section "\\]"); print; if (inside && !done) put(); next }
    inside && $0 ~ "^" key "[ =]" { next }
    { print }
    END { if (!done) { print "[" section "]"; put() } }' "$config" >"$config.new"
  mv "$config.new" "$config"
}

write_config() {
  cp "$root/packaging/lab.toml" "$config"
  mkdir -p "$state_dir"
  set_key log path "\"$work/log\""
  # What a look-up can vouch for ends with the last row of the log, so let there be one every second.
  set_key log heartbeat '"1s"'
  set_key api socket "\"$socket\""
  set_key interfaces xdp_mode "\"${CGN_XDP_MODE:-auto}\""
}

daemon_paths() { printf '%s\n' --config "$config" --state-dir "$state_dir" --socket "$socket" --bpf-dir "$bpf_dir"; }

launch_daemon() {
  local paths
  mapfile -t paths < <(daemon_paths)
  : >"$work/cgnd.out"  # the `ready` of the daemon before must not count for this one
  spawn cgnd cgn "$build/cgnd" "${paths[@]}"
}

daemon_has_spoken() { grep -qx ready "$work/cgnd.out" || ! is_running cgnd; }

# Fails, showing what the daemon said, if it ends or is not ready within 20 s.
start_daemon() {
  launch_daemon
  if wait_until 20 daemon_has_spoken && grep -qx ready "$work/cgnd.out"; then return 0; fi
  echo "cgnd did not become ready:" >&2
  tail -n 20 "$work/cgnd.err" >&2
  return 1
}

kill_daemon() { stop cgnd KILL || true; }
stop_daemon() { stop cgnd TERM; }
ctl() { "$build/cgnctl" -s "$socket" "$@"; }
ctl_json() { ctl "$@" --json; }
detach() { in_lab cgn "$build/cgnd" --detach --state-dir "$state_dir" --bpf-dir "$bpf_dir"; }

clear_box() {
  if is_running cgnd; then stop_daemon || true; fi
  if [[ -e $config ]]; then detach >"$work/detach.log" 2>&1 || true; fi
  if [[ -d $bpf_dir ]]; then rm -rf "$bpf_dir"; fi
}
