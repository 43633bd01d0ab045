// SPDX-License-Identifier: Apache-2.0
// Control connections of FTP, with its ALG on: whatever shows port 21 goes to the slow path, and nothing else does.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Endpoint kClient = at_port(kAlice, 5000), kClientOutside = at_port(kPoolAddress, 40000);
const Mapping kCall = mapped(Proto::tcp, kClient, kClientOutside, at_port(kWeb, 21));
const Mapping kServer{.proto = Proto::tcp,
                      .internal = at_port(kBob, 2121),
                      .external = at_port(kOtherPoolAddress, 21),
                      .features = CGN_FEATURE_STATIC};

// As the slow path sends what holds no line to rewrite: translated as always.
Row out(std::string_view says, unsigned port) {
  return {.says = says,
          .given = {kCall},
          .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, port, kAck).payload("NOOP\r\n"),
          .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(40000, port, kAck).payload("NOOP\r\n"),
          .seen = CGN_SEEN_ACK,
          .alg_ftp = true};
}

Row in(std::string_view says, unsigned port) {
  return {.says = says,
          .given = {kCall},
          .link = Link::external,
          .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(port, 40000, kAck).payload("200 ok\r\n"),
          .egress = Link::internal,
          .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).tcp(port, 5000, kAck).payload("200 ok\r\n"),
          .seen = CGN_SEEN_ACK,
          .alg_ftp = true};
}

Row punted(Row row, cgn_direction direction = CGN_OUTBOUND, cgn_punt_reason reason = CGN_PUNT_ALG) {
  row.verdict = CGN_VERDICT_PUNTED;
  row.punt = Punt{.reason = reason, .direction = direction, .egress = row.egress};
  return row;
}

Row with_alg_off(Row row) {
  row.alg_ftp = false;
  return row;
}

std::vector<Row> of_clients() {
  auto stranger = in("a stranger's packet from port 21 to nobody wakes no daemon", 21);
  stranger.given = {};
  stranger.verdict = CGN_VERDICT_NO_MAPPING;
  stranger.out = {};
  stranger.seen = 0;
  auto udp = Row{.says = "UDP port 21 is nothing of FTP's",
                 .given = {mapped(Proto::udp, kClient, kClientOutside)},
                 .in = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 21).payload_of(20),
                 .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 21).payload_of(20),
                 .alg_ftp = true};
  return {
      punted(out("what a client sends on its control connection goes to the slow path", 21)),
      punted(in("and so does what its server answers", 21), CGN_INBOUND),
      out("with the ALG on, other connections stay in the kernel, on their way out", 2121),
      in("and on their way in: the data of FTP among them", 20),
      with_alg_off(out("with the ALG off a control connection stays in the kernel, on its way out", 21)),
      with_alg_off(in("and on its way in", 21)),
      stranger,
      udp,
  };
}

std::vector<Row> of_servers() {
  return {
      punted({.says = "what a server behind a port forward sends goes to the slow path by its external port",
              .given = {kServer},
              .in = received_by(Link::internal).ipv4(kBob, kWeb).tcp(2121, 50000, kAck).payload("220 hello\r\n"),
              .out = sent_by(Link::external)
                         .ipv4(kOtherPoolAddress, kWeb)
                         .ttl(63)
                         .tcp(21, 50000, kAck)
                         .payload("220 hello\r\n"),
              .alg_ftp = true}),
      punted({.says = "what comes to such a server goes there, too",
              .given = {kServer},
              .link = Link::external,
              .in = received_by(Link::external).ipv4(kWeb, kOtherPoolAddress).tcp(50000, 21, kSyn),
              .egress = Link::internal,
              .out = sent_by(Link::internal).ipv4(kWeb, kBob).ttl(63).tcp(50000, 2121, kSyn),
              .alg_ftp = true},
             CGN_INBOUND),
      punted(
          {.says = "between subscribers both halves of a control connection go to the slow path",
           .given = {mapped(Proto::tcp, kClient, kClientOutside, at_port(kOtherPoolAddress, 21)), kServer},
           .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).tcp(5000, 21, kAck).payload("NOOP\r\n"),
           .egress = Link::internal,
           .out = sent_by(Link::internal).ipv4(kPoolAddress, kBob).ttl(63).tcp(40000, 2121, kAck).payload("NOOP\r\n"),
           .seen = CGN_SEEN_ACK,
           .alg_ftp = true},
          CGN_HAIRPIN),
  };
}

std::vector<Row> of_others() {
  auto filtered = kCall;
  filtered.features = CGN_FEATURE_APDF;
  auto shared = kCall;
  shared.seen_outbound = shared.seen_inbound = CGN_SEEN_SHARED;
  auto fin = out("a FIN of a shared mapping goes as the control of its sessions, and the ALG sees it there", 21);
  fin.given = {shared};
  fin.in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 21, kFin | kAck).payload("QUIT\r\n");
  fin.out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(40000, 21, kFin | kAck).payload("QUIT\r\n");
  auto learned = out("a remote that filtering must learn is learned by what the slow path sends", 21);
  learned.given = {filtered};
  Row first{.says = "the SYN of a control connection is a first packet like any other",
            .granted = {kCall},
            .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 21, kSyn),
            .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(40000, 21, kSyn),
            .alg_ftp = true};
  return {punted(learned), punted(fin, CGN_OUTBOUND, CGN_PUNT_TCP_CONTROL),
          punted(first, CGN_OUTBOUND, CGN_PUNT_FIRST_PACKET)};
}

}  // namespace

std::vector<Row> alg_rows() {
  auto rows = of_clients();
  for (auto& row : of_servers()) rows.push_back(std::move(row));
  for (auto& row : of_others()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace cgn::test
