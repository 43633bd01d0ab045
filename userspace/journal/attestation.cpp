// SPDX-License-Identifier: Apache-2.0
// What the node signs: a statement about a sealed file, and heads of the file in use.
#include "journal/attestation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "journal/day_files.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kVersion = "1";
constexpr std::string_view kSignature = "signature: ";

std::string text_of(const Attestation& s) {
  return fmt::format(
      "cgn-seal: {}\nfile: {}\nnode: {}\nnode_name: {}\nfirst_seq: {}\nlast_seq: {}\nprevious_link: {}\nlast_link: {}\n"
      "sha256: {}\nprevious: {}\nprevious_signature: {}\nkey: {}\n",
      kVersion, s.file, s.node_id, s.node_name, s.first_seq, s.last_seq, s.previous_link, s.last_link, s.sha256,
      s.previous, s.previous_signature, s.key);
}

Result<> write_synced(const fs::path& path, std::string_view text, int flags) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0640);
  if (fd < 0) return fail_errno("open " + path.string());
  const auto written = ::write(fd, text.data(), text.size());
  const bool whole = written == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int code = whole ? 0 : (written >= 0 && errno == 0 ? ENOSPC : errno);
  ::close(fd);
  if (code != 0) return fail_errno("write " + path.string(), code);
  return {};
}

Result<> replace(const fs::path& path, std::string_view text) {
  const fs::path unborn = path.string() + ".sealing";
  TRY_VOID(write_synced(unborn, text, O_TRUNC));
  if (::rename(unborn.c_str(), path.c_str()) != 0) return fail_errno("rename " + unborn.string());
  return sync_directory(path.parent_path());
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string whole_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string signed_text_of(const Head& head) {
  return fmt::format("head {} {} {} {} {}", head.node_id, head.seq, head.link, head.wall_ms, head.key);
}

std::optional<Head> parse_head(const std::string& line) {
  std::istringstream words{line};
  std::string word, node, seq, wall, more;
  Head head;
  words >> word >> node >> seq >> head.link >> wall >> head.key >> head.signature;
  const bool read = word == "head" && read_number(node, head.node_id) && read_number(seq, head.seq) &&
                    read_number(wall, head.wall_ms) && !head.signature.empty() && !(words >> more);
  if (!read) return std::nullopt;
  head.signed_text = signed_text_of(head);
  return head;
}

}  // namespace

fs::path attestation_of(const fs::path& sealed) { return sealed.string() + ".sig"; }

Result<> write_attestation(const fs::path& path, Attestation attestation, const SigningKey& key) {
  attestation.key = key.fingerprint();
  const auto text = text_of(attestation);
  TRY(signature, key.sign(text));
  return replace(path, text + std::string{kSignature} + signature + "\n");
}

Result<std::optional<Attestation>> read_attestation(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return std::optional<Attestation>{};
  const auto text = whole_file(path);
  const auto last = text.rfind(kSignature);
  const auto none = [&] { return fail(path.string() + " is no signed statement"); };
  if (last == std::string::npos || !text.ends_with('\n')) return none();
  Attestation attestation;
  attestation.signed_text = text.substr(0, last);
  attestation.signature = text.substr(last + kSignature.size(), text.size() - last - kSignature.size() - 1);
  std::map<std::string, std::string> values;
  std::istringstream lines{attestation.signed_text};
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) return none();
    values[line.substr(0, colon)] = line.substr(colon + 2);
  }
  attestation.file = values["file"];
  attestation.node_name = values["node_name"];
  attestation.previous_link = values["previous_link"];
  attestation.last_link = values["last_link"];
  attestation.sha256 = values["sha256"];
  attestation.previous = values["previous"];
  attestation.previous_signature = values["previous_signature"];
  attestation.key = values["key"];
  const bool read = values["cgn-seal"] == kVersion && read_number(values["node"], attestation.node_id) &&
                    read_number(values["first_seq"], attestation.first_seq) &&
                    read_number(values["last_seq"], attestation.last_seq) &&
                    text_of(attestation) == attestation.signed_text;
  if (!read) return none();
  return std::optional{std::move(attestation)};
}

Result<> append_head(const fs::path& directory, const Head& head, const SigningKey& key) {
  auto named = head;
  named.key = key.fingerprint();
  const auto text = signed_text_of(named);
  TRY(signature, key.sign(text));
  return write_synced(directory / kHeadsName, text + " " + signature + "\n", O_APPEND);
}

std::vector<Head> read_heads(const fs::path& directory) {
  std::vector<Head> heads;
  std::istringstream lines{whole_file(directory / kHeadsName)};
  for (std::string line; std::getline(lines, line);) {
    if (auto head = parse_head(line)) heads.push_back(std::move(*head));
  }
  return heads;
}

Result<> drop_heads_before(const fs::path& directory, std::uint64_t seq) {
  const auto heads = read_heads(directory);
  std::string text;
  for (const auto& head : heads) {
    if (head.seq >= seq) text += head.signed_text + " " + head.signature + "\n";
  }
  return replace(directory / kHeadsName, text);
}

}  // namespace cgn::journal
