# SPDX-License-Identifier: Apache-2.0
# Sourced by stories that look at the wire: tcpdump on a machine of the lab, into $work/NAME.pcap.
# shellcheck shell=bash disable=SC2154

# start_capture NAME WHO DEVICE FILTER...: returns when tcpdump listens.
start_capture() {
  local name=$1 who=$2 device=$3
  shift 3
  spawn "$name" "$who" tcpdump -n -U -Z root -B 65536 -i "$device" -w "$work/$name.pcap" "$@"
  wait_until 5 grep -q 'listening on' "$work/$name.err"
}

# captured NAME [FILTER...]: how many packets the file holds (so far, where the capture still runs).
captured() { tcpdump -n -r "$work/$1.pcap" "${@:2}" 2>/dev/null | wc -l; }
nothing_captured() { (($(captured "$@") == 0)); }
something_captured() { (($(captured "$@") > 0)); }
