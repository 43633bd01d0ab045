# SPDX-License-Identifier: Apache-2.0
# Sourced by stories that judge a line of the lab, whatever device it is: what people do through it, and what must not cross.
#
# What        use WHEN has two subscribers ping, fetch, ask and meet. stay_clean WHEN has subscribers and a stranger knock while the
#             captures `outside` and `inside` look; at least a hundred knocks went by before it judges.
# shellcheck shell=bash disable=SC2154

fetches() { equal "$2" "$(in_lab "$1" curl -sS -r "0-$(($2 - 1))" --max-time "$(patient 30)" -o /dev/null -w '%{size_download}' "http://$web/large")"; }

# meets ONE OTHER: OTHER answers at its external endpoint, and saw ONE as the mirror sees it.
meets() {
  local there here
  there=$(ask "$2" 7000)
  here=$(ask "$1" 5000)
  spawn answering "$2" "$build/cgn-blast" sink --listen "$(subscriber_address "$2"):7000"
  wait_until 5 grep -qx ready "$work/answering.out" || return 1
  equal "$here" "$(in_lab "$1" "$build/cgn-blast" ask --to "$there" --port 5000 --patience-ms "$(patient 1000)")"
  local answer=$?
  stop answering || true
  return "$answer"
}
subscriber_address() { echo "100.64.1.$((10 + ${1#sub}))"; }

use() {
  local who
  for who in sub1 sub2; do
    expect "$1: $who pings" pings "$who" "$web" 3
    expect "$1: $who fetches 2 MB whole" fetches "$who" 2000000
    expect "$1: $who asks by UDP and is answered" is_pool_endpoint "$(ask "$who" 5000)"
  done
  expect "$1: a datagram in three pieces comes through, and back" in_lab sub1 ping -q -c 1 -W "$(patient 2)" -s 4000 "$web"
  expect "$1: two subscribers meet by hairpin" meets sub1 sub2
}

# The box as its owner may have left it, and somebody outside who knows a route to the subscribers.
invite_leaks() {
  in_lab cgn sysctl -qw net.ipv4.ip_forward=1
  in_lab net ip route replace 100.64.0.0/10 via 192.0.2.1
}

knock() {
  is_running pinging || spawn pinging sub1 ping -q -i 0.02 "$web"
  is_running intruding || spawn intruding net ping -q -i 0.02 100.64.1.12
}
sent_by() { in_lab "$1" awk -v device="$2:" '$1 == device { print $11 }' /proc/net/dev; }
has_sent() { (($(sent_by "$1" "$2") >= $3)); }

leaked_out() { something_captured outside "$(any_tags 'ip and src net 100.64.0.0/10')"; }
# Where both sides share a wire, entering_tag says which side's frames count; the stranger's own stand there, too.
leaked_in() {
  local entered='ip and src host 192.0.2.2 and dst net 100.64.1.0/24'
  if [[ -n ${entering_tag:-} ]]; then entered="vlan $entering_tag and $entered"; else entered=$(any_tags "$entered"); fi
  something_captured inside "$entered"
}

stay_clean() {
  local before
  knock
  before=$(sent_by sub1 eth0)
  wait_until 30 has_sent sub1 eth0 $((before + 100)) || fail "no traffic to judge by"
  expect_not "$1: no internal source left" leaked_out
  expect_not "$1: no stranger got in" leaked_in
}
detach_links() {
  local pin
  for pin in "$bpf_dir"/link_*; do bpftool link detach pinned "$pin" || return; done
}
