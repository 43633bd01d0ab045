// SPDX-License-Identifier: Apache-2.0
// Which packet: the ways of docs/packet-flow.md with their weights.
#include <array>

#include "parity/generator.hpp"

namespace cgn::parity {
namespace {

using test::Link;

constexpr std::array kStrangers{test::address(192, 0, 2, 2),
                                test::address(192, 0, 2, 10),
                                test::address(203, 0, 113, 200),
                                test::kWeb,
                                test::kResolver,
                                test::kVlanWeb};
constexpr std::array kBox{test::address(192, 0, 2, 1), test::address(192, 0, 2, 9), test::address(192, 0, 2, 33)};
constexpr std::array kMartians{test::address(0, 0, 0, 0),        test::address(127, 0, 0, 1),
                               test::address(169, 254, 9, 9),    test::address(240, 0, 0, 1),
                               test::address(224, 0, 0, 5),      test::address(192, 0, 2, 33),
                               test::address(255, 255, 255, 255)};
constexpr std::array kGroups{test::address(224, 0, 0, 5), test::address(239, 255, 255, 250),
                             test::address(255, 255, 255, 255), test::address(192, 0, 2, 7),
                             test::address(192, 0, 2, 39)};
constexpr std::array kNeverThere{test::kSilent,
                                 test::kElsewhere,
                                 test::kUnreachable,
                                 test::address(192, 0, 2, 15),
                                 test::address(192, 0, 2, 37),
                                 test::address(192, 0, 2, 49)};
constexpr std::array<unsigned, 6> kOtherTypes{0x86dd, 0x88cc, 0x8809, 0x8863, 0x8847, 0x0100};

Proto any_proto(Random& random) { return kProtos[random.below(3)]; }
Endpoint end(Random& random, Ipv4 address) { return {address, Port{random.half_word()}}; }

}  // namespace

void Generator::by(Link link) { link_ = link; }

Link Generator::any_internal_link() {
  constexpr std::array links{Link::internal,      Link::internal,      Link::internal,      Link::internal_vlan,
                             Link::internal_qinq, Link::internal_east, Link::internal_east, Link::internal_east};
  return random_.of(links);
}

// Of that realm as a rule.
Link Generator::link_into(RealmId realm) {
  if (random_.one_in(24)) return any_internal_link();
  if (realm == test::kEast) return Link::internal_east;
  return random_.of(std::array{Link::internal, Link::internal, Link::internal_vlan, Link::internal_qinq});
}

Link Generator::any_external_link() { return random_.one_in(3) ? Link::external_vlan : Link::external; }

const Mapping& Generator::any_mapping() { return random_.of(scene_.mappings); }

Endpoint Generator::any_remote(const Mapping& m) {
  const auto kind = random_.below(32);
  if (kind < (m.session ? 29 : 16)) return m.remote;  // one that shares its port has no other
  if (kind < 18) return end(random_, random_.of(kNeverThere));
  if (kind < 20) return end(random_, any_address());
  return {random_.of(kStrangers), Port{random_.one_in(4) ? std::uint16_t{53} : random_.half_word()}};
}

Ipv4 Generator::any_address() { return Ipv4::from_host(static_cast<std::uint32_t>(random_.word())); }

// One packet of UDP or UDP-Lite in a hundred gets the payload with which its checksum will compute to zero once it is translated to
// `after`: chance alone would make one in 65536.
void Generator::sum_to_zero(const Ends& after) {
  const auto udp = draft_.transport(), ip = draft_.ipv4();
  const bool knows_two_zeros = after.proto == Proto::udp || after.proto == Proto::udplite;
  if (!knows_two_zeros || !random_.one_in(100)) return;
  if (byte_at(draft_.frame(), ip + 9) != static_cast<unsigned>(after.proto)) return;
  if (draft_.size() < udp + 10 || word_at(draft_.frame(), udp + 6) == 0) return;
  const auto now = draft_.bytes();
  const auto put_ends = [&](const Endpoint& source, const Endpoint& destination) {
    draft_.put16(ip + 12, source.address.host() >> 16);
    draft_.put16(ip + 14, source.address.host() & 0xffff);
    draft_.put16(ip + 16, destination.address.host() >> 16);
    draft_.put16(ip + 18, destination.address.host() & 0xffff);
    draft_.put16(udp, source.port.value());
    draft_.put16(udp + 2, destination.port.value());
  };
  put_ends(after.source, after.destination);
  draft_.put16(udp + 8, 0);
  draft_.seal();
  const auto word = word_at(draft_.frame(), udp + 6);  // what is missing to a sum of zero
  draft_.bytes() = now;
  draft_.put16(udp + 8, word);
  draft_.seal();
}

// Of a mapping, or nearly: a packet that the program translates alone, or hands to the slow path.
void Generator::write_translated() {
  const auto& m = any_mapping();
  const auto kind = random_.below(20);
  if (kind < 10) {
    by(link_into(m.realm));
    const auto remote = any_remote(m);
    packet_between({m.proto, m.internal, remote});
    sum_to_zero({m.proto, m.external, remote});
  } else if (kind < 17) {
    by(scene_.one_armed && random_.one_in(4) ? Link::internal : any_external_link());
    const auto remote = any_remote(m);
    packet_between({m.proto, remote, m.external});
    sum_to_zero({m.proto, remote, m.internal});
  } else {
    // To another mapping of the protocol as a rule.
    const auto* other = &any_mapping();
    for (int i = 0; i < 8 && other->proto != m.proto; ++i) other = &any_mapping();
    by(link_into(m.realm));
    packet_between({m.proto, m.internal, other->external});
  }
}

// Between hosts with addresses of their own and the world, and between subscribers and the remotes of bypass rules.
void Generator::write_bypassed() {
  constexpr std::array remotes{test::kPartner, test::kOpenResolver};
  const auto& m = any_mapping();
  const auto lines = test::kBusinessLines.address().host();
  const auto business = end(random_, Ipv4::from_host(lines + random_.below(16)));
  const auto subscriber = end(random_, m.internal.address), stranger = end(random_, random_.of(kStrangers));
  const Endpoint remote{random_.of(remotes), Port{random_.one_in(2) ? std::uint16_t{53} : random_.half_word()}};
  Endpoint here = random_.one_in(2) ? business : subscriber;
  Endpoint there = here == business && random_.one_in(2) ? any_remote(m) : remote;
  if (random_.one_in(12)) there = random_.one_in(2) ? end(random_, m.external.address) : subscriber;
  if (random_.one_in(12)) here = stranger;
  const bool outward = random_.one_in(2);
  // From the wrong side now and then.
  by(outward != random_.one_in(12) ? any_internal_link() : any_external_link());
  packet_between({m.proto, outward ? here : there, outward ? there : here});
}

// One end of nobody, or of the wrong side: refused, policed, or a first packet.
void Generator::write_refused() {
  const auto& m = any_mapping();
  const auto proto = random_.one_in(3) ? any_proto(random_) : m.proto;
  const auto subscriber = end(random_, m.internal.address), stranger = end(random_, random_.of(kStrangers));
  const auto pool = end(random_, m.external.address);
  const bool inside = random_.one_in(2);
  by(inside ? any_internal_link() : any_external_link());
  const auto box = Endpoint{random_.of(kBox), Port{random_.of(std::array<std::uint16_t, 4>{53, 22, 123, 80})}};
  switch (is_policed() && random_.one_in(2) ? 0 : random_.below(18)) {
    case 0:
    case 1:
    case 14: by(any_internal_link()); return packet_between({proto, subscriber, any_remote(m)});
    case 2: by(any_external_link()); return packet_between({proto, stranger, pool});
    case 3: by(any_internal_link()); return packet_between({proto, subscriber, pool});
    case 4:
    case 16: return packet_between({proto, subscriber, end(random_, any_mapping().internal.address)});
    case 5:
    case 17: by(any_internal_link()); return packet_between({proto, subscriber, box});
    case 6: return packet_between({proto, stranger, box});
    case 7: return packet_between({proto, end(random_, random_.of(kMartians)), stranger});
    case 8: return packet_between({proto, subscriber, end(random_, random_.of(kMartians))});
    case 9: return packet_between({proto, subscriber, end(random_, random_.of(kGroups))});
    case 10: return packet_between({proto, stranger, end(random_, random_.of(kStrangers))});
    case 11: return packet_between({proto, end(random_, any_address()), end(random_, any_address())});
    case 12: return packet_between({proto, pool, random_.one_in(2) ? stranger : pool});
    case 15:
      return packet_between({proto, subscriber, end(random_, random_.one_in(2) ? subscriber.address : any_address())});
    default: by(any_external_link()); return packet_between({proto, subscriber, stranger});
  }
}

// Valid up to the type, whatever stands there.
void Generator::write_foreign() {
  by(random_.one_in(2) ? any_internal_link() : any_external_link());
  switch (random_.below(3)) {
    case 0: link_header(random_.of(kOtherTypes)); return noise(random_.below(80));
    case 1: link_header(0x0800); return noise(random_.below(80));
    default: return noise(14 + random_.below(100));
  }
}

void Generator::write_arp() {
  by(random_.one_in(4) ? Link::internal : any_external_link());
  link_header(0x0806);
  const auto address = [this] {
    const auto offset = 4 + random_.below(14);  // around those for which ARP is answered
    return random_.one_in(5) ? any_address() : Ipv4::from_host(test::kPool.address().host() + offset);
  };
  draft_.u16(random_.one_in(16) ? 6 : 1).u16(random_.one_in(16) ? 0x86dd : 0x0800);
  draft_.u8(random_.one_in(16) ? 8 : 6).u8(random_.one_in(16) ? 16 : 4).u16(random_.one_in(8) ? random_.below(4) : 1);
  draft_.mac(test::facts(link_).next_hop_mac).u32(random_.one_in(4) ? 0 : address().host());
  draft_.mac(Mac{}).u32(address().host());
}

// All fragments but the last end on a unit of eight bytes.
void Generator::fit_fragment() {
  const bool more = word_at(draft_.frame(), draft_.ipv4() + 6) & 0x2000;
  const auto size = draft_.size() - draft_.transport();
  if (more && !random_.one_in(8)) draft_.bytes().resize(draft_.size() - size % 8);
}

// Version 0, 1, or now and then another; of version 1 a call of PPTP as a rule.
void Generator::gre() {
  const bool call = !random_.one_in(3);
  const auto version = call && !random_.one_in(8) ? 1 : random_.below(2);
  const auto flags = random_.one_in(16) ? random_.half_word() : version;
  draft_.u16(flags).u16(call ? 0x880b : 0x0800);
  if (call) draft_.u16(random_.half_word()).u16(random_.of(kCalls));
}

// A transport without ports.
void Generator::portless(const Ends& ends, unsigned proto) {
  ipv4_header(ends, proto);
  if (proto == 50) draft_.u32(random_.of(kSpis));
  if (proto == 47) gre();
  noise(random_.below(64));
  if (random_.one_in(2)) fit_fragment();
  draft_.seal();
}

// Between two ends of which the table knows something.
void Generator::write_tunnel() {
  if (scene_.tunnels.empty()) return write_translated();
  const auto at = std::next(scene_.tunnels.begin(), random_.below(static_cast<unsigned>(scene_.tunnels.size())));
  const auto& key = at->first;
  const bool outward = is_outbound(key.realm);
  by(outward ? link_into(RealmId{key.realm}) : any_external_link());
  link_header(0x0800);
  const Endpoint here{key.end, Port{}}, there{key.remote, Port{}};
  portless({Proto::udp, outward ? here : there, outward ? there : here}, static_cast<unsigned>(key.proto));
}

void Generator::packet_between(const Ends& ends) {
  link_header(0x0800);
  if (random_.one_in(40)) {
    const auto proto = random_.one_in(3) ? random_.below(256) : random_.of(std::array{47u, 50u, 132u, 41u});
    return portless(ends, proto);
  }
  ipv4_header(ends, static_cast<unsigned>(ends.proto));
  switch (ends.proto) {
    case Proto::udp: udp(ends); break;
    case Proto::tcp: tcp(ends); break;
    case Proto::icmp: icmp(ends); break;
    case Proto::udplite: udplite(ends); break;
    case Proto::dccp: dccp(ends); break;
    case Proto::sctp: sctp(ends); break;
  }
  fit_fragment();
  draft_.seal();
  const bool may_have_none = ends.proto == Proto::udp || ends.proto == Proto::udplite;
  if (may_have_none && random_.one_in(8)) draft_.put16(draft_.transport() + 6, 0);  // RFC 768: none; 3828: a fault
}

// Such a scene is about its policers.
bool Generator::is_policed() const {
  return scene_.settings.stranger_punts_per_second + scene_.settings.subscriber_punts_per_second != 0;
}

void Generator::write_frame() {
  const bool policed = is_policed();
  const auto kind = random_.below(100);
  if (kind < (policed ? 75 : 89)) return write_translated();
  if (kind < (policed ? 80 : 92)) return write_error();
  if (kind < (policed ? 82 : 94)) return write_bypassed();
  if (kind < (policed ? 94 : 95)) return write_refused();
  if (kind < (policed ? 97 : 98)) return write_tunnel();
  if (kind < 99) return write_foreign();
  return write_arp();
}

Sent Generator::next() {
  draft_.begin();
  write_frame();
  mutate();
  pad();
  return {test::is_internal(link_) ? Link::internal : Link::external, draft_.frame()};
}

}  // namespace cgn::parity
