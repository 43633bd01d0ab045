// SPDX-License-Identifier: Apache-2.0
// Building the lab with iproute2 and ethtool, as anybody would by hand.
#include "lab.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <utility>

#include "cast.hpp"

namespace cgn::selftest {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kName = "cgn-selftest-";

Words nsenter(const std::string& name_space, Words command) {
  command.insert(command.begin(), {"nsenter", "--net=/run/netns/" + name_space, "--"});
  return command;
}

Result<> done(Result<std::string> result) {
  if (!result) return Unexpected{std::move(result).error()};
  return {};
}

Result<> ip_batch(const std::string& name_space, const std::string& lines) {
  return done(run({"ip", "-n", name_space, "-batch", "-"}, lines));
}

void remove_machine(const std::string& name_space) { (void)run({"ip", "netns", "del", name_space}); }

}  // namespace

Result<Lab> Lab::build(unsigned number, const fs::path& work_root) {
  const auto name = fmt::format("{}{}-{}", kName, ::getpid(), number);
  Lab lab{name, {.work = work_root / std::to_string(number), .bpf = fs::path{"/sys/fs/bpf"} / name}};
  std::error_code error;
  fs::create_directories(lab.places_.work, error);
  if (error) return fail("create " + lab.places_.work.string() + ": " + error.message());
  TRY_VOID(lab.make_machines());
  TRY_VOID(lab.make_links());
  TRY_VOID(lab.make_routes());
  return lab;
}

Lab::Lab(Lab&& other) noexcept : name_{std::exchange(other.name_, {})}, places_{std::move(other.places_)} {}

Lab::~Lab() {
  if (name_.empty()) return;
  std::error_code ignored;
  fs::remove_all(places_.bpf, ignored);
  remove_machine(cgn());
  remove_machine(wire());
}

Words Lab::inside_cgn(Words command) const { return nsenter(cgn(), std::move(command)); }

// Kernel settings come before the devices, which inherit them: no IPv6, whose neighbour discovery would talk into rows.
Result<> Lab::make_machines() const {
  for (const auto& machine : {cgn(), wire()}) {
    TRY_VOID(done(run({"ip", "netns", "add", machine})));
    TRY_VOID(done(
        run(nsenter(machine, split("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 "
                                   "net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 "
                                   "net.ipv4.ip_forward=0")))));
    TRY_VOID(ip_batch(machine, "link set lo up\n"));
  }
  return {};
}

// Frames as they would stand on a wire: whole checksums, no segments larger than the MTU. NAPI on the receiving peers
// (which GRO turns on) is what lets a veth take redirected frames.
Result<> Lab::make_links() const {
  TRY_VOID(ip_batch(
      cgn(), fmt::format("link add int0 address {} type veth peer name sub0 address {} netns {}\n"
                         "link add ext0 address {} type veth peer name net0 address {} netns {}\n"
                         "link add int1 address {} type veth peer name sub1 address {} netns {}\n"
                         "link add by-east type veth peer name by-east-end\n",
                         to_string(kDeviceInsideMac), to_string(kAccessMac), wire(), to_string(kDeviceOutsideMac),
                         to_string(kBorderMac), wire(), to_string(kDeviceEastMac), to_string(kEastMac), wire())));
  for (const auto* device : {"int0", "ext0", "int1"}) {
    TRY_VOID(done(run(inside_cgn(split(fmt::format("ethtool -K {} tx off tso off gso off", device))))));
  }
  for (const auto* device : {"sub0", "net0", "sub1"}) {
    TRY_VOID(done(run(nsenter(wire(), split(fmt::format("ethtool -K {} tx off tso off gso off gro on", device))))));
  }
  TRY_VOID(ip_batch(wire(), "link set sub0 arp off up\nlink set net0 arp off up\nlink set sub1 arp off up\n"));
  return ip_batch(cgn(), "link set int0 up\nlink set ext0 up\nlink set int1 up\nlink set by-east up\n");
}

// The other realm's routes: a table, and the interface that leads to it.
Result<> Lab::make_routes() const {
  TRY_VOID(ip_batch(cgn(), fmt::format("addr add {}/29 dev int1\nneigh replace {} lladdr {} nud permanent dev int1\n"
                                       "rule add iif by-east lookup 500\nroute add {} via {} dev int1 table 500\n",
                                       to_string(kDeviceEast), to_string(kEastRouter), to_string(kEastMac),
                                       to_string(kSubscribers), to_string(kEastRouter))));
  return ip_batch(
      cgn(),
      fmt::format("addr add {}/29 dev int0\naddr add {}/29 dev ext0\n"
                  "neigh replace {} lladdr {} nud permanent dev int0\n"
                  "neigh replace {} lladdr {} nud permanent dev ext0\n"
                  "route add {} via {} dev int0\nroute add {} via {} dev int0\n"
                  "route add {} via {} dev int0 mtu lock {}\nroute add {} via {} dev ext0 mtu lock {}\n"
                  "route add default via {} dev ext0\n",
                  to_string(kDeviceInside), to_string(kDeviceOutside), to_string(kAccessRouter), to_string(kAccessMac),
                  to_string(kBorderRouter), to_string(kBorderMac), to_string(kSubscribers), to_string(kAccessRouter),
                  to_string(kMarkers), to_string(kAccessRouter), to_string(kNarrow), to_string(kAccessRouter),
                  kNarrowMtu, to_string(kFarServers), to_string(kBorderRouter), kFarMtu, to_string(kBorderRouter)));
}

void remove_forsaken_labs() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{"/run/netns", ignored}) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(kName)) continue;
    const auto pid = std::atoi(name.c_str() + kName.size());
    if (pid <= 0 || ::kill(pid, 0) == 0) continue;
    remove_machine(name);
    fs::remove_all(fs::path{"/sys/fs/bpf"} / name.substr(0, name.rfind('-')), ignored);
  }
}

}  // namespace cgn::selftest
