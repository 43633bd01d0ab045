# SPDX-License-Identifier: Apache-2.0
# Sourced: what the demo prints. Colours and a progress line on a terminal, plain text when piped.
#
# What        scene opens one with what is seen and why it matters; shows runs a command as a reader would type it and
#             prints its output; truth compares with what is known, and ends the demo at the first thing that is false.
# shellcheck shell=bash disable=SC2154

bold='' green='' red='' dim='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' dim=$'\e[2m' plain=$'\e[0m'; fi
demo_begin=$SECONDS

# scene NUMBER TITLE WHY
scene() {
  printf '\n%s%s. %s%s\n   %s\n' "$bold" "$1" "$2" "$plain" "$3"
}

# note TEXT: what happens meanwhile.
note() { printf '   %s%s%s\n' "$dim" "$1" "$plain"; }

# prints TEXT COMMAND...: "$ TEXT", then the command's output, indented. It is for eyes: what must be so is said by truth,
# and an exit code that is not 0 may be the answer (NOBODY is 3).
prints() {
  local text=$1
  shift
  printf '   %s$ %s%s\n' "$dim" "$text" "$plain"
  { "$@" 2>&1 || true; } | sed 's/^/     /'
}

# truth WHAT COMMAND...: COMMAND must succeed.
truth() {
  local what=$1
  shift
  if ! "$@"; then
    printf '   %sFALSE%s %s   (%s)\n' "$red" "$plain" "$what" "$*"
    exit 1
  fi
  printf '   %strue%s  %s\n' "$green" "$plain" "$what"
}

# waits SECONDS WHAT: a span of the play, counted down on a terminal.
waits() {
  local left
  if [[ ! -t 1 ]]; then
    note "$2 ($1 s)"
    sleep "$1"
    return
  fi
  for ((left = $1; left > 0; left--)); do printf '\r   %s%s (%d s) %s' "$dim" "$2" "$left" "$plain"; sleep 1; done
  printf '\r\e[K'
  note "$2"
}
