# SPDX-License-Identifier: Apache-2.0
# Sourced by stories whose machine may lose its power: a small ext4 on a loop device, under state and log of the daemon.
#
# What        make_disk mounts it at $disk and moves the daemon's state and log there; cut_power ends the daemon and all that
#             was not synced, and what the kernel held of us; mend_disk mounts it again. A boot id of our own tells the
#             daemon that the machine was away.
# Ownership   The story's trap must call drop_disk.
# shellcheck shell=bash disable=SC2034,SC2154

disk=$work/disk
shim=()  # words before the daemon, such as env LD_PRELOAD=...

make_disk() {
  truncate -s 256M "$work/disk.img"
  mkfs.ext4 -q -F "$work/disk.img" || skip "there is no mkfs.ext4"
  mkdir -p "$disk"
  mount -o loop,errors=remount-ro "$work/disk.img" "$disk" 2>/dev/null || skip "no ext4 on a loop device here"
  state_dir=$disk/state
  mkdir -p "$state_dir"
  set_key log path "\"$disk/log\""
  ln -sfn "$disk/log" "$work/log"
  cat /proc/sys/kernel/random/uuid >"$work/boot_id"
}

drop_disk() { umount -l "$disk" 2>/dev/null || true; }

# Instead of the box's own: with the boot id of this machine that is not one.
launch_daemon() {
  local paths
  mapfile -t paths < <(daemon_paths)
  : >"$work/cgnd.out"
  # shellcheck disable=SC2016
  spawn cgnd cgn unshare --mount sh -c 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"' \
    "$work/boot_id" "${shim[@]}" "$build/cgnd" "${paths[@]}"
}

# The daemon, what was not synced, and the kernel's tables are gone at once.
cut_power() {
  "$build/power_cut" "$disk" "${process_ids[cgnd]}" || return 1
  stop cgnd KILL || true
  rm -rf "$bpf_dir"
  cat /proc/sys/kernel/random/uuid >"$work/boot_id"
}

mend_disk() { umount "$disk" && mount -o loop "$work/disk.img" "$disk"; }
