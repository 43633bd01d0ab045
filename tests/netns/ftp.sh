#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: FTP in all its forms, by real clients and servers: active through the ALG, passive without it, a server at home, many
# active transfers over one control connection with the daemon killed in between, and not a byte changed where nothing is to be.
. "$(dirname "$0")/harness.sh"
need curl python3 socat jq
# Debian's own python3 has Debian's packages, whatever else PATH offers.
if ! /usr/bin/python3 -c 'import pyftpdlib' 2>/dev/null; then skip "python3-pyftpdlib is not installed (tools/packages install check)"; fi
story "active and passive FTP cross the box, and a control connection survives the daemon"
cat >>"$config" <<'TOML'
[[static]]
external = "203.0.113.20:21/tcp"
internal = "100.64.1.11:21"
TOML
# Small blocks: many a line has to wait for the row of the next one.
set_key pool block_size 32
set_key pool extension_block_size 16
here=$(dirname "$0")
ftp=198.51.100.13

mkdir -p "$work/www"
head -c 300000 /dev/urandom >"$work/www/large"
head -c 5000 /dev/urandom >"$work/www/small"
chmod -R a+rX "$work"

# start_ftp NAME WHO ADDRESS
start_ftp() {
  spawn "$1" "$2" /usr/bin/python3 "$here/ftp_server.py" "$3" 21 "$work/www" "$work/$1.commands"
  wait_until 10 grep -qx ready "$work/$1.out"
}
# fetches WHO URL [CURL OPTIONS...]: the file arrives, byte by byte.
fetches() {
  rm -f "$work/got"
  in_lab "$1" curl -sS --max-time "${patience:-10}" -o "$work/got" "${@:3}" "$2/large" 2>"$work/curl.err" &&
    cmp "$work/www/large" "$work/got"
}
said() { grep -c "$1" "$work/ftp.commands"; }

expect "the daemon is ready" start_daemon
expect "the servers are up" eval 'start_ftp ftp net "$ftp" && start_ftp home sub1 100.64.1.11'

expect "passive: EPSV" fetches sub1 "ftp://$ftp"
expect "passive: PASV" fetches sub1 "ftp://$ftp" --disable-epsv
expect "active: EPRT" fetches sub1 "ftp://$ftp" --ftp-port -
expect "active: PORT" fetches sub1 "ftp://$ftp" --ftp-port - --disable-eprt
expect "the server read a PORT of the pool" grep -qE '^PORT 203,0,113,([0-9]|1[0-5]),' "$work/ftp.commands"
expect "and an EPRT of the pool" grep -qE '^EPRT \|1\|203\.0\.113\.' "$work/ftp.commands"
expect_not "and nothing of a subscriber" grep -q '100.64' "$work/ftp.commands"

spawn many sub2 python3 "$here/ftp_client.py" "$ftp" small "${CGN_ROUNDS:-30}" "$work"
within 60 "half of many active transfers over one control connection" test -e "$work/half"
kill_daemon
expect "the daemon is back" start_daemon
touch "$work/go"
within 60 "the other half" eval '! is_running many'
within 3 "lines waited for their block's row" moved held 1
expect "all bytes were the same" equal "same $((2 * ${CGN_ROUNDS:-30}))" "$(cat "$work/many.out")"
rm -f "$work/half" "$work/go"
touch "$work/go"
spawn extended sub2 python3 "$here/ftp_client.py" "$ftp" small 10 "$work" EPRT
within 60 "the same with EPRT" eval '! is_running extended'
expect "with the same bytes" equal "same 20" "$(cat "$work/extended.out")"

expect "a server at home is reached from the internet: PASV" fetches net ftp://203.0.113.20 --disable-epsv --no-ftp-skip-pasv-ip
expect "and by a neighbour, who stays inside" fetches sub2 ftp://203.0.113.20 --disable-epsv --no-ftp-skip-pasv-ip
expect "and by one who is called back" fetches sub2 ftp://203.0.113.20 --ftp-port - --disable-eprt

# Whoever can make a subscriber's program say PORT opens nothing of another's.
printf 'USER anonymous\r\nPASS -\r\nPORT 100,64,1,13,20,0\r\nQUIT\r\n' >"$work/slip"
in_lab sub1 bash -c "exec 3<>/dev/tcp/$ftp/21; read -r _ <&3; while IFS= read -r line; do printf '%s\n' \"\$line\" >&3; read -r _ <&3; done <'$work/slip'"
within 5 "a PORT that names a neighbour passes as it is" grep -q '^PORT 100,64,1,13,20,0' "$work/ftp.commands"
expect_not "and opens nothing for it" contains 100.64.1.13 "$(ctl_json show mapping)"

# SIP stays what it was, to the byte.
printf 'INVITE sip:bob@example.net SIP/2.0\r\nVia: SIP/2.0/UDP 100.64.1.11:5060\r\nContact: <sip:alice@100.64.1.11:5060>\r\nContent-Length: 0\r\n\r\n' >"$work/invite"
spawn sip net socat -u UDP4-RECVFROM:5060,bind=198.51.100.10 "CREATE:$work/invited"
wait_until 5 listens net udp 198.51.100.10 5060
in_lab sub1 socat -u "FILE:$work/invite" UDP4-SENDTO:198.51.100.10:5060,sourceport=5060
within 5 "a SIP INVITE arrives" test -s "$work/invited"
expect "with every byte as it was" cmp "$work/invite" "$work/invited"

expect "the daemon ends" stop_daemon
set_key alg ftp false
expect "it starts with the ALG off" start_daemon
before=$(said '^PORT 100,64,1,11,' || true)
patience=3 expect_not "active FTP fails then" fetches sub1 "ftp://$ftp" --ftp-port - --disable-eprt
expect "because the server reads what the client said" at_least $((before + 1)) "$(said '^PORT 100,64,1,11,')"
expect "passive FTP needs no ALG" fetches sub1 "ftp://$ftp"
