# SPDX-License-Identifier: Apache-2.0
# Sourced by stories that need another time or another boot: the wall clock and the boot id of the box are theirs to set.
#
# What        on_the_box COMMAND... runs something as the machine of the story sees it: libfaketime adds the seconds in
#             $work/ahead to CLOCK_REALTIME (all other clocks are the kernel's, as after `date -s`), the boot id is
#             $work/boot_id, and /etc/group is $work/group where that is; become="setpriv ..." makes it another user. Daemon
#             and cgnctl run so; the machine's own clock is never touched. set_wall and step_wall change what it shows, and
#             note in $work/wall.csv from which real instant on it was ahead by how much, and how long the setting took: with it
#             the time of a packet in a capture becomes what the clock on the wall showed.
# Ownership   Whatever libfaketime leaves in /dev/shm is in a mount of the process's own.
# shellcheck shell=bash disable=SC2034,SC2154

faketime=$(find /usr/lib/*/faketime -name libfaketimeMT.so.1 2>/dev/null | head -n 1)
shim=()  # words before the daemon, such as env LD_PRELOAD=...: libraries there come after libfaketime

need_wall_clock() {
  if [[ -z $faketime ]]; then skip "faketime is not installed (tools/packages install check)"; fi
  cat /proc/sys/kernel/random/uuid >"$work/boot_id"
  echo "real_ms,ahead_s,took_ms" >"$work/wall.csv"
  # shellcheck disable=SC2016
  box=(unshare --mount sh -ec 'work=$0; faketime=$1; shift
    mount --bind "$work/boot_id" /proc/sys/kernel/random/boot_id
    if [ -e "$work/group" ]; then mount --bind "$work/group" /etc/group; fi
    mount -t tmpfs tmpfs /dev/shm
    exec $become env LD_PRELOAD="$faketime${LD_PRELOAD:+:$LD_PRELOAD}" FAKETIME_TIMESTAMP_FILE="$work/ahead" FAKETIME_NO_CACHE=1 \
      FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 "$@"' "$work" "$faketime")
}

real_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
ahead() { cat "$work/ahead"; }

# be_ahead SECONDS: of the machine's own clock, from now on.
be_ahead() {
  local before
  printf '%+d\n' "$1" >"$work/ahead.new"
  before=$(real_ms)
  mv "$work/ahead.new" "$work/ahead"
  echo "$before,$1,$(($(real_ms) - before))" >>"$work/wall.csv"
}
# set_wall TIME: shows it now (within a second).
set_wall() { be_ahead $(($(date -d "$1" +%s) - EPOCHSECONDS)); }
step_wall() { be_ahead $(($(ahead) + $1)); }

wall_ms() { echo $(($(real_ms) + 1000 * $(ahead))); }
in_ms() { date -d "$1" +%s%3N; }
in_words() { date -u -d "@$(($1 / 1000)).$(printf %03d $(($1 % 1000)))" +%FT%T.%3NZ; }
now() { in_words "$(wall_ms)"; }
# until_wall TIME [MILLISECONDS-LATER]: waits until the clock shows that.
until_wall() {
  local left=$(($(in_ms "$1") + ${2:-0} - $(wall_ms)))
  if ((left > 0)); then sleep "$((left / 1000)).$(printf %03d $((left % 1000)))"; fi
}

on_the_box() { "${box[@]}" "$@"; }

# Instead of the box's own.
ctl() { on_the_box "$build/cgnctl" -s "$socket" "$@"; }
launch_daemon() {
  local paths
  mapfile -t paths < <(daemon_paths)
  : >"$work/cgnd.out"
  spawn cgnd cgn "${shim[@]}" "${box[@]}" "$build/cgnd" "${paths[@]}"
}

# The machine is off and on again: its maps and links are gone, its boot is another one. The daemon must not run.
reboot_box() {
  rm -rf "$bpf_dir"
  cat /proc/sys/kernel/random/uuid >"$work/boot_id"
}
