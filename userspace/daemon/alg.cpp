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

// What left changed once must leave so again, whatever stands before it in this segment: that line is looked for first.
std::size_t search_from(std::string_view payload, alg::Span segment, const alg::Stream& stream) {
  const auto pending = stream.pending();
  const bool inside = pending.begin != pending.end && alg::reaches(pending.begin, segment.begin) &&
                      alg::reaches(segment.end, pending.end);
  const auto newline = inside ? payload.rfind('\n', pending.begin - segment.begin) : std::string_view::npos;
  return newline == std::string_view::npos ? 0 : newline + 1;
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
  } else if (const auto peer =
                 parts_.translator.find_external(Proto::tcp, turning_point(punted.view, mapping), mapping.external)) {
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

  // Damaged bytes are nobody's: only their numbers move, and TCP sends them again.
  const bool damaged =
      view.payload > 0 && !view.fragment.is_fragment() && !packet::has_right_checksum(punted.frame, view);
  auto line = damaged ? Line{} : rewrite(punted, sender, now);
  if (line.verdict != CGN_VERDICT_CONTINUE) return {.verdict = line.verdict, .ticket = line.ticket};
  auto* const stream = connections.find(connection);
  if (stream == nullptr) return {};
  if (line.change && !admit_change(connection, *line.change, *stream)) line.change.reset();
  const auto number = stream->outward(segment, line.change.has_value());
  if (!number) return {.verdict = CGN_VERDICT_ALG_CUT};
  if (!damaged) stream->sent(segment);
  Outcome outcome;
  if (line.change) {
    const auto frame = packet::with_payload(punted.frame, view, line.change->in_payload, line.change->text);
    const auto* const header = punted.frame.data() - sizeof(cgn_punt);
    outcome.bytes.assign(header, header + sizeof(cgn_punt));
    outcome.bytes.insert(outcome.bytes.end(), frame.begin(), frame.end());
  }
  if (*number != segment.begin) packet::set_sequence(frame_of(outcome, punted), view, *number);
  return outcome;
}

// A new one is kept before it leaves; one that comes again is known.
bool Alg::admit_change(const ControlConnection& connection, const Change& change, alg::Stream& stream) {
  if (stream.may_change(change.bytes) == alg::Stream::May::again) return true;
  auto changed = stream;
  changed.change(change.bytes, change.growth());
  if (!parts_.connections.keep(connection, changed.adjustment())) return false;
  stream = changed;
  return true;
}

// The line that the gateway may rewrite, not yet with what.
std::optional<Alg::Change> Alg::find_change(const Punted& punted, const core::MappingView& sender,
                                            const alg::Stream& stream) {
  const auto payload = packet::payload_of(punted.frame, punted.view);
  const auto from = search_from(payload, span_of(punted), stream);
  const auto found = alg::ftp::find_endpoint(payload.substr(from), *side_of(punted, sender));
  if (!found || found->port < kLeastPort) return std::nullopt;
  if (found->address && *found->address != sender.internal.address) return std::nullopt;
  const auto first = span_of(punted).begin + static_cast<alg::Sequence>(from);
  return Change{
      .found = *found,
      .bytes = {first + static_cast<alg::Sequence>(found->begin), first + static_cast<alg::Sequence>(found->end)},
      .in_payload = {from + found->begin, from + found->end}};
}

Alg::Line Alg::rewrite(const Punted& punted, const core::MappingView& sender, const Now& now) {
  const auto& view = punted.view;
  if (!ftp_ || view.payload == 0 || view.fragment.is_fragment()) return {};
  const ControlConnection connection{sender.internal, view.destination};
  const auto before = *parts_.connections.find(connection);
  auto change = find_change(punted, sender, before);
  if (!change) return {};
  const auto may = before.may_change(change->bytes);
  const bool first = may == alg::Stream::May::yes;
  if (may == alg::Stream::May::never || (first && view.length > kLongestPacket)) return {};
  if (may == alg::Stream::May::later) return {.verdict = CGN_VERDICT_ALG_CUT};

  const auto side = *side_of(punted, sender);
  const auto remote = caller(punted, side);
  const auto decision = expect({.proto = Proto::tcp,
                                .internal = {{sender.internal.address, change->found.port}, sender.internal.realm},
                                .remote = remote,
                                .tcp = {}},
                               now);
  if (decision.verdict == CGN_VERDICT_HELD) {
    waiting_.emplace_back(connection, decision.ticket);
    return {.verdict = CGN_VERDICT_HELD, .ticket = decision.ticket};
  }
  if (decision.verdict != CGN_VERDICT_TRANSLATED) return {};
  const auto& data = *decision.mapping;
  // A 229 names no address: it means that of the control connection.
  const bool named = change->found.form != alg::ftp::Form::port_alone;
  if (!named && data.external.address != sender.external.address) return {};
  if (parts_.filter.admit(data, remote, now) != CGN_VERDICT_CONTINUE) return {};
  change->text = alg::ftp::text_of(change->found, data.external);
  if (first && view.length + change->growth() > static_cast<std::int32_t>(kLongestPacket)) return {};
  if (!first && change->growth() != before.growth()) return {.verdict = CGN_VERDICT_ALG_CUT};
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
