# SPDX-License-Identifier: Apache-2.0
# Sourced by stories whose subscribers come and go: blocks that live for seconds, senders whose payload is the truth.
#
# What        set_short_loans makes blocks come back soon and be had again by others; start_senders lets guests come and go, and
#             a few steady ones send without an end, so that their blocks are held throughout. read_truth reads the capture
#             `outside` into $work/truth.csv, ask_batch asks cgnctl the questions in $work/questions.csv.
# shellcheck shell=bash disable=SC2154

set_short_loans() {
  set_key pool addresses '["203.0.113.0/31"]'
  set_key pool block_size 64
  set_key pool extension_block_size 64
  set_key pool max_blocks_per_subscriber 2
  set_key pool max_subscribers 1800
  set_key pool block_linger '"1s"'
  set_key pool block_hold_down '"5s"'
  set_key pool port_hold_down '"5s"'
  set_key timeouts below_rfc_minimum true
  set_key timeouts udp '"2s"'
}

# sends NAME BASE COUNT FLOWS RATE. Nobody answers there.
sends() {
  spawn "$1" bng "$build/cgn-blast" subscribers --interface acc0 --base "$2" --count "$3" --flows "$4" --rate "$5" \
    --rounds 0 --seconds 36000 --to 198.51.100.77:9000-9003
}
start_senders() {
  sends guests 100.64.64.0 16000 3 200
  sends steady 100.64.128.0 10 2 40
}
hold_senders() { kill -STOP "${process_ids[guests]}" "${process_ids[steady]}"; }
let_senders_go_on() { kill -CONT "${process_ids[guests]}" "${process_ids[steady]}"; }

read_truth() {
  "$build/cgn-blast" truth --pcap "$work/outside.pcap" --pool 203.0.113.0/28 --silence-ms 0 \
    --record "$work/truth.csv" >"$work/truth.json"
}
# ask_batch DIRECTORY: as root, or by the words in $asker.
ask_batch() {
  "${asker:-ctl}" lookup --batch "$work/questions.csv" --report csv --log-dir "$1" >"$work/answers.csv" 2>"$work/batch.err" || true
}
