# SPDX-License-Identifier: Apache-2.0
# Sourced: what the machine looked like before, to be compared with afterwards.
#
# What        footprint prints network namespaces, policy rules, links, forwarding settings, pins, and the BPF objects and
#             processes of cgnd. Two prints of it are equal when everything was cleaned up. Things of other labs that are up
#             are in both.
# shellcheck shell=bash

footprint() {
  echo "network namespaces:"; ip netns list | awk '{ print $1 }' | sort
  echo "rules:"; ip rule
  echo "links:"; ip -br link | awk '{ print $1 }' | sort
  echo "settings:"; sysctl -a 2>/dev/null | grep -E '^net\.ipv[46]\.conf\.[^.]*\.(forwarding|rp_filter)|^net\.ipv4\.ip_forward ' | sort
  echo "pins:"; find /sys/fs/bpf -mindepth 1 -maxdepth 1 | sort
  echo "mounts of bpf:"; grep -c ' bpf ' /proc/mounts || true
  echo "programs of cgnd:"; bpftool prog show name cgn_xdp 2>/dev/null | grep -oE '^[0-9]+' | sort || true
  echo "maps of cgnd's programs:"; maps_of_cgnd
  echo "processes of cgnd:"; pgrep -x 'cgnd|cgn-blast' | sort || true
}

# bpftool fails when no program has the name: then there are no maps either.
maps_of_cgnd() {
  { bpftool -j prog show name cgn_xdp 2>/dev/null || true; } | jq -r 'if type == "array" then .[] else . end | .map_ids // [] | .[]' | sort -n
}

same_footprint() { diff "$1" "$2"; }
