// SPDX-License-Identifier: Apache-2.0
// The record, checked: has any row been changed, deleted, added or moved since it was written?
//
// What        Reads every row of every file in order, makes the chain anew and compares it with the links that the files keep,
//             with what the files say of each other, with the signatures of sealed files, and with the signed heads of the
//             file in use. Each finding says where: the file, and the rows between which it lies.
// Ownership   Reads only; works on a directory in use, on a dead one and on copies.
// Failure     A directory that cannot be read is an error; all else is a finding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cgn/result.hpp"
#include "journal/signing.hpp"

namespace cgn::journal {

struct Finding {
  std::string file{};
  std::uint64_t first_seq = 0;  // between these rows; zero: the file as a whole
  std::uint64_t last_seq = 0;
  std::string what{};
};

struct VerifiedFile {
  std::string name{};
  bool sealed = false;
  std::string key{};  // fingerprint of the key whose signature holds; empty: none
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t rows = 0;
  std::string last_link{};
};

struct Verification {
  std::vector<VerifiedFile> files{};
  std::vector<Finding> findings{};
  std::uint64_t rows = 0;
  std::uint64_t signed_seq = 0;  // the newest row that a signature vouches for
  std::uint64_t last_seq = 0;
};

struct VerifyOptions {
  std::filesystem::path directory{};
  std::string day{};              // only the files of this day, "2026-11-20"; empty: all of them
  const Keyring* keys = nullptr;  // none: signatures are not looked at
};

[[nodiscard]] Result<Verification> verify(const VerifyOptions&);

}  // namespace cgn::journal
