# SPDX-License-Identifier: Apache-2.0
# Sourced by stories that judge many look-ups at once: the truth of cgn-blast against `cgnctl lookup --batch`.
#
# What        The truth has one row per external endpoint with the first and the last time it was seen, which makes two
#             questions; the answers come back in the order of the questions.
# shellcheck shell=bash disable=SC2154

# questions TRUTH: CSV for --batch, two rows per endpoint.
questions() {
  awk -F, 'NR == 1 { print "ip,port,proto,time"; next }
    { print $3 "," $4 "," $5 "," $1; print $3 "," $4 "," $5 "," $2 }' "$1"
}

# answer_batch TRUTH ANSWERS
answer_batch() {
  questions "$1" >"$work/questions.csv"
  ctl lookup --batch "$work/questions.csv" --report csv --log-dir "$work/log" >"$2" 2>"$work/batch.err" || { tail -n 5 "$work/batch.err"; return 1; }
}

# false_answers TRUTH ANSWERS: how many endpoints were not answered ONE HOLDER with the true subscriber, twice.
# Columns of the answers are found by name, so that their order is free.
false_answers() {
  awk -F, '
    FNR == NR { if (FNR > 1) { truth[n++] = $6; } next }
    FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { row = int((FNR - 2) / 2); split($(column["subscriber"]), who, "/")
      if ($(column["answer"]) != "ONE HOLDER" || who[1] != truth[row]) wrong[row] = 1; answered[row]++ }
    END { for (row = 0; row < n; row++) if (wrong[row] || answered[row] != 2) count++; print count + 0 }' "$1" "$2"
}
