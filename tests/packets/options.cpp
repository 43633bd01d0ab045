// SPDX-License-Identifier: Apache-2.0
// IPv4 options: those whose lengths lie and those that would choose the route are refused, all others pass untouched.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));

template <class... Values>
Bytes octets(Values... values) {
  return {static_cast<std::byte>(values)...};
}

Frame from_alice(const Bytes& options) {
  return received_by(Link::internal).ipv4(kAlice, kWeb).options(options).udp(5000, 443).payload_of(32);
}

Row passes(std::string_view says, const Bytes& options) {
  return {
      .says = says,
      .given = {kAliceUdp},
      .in = from_alice(options),
      .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).options(options).udp(40000, 443).payload_of(32)};
}

Row refused(std::string_view says, Verdict verdict, const Bytes& options) {
  return {.says = says, .given = {kAliceUdp}, .in = from_alice(options), .verdict = verdict};
}

// Forty octets: `kind` repeated, each of `length`, filled with zero.
Bytes full_of(unsigned kind, std::size_t length) {
  Bytes out(40);
  for (std::size_t at = 0; at + length <= out.size(); at += length) {
    out[at] = static_cast<std::byte>(kind);
    out[at + 1] = static_cast<std::byte>(length);
  }
  return out;
}

Bytes record_route() {
  Bytes out(39);
  out[0] = std::byte{7};
  out[1] = std::byte{39};
  out[2] = std::byte{4};
  return out;
}

std::vector<Row> harmless() {
  return {
      passes("forty octets of no operation", Bytes(40, std::byte{1})),
      passes("an empty list of options", octets(0, 0, 0, 0)),
      passes("behind the end of the list stands nobody's business: a source route", octets(1, 0, 131, 200)),
      passes("a router alert", octets(148, 4, 0, 0)),
      passes("a route recorder of nine places", record_route()),
      passes("a timestamp of three, behind a no operation", octets(1, 68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
      passes("a security label", octets(130, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
      passes("an option that nobody knows", octets(200, 3, 7)),
      passes("twenty options of two octets", full_of(200, 2)),
  };
}

std::vector<Row> refusals() {
  return {
      refused("a loose source route", CGN_VERDICT_SOURCE_ROUTE, octets(131, 7, 4, 198, 51, 100, 7)),
      refused("a strict source route", CGN_VERDICT_SOURCE_ROUTE, octets(137, 7, 4, 198, 51, 100, 7)),
      refused("a source route that is complete is one all the same", CGN_VERDICT_SOURCE_ROUTE,
              octets(131, 7, 8, 198, 51, 100, 7)),
      refused("a source route behind other options", CGN_VERDICT_SOURCE_ROUTE,
              octets(1, 148, 4, 0, 0, 1, 137, 7, 4, 198, 51, 100, 7)),
      refused("an option of length 0", CGN_VERDICT_IP_OPTIONS, octets(7, 0, 4, 0)),
      refused("an option of length 1", CGN_VERDICT_IP_OPTIONS, octets(7, 1, 4, 0)),
      refused("an option one octet longer than the header", CGN_VERDICT_IP_OPTIONS, octets(7, 9, 4, 0, 0, 0, 0, 0)),
      refused("an option of length 255", CGN_VERDICT_IP_OPTIONS, octets(7, 255, 4, 0)),
      refused("an option without room for its length", CGN_VERDICT_IP_OPTIONS, octets(1, 1, 1, 7)),
      refused("a source route whose length lies is malformed first", CGN_VERDICT_IP_OPTIONS,
              octets(131, 99, 4, 198, 51, 100, 7)),
      refused("a lie behind nineteen options that are none", CGN_VERDICT_IP_OPTIONS,
              [] {
                auto options = full_of(200, 2);
                options[39] = std::byte{3};
                return options;
              }()),
  };
}

}  // namespace

std::vector<Row> options_rows() {
  auto rows = harmless();
  for (auto& row : refusals()) rows.push_back(std::move(row));
  const auto route = octets(131, 7, 4, 198, 51, 100, 7);
  rows.push_back({.says = "a wrong checksum is told before a source route",
                  .in = from_alice(route).wrong_header_checksum(1),
                  .verdict = CGN_VERDICT_HEADER_CHECKSUM});
  rows.push_back({.says = "a checksum that is wrong by an option is wrong",
                  .in = from_alice(octets(148, 4, 0, 0)).wrong_header_checksum(4),
                  .verdict = CGN_VERDICT_HEADER_CHECKSUM});
  rows.push_back(
      {.says = "a source route inbound",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).options(route).udp(443, 40000).payload_of(32),
       .verdict = CGN_VERDICT_SOURCE_ROUTE});
  rows.push_back({.says = "a source route in transit",
                  .link = Link::external,
                  .in = received_by(Link::external)
                            .ipv4(kWeb, facts(Link::internal).next_hop)
                            .options(route)
                            .udp(443, 5000)
                            .payload_of(32),
                  .verdict = CGN_VERDICT_SOURCE_ROUTE});
  rows.push_back({.says = "a source route to the box is the kernel's to judge",
                  .link = Link::external,
                  .in = received_by(Link::external)
                            .ipv4(kWeb, facts(Link::external).own)
                            .options(route)
                            .udp(443, 5000)
                            .payload_of(32),
                  .verdict = CGN_VERDICT_LOCAL});
  rows.push_back({.says = "options of a fragment are judged before that it is one",
                  .in = from_alice(route).fragment(0, true),
                  .verdict = CGN_VERDICT_SOURCE_ROUTE});
  return rows;
}

}  // namespace cgn::test
