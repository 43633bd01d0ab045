# SPDX-License-Identifier: Apache-2.0
# Sourced by stories whose disk may fail: a small ext4 on a loop device, under state and log of the daemon.
#
# What        make_disk [SIZE] mounts it at $disk and moves the daemon's state and log there; the daemon is started behind the words
#             of $shim, with a boot id of our own.
# Ownership   The story's trap must call drop_disk.
# shellcheck shell=bash disable=SC2034,SC2154

disk=$work/disk
shim=()  # words before the daemon, such as env LD_PRELOAD=...

make_disk() {
  truncate -s "${1:-256M}" "$work/disk.img"
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
