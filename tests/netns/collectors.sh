# SPDX-License-Identifier: Apache-2.0
# Sourced first by stories with real collectors: they run in the box itself, on its loopback, with the files of docs/integrations.
#
# What        The harness, and words for them. `own` makes the directories that those files name the story's. `truth` lists what
#             must have been told, read from the record.
# shellcheck shell=bash disable=SC2034,SC2154

# shellcheck source=tests/netns/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
integrations=$root/docs/integrations

# own DIRECTORY...: empty ones there, which nobody else sees.
own() {
  local directory
  for directory in "$@"; do
    mkdir -p "$directory"
    mount -t tmpfs tmpfs "$directory"
  done
}

hears() { in_lab cgn ss -Hln"$1" "sport = :$2" | grep -q .; } # hears t|u PORT
# all_told: every exporter has sent what the record holds (one that is told of itself by heartbeats is never more than one behind).
all_told() { ctl_json show export | jq -e '[.exports[] | .behind <= 1 and .queued == 0] | all' >/dev/null; }
exported() { ctl_json show export | jq -r ".exports[] | select(.name == \"$1\").$2"; } # exported NAME FIELD
truth() { python3 "$root/tests/netns/export_truth.py" "$work/log" "$work/customers.csv" >"$work/truth.tsv"; }
