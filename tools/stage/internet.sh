# SPDX-License-Identifier: Apache-2.0
# Sourced: the servers on the internet side of a lab, each a real one, each logging whom it saw.
#
# What        A mirror (cgn-blast sink), a web server (nginx), a resolver (dnsmasq), iperf3, a STUN server (coturn), each
#             on an address of its own where it needs one, in the foreground, logging under $work.
# Failure     A start_* that returns true has seen its server listen.
# shellcheck shell=bash disable=SC2154

mirror=198.51.100.10:9000
web=198.51.100.10
resolver=198.51.100.53
iperf_server=198.51.100.12
stun_server=198.51.100.10
stun_other=198.51.100.11

# listens WHO tcp|udp ADDRESS PORT
listens() { in_lab "$1" ss -Hnl "--$2" "src $3:$4" | grep -q .; }

# start_mirror [cgn-blast sink options...]: answers "who am I?", echoes truth, records endpoints.
start_mirror() {
  spawn mirror net "$build/cgn-blast" sink --listen 198.51.100.10:9000-9003 --listen 198.51.100.11:9000-9003 "$@"
  wait_until 5 grep -qx ready "$work/mirror.out"
}

# ask WHO [PORT]: the endpoint as which the mirror sees a UDP socket of WHO.
ask() { in_lab "$1" "$build/cgn-blast" ask --to "$mirror" --port "${2:-0}" --patience-ms "$(patient "${ask_patience_ms:-1000}")"; }

start_web() {
  mkdir -p "$work/web/www"
  echo "hello from the internet" >"$work/web/www/index.html"
  truncate -s 64M "$work/web/www/large"
  cat >"$work/web/nginx.conf" <<NGINX
daemon off; master_process off; user root; pid $work/web/pid; error_log stderr;
events {}
http {
  log_format who '\$remote_addr:\$remote_port \$msec \$request_uri';
  access_log $work/web/access.log who;
  client_body_temp_path $work/web/body; proxy_temp_path $work/web/proxy; fastcgi_temp_path $work/web/fastcgi;
  uwsgi_temp_path $work/web/uwsgi; scgi_temp_path $work/web/scgi;
  server { listen 198.51.100.10:80; listen [2001:db8:100::10]:80; root $work/web/www; }
}
NGINX
  chmod -R a+rX "$work"
  spawn web net nginx -p "$work/web" -c "$work/web/nginx.conf" -e stderr
  wait_until 5 listens net tcp 198.51.100.10 80
}

start_resolver() {
  spawn resolver net dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces \
    --listen-address="$resolver" --address=/example.net/198.51.100.10 --log-queries=extra --log-facility=- --user=root \
    --pid-file="$work/resolver.pid"
  wait_until 5 listens net udp "$resolver" 53
}

start_iperf() {
  spawn iperf net iperf3 -s -B "$iperf_server"
  wait_until 5 listens net tcp "$iperf_server" 5201
}

start_stun() {
  spawn stun net turnserver -n --stun-only -L "$stun_server" -L "$stun_other" -p 3478 --alt-listening-port=3479 \
    --no-cli --no-tls --no-dtls --log-file=stdout --pidfile "$work/stun.pid" --userdb "$work/stun.db"
  wait_until 10 listens net udp "$stun_other" 3479
}
