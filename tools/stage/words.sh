# SPDX-License-Identifier: Apache-2.0
# Sourced: the predicates with which the demo and the stories compare what they see with what they know.
# shellcheck shell=bash disable=SC2154

equal() { [[ $1 == "$2" ]]; }
at_least() { (($2 >= $1)); }
contains() { [[ $2 == *"$1"* ]]; }
is_pool_endpoint() { [[ $1 =~ ^203\.0\.113\.([0-9]|1[0-5]):[0-9]+$ ]]; }
answers() { [[ -n $(ask "$@" 2>/dev/null) ]]; }

# pings WHO ADDRESS [COUNT]
pings() { in_lab "$1" ping -q -c "${3:-1}" -i 0.2 -W "$(patient 2)" "$2" >/dev/null; }

# json FILE FILTER: a value of a JSON report.
json() { jq -er "$2" "$1"; }

# counter WORD: how many packets ended with this verdict, kernel and slow path together.
counter() { ctl_json show drops | jq -er --arg word "$1" '.verdicts[] | select(.verdict == $word).total'; }

# moved WORD BEFORE: the counter is above BEFORE.
moved() { (($(counter "$1") > $2)); }

# status FILTER: a value of the status document.
status() { ctl_json status | jq -r "$1"; }
status_is() { equal "$2" "$(status "$1")"; }
