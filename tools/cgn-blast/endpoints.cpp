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
  auto [where, is_new] = rows_.try_emplace({external, internal}, Row{.first = at, .last = at});
  ++where->second.packets;
  where->second.last = std::max(where->second.last, at);
}

std::size_t Endpoints::subscribers() const {
  std::set<Ipv4> seen;
  for (const auto& [pair, row] : rows_) seen.insert(pair.second.address);
  return seen.size();
}

Result<> Endpoints::write_csv(const std::filesystem::path& path) const {
  std::ofstream out{path};
  out << "time_first,time_last,external_address,external_port,protocol,internal_address,internal_port,packets\n";
  for (const auto& [pair, row] : rows_) {
    const auto& [external, internal] = pair;
    out << fmt::format("{},{},{},{},udp,{},{},{}\n", to_text(row.first), to_text(row.last), to_string(external.address),
                       to_string(external.port), to_string(internal.address), to_string(internal.port), row.packets);
  }
  out.close();
  if (!out) return fail("write " + path.string());
  return {};
}

}  // namespace cgn::blast
