# SPDX-License-Identifier: Apache-2.0
# Sourced: the words in which a story judges what it saw.
# shellcheck shell=bash disable=SC2154

fail() {
  echo "NOT OK: $1"
  exit 1
}

# expect WHAT COMMAND...: COMMAND must succeed.
expect() {
  local what=$1
  shift
  if ! "$@"; then fail "$what   ($*)"; fi
  echo "ok: $what"
}

# expect_not WHAT COMMAND...: COMMAND must fail.
expect_not() {
  local what=$1
  shift
  if "$@"; then fail "$what   (not $*)"; fi
  echo "ok: $what"
}

# within SECONDS WHAT COMMAND...: COMMAND must succeed before the time is over.
within() {
  local seconds=$1 what=$2
  shift 2
  if ! wait_until "$seconds" "$@" 2>>"$work/within.err"; then fail "$what, not within $seconds s   ($*)"; fi
  echo "ok: $what"
}

# lookup ENDPOINT TIME [PROTOCOL]: what cgnctl answers, for people; its exit code.
lookup() { ctl lookup "$1" --proto "${3:-udp}" --at "$2" --log-dir "$work/log"; }

# names_holder ENDPOINT TIME PROTOCOL SUBSCRIBER: the look-up names exactly this subscriber.
names_holder() {
  local answer
  answer=$(lookup "$1" "$2" "$3") || return 1
  contains "ONE HOLDER" "$answer" && grep -qwF "$4" <<<"$answer"
}

is_covered() { ! contains "NOT COVERED" "$(lookup "$1" "$2" "$3")"; }

# one_holder, the same: a log that ends before TIME says NOT COVERED, so its next heartbeat is waited for.
one_holder() {
  wait_until 10 is_covered "$@" || true
  names_holder "$@"
}
