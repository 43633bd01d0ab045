// SPDX-License-Identifier: Apache-2.0
// The FTP gateway.
#include "daemon/alg.hpp"

#include <algorithm>

#include "daemon/turning_point.hpp"
#include "packet/segment.hpp"

namespace cgn::daemon {
namespace {

constexpr std::size_t kLongestPacket = 576;  // RFC 1122 section 3.3.3: what every path and receiver takes
constexpr Port kLeastPort{1024};

// Who sends it, if it is of a control connection at all (bpf/alg.h says which those are).
std::optional<alg::ftp::Side> side_of(const Punted& punted, const core::MappingView& sender) {
  using alg::ftp::kControl;
  if (punted.view.destination.port == kControl) return alg::ftp::Side::client;
  const bool server = sender.internal.port == kControl || sender.external.port == kControl;
  return server ? std::optional{alg::ftp::Side::server} : std::nullopt;
}

alg::Span span_of(const Punted& punted) {
  const auto begin = packet::sequence_of(punted.frame, punted.view);
  return {begin, begin + static_cast<alg::Sequence>(punted.view.payload)};
}

// The frame that leaves, behind its punt header.
std::span<std::byte> frame_of(Alg::Outcome& outcome, const Punted& punted) {
  if (outcome.bytes.empty()) {
    const auto* const begin = punted.frame.data() - sizeof(cgn_punt);
    outcome.bytes.assign(begin, punted.frame.data() + punted.frame.size());
  }
  return std::span{outcome.bytes}.subspan(sizeof(cgn_punt));
}

// Whom the data connection comes from: a server calls from port 20 as a rule, a client from any.
Endpoint caller(const Punted& punted, alg::ftp::Side side) {
  return {punted.view.destination.address, side == alg::ftp::Side::client ? alg::ftp::kData : Port{}};
}

}  // namespace

Alg::Outcome Alg::pass(const Punted& punted, const core::MappingView& mapping, const Now& now) {
  if (mapping.proto != Proto::tcp || punted.view.quote) return {};
  const auto direction = punted.header.direction;
  Outcome outcome;
  if (direction != CGN_INBOUND) outcome = outward(punted, mapping, now);
  if (outcome.verdict != CGN_VERDICT_CONTINUE || direction == CGN_OUTBOUND || parts_.connections.empty())
    return outcome;
  if (direction == CGN_INBOUND) {
    inward(punted, {mapping.internal, punted.view.source}, now, outcome);
  } else if (const auto peer = parts_.translator.find_external(Proto::tcp, turning_point(punted.view, mapping))) {
    inward(punted, {peer->internal, mapping.external}, now, outcome);
  }
  return outcome;
}

Alg::Outcome Alg::outward(const Punted& punted, const core::MappingView& sender, const Now& now) {
  const auto& view = punted.view;
  const ControlConnection connection{sender.internal, view.destination};
  if (view.syn) {
    parts_.connections.forget(connection);
    std::erase_if(waiting_, [&](const auto& w) { return w.first == connection; });
    return {};
  }
  if (!side_of(punted, sender)) return {};
  const auto segment = span_of(punted);
  auto& connections = parts_.connections;
  const auto* known = ftp_ ? connections.open(connection, segment.begin, now.mono) : connections.find(connection);
  if (known == nullptr) return {};
  connections.note(connection, view.fin || view.rst, now.mono);
  const auto waits = std::ranges::find(waiting_, connection, &std::pair<ControlConnection, core::BlockTicket>::first);
  if (waits != waiting_.end() && view.payload > 0) return {.verdict = CGN_VERDICT_HELD, .ticket = waits->second};

  auto line = rewrite(punted, sender, now);
  if (line.verdict != CGN_VERDICT_CONTINUE) return {.verdict = line.verdict, .ticket = line.ticket};
  auto* const stream = connections.find(connection);
  if (stream == nullptr) return {};
  if (line.change && stream->may_change(line.change->bytes) == alg::Stream::May::yes) {
    auto changed = *stream;
    changed.change(line.change->bytes, line.change->growth());
    if (connections.keep(connection, changed.adjustment())) {
      *stream = changed;
    } else {
      line.change.reset();
    }
  }
  const auto number = stream->outward(segment, line.change.has_value());
  if (!number) return {.verdict = CGN_VERDICT_ALG_CUT};
  stream->sent(segment);
  Outcome outcome;
  if (line.change) {
    const auto frame = packet::with_payload(punted.frame, view, line.change->in_payload, line.change->text);
    (void)frame_of(outcome, punted);
    outcome.bytes.resize(sizeof(cgn_punt));
    outcome.bytes.insert(outcome.bytes.end(), frame.begin(), frame.end());
  }
  if (*number != segment.begin) packet::set_sequence(frame_of(outcome, punted), view, *number);
  return outcome;
}

Alg::Line Alg::rewrite(const Punted& punted, const core::MappingView& sender, const Now& now) {
  using alg::ftp::Form;
  const auto& view = punted.view;
  if (!ftp_ || view.payload == 0 || view.fragment.is_fragment() || view.length > kLongestPacket) return {};
  const auto side = *side_of(punted, sender);
  const auto found = alg::ftp::find_endpoint(packet::payload_of(punted.frame, view), side);
  if (!found || found->port < kLeastPort) return {};
  if (found->address && *found->address != sender.internal.address) return {};
  const auto first = packet::sequence_of(punted.frame, view);
  Change change{
      .bytes = {first + static_cast<alg::Sequence>(found->begin), first + static_cast<alg::Sequence>(found->end)},
      .in_payload = {found->begin, found->end}};
  const ControlConnection connection{sender.internal, view.destination};
  const auto may = parts_.connections.find(connection)->may_change(change.bytes);
  if (may == alg::Stream::May::never || !packet::has_right_checksum(punted.frame, view)) return {};
  if (may == alg::Stream::May::later) return {.verdict = CGN_VERDICT_ALG_CUT};

  const auto decision = expect(
      {.proto = Proto::tcp, .internal = {sender.internal.address, found->port}, .remote = caller(punted, side)}, now);
  if (decision.verdict == CGN_VERDICT_HELD) {
    waiting_.emplace_back(connection, decision.ticket);
    return {.verdict = CGN_VERDICT_HELD, .ticket = decision.ticket};
  }
  if (decision.verdict != CGN_VERDICT_TRANSLATED) return {};
  const auto& data = *decision.mapping;
  // A 229 names no address: it means that of the control connection.
  if (found->form == Form::port_alone && data.external.address != sender.external.address) return {};
  if (parts_.filter.admit(data, caller(punted, side), now) != CGN_VERDICT_CONTINUE) return {};
  change.text = alg::ftp::text_of(*found, data.external);
  if (view.length + change.growth() > static_cast<std::int32_t>(kLongestPacket)) return {};
  const auto* const stream = parts_.connections.find(connection);
  if (stream == nullptr) return {};
  if (may == alg::Stream::May::again && change.growth() != stream->growth()) return {.verdict = CGN_VERDICT_ALG_CUT};
  return {.change = std::move(change)};
}

core::Decision Alg::expect(const core::Flow& flow, const Now& now) {
  const auto decision = parts_.translator.expect(flow, now, effects_);
  parts_.applier.apply(effects_, now);
  const bool known = decision.verdict == CGN_VERDICT_TRANSLATED && decision.known;
  if (known && !parts_.applier.read(*decision.mapping).outbound.present &&
      !parts_.applier.install(*decision.mapping, now.mono)) {
    return {.verdict = CGN_VERDICT_SLOW_PATH_ERROR};
  }
  return decision;
}

void Alg::inward(const Punted& punted, const ControlConnection& connection, const Now& now, Outcome& outcome) {
  const auto& view = punted.view;
  auto* const stream = parts_.connections.find(connection);
  if (stream == nullptr) return;
  parts_.connections.note(connection, view.fin || view.rst, now.mono);
  if (!view.ack || !stream->moved()) return;
  const auto number = packet::acknowledgement_of(punted.frame, view);
  const auto move = [stream](const packet::Block& held) -> std::optional<packet::Block> {
    const auto said = stream->inward(alg::Span{held.first, held.second});
    return said ? std::optional{packet::Block{said->begin, said->end}} : std::nullopt;
  };
  packet::set_acknowledgement(frame_of(outcome, punted), view, stream->inward(number), move);
  if (stream->acknowledged(number)) (void)parts_.connections.keep(connection, stream->adjustment());
}

void Alg::released(core::BlockTicket ticket) {
  std::erase_if(waiting_, [&](const auto& w) { return w.second == ticket; });
}

}  // namespace cgn::daemon
