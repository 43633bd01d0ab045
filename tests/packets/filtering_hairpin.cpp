// SPDX-License-Identifier: Apache-2.0
// Filtering between two subscribers: each is the other's remote, by its external endpoint, as if the packet had gone around
// outside (RFC 4787 REQ-8, REQ-9).
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Endpoint kAliceOutside = at_port(kPoolAddress, 40000), kBobOutside = at_port(kOtherPoolAddress, 50000);

Mapping alice(std::uint8_t features) {
  auto m = mapped(Proto::udp, at_port(kAlice, 5000), kAliceOutside);
  m.features = features;
  return m;
}

Mapping bob(std::uint8_t features) {
  auto m = mapped(Proto::udp, at_port(kBob, 6000), kBobOutside);
  m.features = features;
  return m;
}

const Heard kAliceSpoke{Proto::udp, kAliceOutside, kBobOutside};
const Heard kBobSpoke{Proto::udp, kBobOutside, kAliceOutside};

Row to_bob(std::string_view says, std::vector<Mapping> given, std::vector<Heard> heard) {
  return {.says = says,
          .given = std::move(given),
          .heard = std::move(heard),
          .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).udp(5000, 50000).payload_of(30),
          .verdict = CGN_VERDICT_HAIRPINNED,
          .egress = Link::internal,
          .out = sent_by(Link::internal).ipv4(kPoolAddress, kBob).ttl(63).udp(40000, 6000).payload_of(30)};
}

Row filtered(std::string_view says, std::vector<Mapping> given, std::vector<Heard> heard) {
  auto row = to_bob(says, std::move(given), std::move(heard));
  row.verdict = CGN_VERDICT_FILTERED;
  row.out = {};
  return row;
}

}  // namespace

std::vector<Row> filtering_hairpin_rows() {
  constexpr auto kFeature = CGN_FEATURE_APDF;
  auto new_to_alice =
      to_bob("a subscriber is a remote like any other: punted to be learned", {alice(kFeature), bob(0)}, {});
  new_to_alice.verdict = CGN_VERDICT_PUNTED;
  new_to_alice.punt = Punt{.reason = CGN_PUNT_PERMISSION, .direction = CGN_HAIRPIN, .egress = Link::internal};
  auto unmapped =
      to_bob("whether a first packet is heard by its receiver, the slow path will say", {bob(kFeature)}, {});
  unmapped.granted = {alice(0)};
  unmapped.verdict = CGN_VERDICT_PUNTED;
  unmapped.punt = Punt{.reason = CGN_PUNT_FIRST_PACKET, .direction = CGN_HAIRPIN, .egress = Link::internal};
  return {
      to_bob("two subscribers that have spoken to each other are heard", {alice(kFeature), bob(kFeature)},
             {kAliceSpoke, kBobSpoke}),
      to_bob("the receiver's filtering counts, not the sender's", {alice(0), bob(kFeature)}, {kBobSpoke}),
      filtered("a subscriber that was never spoken to is filtered as a stranger is", {alice(0), bob(kFeature)}, {}),
      filtered("that the sender has spoken to the receiver does not help", {alice(kFeature), bob(kFeature)},
               {kAliceSpoke}),
      new_to_alice,
      unmapped,
  };
}

}  // namespace cgn::test
