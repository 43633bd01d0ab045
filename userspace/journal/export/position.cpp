// SPDX-License-Identifier: Apache-2.0
// How far a collector has got.
#include "journal/export/position.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace cgn::journal {

std::optional<std::uint64_t> Position::read() const {
  std::ifstream in{file_};
  if (!in) return std::nullopt;
  std::string word;
  std::uint64_t seq = 0;
  return in >> word >> seq && word == "next" ? std::max<std::uint64_t>(seq, 1) : 1;
}

Result<> Position::write(std::uint64_t next_seq) const {
  std::error_code error;
  std::filesystem::create_directories(file_.parent_path(), error);
  const auto fresh = file_.string() + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return fail_errno("write " + fresh);
  const auto text = fmt::format("next {}\n", next_seq);
  const bool written =
      ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fdatasync(fd) == 0;
  const int code = written ? 0 : errno;
  ::close(fd);
  if (!written) return fail_errno("write " + fresh, code);
  if (::rename(fresh.c_str(), file_.c_str()) != 0) return fail_errno("rename " + fresh);
  return {};
}

}  // namespace cgn::journal
