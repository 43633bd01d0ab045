// SPDX-License-Identifier: Apache-2.0
// What the legal record is told beside blocks.
#include "daemon/record_notes.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <pwd.h>
#include <sys/timex.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "daemon/clock.hpp"

namespace cgn::daemon {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::uint64_t kNobodyWaits = 0;  // the recorder's tokens begin at 1
constexpr auto kClockEvery = std::chrono::hours{1};

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string sha256_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + size, ""));
}

// What is secret in the file must not be in the record, which others read.
Json change_of(const config::Change& change) {
  const bool secret = change.key.find("secret") != std::string::npos;
  return {{"key", change.key}, {"from", secret ? "(secret)" : change.from}, {"to", secret ? "(secret)" : change.to}};
}

}  // namespace

std::optional<ClockState> clock_state() {
  timex t{};
  const int state = ::adjtimex(&t);
  if (state < 0) return std::nullopt;
  const auto microseconds = [&](long value) { return (t.status & STA_NANO) != 0 ? value / 1000 : value; };
  return ClockState{.synchronised = state != TIME_ERROR && (t.status & STA_UNSYNC) == 0,
                    .offset_us = microseconds(t.offset),
                    .estimated_error_us = t.esterror,
                    .maximum_error_us = t.maxerror};
}

std::string name_of_user(unsigned uid) {
  std::array<char, 4096> space{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, space.data(), space.size(), &found) != 0 || found == nullptr) {
    return fmt::format("uid {}", uid);
  }
  return fmt::format("uid {} ({})", uid, found->pw_name);
}

void RecordNotes::append(NoteKind kind, std::string detail) {
  writer_.append(kNobodyWaits, Note{.kind = kind, .detail = std::move(detail), .at = now()},
                 journal::Unwritable::waits);
}

// Written beside and renamed: a disk that is full must not take the number that was there.
std::uint64_t RecordNotes::next_generation() {
  std::uint64_t last = 0;
  std::ifstream{generation_file_} >> last;
  generation_ = std::max(generation_, last) + 1;
  auto fresh = generation_file_;
  fresh += ".new";
  std::ofstream out{fresh};
  out << generation_ << "\n";
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(fresh, generation_file_, error);
  return generation_;
}

void RecordNotes::configuration(const std::string& by, const std::string& file, const std::string& text,
                                const ReloadReport* report) {
  Json detail = {{"by", by}, {"file", file}, {"generation", next_generation()}, {"sha256", sha256_of(text)}};
  if (report != nullptr) {
    detail["changed"] = Json::array();
    for (const auto& change : report->plan.live) detail["changed"].push_back(change_of(change));
  }
  append(NoteKind::configuration, text_of(detail));
}

Note RecordNotes::adoption(const AdoptionReport& report, bool same_boot) {
  const Json detail = {{"same_boot", same_boot},
                       {"blocks", report.blocks},
                       {"mappings", report.mappings},
                       {"blocks_refused", report.blocks_refused},
                       {"outbound_alone", report.outbound_alone},
                       {"inbound_alone", report.inbound_alone},
                       {"without_block", report.without_block}};
  return {.kind = NoteKind::adoption, .detail = text_of(detail), .at = now()};
}

void RecordNotes::look_at_clock(const Now& now) {
  const auto state = clock_state();
  if (!state) return;
  const bool changed = state->synchronised != was_synchronised_;
  if (clock_noted_ && !changed && now.mono - *clock_noted_ < kClockEvery) return;
  clock_noted_ = now.mono;
  was_synchronised_ = state->synchronised;
  append(NoteKind::clock, text_of({{"source", "adjtimex"},
                                   {"synchronised", state->synchronised},
                                   {"offset_us", state->offset_us},
                                   {"estimated_error_us", state->estimated_error_us},
                                   {"maximum_error_us", state->maximum_error_us}}));
}

}  // namespace cgn::daemon
