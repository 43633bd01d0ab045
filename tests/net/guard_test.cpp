// SPDX-License-Identifier: Apache-2.0
// The leak guard's own life: whole after install(), every loss named and repaired, everything as before after remove().
#include <catch2/catch.hpp>

#include <fstream>

#include "net/guarded_box.hpp"

namespace cgn::net_test {
namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("before it is installed, the guard names everything it wants") {
  const GuardedBox net;
  write_sysctl(net.box, "ip_forward", "1");
  write_sysctl(net.box, "conf/lo/forwarding", "0");
  CHECK(net.missing(net.guard()) == Words{"rule iif ext0 to 100.64.0.0/16 blackhole",
                                          "rule iif int0 from 100.64.0.0/16 blackhole",
                                          "route 198.51.100.0/24 blackhole", "forwarding on ext0 is 1, wanted 0",
                                          "forwarding on int0 is 1, wanted 0", "forwarding on lo is 0, wanted 1"});
  REQUIRE(net.install(net.guard()));
  CHECK(net.missing(net.guard()).empty());
}

TEST_CASE("each thing taken away is named, and installing again brings it back") {
  struct Row {
    const char* taken;
    Words named;
  };
  const auto row = GENERATE(
      Row{"ip rule del pref 1 iif int0", {"rule iif int0 from 100.64.0.0/16 blackhole"}},
      Row{"ip rule del pref 1 iif ext0", {"rule iif ext0 to 100.64.0.0/16 blackhole"}},
      Row{"ip rule flush", {"rule iif ext0 to 100.64.0.0/16 blackhole", "rule iif int0 from 100.64.0.0/16 blackhole"}},
      Row{"ip route del blackhole 198.51.100.0/24", {"route 198.51.100.0/24 blackhole"}},
      Row{"ip route replace 198.51.100.0/24 via 203.0.113.1 metric 1000000", {"route 198.51.100.0/24 blackhole"}},
      Row{"ip rule del pref 1 iif int0; ip rule add pref 1 iif int0 from 100.64.0.0/16 table main protocol 199",
          {"rule iif int0 from 100.64.0.0/16 blackhole"}},
      Row{"ip rule del pref 1 iif int0; ip rule add pref 200 iif int0 from 100.64.0.0/16 blackhole protocol 199",
          {"rule iif int0 from 100.64.0.0/16 blackhole"}},
      Row{"ip rule del pref 1 iif int0; ip rule add not pref 1 iif int0 from 100.64.0.0/16 blackhole protocol 199",
          {"rule iif int0 from 100.64.0.0/16 blackhole"}},
      Row{"echo 1 > /proc/sys/net/ipv4/conf/int0/forwarding", {"forwarding on int0 is 1, wanted 0"}},
      Row{"echo 1 > /proc/sys/net/ipv4/ip_forward",
          {"forwarding on ext0 is 1, wanted 0", "forwarding on int0 is 1, wanted 0"}},
      Row{"echo 0 > /proc/sys/net/ipv4/conf/lo/forwarding", {"forwarding on lo is 0, wanted 1"}});
  CAPTURE(row.taken);
  const GuardedBox net;
  REQUIRE(net.install(net.guard()));
  sh(net.box, row.taken);
  CHECK(net.missing(net.guard()) == row.named);
  REQUIRE(net.install(net.guard()));
  CHECK(net.missing(net.guard()).empty());
}

TEST_CASE("another's route for a pool stays where it is, and the guard's goes before it") {
  const GuardedBox net;
  sh(net.box, "ip route add 198.51.100.0/24 via 203.0.113.1 metric 1000000");
  REQUIRE(net.install(net.guard()));
  CHECK_THROWS(sh(net.box, "ip route get 198.51.100.7"));
  CHECK(sh(net.box, "ip route").find("198.51.100.0/24 via 203.0.113.1") != std::string::npos);
  REQUIRE(net.remove());
  CHECK(sh(net.box, "ip route get 198.51.100.7").find("via 203.0.113.1") != std::string::npos);
}

TEST_CASE("looking whether the guard is whole changes nothing") {
  const GuardedBox net;
  const auto before = net.picture();
  CHECK_FALSE(net.missing(net.guard()).empty());
  CHECK(net.picture() == before);
}

TEST_CASE("the same rule under another's name is neither counted as ours nor taken away") {
  const GuardedBox net;
  sh(net.box, "ip rule add pref 1 iif int0 from 100.64.0.0/16 blackhole protocol static");
  CHECK(net.missing(net.guard()).front() == "rule iif ext0 to 100.64.0.0/16 blackhole");
  CHECK(net.missing(net.guard()).at(1) == "rule iif int0 from 100.64.0.0/16 blackhole");
  REQUIRE(net.install(net.guard()));
  REQUIRE(net.remove());
  CHECK(sh(net.box, "ip rule").find("from 100.64.0.0/16 iif int0 blackhole proto static") != std::string::npos);
}

TEST_CASE("installing twice changes nothing the second time") {
  const GuardedBox net;
  REQUIRE(net.install(net.guard()));
  const auto once = net.picture();
  REQUIRE(net.install(net.guard()));
  CHECK(net.picture() == once);
}

TEST_CASE("removing restores rules, routes and switches exactly, whatever they were") {
  const auto forwarding = GENERATE("0", "1");
  const GuardedBox net;
  write_sysctl(net.box, "ip_forward", forwarding);
  write_sysctl(net.box, "conf/int0/forwarding", "1");
  write_sysctl(net.box, "conf/lo/forwarding", "0");
  sh(net.box, "ip rule add pref 1 iif int0 from 100.64.7.0/24 blackhole protocol static");
  sh(net.box, "ip route add blackhole 198.51.100.0/24 proto static; ip route add 192.0.2.0/24 via 203.0.113.1");
  const auto before = net.picture();
  REQUIRE(net.install(net.guard()));
  REQUIRE(net.picture() != before);
  REQUIRE(net.remove());
  CHECK(net.picture() == before);
  CHECK_FALSE(std::filesystem::exists(net.state.path() / "guard-sysctls"));
  REQUIRE(net.remove());  // a second time there is nothing to do
  CHECK(net.picture() == before);
}

TEST_CASE("a restarted daemon does not take its own settings for the operator's") {
  const GuardedBox net;
  write_sysctl(net.box, "conf/int0/forwarding", "1");
  const auto before = net.picture();
  REQUIRE(net.install(net.guard()));
  REQUIRE(net.install(net.guard()));  // the next process, with the same state directory
  REQUIRE(net.remove());
  CHECK(net.picture() == before);
}

TEST_CASE("a port that is not there is no complaint, and is guarded from the moment it appears") {
  const GuardedBox net;
  sh(net.box, "ip link del int0");
  REQUIRE(net.install(net.guard()));
  CHECK(sh(net.box, "ip rule").find("iif int0") != std::string::npos);
  CHECK(net.missing(net.guard()).empty());
  write_sysctl(net.box, "conf/default/forwarding", "1");
  wire({net.box, "int0", "100.64.0.1/24"}, {net.subscriber, "s0", ""});
  CHECK(net.missing(net.guard()) == Words{"forwarding on int0 is 1, wanted 0"});
  REQUIRE(net.install(net.guard()));
  CHECK(read_sysctl(net.box, "conf/int0/forwarding") == "0");
  REQUIRE(net.remove());
  CHECK(read_sysctl(net.box, "conf/int0/forwarding") == "1");
}

TEST_CASE("removing does not mind that a port has gone") {
  const GuardedBox net;
  REQUIRE(net.install(net.guard()));
  sh(net.box, "ip link del int0");
  REQUIRE(net.remove());
  CHECK(sh(net.box, "ip rule").find("199") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(net.state.path() / "guard-sysctls"));
}

TEST_CASE("a changed plan takes away what it no longer wants and gives a former port its switch back") {
  const GuardedBox net;
  write_sysctl(net.box, "ip_forward", "1");
  REQUIRE(net.install(net.guard()));
  auto smaller = GuardedBox::plan();
  smaller.internal_ports = {"int1"};
  smaller.internal_prefixes = {*Prefix::parse("100.96.0.0/16")};
  smaller.pool_prefixes = {*Prefix::parse("192.0.2.128/25")};
  REQUIRE(net.install(net.guard(smaller)));
  const auto rules = sh(net.box, "ip rule");
  CHECK(rules.find("100.64.0.0/16") == std::string::npos);
  CHECK(rules.find("from 100.96.0.0/16 iif int1") != std::string::npos);
  CHECK(sh(net.box, "ip route show type blackhole") == "blackhole 192.0.2.128/25 proto 199 metric 1000000 \n");
  CHECK(read_sysctl(net.box, "conf/int0/forwarding") == "1");
  CHECK(read_sysctl(net.box, "conf/ext0/forwarding") == "0");
}

TEST_CASE("a pool that is also a connected subnet does not hide the subnet from the box") {
  const GuardedBox net;
  auto plan = GuardedBox::plan();
  plan.pool_prefixes = {*Prefix::parse("203.0.113.0/24")};
  REQUIRE(net.install(net.guard(plan)));
  CHECK(sh(net.box, "ip route get 203.0.113.1").find("203.0.113.1 dev ext0") == 0);
}

TEST_CASE("one port on both sides gets the rules of both") {
  const GuardedBox net;
  auto plan = GuardedBox::plan();
  plan.internal_ports = plan.external_ports = {"ext0"};
  REQUIRE(net.install(net.guard(plan)));
  const auto rules = sh(net.box, "ip rule");
  CHECK(rules.find("from 100.64.0.0/16 iif ext0 blackhole") != std::string::npos);
  CHECK(rules.find("from all to 100.64.0.0/16 iif ext0 blackhole") != std::string::npos);
}

TEST_CASE("a state file that cannot be written stops the install before any switch is changed") {
  const GuardedBox net;
  write_sysctl(net.box, "ip_forward", "1");
  const auto blocked = net.state.path() / "file";
  std::ofstream{blocked} << "not a directory";
  const Inside inside{net.box};
  const auto result = io::Guard{GuardedBox::plan(), blocked}.install();
  REQUIRE_FALSE(result);
  CHECK(result.error().what.find(blocked.string()) != std::string::npos);
  CHECK(read_sysctl(net.box, "conf/int0/forwarding") == "1");
}

}  // namespace cgn::net_test
