// SPDX-License-Identifier: Apache-2.0
// IPFIX and NetFlow v9 against bytes written by hand from RFC 7011, RFC 3954 and RFC 8158.
#include <catch2/catch.hpp>

#include <algorithm>

#include "journal/export/messages.hpp"

namespace {

using namespace cgn;
using namespace cgn::journal;

const Prefix kAlice = Prefix::of(*Ipv4::parse("100.64.3.7"), 32);
const Now kNow{.mono = {}, .wall = WallTime{std::chrono::milliseconds{1'795'169'161'257}}, .boot = BootTime{123'456}};

Mark mark(std::uint64_t seq) {
  return {
      .node_id = 7, .node_name = "n7", .boot = "b", .booted = WallTime{std::chrono::milliseconds{0x0102}}, .seq = seq};
}

Event block(EventKind kind) {
  return {.kind = kind,
          .mark = mark(0x0a0b),
          .at = WallTime{std::chrono::milliseconds{0x01a1f8500129}},
          .subscriber = kAlice,
          .external = *Ipv4::parse("203.0.113.10"),
          .ports = {Port{12800}, Port{13311}},
          .pool = "res-1",
          .user = "C-10"};
}

using Octets = std::vector<std::uint8_t>;

// RFC 8158's record of a port block: what both protocols share.
const Octets kFixedRecord{0,    0,    0x01, 0xa1, 0xf8, 0x50, 0x01, 0x29,  // observationTimeMilliseconds
                          0,    0,    0,    0,    0,    0,    0x0a, 0x0b,  // flowId: the sequence number in the record
                          16,                                              // natEvent: port block allocation
                          100,  64,   3,    7,                             // sourceIPv4Address
                          203,  0,    113,  10,                            // postNATSourceIPv4Address
                          0x32, 0x00, 0x33, 0xff,                          // portRangeStart, portRangeEnd
                          0x00, 0x01, 0x02, 0x00,                          // portRangeStepSize, portRangeNumPorts
                          0x6e, 0x8b, 0xcf, 0x5f,  // natPoolId: CRC-32 of "res-1" without its highest bit
                          0,    0,    0,    0,     // ingressVRFID: the default realm
                          32,                      // sourceIPv4PrefixLength
                          0,    0,    0,    7,     // natInstanceID
                          0,    0,    0,    0,    0,    0,    0x01, 0x02};  // systemInitTimeMilliseconds

Octets operator+(Octets a, const Octets& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("the number of a name is 31 bits of the CRC-32 that zip uses", "[export]") {
  CHECK(number_of("") == 0);
  CHECK(number_of("123456789") == (0xcbf43926 & 0x7fffffff));  // the check value of that CRC
}

TEST_CASE("an IPFIX message is a header of 16 octets and sets", "[export][RFC7011]") {
  FlowMessages messages{FlowProtocol::ipfix, 7};
  const std::vector events{block(EventKind::block_allocated)};
  const auto packed = messages.records(events, kNow);
  const Octets texts{5, 'r', 'e', 's', '-', '1', 0, 4, 'C', '-', '1', '0'};
  const auto record = kFixedRecord + texts;
  REQUIRE(record.size() == 54 + 12);
  const Octets header{0,    10,   0,    86,    // version, length = 16 + 4 + 66
                      0x6b, 0x00, 0x1b, 0x89,  // export time, seconds
                      0,    0,    0,    0,     // sequence number
                      0,    0,    0,    7,     // observation domain
                      1,    0,    0,    70};   // set 256, length
  CHECK(packed.message == header + record);
  CHECK(packed.taken == 1);
  CHECK(packed.records == 1);
}

TEST_CASE("a NetFlow v9 packet is a header of 20 octets and flowsets of whole words", "[export][RFC3954]") {
  FlowMessages messages{FlowProtocol::netflow9, 7};
  const std::vector events{block(EventKind::block_allocated)};
  const auto packed = messages.records(events, kNow);
  const Octets header{0,    9,    0,    1,     // version, count of records
                      0,    1,    0xe2, 0x40,  // sysUpTime 123,456 ms
                      0x6b, 0x00, 0x1b, 0x89,  // unix seconds
                      0,    0,    0,    0,     // sequence number
                      0,    0,    0,    7,     // source id
                      1,    0,    0,    60};   // flowset 256, length = 4 + 54 + 2 of padding
  CHECK(packed.message == header + kFixedRecord + Octets{0, 0});
}

TEST_CASE("IPFIX counts records, v9 packets", "[export][RFC7011][RFC3954]") {
  const auto sequence = [](const Message& m, std::size_t at) {
    return (m[at] << 24 | m[at + 1] << 16 | m[at + 2] << 8 | m[at + 3]);
  };
  const std::vector events{block(EventKind::block_allocated), block(EventKind::block_released)};
  FlowMessages ipfix{FlowProtocol::ipfix, 1};
  CHECK(sequence(ipfix.templates(mark(0), kNow), 8) == 0);
  CHECK(sequence(ipfix.records(events, kNow).message, 8) == 1);  // the node's record of options counts
  CHECK(sequence(ipfix.records(events, kNow).message, 8) == 3);
  CHECK(sequence(ipfix.templates(mark(0), kNow), 8) == 5);

  FlowMessages v9{FlowProtocol::netflow9, 1};
  CHECK(sequence(v9.templates(mark(0), kNow), 12) == 0);
  CHECK(sequence(v9.records(events, kNow).message, 12) == 1);
  CHECK(sequence(v9.records(events, kNow).message, 12) == 2);
}

TEST_CASE("the first template is RFC 8158's port block in the order that collectors were seen to read",
          "[export][RFC8158]") {
  FlowMessages v9{FlowProtocol::netflow9, 1};
  const auto message = v9.templates(mark(0), kNow);
  const Octets head{0, 0};  // flowset 0: templates
  const Octets first{1, 0,   0, 14, 1, 67,  0, 8, 0, 148, 0, 8, 0, 230, 0, 1, 0, 8,   0, 4,
                     0, 225, 0, 4,  1, 105, 0, 2, 1, 106, 0, 2, 1, 107, 0, 2, 1, 108, 0, 2,
                     1, 27,  0, 4,  0, 234, 0, 4, 0, 9,   0, 1, 1, 207, 0, 4, 0, 160, 0, 8};
  CHECK(std::equal(head.begin(), head.end(), message.begin() + 20));
  CHECK(std::equal(first.begin(), first.end(), message.begin() + 24));
  CHECK(message.size() <= FlowMessages::kMost);

  FlowMessages ipfix{FlowProtocol::ipfix, 1};
  const auto own = ipfix.templates(mark(0), kNow);
  CHECK(own[17] == 2);  // set 2: templates
  CHECK(own[23] == 17);
  const Octets texts{1, 28, 255, 255, 1, 208, 255, 255, 1, 115, 255, 255};  // of any width
  CHECK(std::search(own.begin(), own.end(), texts.begin(), texts.end()) == own.begin() + 24 + 14 * 4);
  // Options: template 300, three fields, one of them scope (the domain); then its record.
  const Octets node{0,   3, 0,  22, 1,  44, 0, 3, 0, 1, 0, 149, 0, 4, 0, 160, 0, 8, 1,   44, 255,
                    255, 1, 44, 0,  19, 0,  0, 0, 7, 0, 0, 0,   0, 0, 0, 1,   2, 2, 'n', '7'};
  CHECK(std::equal(node.begin(), node.end(), own.end() - static_cast<std::ptrdiff_t>(node.size())));
  CHECK(own.size() <= FlowMessages::kMost);
}

TEST_CASE("a mapping of its own has protocol and ports, a session its remote besides", "[export][RFC8158]") {
  auto session = block(EventKind::session_created);
  session.proto = Proto::tcp;
  session.internal_port = Port{5000};
  session.external_port = Port{12801};
  session.remote = {*Ipv4::parse("198.51.100.9"), Port{443}};
  const Octets head{0, 0, 0x01, 0xa1, 0xf8, 0x50, 0x01, 0x29, 4,    100,  64,
                    3, 7, 203,  0,    113,  10,   6,    0x13, 0x88, 0x32, 1};
  const Octets remote{198, 51, 100, 9, 198, 51, 100, 9, 1, 0xbb, 1, 0xbb};
  const Octets tail{0, 0, 0, 0, 0, 0, 0, 7};
  CHECK(record_of(session, *template_of(session), FlowProtocol::netflow9) == head + remote + tail);
  session.kind = EventKind::mapping_deleted;
  auto bib = head + tail;
  bib[8] = 9;
  CHECK(record_of(session, *template_of(session), FlowProtocol::netflow9) == bib);
}

TEST_CASE("notices have the templates of RFC 8158, one for each kind of limit", "[export][RFC8158]") {
  auto e = block(EventKind::quota_exceeded);
  e.quota = Quota::per_subscriber;
  e.limit = 2000;
  const Octets time{0, 0, 0x01, 0xa1, 0xf8, 0x50, 0x01, 0x29};
  CHECK(record_of(e, *template_of(e), FlowProtocol::netflow9) ==
        time + Octets{13, 0, 0, 0, 3, 0, 0, 7, 0xd0, 100, 64, 3, 7, 0, 0, 0, 7});
  CHECK(template_of(e)->fields[3] == Field{Element::max_entries_per_user, 4});
  e.quota = Quota::mappings;
  CHECK(template_of(e)->fields[3] == Field{Element::max_bib_entries, 4});
  e.quota = Quota::subscribers;
  CHECK(template_of(e)->fields[3] == Field{Element::max_subscribers, 4});
  e.quota = Quota::none;
  CHECK(template_of(e) == nullptr);

  e.kind = EventKind::threshold_reached;
  e.threshold = Mark8158::pool_low;
  e.limit = 80;
  CHECK(record_of(e, *template_of(e), FlowProtocol::netflow9) ==
        time + Octets{18, 0, 0, 0, 2, 0x6e, 0x8b, 0xcf, 0x5f, 0, 0, 0, 80, 0, 0, 0, 7});
  e.kind = EventKind::addresses_exhausted;
  CHECK(record_of(e, *template_of(e), FlowProtocol::ipfix) ==
        time + Octets{3, 0x6e, 0x8b, 0xcf, 0x5f, 0, 0, 0, 7, 5, 'r', 'e', 's', '-', '1'});
}

TEST_CASE("a message takes no more events than 1400 octets hold, and passes over what it has no words for",
          "[export]") {
  for (const auto protocol : {FlowProtocol::ipfix, FlowProtocol::netflow9}) {
    FlowMessages messages{protocol, 1};
    std::vector<Event> events(100, block(EventKind::block_allocated));
    events[0].kind = EventKind::other_row;
    const auto packed = messages.records(events, kNow);
    CHECK(packed.message.size() <= FlowMessages::kMost);
    CHECK(packed.message.size() > FlowMessages::kMost - 70);
    CHECK(packed.taken == packed.records + 1);
    const std::vector only{events[0]};
    CHECK(messages.records(only, kNow).message.empty());
    CHECK(messages.records(only, kNow).taken == 1);
  }
}

TEST_CASE("a user's name of any length leaves the record readable", "[export][RFC7011]") {
  auto e = block(EventKind::block_allocated);
  e.user = std::string(3000, 'x');
  const auto record = record_of(e, *template_of(e), FlowProtocol::ipfix);
  CHECK(record.size() == 54 + 6 + 1 + 1 + 254);
  CHECK(record[54 + 6 + 1] == 254);
}
