#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: the access network tells by RADIUS accounting whose an address is; a look-up names the customer, and when the address
# passes to another, nothing of the former one's is left to him.
. "$(dirname "$0")/harness.sh"
need radclient jq socat
story "with the customer his mappings and blocks go; a look-up names who it was then"
secret=a-long-secret
cat >>"$config" <<TOML
[radius]
listen = "127.0.0.1:1813"
[[radius.client]]
address = "127.0.0.1"
secret = "$secret"
TOML

address=100.64.1.11 # sub1's
# accounting TYPE SESSION CUSTOMER [ATTRIBUTE...]: true when it was answered.
accounting() {
  local attributes=("Acct-Status-Type = $1" "Acct-Session-Id = \"$2\"" "User-Name = \"$3\"" "Framed-IP-Address = ${on:-$address}"
    'NAS-Identifier = "bng-1"' "${@:4}")
  printf '%s\n' "${attributes[@]}" | in_lab cgn radclient -x -r 1 -t "$(patient 2)" 127.0.0.1:1813 acct "${secret_used:-$secret}" \
    >>"$work/radclient.out" 2>&1
}
bound() { ctl_json subscriber show "$address" 2>/dev/null | jq -r '.identities[0].id // empty'; }
radius() { ctl_json show radius | jq -r ".senders[] | select(.address == \"127.0.0.1\").$1"; }
at_home() { in_lab sub1 "$@"; }
# A stranger's packet to the endpoint: whether sub1's listener on port 5000 hears it.
strangers_reach() {
  local word=stranger-$RANDOM
  spawn listener sub1 socat -u UDP4-RECV:5000,reuseaddr "CREATE:$work/heard"
  wait_until 3 at_home ss -Hnlu 'sport = 5000' >/dev/null
  in_lab net bash -c "for i in 1 2 3; do echo $word >/dev/udp/${1%:*}/${1#*:}; sleep 0.1; done"
  wait_until 1 grep -q "$word" "$work/heard"
  local heard=$?
  stop listener || true
  return $heard
}
block_of() { ctl_json show block --subscriber "$address" | jq -r '.blocks[0] | "\(.external):\(.first_port)"'; }
identity_in() { jq -r '[.holders[].identity] | join(",")' <<<"$1"; }
# asked ENDPOINT TIME: the look-up as JSON, once the log covers it.
asked() {
  wait_until 10 is_covered "$1" "$2" udp || true
  ctl_json lookup "$1" --proto udp --at "$2" --tolerance 500ms --log-dir "$work/log" || true
}

expect "the daemon is ready" start_daemon
expect "the servers are up" start_mirror
spawn echo net socat TCP-LISTEN:9100,bind=198.51.100.10,reuseaddr,fork EXEC:cat
within 5 "the echo server listens" listens net tcp 198.51.100.10 9100

echo "-- the first customer"
expect "a start is answered" accounting Start S1 alice
expect "the address is alice's" equal alice "$(bound)"
first=$(ask sub1 5000) || fail "no service"
sleep 1 # so that what follows is told from it within half a second
during_first=$(now)
first_block=$(block_of)
expect "a stranger reaches her" strangers_reach "$first"
expect "and without a report so he would whoever lives there next (the control)" equal "$first" "$(ask sub1 5000)"
mkfifo "$work/to" "$work/from"
spawn talk sub1 bash -c "exec 5<>/dev/tcp/198.51.100.10/9100; exec 6<>$work/to 7<>$work/from; while read -r -u 6 l; do echo \$l >&5; read -r -t 3 -u 5 r && echo \$r >&7; done"
exec 8<>"$work/to" 9<>"$work/from"
talks() {
  local word=word-$RANDOM answer
  echo "$word" >&8
  read -r -t "$(patient 5)" -u 9 answer && equal "$word" "$answer"
}
expect "her TCP connection is established" talks

echo "-- what does not count"
secret_used=another-secret expect_not "a wrong secret is not answered" accounting Stop S1 alice
expect "and changes nothing" equal alice "$(bound)"
expect "but is counted" at_least 1 "$(radius bad_secret)"
expect "a repeated start is answered" accounting Start S1 alice
expect "and a sign of life" accounting Interim-Update S1 alice "Acct-Session-Time = 3"
expect "her mapping is the same" equal "$first" "$(ask sub1 5000)"

echo "-- her session ends"
expect "the stop is answered" accounting Stop S1 alice "Acct-Session-Time = 5"
expect "nobody is bound" equal "" "$(bound)"
expect "her block is gone" equal null:null "$(block_of)"
expect_not "no stranger reaches the address any more" strangers_reach "$first"
expect_not "her TCP connection is dead" talks

echo "-- the next customer"
sleep 1
expect "a start with another name is answered" accounting Start S2 bob
second=$(ask sub1 5000) || fail "no service for the second"
sleep 1
during_second=$(now)
expect_not "his mapping is none of hers" equal "$first" "$second"
expect_not "nor is his block" equal "$first_block" "$(block_of)"
expect "the look-up of her time names her" equal alice "$(identity_in "$(asked "$first" "$during_first")")"
expect "that of his time names him" equal bob "$(identity_in "$(asked "$second" "$during_second")")"

echo "-- the daemon is killed"
kill_daemon
expect_not "a report to a dead daemon is not answered" accounting Interim-Update S2 bob
expect "it comes back" start_daemon
expect "and knows whose the address is" equal bob "$(bound)"
expect "his mapping is the same" equal "$second" "$(ask sub1 5000)"

echo "-- late and lost reports"
expect "a start from before his is answered" accounting Start S0 carol "Acct-Delay-Time = 3600"
expect "and does not override him" equal bob "$(bound)"
expect "his mapping lives on" equal "$second" "$(ask sub1 5000)"
expect "the stop was lost: another session is answered" accounting Interim-Update S3 dave "Acct-Session-Time = 0"
expect "the address is dave's" equal dave "$(bound)"
expect_not "and nothing of bob's is" equal "$second" "$(ask sub1 5000)"

echo "-- the NAS begins anew"
expect "Accounting-On is answered" accounting Accounting-On on nas
expect "nobody is bound" equal "" "$(bound)"
expect "and nothing lent" equal null:null "$(block_of)"

echo "-- by hand"
expect "cgnctl binds" ctl subscriber set "$address" --id "C-1048213"
third=$(ask sub1 5000) || fail "no service for the third"
expect_not "an id with a line end is refused" ctl subscriber set "$address" --id $'C\n1'
printf 'subscriber,id\n%s,E-1\n100.64.1.12,E-2\n10.9.9.9,E-3\n' "$address" >"$work/list.csv"
expect_not "a list with a wrong line is refused" ctl subscriber import "$work/list.csv"
expect "as a whole" equal "C-1048213" "$(bound)"
sed -i '$d' "$work/list.csv"
expect "without it, it is taken" ctl subscriber import "$work/list.csv"
expect "the address is another's" equal E-1 "$(bound)"
expect_not "who has nothing of the former's" equal "$third" "$(ask sub1 5000)"
expect "its end is by hand as well" ctl subscriber end "$address" --yes
expect "nobody is bound" equal "" "$(bound)"
