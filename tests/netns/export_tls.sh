#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: rsyslog over TLS and TCP, killed and dead for CGN_DOWN seconds while blocks are lent: no row is missing in its files, what
# is there twice is the same, and only around the break. What UDP loses, `cgnctl log replay` brings.
. "$(dirname "$0")/collectors.sh"
need rsyslogd openssl python3 jq
if [[ ! -e /usr/lib/$(uname -m)-linux-gnu/rsyslog/lmnsd_ossl.so ]]; then skip "rsyslog-openssl is not installed"; fi
down=${CGN_DOWN:-4}
per_second=100 # blocks
subscribers=$((per_second * (down + 12)))
story "rsyslog killed for $down s at $per_second blocks a second: no sequence number missing, repeats the same and at the break only" 1

own /etc/rsyslog.d /etc/cgn /var/log/cgn
"$integrations/rsyslog/make-certificates" "$work/tls" localhost
mkdir /etc/rsyslog.d/tls /etc/cgn/tls
cp "$work"/tls/{ca,collector,collector-key}.pem /etc/rsyslog.d/tls/
cp "$work"/tls/{ca,node,node-key}.pem /etc/cgn/tls/
cp "$integrations"/rsyslog/cgn{,-tcp}.conf /etc/rsyslog.d/
# The control gets what TCP acknowledged, and nothing of it again.
cat >/etc/rsyslog.d/control.conf <<'CONF'
ruleset(name="control") {
  action(type="omfile" file="/var/log/cgn/control.log" template="cgn-tcp-raw")
}
input(type="imptcp" port="6516" ruleset="control" supportOctetCountedFraming="on")
CONF
echo 'include(file="/etc/rsyslog.d/cgn*.conf") include(file="/etc/rsyslog.d/control.conf")' >"$work/rsyslog.conf"
set_key pool block_size 32
set_key pool extension_block_size 32
set_key pool max_subscribers $((subscribers + 10))
cat "$integrations"/rsyslog/export{,-tcp}.toml - >>"$config" <<'TOML'
[[export]]
name = "control"
type = "syslog"
to = "tcp://127.0.0.1:6516"
repeat = "0s"
[[export]]
name = "udp"
type = "syslog"
to = "udp://127.0.0.1:1518"
TOML

collect() { # collect NAME
  spawn "$1" cgn rsyslogd -n -f "$work/rsyslog.conf" -i NONE
  within 10 "rsyslog listens" hears t 6514
}
listen_to_udp() { spawn "$1" cgn python3 "$root/tests/netns/export_sink.py" 1518 && wait_until 5 hears u 1518; }
lines_in() { (($(wc -l <"$1") >= $2)); }

collect rsyslog
expect "UDP is listened to" listen_to_udp udp
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror
spawn blast bng "$build/cgn-blast" subscribers --interface acc0 --base 100.64.64.0 --count "$subscribers" --flows 1 \
  --to 198.51.100.10:9000-9003 --rate "$per_second" --rounds 1 --seconds $((down + 30))
within 20 "lines arrive" lines_in /var/log/cgn/events.log 300
within 20 "over TCP, too" lines_in /var/log/cgn/events-tcp.log 300

echo "-- rsyslog stands still, its kernel goes on taking octets for it; then it is killed, and dead for $down s"
kill -STOP "${process_ids[rsyslog]}"
sleep 2
stop rsyslog KILL || true
stop udp KILL || true
sleep "$down"
status_of() { ctl show export -o name,state,sent,repeated,lost,behind,confirmed,error; }
status_of
expect "the daemon tells of it" contains "export archive" "$(ctl status)"
expect "the lines that UDP lost are counted" at_least 1 "$(exported udp lost)"
collect rsyslog-again
expect "UDP is listened to again" listen_to_udp udp-again
finished blast || fail "a wrong answer: $(cat "$work/blast.out")"
expect "blocks were lent all the while" at_least $((subscribers * 95 / 100)) "$(ctl_json show block | jq '.blocks | length')"
within 30 "all has been told" all_told
truth
last=$(tail -n 1 "$work/truth.tsv" | cut -f1)
for file in events events-tcp control; do within 10 "row $last is in $file.log" grep -q "seq=\"$last\"" "/var/log/cgn/$file.log"; done
status_of
expect "nothing was repeated but once" equal "2 2" "$(exported archive connections) $(exported archive-tcp connections)"

cp /var/log/cgn/*.log "$work/"
judge() { python3 "$root/tests/netns/export_syslog.py" "$work/truth.tsv" "$@"; }
expect "over TLS no row is missing" judge "$work/events.log" none
expect "over TCP no row is missing" judge "$work/events-tcp.log" none
expect "control: without the window the same break loses rows" judge "$work/control.log" some

echo "-- what UDP lost"
cat "$work/udp.out" "$work/udp-again.out" >"$work/udp.log"
expect "over UDP rows are missing" judge "$work/udp.log" some
first=$(tail -n 1 "$work/udp.out" | sed 's/.* seq="\([0-9]*\)".*/\1/')
again=$(head -n 1 "$work/udp-again.out" | sed 's/.* seq="\([0-9]*\)".*/\1/')
before=$(wc -l <"$work/udp-again.out")
expect "a replay sends rows $first to $again once more" in_lab cgn "$build/cgnctl" -s "$socket" log replay --from "$first" --to "$again" \
  --to-collector udp --log-dir "$work/log"
within 10 "they arrive" lines_in "$work/udp-again.out" $((before + again - first + 1))
cat "$work/udp.out" "$work/udp-again.out" >"$work/udp.log"
expect "then none is missing, and those that came twice are the same" judge "$work/udp.log" filled
