// SPDX-License-Identifier: Apache-2.0
// All hands together with the real program: a first packet reaches the daemon with its header, and an established
// mapping outlives the daemon.
//
//        subscriber --- i-far | i-near  [cgn_xdp]  e-near | e-far --- 192.0.2.2, the next hop
#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <cstring>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include "bench_network.hpp"
#include "io/entry_table.hpp"
#include "io/program.hpp"
#include "io/xsk.hpp"

using namespace cgn;
using namespace cgn::test;

namespace {

const Endpoint kAlice{*Ipv4::parse("100.64.0.7"), Port{5000}};
const Endpoint kAliceOutside{*Ipv4::parse("203.0.113.10"), Port{13000}};
const Endpoint kRemote{*Ipv4::parse("198.51.100.1"), Port{53}};
constexpr io::ProgramSizes kSizes{.entries = 1000, .subscribers = 100, .permissions = 100, .sessions = 100};

std::uint16_t ip_checksum(iphdr header) {
  header.check = 0;
  std::uint32_t sum = 0;
  std::array<std::uint16_t, sizeof header / 2> words{};
  std::memcpy(words.data(), &header, sizeof header);
  for (const auto word : words) sum += word;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// A UDP datagram of eight bytes, without UDP checksum.
Bytes udp_frame(const Mac& to, const Endpoint& source, const Endpoint& destination) {
  struct {
    ethhdr ethernet;
    iphdr ip;
    udphdr udp;
    std::array<char, 8> body;
  } __attribute__((packed)) packet{};
  std::memcpy(packet.ethernet.h_dest, to.bytes.data(), to.bytes.size());
  packet.ethernet.h_source[0] = 0x02;
  packet.ethernet.h_proto = htons(ETH_P_IP);
  iphdr ip{};
  ip.version = 4;
  ip.ihl = 5;
  ip.ttl = 64;
  ip.protocol = IPPROTO_UDP;
  ip.tot_len = htons(sizeof packet - sizeof packet.ethernet);
  ip.saddr = source.address.net();
  ip.daddr = destination.address.net();
  ip.check = ip_checksum(ip);
  packet.ip = ip;
  packet.udp.source = source.port.net();
  packet.udp.dest = destination.port.net();
  packet.udp.len = htons(sizeof packet.udp + sizeof packet.body);
  Bytes bytes(sizeof packet);
  std::memcpy(bytes.data(), &packet, sizeof packet);
  return bytes;
}

// A gateway of one subscriber port (0) and one external port (1), as the daemon would set it up.
struct Gateway {
  Wire internal{"i"};
  Wire external{"e"};

  Gateway() {
    run("sysctl -qw net.ipv4.conf.lo.forwarding=1");
    run("ip address add 192.0.2.1/24 dev " + external.near);
    run("ip route add default via 192.0.2.2");
    run("ip neighbour add 192.0.2.2 dev " + external.near + " nud permanent lladdr " + to_string(mac_of(external.far)));
    run("ethtool -K " + external.far + " gro on");  // NAPI on the receiving peer, which a redirect into veth needs
  }

  void teach(io::Program& program) const {
    REQUIRE(program.set_settings({}));
    const cgn_realm_info by_loopback{.ifindex = index_of("lo"), .name = {}};
    REQUIRE(program.set_realms(std::vector<std::pair<std::uint32_t, cgn_realm_info>>{
        {CGN_REALM_DEFAULT, by_loopback}, {CGN_REALM_EXTERNAL, by_loopback}}));
    std::vector<io::ClassifiedPrefix> rows;
    for (const std::uint8_t view : {CGN_REALM_DEFAULT, CGN_REALM_EXTERNAL}) {
      const auto add = [&](const char* prefix, std::uint32_t flags) {
        const cgn_class value{
            .flags = flags, .subscriber_mask = 0xffffffff, .bypass_set = 0, .realm = CGN_REALM_EXTERNAL};
        rows.push_back({*Prefix::parse(prefix), value, view});
      };
      add("100.64.0.0/10", CGN_CLASS_SUBSCRIBER);
      add("203.0.113.0/24", CGN_CLASS_POOL);
    }
    REQUIRE(program.set_classes(rows));
    REQUIRE(program.set_links(std::vector{link(internal, CGN_ROLE_INTERNAL, 0), link(external, CGN_ROLE_EXTERNAL, 1)}));
    cgn_egress leads{};
    leads.ifindex = index_of(external.near);
    leads.port = 1;
    REQUIRE(program.set_egress(std::vector{std::pair{std::uint32_t{leads.ifindex}, leads}}));
  }

  [[nodiscard]] std::vector<io::HandPort> ports(bool native) const {
    return {{.interface = internal.near, .ifindex = index_of(internal.near), .port = 0, .native = native},
            {.interface = external.near, .ifindex = index_of(external.near), .port = 1, .native = native}};
  }

  static std::pair<cgn_link_key, cgn_link> link(const Wire& wire, std::uint8_t role, std::uint8_t port) {
    const bool inside = (role & CGN_ROLE_INTERNAL) != 0;
    const auto view = static_cast<__u8>(inside ? CGN_REALM_DEFAULT : CGN_REALM_EXTERNAL);
    cgn_link value{.mac = {}, .role = role, .port = port, .view = view, .pad = {}};
    std::ranges::copy(mac_of(wire.near).bytes, std::begin(value.mac));
    return {{.ifindex = index_of(wire.near), .outer_vid = 0, .inner_vid = 0}, value};
  }
};

std::uint64_t sum(const io::Counters& counters) {
  std::uint64_t total = 0;
  for (const auto count : counters) total += count;
  return total;
}

}  // namespace

TEST_CASE("a subscriber's first packet reaches the hand behind the header, in native and generic mode", "[punt]") {
  const bool native = GENERATE(true, false);
  CAPTURE(native);
  Bench bench;
  const Gateway gateway;
  auto program = io::Program::open(bench.pins(), kSizes);
  REQUIRE(program);
  gateway.teach(*program);
  auto hand = io::Hand::open(0, gateway.ports(native), io::CopyMode::automatic);
  REQUIRE(hand);
  for (const auto& end : hand->descriptors()) REQUIRE(program->set_socket(end.port, 0, end.fd));
  for (const Wire* wire : {&gateway.internal, &gateway.external}) {
    const auto mode = native ? io::AttachMode::native : io::AttachMode::generic;
    REQUIRE(program->attach(wire->near, index_of(wire->near), mode));
  }

  const auto frame = udp_frame(mac_of(gateway.internal.near), kAlice, kRemote);
  FarEnd{gateway.internal.far}.send(frame);
  std::span<const io::ReceivedFrame> frames;
  REQUIRE(eventually([&] { return !(frames = hand->receive(64)).empty(); }));
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].port == 0);
  REQUIRE(frames[0].bytes.size() == sizeof(cgn_punt) + frame.size());
  cgn_punt header{};
  std::memcpy(&header, frames[0].bytes.data(), sizeof header);
  CHECK(header.magic == CGN_PUNT_MAGIC);
  CHECK(header.version == CGN_ABI_VERSION);
  CHECK(header.reason == CGN_PUNT_FIRST_PACKET);
  CHECK(header.direction == CGN_OUTBOUND);
  CHECK(header.next_hop_state == CGN_NEXT_HOP_KNOWN);
  CHECK(header.ingress_ifindex == index_of(gateway.internal.near));
  CHECK(header.egress_ifindex == index_of(gateway.external.near));
  CHECK(std::memcmp(header.dmac, mac_of(gateway.external.far).bytes.data(), 6) == 0);
  const auto untouched = frames[0].bytes.subspan(sizeof header);
  CHECK(Bytes(untouched.begin(), untouched.end()) == frame);

  const auto counters = program->counters();
  CHECK(counters[CGN_VERDICT_PUNTED] == 1);
  CHECK(sum(counters) == 1);
}

TEST_CASE("an established mapping is translated on while no daemon lives, and adopted by the next", "[punt]") {
  Bench bench;
  const Gateway gateway;
  cgn_entry outbound{}, inbound{};
  outbound.key = {
      .addr = kAlice.address.net(), .port = kAlice.port.net(), .proto = IPPROTO_UDP, .realms = CGN_REALM_DEFAULT};
  outbound.to_addr = kAliceOutside.address.net();
  outbound.to_port = kAliceOutside.port.net();
  inbound.key = {.addr = kAliceOutside.address.net(),
                 .port = kAliceOutside.port.net(),
                 .proto = IPPROTO_UDP,
                 .realms = CGN_REALM_EXTERNAL | CGN_REALM_DEFAULT};
  inbound.to_addr = kAlice.address.net();
  inbound.to_port = kAlice.port.net();
  cgn_entry_seal(&outbound);
  cgn_entry_seal(&inbound);
  {
    auto program = io::Program::open(bench.pins(), kSizes);
    REQUIRE(program);
    gateway.teach(*program);
    io::EntryTable table{program->entries_fd(), program->entries_capacity()};
    REQUIRE(table.install(inbound, outbound));
    for (const Wire* wire : {&gateway.internal, &gateway.external}) {
      REQUIRE(program->attach(wire->near, index_of(wire->near), io::AttachMode::native));
    }
  }

  const FarEnd subscriber{gateway.internal.far}, next_hop{gateway.external.far};
  subscriber.send(udp_frame(mac_of(gateway.internal.near), kAlice, kRemote));
  const auto left = next_hop.receive(ETH_P_IP);
  REQUIRE(left);
  const auto expected = udp_frame(mac_of(gateway.external.far), kAliceOutside, kRemote);
  REQUIRE(left->size() == expected.size());
  CHECK(std::memcmp(left->data() + 26, expected.data() + 26, expected.size() - 26) == 0);  // addresses, ports, body

  auto program = io::Program::open(bench.pins(), kSizes);
  REQUIRE(program);
  REQUIRE(program->adopted());
  io::EntryTable table{program->entries_fd(), program->entries_capacity()};
  const auto last = table.remove(cgn_key_of(&outbound));
  REQUIRE(last);
  CHECK(last->packets == 1);
  CHECK(program->counters()[CGN_VERDICT_TRANSLATED] == 1);
}

TEST_CASE("without a socket in the map a first packet is refused as slow_path_away", "[punt]") {
  Bench bench;
  const Gateway gateway;
  auto program = io::Program::open(bench.pins(), kSizes);
  REQUIRE(program);
  gateway.teach(*program);
  REQUIRE(program->attach(gateway.internal.near, index_of(gateway.internal.near), io::AttachMode::native));
  const FarEnd subscriber{gateway.internal.far};
  const auto frame = udp_frame(mac_of(gateway.internal.near), kAlice, kRemote);
  subscriber.send(frame);
  CHECK(eventually([&] { return program->counters()[CGN_VERDICT_SLOW_PATH_AWAY] == 1; }));

  // The kernel empties a slot when its socket closes: a daemon that died is away, too.
  {
    const auto hand = io::Hand::open(0, gateway.ports(true), io::CopyMode::automatic);
    REQUIRE(hand);
    for (const auto& end : hand->descriptors()) REQUIRE(program->set_socket(end.port, 0, end.fd));
  }
  subscriber.send(frame);
  CHECK(eventually([&] { return program->counters()[CGN_VERDICT_SLOW_PATH_AWAY] == 2; }));
}
