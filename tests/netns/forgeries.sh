# SPDX-License-Identifier: Apache-2.0
# Sourced by stories that have a record at hand: what a forger may do to it, each found and located by `cgnctl log verify`.
#
# What        keep_older_copy keeps the files in use as they are; later, when rows have come to them, find_forgeries makes a copy
#             of the record for each forgery (tamper.py), and wants exit code 1 and a finding that names file and rows. The
#             record itself must be whole.
# shellcheck shell=bash disable=SC2154

keep_older_copy() {
  rm -rf "$work/older"
  mkdir "$work/older"
  find "$work/log" -name '*.cgnlog*' ! -name '*.sealed.*' -exec cp {} "$work/older" \;
}

# is_whole DIRECTORY [KEY]
is_whole() { ctl log verify --log-dir "$1" --key "${2:-$state_dir/sign.pub}" --json >"$work/verified.json"; }

forge() {
  rm -rf "$work/forged"
  cp -a "$work/log" "$work/forged"
  if (($#)); then read -r file row < <("$root/tests/netns/tamper.py" "$1" "$work/forged"); fi
}
# found WHAT [KEY]: the forged copy is not whole.
found() {
  local code=0
  is_whole "$work/forged" "${2:-$state_dir/sign.pub}" || code=$?
  expect "$1 is found" equal 1 "$code"
}
# located FILE ROW: where. ROW 0: the file as a whole.
located() { "$root/tests/netns/tamper.py" located "$1" "$2" <"$work/verified.json" || fail "it is not located in $1, row $2"; }

find_forgeries() {
  local how file row
  local -A words=([flip]="a byte flipped in a sealed file" [delete]="a row deleted from a sealed file"
    [delete-live]="a row deleted from the file in use" [swap]="two rows swapped in a sealed file"
    [swap-live]="two rows swapped in the file in use" [cut]="the newest rows cut off"
    [rewrite]="a sealed file edited and its whole chain recomputed")
  expect "the record is whole" is_whole "$work/log"
  for how in flip delete delete-live swap swap-live cut rewrite; do
    forge "$how"
    found "${words[$how]}"
    located "$file" "$row"
  done
  forge
  cp "$work"/older/*.cgnlog* "$work/forged"
  found "the file in use replaced by an older copy"
  located "$(basename "$(find "$work/older" -name '*.cgnlog')")" 0
  openssl genpkey -algorithm ed25519 -out "$work/other.key" 2>/dev/null
  openssl pkey -in "$work/other.key" -pubout -out "$work/other.pub" 2>/dev/null
  forge
  found "a wrong key" "$work/other.pub"
  for file in "$work"/log/*.sealed.cgnlog; do located "$(basename "$file")" 0; done
}
