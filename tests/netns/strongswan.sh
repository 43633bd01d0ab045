# SPDX-License-Identifier: Apache-2.0
# Sourced by stories with IPsec: strongSwan, one charon per machine of the lab, told what to do by swanctl.
#
# What        take_strongswan once; then start_charon WHO ESP runs one, with ESP done by the daemon itself on a tun device
#             (libipsec) or by the kernel (kernel). load WHO gives it the connection that stands in $work/WHO.swanctl; swan
#             WHO COMMAND... is swanctl.
#             as_gateway and as_client write such connections: a pre-shared key, and an inner address from the gateway.
# Ownership   Configuration, socket and log of each stand in $work; nothing under /etc or /run is read or written.
# shellcheck shell=bash disable=SC2154

gateway=198.51.100.13
inner_server=192.0.2.200

# Debian's AppArmor profiles hold the installed programs to /etc/strongswan.d and /run; they do not follow a copy.
take_strongswan() { cp "$(type -P charon-systemd)" "$(type -P swanctl)" "$work/"; }

swan() {
  in_lab "$1" env STRONGSWAN_CONF="$work/$1.strongswan" "$work/swanctl" "$2" --uri "unix://$work/$1.vici" "${@:3}"
}
vici_answers() { swan "$1" --version >/dev/null 2>&1 && swan "$1" --stats >/dev/null 2>&1; }

plugins_for() {
  local common="random nonce aes sha1 sha2 hmac kdf gmp pem openssl socket-default vici kernel-netlink"
  if [[ $1 == libipsec ]]; then echo "kernel-libipsec $common"; else echo "$common"; fi
}

# Keep-alives often enough to be seen; no look at resolv.conf, no list of plugins but ours.
start_charon() {
  local who=$1 esp=$2
  cat >"$work/$who.strongswan" <<CONF
charon-systemd {
  load = $(plugins_for "$esp")
  keep_alive = 2s
  retransmit_timeout = 2.0
  plugins {
    vici { socket = unix://$work/$who.vici }
    kernel-libipsec { load = yes }
  }
  journal { default = -1 }
  filelog { stderr { default = 1 } }
}
swanctl { load = random pem openssl }
CONF
  spawn "charon_$who" "$who" env STRONGSWAN_CONF="$work/$who.strongswan" "$work/charon-systemd"
  wait_until 20 vici_answers "$who"
}

load() { swan "$1" --load-all --file "$work/$1.swanctl" >"$work/$1.load" 2>&1; }

as_gateway() {
  cat >"$work/$1.swanctl" <<CONF
connections {
  access {
    version = 2
    local_addrs = $gateway
    pools = inner
    local { auth = psk
            id = gateway }
    remote { auth = psk }
    children {
      net { local_ts = $inner_server/32
            esp_proposals = aes128gcm128-modp2048, aes128-sha256-modp2048 }
    }
    proposals = aes128-sha256-modp2048
  }
}
pools { inner { addrs = 192.0.2.128/28 } }
secrets { ike-all { secret = "a secret of the lab" } }
CONF
}

as_client() {
  cat >"$work/$1.swanctl" <<CONF
connections {
  home {
    version = 2
    remote_addrs = $gateway
    vips = 0.0.0.0
    local { auth = psk
            id = $1 }
    remote { auth = psk
             id = gateway }
    children {
      net { remote_ts = $inner_server/32
            esp_proposals = aes128gcm128-modp2048, aes128-sha256-modp2048 }
    }
    proposals = aes128-sha256-modp2048
  }
}
secrets { ike-all { secret = "a secret of the lab" } }
CONF
}

connect() { swan "$1" --initiate --child net --timeout "$(patient 30)" >"$work/$1.initiate" 2>&1; }
# The inner address that the gateway gave to a client.
inner_address() { swan "$1" --list-sas --raw | grep -oE 'local-vips=\[[0-9.]+' | grep -oE '[0-9.]+$'; }
# Bytes that a client's tunnel has taken in.
tunnel_bytes() { swan "$1" --list-sas --raw | grep -oE 'bytes-in=[0-9]+' | tail -n 1 | grep -oE '[0-9]+$'; }
