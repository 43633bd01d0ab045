// SPDX-License-Identifier: Apache-2.0
// The record, checked: has any row been changed, deleted, added or moved since it was written?
#include "journal/verify.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "journal/attestation.hpp"
#include "journal/day_files.hpp"
#include "journal/schema.hpp"
#include "journal/walk.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

struct Range {
  std::uint64_t first;
  std::uint64_t last;
};

class Verifier {
 public:
  explicit Verifier(const VerifyOptions& options) : options_{options} {}

  [[nodiscard]] Result<Verification> run() {
    TRY_VOID(list());
    take_heads();
    for (std::size_t i = 0; i < sources_.size(); ++i) examine(i);
    if (options_.day.empty()) {
      compare_with_notes();
      compare_newest();
    }
    return std::move(done_);
  }

 private:
  void say(const std::string& file, std::string what, Range range = {0, 0}) {
    done_.findings.push_back({file, range.first, range.last, std::move(what)});
  }
  [[nodiscard]] static std::string name_of(const Source& source) { return source.path().filename().string(); }

  Result<> list() {
    TRY(paths, list_day_files(options_.directory));
    for (const auto& path : paths) {
      if (!path.filename().string().starts_with(options_.day)) continue;
      if (auto source = Source::open(path)) {
        sources_.push_back(std::move(*source));
      } else {
        say(path.filename().string(), "the file cannot be read: " + source.error().what);
      }
    }
    std::ranges::sort(sources_, {}, [](const Source& s) { return s.header().first_seq; });
    if (sources_.empty() && done_.findings.empty())
      return fail(options_.directory.string() + " holds no such log file");
    return {};
  }

  // Those that the node signed; others are findings.
  void take_heads() {
    if (options_.keys == nullptr) return;
    for (auto& head : read_heads(options_.directory)) {
      if (options_.keys->confirms(head.key, head.signed_text, head.signature)) {
        heads_.push_back(std::move(head));
      } else if (!wrong_head_) {
        wrong_head_ = true;
        say(std::string{kHeadsName}, wrong_key(head.key), {head.seq, head.seq});
      }
    }
    std::ranges::sort(heads_, {}, &Head::seq);
  }

  [[nodiscard]] std::string wrong_key(const std::string& key) const {
    return options_.keys->holds(key) ? "the signature is wrong" : "signed with another key, " + key;
  }

  void examine(std::size_t index) {
    const auto& source = sources_[index];
    const auto& header = source.header();
    const bool last = index + 1 == sources_.size();
    const auto end = last ? std::numeric_limits<std::uint64_t>::max() : sources_[index + 1].header().first_seq;
    if (!last && end <= header.first_seq) say(name_of(source), "its rows stand in another file, too");
    const auto from = std::ranges::lower_bound(heads_, header.first_seq, {}, &Head::seq);
    const auto to = std::ranges::lower_bound(from, heads_.end(), end, {}, &Head::seq);
    const auto before = done_.findings.size();
    auto walked = walk(source, {end, std::span<const Head>{from, to}}, done_.findings);
    compare_with_previous(source, index);
    VerifiedFile file{.name = name_of(source),
                      .sealed = source.sealed(),
                      .first_seq = header.first_seq,
                      .last_seq = walked.last_seq,
                      .rows = walked.rows,
                      .last_link = walked.last_link ? hex_of(*walked.last_link) : std::string{}};
    done_.signed_seq = std::max(done_.signed_seq, walked.signed_seq);
    if (source.sealed() && options_.keys != nullptr) check_signature(source, file);
    if (!file.key.empty() && done_.findings.size() == before)
      done_.signed_seq = std::max(done_.signed_seq, file.last_seq);
    done_.rows += walked.rows;
    done_.last_seq = std::max(done_.last_seq, walked.last_seq);
    std::ranges::move(walked.notes, std::back_inserter(notes_));
    before_ = {walked.last_seq, walked.last_link};
    done_.files.push_back(std::move(file));
  }

  void compare_with_previous(const Source& source, std::size_t index) {
    const auto& header = source.header();
    const auto [last_seq, link] = before_;
    if (index == 0) {
      if (header.first_seq > 1) missing_.push_back({1, header.first_seq - 1});
      return;
    }
    if (last_seq + 1 < header.first_seq) {
      missing_.push_back({last_seq + 1, header.first_seq - 1});
      return;
    }
    if (link && header.previous_link != *link) {
      say(name_of(source),
          "it does not build on the last row of the file before: one of them was replaced or rewritten",
          {last_seq, header.first_seq});
    }
  }

  void check_signature(const Source& source, VerifiedFile& file) {
    auto read = read_attestation(attestation_of(source.path()));
    if (!read) {
      return say(file.name, read.error().what);
    }
    if (!*read) {
      return say(file.name, "its signature is missing");
    }
    const auto& signed_one = **read;
    if (!options_.keys->confirms(signed_one.key, signed_one.signed_text, signed_one.signature)) {
      return say(file.name, wrong_key(signed_one.key));
    }
    const auto digest = digest_of(source.path());
    if (!digest) return say(file.name, digest.error().what);
    const auto& header = source.header();
    const bool same_rows = signed_one.file == file.name && signed_one.node_id == header.node_id &&
                           signed_one.first_seq == header.first_seq && signed_one.last_seq == header.last_seq &&
                           signed_one.last_link == hex_of(header.last_link) &&
                           signed_one.previous_link == hex_of(header.previous_link);
    if (!same_rows) say(file.name, "it is not the file that was signed under this name");
    if (same_rows && signed_one.sha256 != *digest) say(file.name, "its bytes are not those that were signed");
    if (same_rows && signed_one.sha256 == *digest) file.key = signed_one.key;
    compare_signature_before(source, signed_one);
  }

  void compare_signature_before(const Source& source, const Attestation& here) {
    if (here.previous_signature.empty()) return;
    const auto before = read_attestation(attestation_of(sealed_name(source.path().parent_path() / here.previous)));
    if (!before || !*before || (*before)->signature == here.previous_signature) return;
    say(name_of(source), "the file before was signed anew since this one was: " + here.previous);
  }

  // Rows that are missing between files: deleted in order, lost and said so, or neither.
  void compare_with_notes() {
    std::vector<Range> told;
    for (const auto& row : notes_) {
      const auto detail = nlohmann::json::parse(row.detail, nullptr, false);
      if (!detail.is_object() || !detail.contains("last_seq") || !detail["last_seq"].is_number_unsigned()) continue;
      const auto first = detail.contains("first_seq") && detail["first_seq"].is_number_unsigned()
                             ? detail["first_seq"].get<std::uint64_t>()
                             : 1;
      told.push_back({first, detail["last_seq"].get<std::uint64_t>()});
    }
    std::ranges::sort(told, {}, &Range::first);
    for (auto range : missing_) {
      // At the beginning of the record the notes of what went first may have gone, too.
      const bool oldest = range.first == 1;
      for (const auto& one : told) {
        if (one.first <= range.first || (oldest && one.last >= range.first)) {
          range.first = std::max(range.first, one.last + 1);
        }
      }
      if (range.first <= range.last) say("", "a log file is missing, and no row says that it was deleted", range);
    }
  }

  // Rows that the node has signed and that are in no file.
  void compare_newest() {
    if (options_.keys == nullptr) return;
    if (!heads_.empty() && heads_.back().seq > done_.last_seq) {
      say(sources_.empty() ? "" : name_of(sources_.back()), "the newest rows are cut off: the node signed a later one",
          {done_.last_seq + 1, heads_.back().seq});
      return;
    }
    const bool unsigned_tail = !sources_.empty() && !sources_.back().sealed() && heads_.empty() && !wrong_head_;
    if (unsigned_tail)
      say(std::string{kHeadsName}, "no signed head: whether the newest rows are cut off cannot be told");
  }

  VerifyOptions options_;
  std::vector<Source> sources_;
  std::vector<Head> heads_;
  bool wrong_head_ = false;
  std::pair<std::uint64_t, std::optional<Link>> before_;
  std::vector<Row> notes_;
  std::vector<Range> missing_;
  Verification done_;
};

}  // namespace

Result<Verification> verify(const VerifyOptions& options) { return Verifier{options}.run(); }

}  // namespace cgn::journal
