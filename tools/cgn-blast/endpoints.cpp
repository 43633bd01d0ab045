// SPDX-License-Identifier: Apache-2.0
// What the internet saw, as a table and as CSV.
#include "endpoints.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <fstream>
#include <set>

namespace cgn::blast {
namespace {

// RFC 3339, UTC, milliseconds.
std::string to_text(WallTime t) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(t);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(whole)),
                     (t - whole).count());
}

}  // namespace

void Endpoints::note(Endpoint external, Endpoint internal, WallTime at) {
  auto& rows = pairs_[{external, internal}];
  if (rows.empty() || at - rows.back().last > silence_) rows.push_back({.first = at, .last = at});
  ++rows.back().packets;
  rows.back().last = std::max(rows.back().last, at);
}

std::size_t Endpoints::subscribers() const {
  std::set<Ipv4> seen;
  for (const auto& [pair, rows] : pairs_) seen.insert(pair.second.address);
  return seen.size();
}

Result<> Endpoints::write_csv(const std::filesystem::path& path) const {
  std::ofstream out{path};
  out << "time_first,time_last,external_address,external_port,protocol,internal_address,internal_port,packets\n";
  for (const auto& [pair, rows] : pairs_) {
    const auto& [external, internal] = pair;
    for (const auto& row : rows) {
      out << fmt::format("{},{},{},{},udp,{},{},{}\n", to_text(row.first), to_text(row.last),
                         to_string(external.address), to_string(external.port), to_string(internal.address),
                         to_string(internal.port), row.packets);
    }
  }
  out.close();
  if (!out) return fail("write " + path.string());
  return {};
}

}  // namespace cgn::blast
