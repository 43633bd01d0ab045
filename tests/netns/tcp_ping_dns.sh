#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Story: what people do: the web, ping and names, from two subscribers at once.
. "$(dirname "$0")/harness.sh"
need curl dig ping nginx dnsmasq
story "two subscribers fetch pages, ping and resolve names through the box"
expect "the daemon is ready" start_daemon
expect "web server and resolver are up" eval 'start_web && start_resolver'

for who in sub1 sub2; do
  expect "$who fetches a page" contains "hello from the internet" "$(in_lab "$who" curl -sS --max-time 5 "http://$web/")"
  expect "$who fetches 64 MiB whole" equal 67108864 \
    "$(in_lab "$who" curl -sS --max-time 30 -o /dev/null -w '%{size_download}' "http://$web/large")"
  expect "$who pings" pings "$who" "$web" 3
  expect "$who resolves a name" equal 198.51.100.10 \
    "$(in_lab "$who" dig +short +time=2 +tries=1 "@$resolver" example.net)"
done
expect_not "the web server saw no internal address" grep -q '^100\.64\.' "$work/web/access.log"
expect "the web server saw pool addresses" grep -q '^203\.0\.113\.' "$work/web/access.log"
expect_not "the resolver saw no internal address" grep -q '100\.64\.' "$work/resolver.err"

# The web server's own log is the question; the answer must be the machine that curl ran in.
mapfile -t lines < <(grep -v '^2001' "$work/web/access.log")
for line in 0 2; do
  read -r endpoint seconds _ <<<"${lines[$line]}"
  subscriber=100.64.1.$((line == 0 ? 11 : 12))
  expect "the look-up of $endpoint names $subscriber" one_holder "$endpoint" "$(date -u -d "@$seconds" +%FT%T.%3NZ)" tcp "$subscriber"
done
