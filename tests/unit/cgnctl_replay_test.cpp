// SPDX-License-Identifier: Apache-2.0
// cgnctl log replay: an interval of the record to a collector, with no daemon.
#include <fstream>
#include <sstream>

#include "unit/cgnctl_ran.hpp"
#include "unit/export_node.hpp"


using namespace cgn;
using namespace cgn::journal::test;
using cgnctl::Exit;

namespace {

cgnctl::test::Ran replayed(const Node& node, std::vector<std::string> words) {
  words.insert(words.begin(), {"-s", "/nonexistent/api.sock", "log", "replay", "--log-dir", node.log().string()});
  return cgnctl::test::ran(words, {.clock = [] { return at(26h).wall; }});
}

std::vector<std::uint64_t> heard(const Socket& udp) {
  std::vector<std::uint64_t> seqs;
  std::array<char, 2000> datagram{};
  for (ssize_t n; (n = ::recv(udp.fd(), datagram.data(), datagram.size(), MSG_DONTWAIT)) > 0;) {
    seqs.push_back(seq_of({datagram.data(), static_cast<std::size_t>(n)}));
  }
  return seqs;
}

}  // namespace

TEST_CASE("log replay sends an interval by number to an address or to a collector of the config", "[export][replay]") {
  Node node;
  node.start();
  node.allocate(20);
  node.roll_to(25h);
  node.allocate(3);
  node.stop();
  const Socket udp{SOCK_DGRAM};
  const auto to = "127.0.0.1:" + std::to_string(udp.port);

  const auto by_address = replayed(node, {"--from", "3", "--to", "7", "--to-collector", "syslog+udp://" + to});
  CAPTURE(by_address.out, by_address.err);
  CHECK(by_address.exit == Exit::ok);
  CHECK(by_address.out == "5 rows, 3 to 7: 5 records sent to udp://" + to + "\n");
  CHECK(heard(udp) == from_to(3, 7));

  const auto config = node.state() / "cgn.toml";
  std::ofstream{config} << "schema = 1\n[[export]]\nname = \"archive\"\ntype = \"syslog\"\nto = \"" << to << "\"\n";
  const auto by_name =
      replayed(node, {"--from", "20", "--to", "26", "--to-collector", "archive", "--config", config.string()});
  CAPTURE(by_name.out, by_name.err);
  CHECK(by_name.exit == Exit::ok);
  CHECK(heard(udp) == from_to(20, 26));

  CHECK(replayed(node, {"--from", "9000", "--to-collector", "syslog+udp://" + to}).exit == Exit::nothing);
}

TEST_CASE("what log replay cannot do it refuses with the reason", "[export][replay]") {
  const Node node;
  const auto refused = [&](std::vector<std::string> words) {
    const auto ran = replayed(node, std::move(words));
    CHECK(ran.exit == Exit::usage);
    return ran.err;
  };
  CHECK(refused({"--to-collector", "sflow+udp://127.0.0.1:6343"})
            .starts_with("error: 'sflow+udp://127.0.0.1:6343' is no"));
  CHECK(refused({"--to-collector", "netflow9+tcp://127.0.0.1:9995"}) == "error: NetFlow v9 goes over UDP alone\n");
  CHECK(refused({"--to-collector", "ipfix+udp://127.0.0.1"}).starts_with("error: 'udp://127.0.0.1' names no port\n"));
  CHECK(refused({"--to-collector", "archive", "--config", "/nonexistent/cgn.toml"})
            .starts_with("error: read /nonexistent/cgn.toml"));
  CHECK(refused({"--from", "yesterday-ish", "--to-collector", "syslog+udp://127.0.0.1:1"}).starts_with("error: "));
}
