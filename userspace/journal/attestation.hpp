// SPDX-License-Identifier: Apache-2.0
// What the node signs: a statement about a sealed file, and heads of the file in use.
//
// What        Plain text, so that openssl alone can verify it. A statement is the file NAME.sig beside a sealed file: lines
//             "key: value", and the last line "signature: BASE64" over all the lines before it. It names the file, its rows,
//             its last link, the SHA-256 of its bytes, and the signature of the file before it: a file cannot be replaced
//             without all later ones. Heads are lines of the file `heads`, "head NODE SEQ LINK TIME KEY BASE64", each signed
//             up to and with KEY: the newest rows cannot be cut off unnoticed.
// Failure     What is torn or of another version is no attestation.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cgn/time.hpp"
#include "journal/record.hpp"
#include "journal/signing.hpp"

namespace cgn::journal {

struct Attestation {
  std::string file{};  // its sealed name
  std::uint32_t node_id = 0;
  std::string node_name{};
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::string previous_link{};  // in hex, like all hashes here
  std::string last_link{};
  std::string sha256{};
  std::string previous{};            // name of the file before, empty for the first
  std::string previous_signature{};  // empty when that has none
  std::string key{};                 // fingerprint
  std::string signed_text{};         // as read
  std::string signature{};
};

[[nodiscard]] std::filesystem::path attestation_of(const std::filesystem::path& sealed);
// Signs and writes it, durable with the directory.
[[nodiscard]] Result<> write_attestation(const std::filesystem::path& path, Attestation, const SigningKey&);
// Nothing when there is no file; an error when there is one that is none.
[[nodiscard]] Result<std::optional<Attestation>> read_attestation(const std::filesystem::path&);

struct Head {
  std::uint32_t node_id = 0;
  std::uint64_t seq = 0;
  std::string link{};
  std::int64_t wall_ms = 0;
  std::string key{};
  std::string signed_text{};
  std::string signature{};
};

inline constexpr std::string_view kHeadsName = "heads";
[[nodiscard]] Result<> append_head(const std::filesystem::path& directory, const Head&, const SigningKey&);
// In the order of the file. A torn last line is passed over: a crash may leave one.
[[nodiscard]] std::vector<Head> read_heads(const std::filesystem::path& directory);
// Leaves only those from this row on.
[[nodiscard]] Result<> drop_heads_before(const std::filesystem::path& directory, std::uint64_t seq);

}  // namespace cgn::journal
