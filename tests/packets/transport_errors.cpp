// SPDX-License-Identifier: Apache-2.0
// ICMP errors about UDP-Lite, DCCP and SCTP: what they quote is restored as of UDP and TCP, the sums included.
#include "packets/icmp_errors.hpp"

#include <stdexcept>

namespace cgn::test {
namespace {

const Mapping kAliceLite = mapped(Proto::udplite, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kAliceDccp = mapped(Proto::dccp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000), at_port(kWeb, 80));
const Mapping kAliceSctp = mapped(Proto::sctp, at_port(kAlice, 5000), at_port(kPoolAddress, 5000), at_port(kWeb, 80));
const Mapping kBobLite = mapped(Proto::udplite, at_port(kBob, 6000), at_port(kOtherPoolAddress, 50000));
const Mapping kBobDccp = mapped(Proto::dccp, at_port(kBob, 6000), at_port(kOtherPoolAddress, 51000));
const Mapping kBobSctp = mapped(Proto::sctp, at_port(kBob, 6000), at_port(kOtherPoolAddress, 6000));
const std::vector<Mapping> kGiven{kAliceLite, kAliceDccp, kAliceSctp, kBobLite, kBobDccp, kBobSctp};

Frame outside() { return atomic(kPoolAddress, kWeb).ttl(3); }
Frame inside() { return atomic(kAlice, kWeb).ttl(3); }

// From a router outside, about a packet of alice's.
Row told(std::string_view says, const Bytes& in, const Bytes& out) {
  return {.says = says,
          .given = kGiven,
          .link = Link::external,
          .in = Error{}.on(received_by(Link::external).ipv4(kFarRouter, kPoolAddress), in),
          .egress = Link::internal,
          .out = Error{}.on(sent_by(Link::internal).ipv4(kFarRouter, kAlice).ttl(63), out)};
}

// From alice, about a packet of the web's.
Row tells(std::string_view says, const Bytes& in, const Bytes& out) {
  return {.says = says,
          .given = kGiven,
          .in = Error{}.on(received_by(Link::internal).ipv4(kAlice, kWeb), in),
          .out = Error{}.on(sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63), out)};
}

// From bob, about a packet of alice's.
Row between(std::string_view says, const Bytes& in, const Bytes& out) {
  return {.says = says,
          .given = kGiven,
          .in = Error{}.on(received_by(Link::internal).ipv4(kBob, kPoolAddress), in),
          .verdict = CGN_VERDICT_HAIRPINNED,
          .egress = Link::internal,
          .out = Error{}.on(sent_by(Link::internal).ipv4(kOtherPoolAddress, kAlice).ttl(63), out)};
}

// The payload with which the quoted packet shows `check`.
Bytes payload_for(const Frame& packet, unsigned check) {
  for (unsigned word = 0; word < 0x10000; ++word) {
    const Bytes payload{static_cast<std::byte>(word >> 8), static_cast<std::byte>(word & 0xff)};
    const auto bytes = Frame{packet}.payload(payload).packet();
    if ((std::to_integer<unsigned>(bytes[26]) << 8 | std::to_integer<unsigned>(bytes[27])) == check) return payload;
  }
  throw std::logic_error{"no payload gives that checksum"};
}

std::vector<Row> zeros() {
  const auto lite = payload_for(inside().udplite(5000, 80), 0xffff);
  const auto dccp = payload_for(inside().dccp(5000, 80), 0);
  return {
      told("a quoted UDP-Lite sum that comes out as zero was sent as 0xffff",
           first_of(outside().udplite(40000, 80).payload(lite), 30),
           first_of(inside().udplite(5000, 80).payload(lite), 30)),
      told("a quoted DCCP sum that comes out as zero was sent as zero",
           first_of(outside().dccp(41000, 80).payload(dccp), 38), first_of(inside().dccp(5000, 80).payload(dccp), 38)),
  };
}

}  // namespace

std::vector<Row> transport_error_rows() {
  const auto lite = [](Frame f, unsigned from, unsigned to) { return first_of(f.udplite(from, to).payload_of(64)); };
  const auto dccp = [](Frame f, unsigned from, unsigned to) { return first_of(f.dccp(from, to).payload_of(64)); };
  const auto sctp = [](Frame f, unsigned from, unsigned to) { return first_of(f.sctp(from, to).payload_of(64)); };
  const auto whole = [](Frame f, unsigned from, unsigned to) { return first_of(f.sctp(from, to).payload_of(64), 96); };
  const auto from_web = [](Ipv4 to) { return atomic(kWeb, to).ttl(9); };
  const auto met = atomic(kPoolAddress, kBob), sent = atomic(kAlice, kOtherPoolAddress);
  std::vector<Row> rows{
      told("an error about UDP-Lite reaches the subscriber", lite(outside(), 40000, 80), lite(inside(), 5000, 80)),
      told("an error about DCCP reaches the subscriber (RFC 5597 REQ-9)", dccp(outside(), 41000, 80),
           dccp(inside(), 5000, 80)),
      told("an error about SCTP reaches the subscriber", sctp(outside(), 5000, 80), sctp(inside(), 5000, 80)),
      told("an error that quotes all of an SCTP packet reaches the subscriber", whole(outside(), 5000, 80),
           whole(inside(), 5000, 80)),
      tells("a subscriber's error about UDP-Lite leaves", lite(from_web(kAlice), 80, 5000),
            lite(from_web(kPoolAddress), 80, 40000)),
      tells("a subscriber's error about DCCP leaves", dccp(from_web(kAlice), 80, 5000),
            dccp(from_web(kPoolAddress), 80, 41000)),
      tells("a subscriber's error about SCTP leaves", sctp(from_web(kAlice), 80, 5000),
            sctp(from_web(kPoolAddress), 80, 5000)),
      between("an error about UDP-Lite between subscribers", lite(met, 40000, 6000), lite(sent, 5000, 50000)),
      between("an error about DCCP between subscribers", dccp(met, 41000, 6000), dccp(sent, 5000, 51000)),
      between("an error about SCTP between subscribers", sctp(met, 5000, 6000), sctp(sent, 5000, 6000)),
      {.says = "an error about SCTP that nobody sent",
       .given = kGiven,
       .link = Link::external,
       .in = Error{}.on(received_by(Link::external).ipv4(kFarRouter, kPoolAddress), sctp(outside(), 5001, 80)),
       .verdict = CGN_VERDICT_ICMP_UNMATCHED},
  };
  const auto more = zeros();
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace cgn::test
