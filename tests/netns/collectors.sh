# SPDX-License-Identifier: Apache-2.0
# Sourced first by stories with real collectors: they run in the box itself, on its loopback, with the files of docs/integrations.
#
# What        Begins the story anew in a mount namespace of its own, where the directories that those files name are the
#             story's; `own` empties one. Then the harness. `truth` lists what must have been told, read from the record.
# Ownership   What is mounted goes with the namespace.
# shellcheck shell=bash disable=SC2034,SC2154

if [[ -z ${CGN_OWN_MOUNTS:-} && $EUID == 0 ]]; then
  CGN_OWN_MOUNTS=1 exec unshare --mount --propagation private "$0" "$@"
fi
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
