// SPDX-License-Identifier: Apache-2.0
// Bringing a device up in its machine.
#include "device.hpp"

#include <fmt/format.h>

#include <fstream>

#include "cast.hpp"
#include "pace.hpp"

namespace cgn::selftest {
namespace {

// A daemon that ends is noticed at once; one that lives may need a while for the verifier, where the processor is emulated.
constexpr std::chrono::seconds kReady{120};

class Daemon final : public Device {
 public:
  Daemon(Child child, const Lab& lab, Programs programs)
      : child_{std::move(child)}, lab_{lab}, programs_{std::move(programs)} {}

  Result<std::string> ask(const Words& words) const override {
    Words command{programs_.cgnctl.string(), "-s", (lab_.places().work / "api.sock").string()};
    command.insert(command.end(), words.begin(), words.end());
    return run(command);
  }

 private:
  Child child_;
  const Lab& lab_;
  Programs programs_;
};

Result<std::unique_ptr<Device>> start_daemon(const Lab& lab, const Programs& programs, const Wanted& wanted) {
  const auto& work = lab.places().work;
  std::ofstream{work / "cgn.toml"} << config_text(wanted.group, wanted.mode, lab.places());
  TRY(child, Child::start(lab.inside_cgn({programs.cgnd.string(), "--config", (work / "cgn.toml").string(),
                                          "--state-dir", (work / "state").string(), "--socket",
                                          (work / "api.sock").string(), "--bpf-dir", lab.places().bpf.string()}),
                          work / "cgnd"));
  if (!child.says("ready", paced(kReady))) return fail("cgnd did not become ready: " + child.complaint());
  return std::make_unique<Daemon>(std::move(child), lab, programs);
}

// A device that is the kernel itself: it ends with its namespace.
class Kernel final : public Device {
  Result<std::string> ask(const Words&) const override { return fail("this device has no cgnctl"); }
};

Result<> let_forward(const Lab& lab) {
  TRY(done, run(lab.inside_cgn(split("sysctl -qw net.ipv4.ip_forward=1"))));
  (void)done;
  return {};
}

// Source translation of a prefix: paired (persistent), TCP and UDP to the ports that the pool lends.
std::string snat(const Prefix& from, const AddressRange& to, unsigned last_port = 65535) {
  const auto rule = fmt::format("oifname \"ext0\" ip saddr {}", to_string(from));
  const auto pool = fmt::format("snat ip to {}-{}", to_string(to.first), to_string(to.last));
  return fmt::format("    {0} meta l4proto {{ tcp, udp }} {1}:1024-{2} persistent\n    {0} {1} persistent\n", rule,
                     pool, last_port);
}

std::string translations(Group group) {
  auto text = snat(kMarkers, {kMarkerPool.first(), kMarkerPool.last()});
  if (!has_small_pools(group)) return text + snat(kShared, pool_range(group));
  for (unsigned n = 0; n < kSmallPools; ++n) {
    const auto [address, subscribers] = small_pool(n);
    text += snat(subscribers, {address, address}, 1024 + 2 * kSmallBlock - 1);
  }
  return text;
}

// Strangers are refused, subscribers may go out.
std::string ruleset(Group group) {
  return fmt::format(R"(table ip nat {{
  chain postrouting {{
    type nat hook postrouting priority srcnat;
{}  }}
}}
table ip filter {{
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ct state invalid drop
    iifname "int0" oifname "ext0" accept
  }}
}}
)",
                     translations(group));
}

std::string conntrack_timers() {
  return fmt::format(
      "sysctl -qw net.netfilter.nf_conntrack_udp_timeout={0} net.netfilter.nf_conntrack_udp_timeout_stream={0} "
      "net.netfilter.nf_conntrack_icmp_timeout={1} net.netfilter.nf_conntrack_tcp_timeout_syn_sent={2} "
      "net.netfilter.nf_conntrack_tcp_timeout_established={3} net.netfilter.nf_conntrack_tcp_timeout_time_wait={4}",
      paced(kShortUdp).count(), paced(kShortIcmp).count(), paced(kShortOpening).count(),
      paced(kShortEstablished).count(), paced(kShortClosing).count());
}

Result<std::unique_ptr<Device>> start_nftables(const Lab& lab, Group group) {
  TRY(rules, run(lab.inside_cgn({"nft", "-f", "-"}), ruleset(group)));
  TRY(routes, run({"ip", "-n", lab.cgn(), "route", "add", "blackhole", to_string(kPools)}));
  if (group == Group::short_timers || group == Group::short_rests) {
    TRY(timers, run(lab.inside_cgn(split(conntrack_timers()))));
  }
  TRY_VOID(let_forward(lab));
  return std::make_unique<Kernel>();
}

}  // namespace

Result<std::unique_ptr<Device>> start_device(const Lab& lab, const Programs& programs, const Wanted& wanted) {
  switch (wanted.kind) {
    case Kind::cgnd: return start_daemon(lab, programs, wanted);
    case Kind::nftables: return start_nftables(lab, wanted.group);
    case Kind::forwarding: break;
  }
  TRY_VOID(let_forward(lab));
  return std::make_unique<Kernel>();
}

}  // namespace cgn::selftest
