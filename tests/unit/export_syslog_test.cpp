// SPDX-License-Identifier: Apache-2.0
// Lines of syslog, as RFC 5424 and their readers expect them.
#include <catch2/catch.hpp>

#include "journal/export/syslog.hpp"

namespace {

using namespace cgn;
using namespace cgn::journal;

Event block(RowKind kind) {
  const Row row{.seq = 8840213,
                .kind = kind,
                .wall = WallTime{std::chrono::milliseconds{1'795'154'762'331}},
                .external = *Ipv4::parse("203.0.113.10"),
                .ports = {Port{12800}, Port{13311}},
                .subscriber = Prefix::of(*Ipv4::parse("100.64.3.7"), 32),
                .pool = "res-1",
                .allocated = WallTime{std::chrono::milliseconds{1'795'150'000'000}}};
  return event_of(row, {.node_id = 1, .node_name = "cgn-ber-1", .boot = "3f1c"}, "C-1048213");
}

}  // namespace

TEST_CASE("rfc5424: time, host and marks are the event's own", "[export][RFC5424]") {
  CHECK(
      syslog_line(block(RowKind::allocated), SyslogFormat::rfc5424) ==
      "<134>1 2026-11-20T06:06:02.331Z cgn-ber-1 cgnd - PBA_ALLOC [cgn@32473 node=\"1\" boot=\"3f1c\" seq=\"8840213\" "
      "internal=\"100.64.3.7\" realm=\"default\" external=\"203.0.113.10\" ports=\"12800-13311\" pool=\"res-1\" "
      "id=\"C-1048213\"]");
  CHECK(syslog_line(block(RowKind::released), SyslogFormat::rfc5424) ==
        "<134>1 2026-11-20T06:06:02.331Z cgn-ber-1 cgnd - PBA_RELEASE [cgn@32473 node=\"1\" boot=\"3f1c\" "
        "seq=\"8840213\" internal=\"100.64.3.7\" realm=\"default\" external=\"203.0.113.10\" ports=\"12800-13311\" "
        "pool=\"res-1\" allocated=\"2026-11-20T04:46:40.000Z\" id=\"C-1048213\"]");
}

TEST_CASE("rfc5424 has a line for every row of the record, so that a missing number is a missing row", "[export]") {
  for (const auto kind :
       {RowKind::continued, RowKind::heartbeat, RowKind::start, RowKind::stop, RowKind::opened, RowKind::complete,
        RowKind::clock_step, RowKind::configuration, RowKind::deterministic, RowKind::identity, RowKind::adoption,
        RowKind::clock, RowKind::deletion, RowKind::hold, RowKind::gap, static_cast<RowKind>(99)}) {
    const auto line = syslog_line(block(kind), SyslogFormat::rfc5424);
    REQUIRE(line);
    CHECK(line->find(" seq=\"8840213\"") != std::string::npos);
  }
}

TEST_CASE("what would end a value of structured data is escaped", "[export][RFC5424]") {
  auto e = block(RowKind::configuration);
  e.detail = R"({"who":"a\"b"})";
  e.user.clear();
  e.detail += "]";
  CHECK(syslog_line(e, SyslogFormat::rfc5424) ==
        "<134>1 2026-11-20T06:06:02.331Z cgn-ber-1 cgnd - CONFIGURATION [cgn@32473 node=\"1\" boot=\"3f1c\" "
        "seq=\"8840213\" detail=\"{\\\"who\\\":\\\"a\\\\\\\"b\\\"}\\]\"]");
}

TEST_CASE("junos: the words of its port block messages, marks in an element of their own", "[export]") {
  CHECK(syslog_line(block(RowKind::allocated), SyslogFormat::junos) ==
        "<134>1 2026-11-20T06:06:02.331Z cgn-ber-1 RT_NAT - RT_SRC_NAT_PBA_ALLOC [junos@2636.1.1.1.2.129 "
        "internal-ip=\"100.64.3.7\" block-used=\"0\" block-max-per-host=\"0\" block-port-low=\"12800\" "
        "block-port-high=\"13311\" reflexive-ip=\"203.0.113.10\" nat-pool-name=\"res-1\" logical-system-id=\"0\" "
        "epoch-time-64=\"6affe34a\"][cgn@32473 node=\"1\" boot=\"3f1c\" seq=\"8840213\"]");
  CHECK(syslog_line(block(RowKind::released), SyslogFormat::junos)->find("RT_SRC_NAT_PBA_RELEASE") !=
        std::string::npos);
  const auto interim = *syslog_line(block(RowKind::continued), SyslogFormat::junos);
  CHECK(interim.find("RT_SRC_NAT_PBA_INTERIM") != std::string::npos);
  CHECK(interim.find("epoch-time-64=\"6affd0b0\"") != std::string::npos);  // since when it is held
  CHECK_FALSE(syslog_line(block(RowKind::heartbeat), SyslogFormat::junos));
}

TEST_CASE("nfware: its words end the line, the marks stand in PROCID and MSGID", "[export]") {
  CHECK(syslog_line(block(RowKind::allocated), SyslogFormat::nfware) ==
        "<134>1 2026-11-20T06:06:02.331Z cgn-ber-1 cgnd 3f1c 8840213 - A VRF 0 INT 100.64.3.7 EXT "
        "203.0.113.10:12800-13311");
  auto e = block(RowKind::released);
  e.realm = "123456789";
  CHECK(
      syslog_line(e, SyslogFormat::nfware)->ends_with(" D VRF 1274296614 INT 100.64.3.7 EXT 203.0.113.10:12800-13311"));
  CHECK_FALSE(syslog_line(block(RowKind::continued), SyslogFormat::nfware));

  e.realm.clear();
  e.mark.seq = 0;
  e.kind = EventKind::mapping_created;
  e.proto = Proto::udp;
  e.internal_port = Port{57938};
  e.external_port = Port{12805};
  CHECK(
      syslog_line(e, SyslogFormat::nfware) ==
      "<134>1 2026-11-20T06:06:02.331Z cgn-ber-1 cgnd 3f1c - - A VRF 0 17 INT 100.64.3.7:57938 EXT 203.0.113.10:12805");
  e.kind = EventKind::session_deleted;
  e.proto = Proto::tcp;
  e.remote = {*Ipv4::parse("198.51.100.9"), Port{443}};
  CHECK(syslog_line(e, SyslogFormat::nfware)
            ->ends_with("D VRF 0 6 INT 100.64.3.7:57938 EXT 203.0.113.10:12805 DST 198.51.100.9:443 DIR OUT"));
}

TEST_CASE("a notice warns in the operator's words and stands in no row", "[export][RFC6888]") {
  Event e{.kind = EventKind::ports_exhausted,
          .mark = {.node_id = 1, .node_name = "cgn-ber-1", .boot = "3f1c"},
          .at = WallTime{std::chrono::milliseconds{1'795'154'762'331}},
          .subscriber = Prefix::of(*Ipv4::parse("100.64.3.0"), 24),
          .pool = "res-1",
          .text = "pool_full: refused"};
  CHECK(syslog_line(e, SyslogFormat::rfc5424) ==
        "<132>1 2026-11-20T06:06:02.331Z cgn-ber-1 cgnd - PORTS_EXHAUSTED [cgn@32473 node=\"1\" boot=\"3f1c\" "
        "internal=\"100.64.3.0/24\" pool=\"res-1\"] pool_full: refused");
  CHECK_FALSE(syslog_line(e, SyslogFormat::nfware));
  CHECK_FALSE(syslog_line(e, SyslogFormat::junos));
}

TEST_CASE("on a stream each line is counted", "[export][RFC6587][RFC5425]") {
  CHECK(counted("<134>1 - - - - - -") == "18 <134>1 - - - - - -");
}
