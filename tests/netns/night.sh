# SPDX-License-Identifier: Apache-2.0
# Sourced by stories that go from midnight to midnight: nights of one record, and what was captured in them judged.
#
# What        begin_night switches the machine on shortly before the next midnight, end_night switches it off for most of a day.
#             note_event keeps what the wall clock showed when something happened, so that it is asked for. answered asks
#             for what was captured so far (nights_judge.py), all_right wants ONE HOLDER, the sender, for each.
# Ownership   Needs wall_clock.sh, capture.sh and guests.sh, the capture `outside` and the senders.
# shellcheck shell=bash disable=SC2154

# day N: the N-th day of the record, 2026-11-20 the first. midnight N: at its end.
day() { date -u -d "2026-11-20 + $(($1 - 1)) days" +%F; }
midnight() { echo "$(day $(($1 + 1)))T00:00:00Z"; }
until_midnight() { until_wall "$(midnight "$night")" "$1"; }

live() { echo "$work/log/$(day "$1").cgnlog"; }
sealed() { [[ -e $work/log/$(day "$night").sealed.cgnlog && -e $work/log/$(day "$night").sealed.cgnlog.sig ]]; }
half_files() { compgen -G "$work/log/*.sealing*" || compgen -G "$work/log/*.new*"; }
only_sealed() { sealed && [[ ! -e $(live "$night") ]] && ! half_files >/dev/null; }

# begin_night SECONDS: the machine is switched on so long before midnight; on a slow one, sooner on the next day.
night=0
begin_night() {
  local before
  for ((before = $(patient "$1"); ; before *= 2)); do
    night=$((night + 1))
    set_wall "$(in_words $(($(in_ms "$(midnight "$night")") - 1000 * before)))"
    start_daemon || fail "the daemon is not ready"
    if (($(wall_ms) + 3500 < $(in_ms "$(midnight "$night")"))); then break; fi
    end_night
  done
  echo "midnight,$(in_ms "$(midnight "$night")")" >>"$work/events.csv"
  echo "$(now): the daemon is ready"
}
# The machine is off for most of a day. What it still forwards without its daemon, the record covers only once there is
# another start.
end_night() {
  hold_senders
  stop_daemon || fail "the daemon did not end in order"
  reboot_box
  let_senders_go_on
}
note_event() { echo "$1,$(wall_ms)" >>"$work/events.csv"; }
echo "event,wall_ms" >"$work/events.csv"

judge() { python3 "$root/tests/netns/nights_judge.py" "$@"; }
# answered WHAT [DIRECTORY [WORDS-FOR-THE-JUDGE...]]: all that was captured so far is asked for and judged; one line of
# JSON in $work/WHAT.json.
answered() {
  hold_senders
  read_truth
  judge ask "$work" >"$work/questions.csv" || return 1
  ask_batch "${2:-$work/log}"
  judge judge "$work" "${@:3}" >"$work/$1.json" || return 1
  let_senders_go_on
  cat "$work/$1.json"
}
all_right() {
  equal "0 0 0 0 0" "$(json "$work/$1.json" '[.wrong, .ambiguous, .nobody, .not_covered, .unanswered] | join(" ")')"
}
# The flows around the last event, asked for one by one.
singly() {
  local endpoint time who count=0
  while read -r endpoint time who; do
    names_holder "$endpoint" "$time" udp "$who" || { echo "$endpoint at $time is not said to be $who"; return 1; }
    count=$((count + 1))
  done < <(judge pick "$work")
  ((count > 0))
}
