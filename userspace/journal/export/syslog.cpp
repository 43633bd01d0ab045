// SPDX-License-Identifier: Apache-2.0
// Events as lines of syslog.
#include "journal/export/syslog.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cgn/realm.hpp"

namespace cgn::journal {
namespace {

// Facility local0; severities informational and warning.
constexpr int kInformational = 16 * 8 + 6, kWarning = 16 * 8 + 4;
// RFC 5612: the number for documentation, until the project has one of its own.
constexpr std::string_view kId = "cgn@32473";
// What Junos names its own structured data.
constexpr std::string_view kJunosId = "junos@2636.1.1.1.2.129";

std::string stamp(WallTime t) {
  const auto ms = t.time_since_epoch().count();
  const auto part = ((ms % 1000) + 1000) % 1000;
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(static_cast<std::time_t>((ms - part) / 1000)), part);
}

// RFC 5424 section 6.3.3: '"', '\' and ']' are escaped.
std::string quoted(std::string_view text) {
  std::string out{'"'};
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == ']') out += '\\';
    out += c;
  }
  return out + '"';
}

// HOSTNAME: printable, at most 255, never empty.
std::string_view host_of(const Event& e) { return e.mark.node_name.empty() ? "-" : std::string_view{e.mark.node_name}; }

std::string_view message_id(RowKind row) {
  switch (row) {
    case RowKind::continued: return "PBA_INTERIM";
    case RowKind::heartbeat: return "HEARTBEAT";
    case RowKind::start: return "START";
    case RowKind::stop: return "STOP";
    case RowKind::opened: return "OPENED";
    case RowKind::complete: return "COMPLETE";
    case RowKind::clock_step: return "CLOCK_STEP";
    case RowKind::allocated: return "PBA_ALLOC";
    case RowKind::released: return "PBA_RELEASE";
    case RowKind::configuration: return "CONFIGURATION";
    case RowKind::deterministic: return "DETERMINISTIC";
    case RowKind::identity: return "IDENTITY";
    case RowKind::adoption: return "ADOPTION";
    case RowKind::clock: return "CLOCK";
    case RowKind::deletion: return "DELETION";
    case RowKind::hold: return "HOLD";
    case RowKind::gap: return "GAP";
  }
  return "ROW";  // of a later version
}

std::string_view message_id(const Event& e) {
  switch (e.kind) {
    case EventKind::addresses_exhausted: return "ADDRESSES_EXHAUSTED";
    case EventKind::session_created: return "SESSION_CREATE";
    case EventKind::session_deleted: return "SESSION_DELETE";
    case EventKind::mapping_created: return "MAPPING_CREATE";
    case EventKind::mapping_deleted: return "MAPPING_DELETE";
    case EventKind::ports_exhausted: return "PORTS_EXHAUSTED";
    case EventKind::quota_exceeded: return "QUOTA_EXCEEDED";
    case EventKind::threshold_reached: return "THRESHOLD";
    case EventKind::block_allocated:
    case EventKind::block_released:
    case EventKind::block_continued:
    case EventKind::other_row: break;
  }
  return message_id(e.row);
}

bool is_notice(EventKind k) {
  return k == EventKind::addresses_exhausted || k == EventKind::ports_exhausted || k == EventKind::quota_exceeded ||
         k == EventKind::threshold_reached;
}

bool is_block(EventKind k) {
  return k == EventKind::block_allocated || k == EventKind::block_released || k == EventKind::block_continued;
}

// A single address stands without its length.
std::string subscriber_of(const Event& e) {
  return e.subscriber.length() == 32 ? to_string(e.subscriber.address()) : to_string(e.subscriber);
}

std::string marks_of(const Event& e) {
  auto out = fmt::format("{} node=\"{}\" boot={}", kId, e.mark.node_id, quoted(e.mark.boot));
  if (e.mark.seq != 0) out += fmt::format(" seq=\"{}\"", e.mark.seq);
  return out;
}

std::string own_words(const Event& e) {
  if (is_block(e.kind)) {
    auto out = fmt::format(" internal=\"{}\" realm={} external=\"{}\" ports=\"{}\" pool={}", subscriber_of(e),
                           quoted(shown_realm(e.realm)), to_string(e.external), to_string(e.ports), quoted(e.pool));
    if (e.kind != EventKind::block_allocated) out += fmt::format(" allocated=\"{}\"", stamp(e.allocated));
    if (!e.user.empty()) out += fmt::format(" id={}", quoted(e.user));
    return out;
  }
  if (about_session(e.kind)) {
    auto out = fmt::format(" proto=\"{}\" internal=\"{}\" realm={} external=\"{}\"", to_string(e.proto),
                           to_string(Endpoint{e.subscriber.address(), e.internal_port}), quoted(shown_realm(e.realm)),
                           to_string(Endpoint{e.external, e.external_port}));
    const bool session = e.kind == EventKind::session_created || e.kind == EventKind::session_deleted;
    if (session) out += fmt::format(" remote=\"{}\"", to_string(e.remote));
    return out;
  }
  std::string out;
  if (e.row == RowKind::identity) {
    out += fmt::format(" internal=\"{}\" realm={}", subscriber_of(e), quoted(shown_realm(e.realm)));
  }
  if (is_notice(e.kind) && e.subscriber != Prefix{}) out += fmt::format(" internal=\"{}\"", subscriber_of(e));
  if (is_notice(e.kind) && !e.pool.empty()) out += fmt::format(" pool={}", quoted(e.pool));
  if (!e.detail.empty()) out += fmt::format(" detail={}", quoted(e.detail));
  return out;
}

std::string rfc5424(const Event& e) {
  const bool notice = is_notice(e.kind);
  auto line = fmt::format("<{}>1 {} {} cgnd - {} [{}{}]", notice ? kWarning : kInformational, stamp(e.at), host_of(e),
                          message_id(e), marks_of(e), own_words(e));
  if (!e.text.empty()) line += " " + e.text;
  return line;
}

// The counts of blocks are of no row: 0 stands for "not told".
std::optional<std::string> junos(const Event& e) {
  if (!is_block(e.kind)) return std::nullopt;
  const bool interim = e.kind == EventKind::block_continued;
  const auto id = e.kind == EventKind::block_allocated  ? "RT_SRC_NAT_PBA_ALLOC"
                  : e.kind == EventKind::block_released ? "RT_SRC_NAT_PBA_RELEASE"
                                                        : "RT_SRC_NAT_PBA_INTERIM";
  const auto epoch = (interim ? e.allocated : e.at).time_since_epoch().count() / 1000;
  return fmt::format(
      "<{}>1 {} {} RT_NAT - {} [{} internal-ip=\"{}\" block-used=\"0\" block-max-per-host=\"0\" block-port-low=\"{}\" "
      "block-port-high=\"{}\" reflexive-ip=\"{}\" nat-pool-name={} logical-system-id=\"0\" epoch-time-64=\"{:x}\"][{}]",
      kInformational, stamp(e.at), host_of(e), id, kJunosId, subscriber_of(e), to_string(e.ports.first),
      to_string(e.ports.last), to_string(e.external), quoted(e.pool), epoch, marks_of(e));
}

// The words end the line, as its readers expect; the marks stand in PROCID (boot) and MSGID (seq).
std::optional<std::string> nfware(const Event& e) {
  const bool created = e.kind == EventKind::block_allocated || e.kind == EventKind::mapping_created ||
                       e.kind == EventKind::session_created;
  std::string words = fmt::format("{} VRF {}", created ? 'A' : 'D', number_of(e.realm));
  if (e.kind == EventKind::block_allocated || e.kind == EventKind::block_released) {
    words += fmt::format(" INT {} EXT {}:{}", subscriber_of(e), to_string(e.external), to_string(e.ports));
  } else if (about_session(e.kind)) {
    words += fmt::format(" {} INT {} EXT {}", static_cast<int>(e.proto),
                         to_string(Endpoint{e.subscriber.address(), e.internal_port}),
                         to_string(Endpoint{e.external, e.external_port}));
    const bool session = e.kind == EventKind::session_created || e.kind == EventKind::session_deleted;
    if (session) words += fmt::format(" DST {} DIR OUT", to_string(e.remote));
  } else {
    return std::nullopt;
  }
  return fmt::format("<{}>1 {} {} cgnd {} {} - {}", kInformational, stamp(e.at), host_of(e),
                     e.mark.boot.empty() ? "-" : e.mark.boot, e.mark.seq == 0 ? "-" : std::to_string(e.mark.seq),
                     words);
}

}  // namespace

std::optional<std::string> syslog_line(const Event& e, SyslogFormat format) {
  switch (format) {
    case SyslogFormat::rfc5424: return rfc5424(e);
    case SyslogFormat::junos: return junos(e);
    case SyslogFormat::nfware: return nfware(e);
  }
  return std::nullopt;  // not reached: the enum is closed
}

std::string counted(const std::string& line) { return fmt::format("{} {}", line.size(), line); }

}  // namespace cgn::journal
