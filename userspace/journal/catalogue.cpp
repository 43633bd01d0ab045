// SPDX-License-Identifier: Apache-2.0
// What the closed files of a log directory say of themselves, in one small file beside them.
#include "journal/catalogue.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>
#include <vector>

#include "journal/day_files.hpp"
#include "journal/schema.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

// A tab between fields, a line a file: name, node name, then these numbers.
constexpr std::string_view kFirstLine = "cgn-catalogue 1";
constexpr std::size_t kNumbers = 15;
constexpr std::uintmax_t kMostBytes = 64 << 20;  // a thousand years of days: what is longer is no list of ours
using Numbers = std::array<std::int64_t, kNumbers>;
constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();

std::int64_t or_none(const std::optional<WallTime>& time) { return time ? to_ms(*time) : kNone; }

std::optional<WallTime> time_or_none(std::int64_t ms) {
  if (ms == kNone) return std::nullopt;
  return from_ms(ms);
}

Numbers numbers_of(const CatalogueEntry& entry) {
  const auto& [stamp, extent] = entry;
  const auto& header = extent.header;
  return {stamp.size,
          stamp.changed_ns,
          stamp.wal_size,
          stamp.wal_changed_ns,
          header.node_id,
          to_ms(header.opened),
          or_none(header.closed),
          static_cast<std::int64_t>(header.first_seq),
          std::chrono::duration_cast<std::chrono::milliseconds>(header.heartbeat).count(),
          static_cast<std::int64_t>(extent.last_seq),
          to_ms(extent.last_wall),
          extent.complete ? 1 : 0,
          to_ms(extent.reach),
          or_none(extent.stepped_low),
          or_none(extent.stepped_high)};
}

CatalogueEntry entry_of(const Numbers& n) {
  CatalogueEntry entry;
  entry.stamp = {n[0], n[1], n[2], n[3]};
  auto& extent = entry.extent;
  extent.header.node_id = static_cast<std::uint32_t>(n[4]);
  extent.header.opened = from_ms(n[5]);
  extent.header.closed = time_or_none(n[6]);
  extent.header.first_seq = static_cast<std::uint64_t>(n[7]);
  extent.header.heartbeat = std::chrono::milliseconds{n[8]};
  extent.last_seq = static_cast<std::uint64_t>(n[9]);
  extent.header.last_seq = extent.last_seq;
  extent.last_wall = from_ms(n[10]);
  extent.complete = n[11] != 0;
  extent.reach = from_ms(n[12]);
  extent.stepped_low = time_or_none(n[13]);
  extent.stepped_high = time_or_none(n[14]);
  return entry;
}

bool plain(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) >= ' '; });
}

// Takes what stands before the first separator off the front of the text, and the separator.
std::string_view take_field(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto field = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return field;
}

std::optional<std::pair<std::string_view, CatalogueEntry>> parse_line(std::string_view line) {
  const auto name = take_field(line, '\t');
  const auto node = take_field(line, '\t');
  Numbers numbers{};
  for (auto& number : numbers) {
    const auto field = take_field(line, '\t');
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
    if (error != std::errc{} || end != field.data() + field.size()) return std::nullopt;
  }
  auto entry = entry_of(numbers);
  entry.extent.header.node_name = node;
  return std::pair{name, std::move(entry)};
}

// The whole file, or nothing.
std::string read_whole(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error || size > kMostBytes) return {};
  std::string text(size, '\0');
  if (!std::ifstream{path, std::ios::binary}.read(text.data(), static_cast<std::streamsize>(size))) return {};
  return text;
}

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

Result<> write_whole(const fs::path& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd < 0) return fail_errno("make " + path.string());
  bool written = true;
  while (written && !text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    written = count > 0;
    if (written) text.remove_prefix(static_cast<std::size_t>(count));
  }
  const int code = written && ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (code != 0) return fail_errno("write " + path.string(), code);
  return {};
}

}  // namespace

bool FileStamp::is_of(const fs::path& path) const {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0 || found.st_size != size || nanoseconds(found.st_mtim) != changed_ns)
    return false;
  if (wal_size < 0) return true;
  return ::stat(wal_of(path).c_str(), &found) == 0 && found.st_size == wal_size &&
         nanoseconds(found.st_mtim) == wal_changed_ns;
}

std::optional<FileStamp> stamp_of(const fs::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  FileStamp stamp{.size = found.st_size, .changed_ns = nanoseconds(found.st_mtim)};
  if (::stat(wal_of(path).c_str(), &found) == 0) {
    stamp.wal_size = found.st_size;
    stamp.wal_changed_ns = nanoseconds(found.st_mtim);
  }
  return stamp;
}

bool read_catalogue(const fs::path& directory, const std::function<void(std::string_view, CatalogueEntry)>& take) {
  const auto text = read_whole(directory / kCatalogueName);
  std::string_view rest = text;
  if (take_field(rest, '\n') != kFirstLine) return false;
  for (;;) {
    const auto line = take_field(rest, '\n');
    if (line == "end") return true;
    auto entry = parse_line(line);
    if (!entry) return false;
    take(entry->first, std::move(entry->second));
  }
}

Result<> write_catalogue(const fs::path& directory, const Catalogue& catalogue) {
  fmt::memory_buffer text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "{}\n", kFirstLine);
  for (const auto& [name, entry] : catalogue) {
    if (!plain(name) || !plain(entry.extent.header.node_name)) continue;
    fmt::format_to(out, "{}\t{}\t{}\n", name, entry.extent.header.node_name, fmt::join(numbers_of(entry), "\t"));
  }
  fmt::format_to(out, "end\n");
  const auto path = directory / kCatalogueName;
  const fs::path unborn = path.string() + ".new";
  TRY_VOID(write_whole(unborn, {text.data(), text.size()}));
  if (::rename(unborn.c_str(), path.c_str()) != 0) return fail_errno("rename " + unborn.string());
  return {};
}

bool same_extent(const Header& listed, const Header& found) {
  return listed.node_id == found.node_id && listed.node_name == found.node_name && listed.opened == found.opened &&
         listed.closed == found.closed && listed.first_seq == found.first_seq && listed.last_seq == found.last_seq;
}

}  // namespace cgn::journal
