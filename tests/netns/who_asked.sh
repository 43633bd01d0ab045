#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: a member of cgn-legal looks things up without root. The daemon records who it was, for which case, before the answer;
# without a case, without the group, or with the daemon dead there is none.
. "$(dirname "$0")/harness.sh"
need jq unshare setpriv
story "a clerk's look-up is answered when the daemon has recorded who asked, and why" 1
gid=64931 clerk=64932

# Groups of our own: the daemon's and the clerk's, not the machine's.
grep -v '^cgn-legal:' /etc/group >"$work/group"
echo "cgn-legal:x:$gid:" >>"$work/group"
with_groups() { unshare --mount sh -c 'mount --bind "$0" /etc/group && exec "$@"' "$work/group" "$@"; }
launch_daemon() {
  local paths
  mapfile -t paths < <(daemon_paths)
  : >"$work/cgnd.out"
  # shellcheck disable=SC2016
  spawn cgnd cgn unshare --mount sh -c 'mount --bind "$0" /etc/group && exec "$@"' "$work/group" "$build/cgnd" "${paths[@]}"
}
# as_clerk GROUP cgnctl-arguments...
as_clerk() {
  local group=$1
  shift
  with_groups setpriv --reuid "$clerk" --regid "$clerk" --groups "$group" "$build/cgnctl" -s "$socket" "$@" --log-dir "$work/log" \
    >"$work/answer" 2>"$work/complaint"
}
mode_of() { stat -c '%a %g' "$1"; }
entries() { ctl log audit --log-dir "$work/log" --json | jq -r "$1"; }
number_of_entries() { entries '.entries | length'; }

set_key log require_case true
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
seen=$(ask sub1 5000) || fail "the first packet was not answered"
at=$(now)
expect "legal.sock is the group's" equal "660 $gid" "$(mode_of "$work/legal.sock")"
expect "so is the log directory" equal "2750 $gid" "$(mode_of "$work/log")"
sleep 1.2  # the question and its tolerance lie in the past

expect_not "without a case there is no answer" as_clerk "$gid" lookup "$seen" --proto udp --at "$at" --tolerance 500ms
expect "and it says why" grep -q -- --case "$work/complaint"
expect "nothing was recorded of that" equal 0 "$(number_of_entries)"
expect "with a case the clerk is answered" as_clerk "$gid" lookup "$seen" --proto udp --at "$at" --tolerance 500ms --case AZ-2026-771
expect "by the right subscriber" grep -q 100.64.1.11 "$work/answer"
expect "the record says who asked, by the kernel's word, and for which case" equal "$clerk AZ-2026-771 ONE HOLDER" \
  "$(entries '.entries[-1] | "\(.uid) \(.case) \(.verdict)"')"
before=$(number_of_entries)
expect_not "without the group nobody is answered" as_clerk "$clerk" lookup "$seen" --proto udp --at "$at" --case AZ-2026-771
expect "root needs a case as well" eval '! ctl lookup "$seen" --proto udp --at "$at" --log-dir "$work/log"'
expect "nothing was recorded of these" equal "$before" "$(number_of_entries)"
expect "legal.sock does nothing else" eval '! "$build/cgnctl" -s "$work/legal.sock" status'

kill_daemon
expect_not "with the daemon dead the clerk is not answered" as_clerk "$gid" lookup "$seen" --proto udp --at "$at" --case AZ-2026-771
expect "because it cannot be recorded" grep -q "cannot be recorded" "$work/complaint"
expect "and is told what to do" grep -q "^hint: .*cgnd" "$work/complaint"
expect "root is, and is recorded" eval 'ctl lookup "$seen" --proto udp --at "$at" --tolerance 500ms --case AZ-9 --log-dir "$work/log"'
expect "under root's uid" equal "0 AZ-9" "$(entries '.entries[-1] | "\(.uid) \(.case)"')"
expect "record and look-ups are as they were written" ctl log verify --log-dir "$work/log" --key "$state_dir/sign.pub"
