#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: the daemon exports to every collector that operators run, at once, and each decodes what the record says, field by field.
. "$(dirname "$0")/collectors.sh"
need nfcapd nfdump nfacctd tshark ipfixDump tcpdump socat python3 jq
story "nfdump, pmacct, tshark, ipfixDump and the patterns of cgn-ec read what the record says, every field of it" 3
subscribers=60
flows=34 # of each; 32 ports a block, so two blocks

own /etc/pmacct /var/log/cgn
cp "$integrations"/pmacct/{nfacctd.conf,primitives.map} /etc/pmacct/
# The same for v9, which wants an nfacctd of its own.
sed 's/4739/4742/; s/events\.json/events-v9.json/' /etc/pmacct/nfacctd.conf >/etc/pmacct/v9.conf
mkdir "$work/nfdump"
set_key pool block_size 32
set_key pool extension_block_size 32
set_key pool block_linger '"1s"'
set_key pool max_subscribers $((subscribers + 2))
# Whole as they are shipped, and more beside them: v9 to nfacctd, a stream, two that only the wire sees, other lines.
cat "$integrations"/{nfdump,pmacct,cgn-ec}/export.toml - >>"$config" <<'TOML'
[[export]]
name = "pmacct-v9"
type = "netflow9"
to = "127.0.0.1:4742"
[[export]]
name = "stream"
type = "ipfix"
to = "tcp://127.0.0.1:4740"
sessions = true
[[export]]
name = "wire-v9"
type = "netflow9"
to = "127.0.0.1:9996"
sessions = true
[[export]]
name = "wire-ipfix"
type = "ipfix"
to = "127.0.0.1:4741"
sessions = true
[[export]]
name = "junos"
type = "syslog"
format = "junos"
to = "127.0.0.1:1515"
[[export]]
name = "nfware-sessions"
type = "syslog"
format = "nfware"
to = "127.0.0.1:1517"
sessions = true
TOML

echo "-- collectors"
spawn nfcapd cgn "$integrations/nfdump/cgn-nfcapd" "$work/nfdump"
spawn nfacctd cgn nfacctd -f /etc/pmacct/nfacctd.conf
spawn nfacctd-v9 cgn nfacctd -f /etc/pmacct/v9.conf
spawn stream cgn socat -u TCP-LISTEN:4740,fork,reuseaddr "OPEN:$work/stream.ipfix,creat,append"
for port in 9996 4741; do spawn "sink-$port" cgn socat -u "UDP-RECV:$port" /dev/null; done
for name in nfware:1514 junos:1515 replayed:1516 sessions:1517; do
  spawn "${name%:*}" cgn python3 "$root/tests/netns/export_sink.py" "${name#*:}"
done
spawn tcpdump cgn tcpdump -q -U -i lo -w "$work/wire.pcap" udp port 9996 or udp port 4741
for port in 9995 4739 4742 9996 4741 1514 1515 1516 1517; do within 10 "UDP port $port is listened to" hears u "$port"; done
within 10 "the stream's, too" hears t 4740
within 10 "the wire is captured" grep -q "listening on" "$work/tcpdump.err"

echo "-- what happens"
expect "the daemon is ready" start_daemon
expect "the mirror is up" start_mirror --record "$work/mirror.csv"
{
  echo "subscriber,id,realm,from"
  for ((n = 0; n < subscribers; n++)); do echo "100.64.64.$n,C-$((1048000 + n)),,"; done
} >"$work/customers.csv"
expect "the customers are known" ctl subscriber import "$work/customers.csv"
in_lab bng "$build/cgn-blast" subscribers --interface acc0 --base 100.64.64.0 --count "$subscribers" --flows "$flows" \
  --to 198.51.100.10:9000-9003 --rate 2000 --rounds 2 --seconds 60 >"$work/blast.json" || fail "wrong answers: $(cat "$work/blast.json")"
expect "every flow is served" equal "$(json "$work/blast.json" .flows)" "$(json "$work/blast.json" .flows_answered)"
for who in sub1 sub2; do expect "$who, whom nobody named, is served" answers "$who" 5000; done
expect_not "sub3 is one too many" answers sub3 5000
for ((n = 0; n < 20; n++)); do ctl subscriber end --yes "100.64.64.$n" >>"$work/ended.out" || fail "100.64.64.$n has not ended"; done
# The rows of the last ends are followed by a heartbeat at the latest.
within 20 "every exporter has told all" all_told
expect "none lost any" equal 0 "$(ctl_json show export | jq '[.exports[] | .lost + .missing] | add')"
sleep 6 # nfacctd writes every five seconds
ctl show export

echo "-- what they read"
stop mirror || true
for name in nfcapd nfacctd nfacctd-v9 tcpdump; do stop "$name" || true; done
cp /var/log/cgn/*.json "$work/"
TZ=UTC nfdump -R "$work/nfdump" -o json >"$work/nfdump.json" || fail "nfdump does not read its files"
ipfixDump -i "$work/stream.ipfix" >"$work/ipfixdump.txt" || fail "ipfixDump does not read the stream"
for protocol in v9:9996 ipfix:4741; do
  tshark -r "$work/wire.pcap" -d "udp.port==${protocol#*:},cflow" -Y "udp.dstport == ${protocol#*:}" -T pdml \
    >"$work/wire-${protocol%:*}.pdml" 2>/dev/null || fail "tshark does not read the capture"
done
truth
expect "the record holds blocks enough" at_least $((2 * subscribers + 40)) "$(wc -l <"$work/truth.tsv")"
expect "each decoded what the record says; one port of the record changed, each is found not to agree (the control)" \
  python3 "$root/tests/netns/export_flows.py" "$work"
expect "a replay sends the whole record once more" in_lab cgn "$build/cgnctl" log replay --log-dir "$work/log" --format nfware \
  --to-collector syslog+udp://127.0.0.1:1516
replayed() { (($(grep -c . "$work/replayed.out") >= $(wc -l <"$work/truth.tsv"))); }
within 10 "the replayed lines arrive" replayed
expect "nfware and junos lines say what the record says, and a replay the same" python3 "$root/tests/netns/export_lines.py" "$work"
