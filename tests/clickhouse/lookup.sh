#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The record in ClickHouse: day files of three nodes are imported twice, and the documented query
# (docs/integrations/clickhouse/lookup.sql) answers 12,000 random questions as `cgnctl lookup --batch` does.
#
# What        A server of its own, in a network namespace and a directory of its own. Nodes 1 and 2: verdict and candidates must be
#             equal, with at least 1,000 of each verdict. Node 3's clock was stepped, and it has computed blocks: there the
#             query may say NOT COVERED, because it does not read those, and else the same. On the way of node 1's rows the
#             server is killed twice (trouble.py), on that of node 2's an export is refused in the middle. Controls: a row that
#             is changed in the store, and a loan that is missing in it, are noticed, and an export --again puts them right.
# Ownership   Ends its server by its number, and removes its directory. CGN_SEED repeats a run; CGN_BUILD names the build folder.
# Failure     Exit code 77 is Skipped, with the reason.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${CGN_BUILD:-$root/build}
skip() { echo "SKIPPED: $1"; exit 77; }
if ((EUID != 0)); then skip "a network namespace needs root"; fi
for program in clickhouse-server clickhouse-client jq python3 unshare; do
  if ! type -P "$program" >/dev/null; then skip "$program is not installed (tools/packages install check)"; fi
done
if [[ ${1:-} != --inside ]]; then exec unshare --net "$0" --inside; fi
ip link set lo up

# shellcheck source=tests/netns/judge.sh
. "$root/tests/netns/judge.sh"
# shellcheck source=tools/stage/words.sh
. "$root/tools/stage/words.sh"
work=$(mktemp -d /tmp/cgn-clickhouse.XXXXXX)
seed=${CGN_SEED:-$RANDOM}
echo "seed $seed"
server='' way=''
finish() {
  local code=$?
  trap - EXIT
  if [[ -n $way ]]; then kill "$way" 2>/dev/null || true; fi
  if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  if ((code != 0)) && [[ -s $work/server.err ]]; then tail -n 20 "$work/server.err"; fi
  rm -rf "$work"
  exit "$code"
}
trap finish EXIT

start_server() {
  cat >"$work/config.xml" <<XML
<yandex>
  <logger><level>warning</level><log>$work/server.log</log><errorlog>$work/server.err</errorlog></logger>
  <listen_host>127.0.0.1</listen_host><http_port>8123</http_port><tcp_port>9000</tcp_port>
  <path>$work/data/</path><tmp_path>$work/tmp/</tmp_path><users_config>$work/users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
  <mark_cache_size>67108864</mark_cache_size>
</yandex>
XML
  cat >"$work/users.xml" <<XML
<yandex>
  <profiles><default><max_memory_usage>4000000000</max_memory_usage></default></profiles>
  <users><default><password></password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota></default></users>
  <quotas><default></default></quotas>
</yandex>
XML
  keep_server &
  server=$!
}
# The server, started again when somebody killed it. Ends with it at SIGTERM.
keep_server() {
  local own _
  trap 'kill "$own" 2>/dev/null; wait "$own"; exit 0' TERM
  for _ in 1 2 3 4 5; do
    clickhouse-server --config-file="$work/config.xml" >>"$work/server.out" 2>&1 &
    own=$!
    echo "$own" >"$work/server.pid"
    wait "$own" || true
  done
}
# trouble WORDS...: from here on port 8124 leads to the server, with trouble on the way.
trouble() {
  if [[ -n $way ]]; then kill "$way"; wait "$way" 2>/dev/null || true; fi
  "$root/tests/clickhouse/trouble.py" --port 8124 --server 8123 --pid "$work/server.pid" "$@" &
  way=$!
  wait_for 10 listens
}
listens() { (: </dev/tcp/127.0.0.1/8124) 2>/dev/null; }
client() { clickhouse-client --host 127.0.0.1 "$@"; }
answers_at_all() { client --query 'SELECT 1' >/dev/null 2>&1; }
# wait_for SECONDS COMMAND...
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if ((SECONDS >= end)); then return 1; fi
    sleep 0.2
  done
}

# make_node NUMBER STEPS QUESTIONS WORDS...: its log, and questions about it.
make_node() {
  local begin=$((($(date +%s) - 70 * 86400) * 1000))
  "$build/clickhouse_history" --directory "$work/node$1" --node "$1" --seed "$((seed + $1))" --begin-ms "$begin" \
    --steps "$2" --questions "$3" --first-id "$(($1 * 100000))" "${@:4}" >"$work/questions$1"
}
# export_log NODE PORT WORDS...
export_log() {
  "$build/cgnctl" log export --format clickhouse --into "http://127.0.0.1:$2" --log-dir "$work/node$1" "${@:3}" \
    2>>"$work/export.err"
}
rows() {
  client --query "SELECT (SELECT count() FROM cgn.blocks FINAL), (SELECT count() FROM cgn.notes FINAL),
    (SELECT count() FROM cgn.files FINAL)"
}
rows_in_files() {
  for n in 1 2 3; do "$build/cgnctl" -j log stats --log-dir "$work/node$n"; done | jq -s '[.[].files[].rows] | add'
}
rows_in_store() { client --query "SELECT (SELECT count() FROM cgn.blocks FINAL) + (SELECT count() FROM cgn.notes FINAL)"; }
holes_in_store() { client --multiquery <"$root/docs/integrations/clickhouse/check.sql"; }

# ask_store NODE: lines of id, verdict, candidates.
ask_store() {
  client --external --file="$work/questions$1" --name=questions \
    --structure='id UInt32, node UInt32, external String, first UInt16, last UInt16, at_ms Int64, tolerance_ms Int64' \
    --query "$(cat "$root/docs/integrations/clickhouse/lookup.sql") FORMAT TabSeparatedRaw" >"$work/store$1.all"
  cut -f 1,3,4 "$work/store$1.all"
}

# ask_cgnctl NODE: the same, of the day files.
ask_cgnctl() {
  local tolerance
  while read -r tolerance; do
    awk -F '\t' -v t="$tolerance" '
      BEGIN { print "ip,port,time" }
      $7 == t { printf "%s,%s,%d.%03d\n", $3, $4 == 0 && $5 == 65535 ? "" : $4 "-" $5, int($6 / 1000), $6 % 1000 }' \
      "$work/questions$1" >"$work/batch.csv"
    "$build/cgnctl" -j lookup --batch "$work/batch.csv" --tolerance "${tolerance}ms" --log-dir "$work/node$1" \
      >"$work/batch.json" 2>>"$work/lookup.err" || [[ $? == 4 ]]
    jq -r '[.answer, if .answer == "NOT COVERED" then "" else
        [.holders[] | .subscriber + " " + .realm + " " + .identity] | unique | join("|") end] | join("\t")' \
      "$work/batch.json" |
      paste <(awk -F '\t' -v t="$tolerance" '$7 == t { print $1 }' "$work/questions$1") -
  done < <(cut -f 7 "$work/questions$1" | sort -nu) | sort -n
}
differences() { diff "$work/cgnctl$1" "$work/store$1" >"$work/diff$1"; }
show_differences() { if [[ -s $work/diff$1 ]]; then head -n 20 "$work/diff$1"; fi; }
often_enough() {
  local verdict count
  for verdict in "ONE HOLDER" NOBODY AMBIGUOUS "NOT COVERED"; do
    count=$(cat "$work"/cgnctl[12] | cut -f 2 | grep -cx "$verdict" || true)
    echo "    $verdict: $count"
    if ((count < 1000)); then return 1; fi
  done
}
# holders_in REALM: how many answers of node 1 name one.
holders_in() { grep -c "^[0-9]*.ONE HOLDER.* $1 " "$work/store1"; }
# Where they differ the store says that it does not know, and why.
only_refuses() {
  join -t $'\t' -j 1 <(sort "$work/cgnctl3") <(cut -f 1,3,4,6 "$work/store3.all" | sort) |
    awk -F '\t' '$2 == $4 && $3 == $5 { ++same; next }
      $4 == "NOT COVERED" && $6 ~ /clock was wrong|are computed/ { ++refused; if ($6 ~ /computed/) ++computed; next }
      { print "    differs: " $0; bad = 1 }
      END { printf "    the same %d, refused %d, of them computed %d\n", same, refused, computed;
        exit bad || same < 500 || refused < 20 || computed < 20 }'
}
# giver NODE: the row that gave the first question's holder its block.
giver() { awk -F '\t' '$3 == "ONE HOLDER"' "$work/store$1.all" | sed -nE '1s/.*,([0-9]+)\)\]\t.*/\1/p'; }
forge_a_row() {
  local seq
  seq=$(giver 1)
  echo "    row $seq"
  client --query "INSERT INTO cgn.blocks SELECT node, file, day, seq, kind, wall_ms, boot_ms, external, first, last,
    subscriber + 100, subscriber_length, realm, pool, allocated_ms FROM cgn.blocks WHERE node = 1 AND seq = $seq LIMIT 1" &&
    client --query "OPTIMIZE TABLE cgn.blocks FINAL"
}
# A row with another port has another key, and replaces none.
put_a_row_beside() {
  client --query "INSERT INTO cgn.blocks SELECT node, file, day, seq, kind, wall_ms, boot_ms, external, first + 1, last,
    subscriber, subscriber_length, realm, pool, allocated_ms FROM cgn.blocks FINAL WHERE node = 1 LIMIT 1"
}
# All rows of a loan: those left would tell of it still. $taken is how many they were.
take_a_loan_away() {
  local seq loan
  seq=$(giver 2)
  loan=$(client --query "SELECT concat('node = 2 AND external = ', toString(external), ' AND first = ', toString(first),
    ' AND allocated_ms = ', toString(allocated_ms)) FROM cgn.blocks WHERE node = 2 AND seq = $seq LIMIT 1") &&
    taken=$(client --query "SELECT uniqExact(seq) FROM cgn.blocks WHERE $loan") || return 1
  echo "    the loan of row $seq, rows: $taken"
  client --query "ALTER TABLE cgn.blocks DELETE WHERE $loan" && wait_for 60 is_gone "$loan"
}
is_gone() { equal 0 "$(client --query "SELECT count() FROM cgn.blocks WHERE $1")"; }
missing() { holes_in_store | awk -F '\t' '$1 != "2" { exit 1 } { n += $3 - $4 } END { print n }'; }

# One row of a sealed file: not each number is a block's, so that the last one is taken.
forge_a_file() {
  local files=("$work"/node1/*.sealed.cgnlog)
  cp "${files[1]}" "$work/forged.sealed.cgnlog" &&
    python3 -c 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE blocks SET age = age + 1 WHERE seq = (SELECT max(seq) FROM blocks)")
assert db.total_changes == 1; db.commit()' "$work/forged.sealed.cgnlog"
}

make_node 1 2000 6000 || fail "no history (seed $seed)"
make_node 2 2000 6000 || fail "no history (seed $seed)"
make_node 3 1600 1500 --clock-steps --computed || fail "no history (seed $seed)"
expect "docs/chain.py finds the chain of every file whole" eval '"$root/docs/chain.py" "$work"/node[12]/*.cgnlog >/dev/null'
forge_a_file || fail "no file was changed"
expect_not "control: and a changed one not" "$root/docs/chain.py" "$work/forged.sealed.cgnlog"
start_server
expect "the server answers" wait_for 60 answers_at_all
expect "the schema is taken, twice" eval 'for i in 1 2; do client --multiquery <"$root/docs/integrations/clickhouse/schema.sql"; done'
expect "there is a way to it with trouble" trouble --half 4 --lost 9
expect "node 1 is exported, although its server is killed twice" export_log 1 8124
expect "there is another one" trouble --refused 6
expect_not "node 2's export ends where it is refused" export_log 2 8124
expect "and goes on there the next time" export_log 2 8124
expect "node 3 is exported" export_log 3 8123
first=$(rows)
expect "every row of the files is there, and none twice" equal "$(rows_in_files)" "$(rows_in_store)"
for n in 1 2 3; do expect "node $n is exported again" export_log "$n" 8123 --again; done
expect "which adds no row ($first)" equal "$first" "$(rows)"
expect "nor does an export as a script" eval '"$build/cgnctl" log export --format clickhouse --log-dir "$work/node1" | client --multiquery'
expect "which adds no row" equal "$first" "$(rows)"
expect "nothing is missing" equal "" "$(holes_in_store)"
for n in 1 2 3; do
  ask_cgnctl "$n" >"$work/cgnctl$n"
  ask_store "$n" >"$work/store$n" || fail "the query failed"
done
expect "each verdict came often enough" often_enough
differences 1 || show_differences 1
differences 2 || show_differences 2
expect "nodes 1 and 2: all verdicts and candidates are equal" eval 'differences 1 && differences 2'
expect "among them holders in both realms" eval '[[ $(holders_in default) -ge 500 && $(holders_in "it.s red") -ge 200 ]]'
expect "node 3: what the query does not read it says" only_refuses

# Controls.
forge_a_row || fail "the row was not changed"
ask_store 1 >"$work/store1"
expect_not "control: a changed row is noticed by the comparison" differences 1
take_a_loan_away || fail "the loan was not taken away"
expect "control: missing rows are noticed by check.sql" equal "$taken" "$(missing)"
ask_store 2 >"$work/store2"
expect_not "control: and by the comparison" differences 2
client --query "SYSTEM STOP MERGES cgn.blocks" # what was replaced still lies in the store, and must not be read
for n in 1 2; do
  export_log "$n" 8123 --again || fail "node $n is not exported"
  ask_store "$n" >"$work/store$n"
  differences "$n" || show_differences "$n"
done
expect "an export --again puts both right" eval 'differences 1 && differences 2'
expect "nothing is missing again" equal "" "$(holes_in_store)"
put_a_row_beside || fail "there is no row beside"
expect "control: a row that stands in the store twice is noticed by check.sql" equal "1 0 1" \
  "$(holes_in_store | awk -F '\t' '{ print $1, $3 - $4, $5 }')"
echo "all is well"
