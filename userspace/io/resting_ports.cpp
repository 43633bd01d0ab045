// SPDX-License-Identifier: Apache-2.0
// The ring of freed ports, in a file that outlives the process.
#include "io/resting_ports.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "io/fd.hpp"

namespace cgn::io {

// Shapes on disk, host byte order: the file never leaves the machine.
struct RestingPorts::Header {
  std::array<char, 8> magic;
  std::uint32_t capacity;
  std::uint32_t record_size;
  std::array<char, 40> boot_id;
  std::uint64_t count;  // ever remembered; the newest is number count - 1
};

struct RestingPorts::Record {
  std::uint32_t internal_address;
  std::uint32_t external_address;
  std::uint16_t internal_port;
  std::uint16_t external_port;
  std::uint32_t freed_at;
  std::uint32_t remote_address;
  std::uint16_t remote_port;
  std::uint8_t proto;
  std::uint8_t shared : 1;  // by connections: to the remote alone
  std::uint8_t realm : 7;   // of the internal end
};

namespace {

constexpr std::array<char, 8> kMagic{'c', 'g', 'n', 'r', 'e', 's', 't', '3'};

std::array<char, 40> padded(const std::string& boot_id) {
  std::array<char, 40> out{};
  std::copy_n(boot_id.begin(), std::min(boot_id.size(), out.size()), out.begin());
  return out;
}

MappedMemory copy_of(const std::filesystem::path& file, std::size_t size) {
  const Fd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat found {};
  const bool whole = fd && ::fstat(fd.get(), &found) == 0 && found.st_size == static_cast<off_t>(size);
  return whole ? MappedMemory::copy_of_file(fd.get(), size) : MappedMemory::anonymous(size);
}

// With all its room taken now: to write into a hole of a file on a full disk is no error that could be handled, it is SIGBUS.
// Empty when it cannot be; errno says why.
MappedMemory memory_of(const std::filesystem::path& file, std::size_t size) {
  const Fd fd{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return {};
  if (const int refused = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(size)); refused != 0) {
    errno = refused;
    return {};
  }
  return MappedMemory::of_file(fd.get(), size);
}

}  // namespace

RestingPorts::Header& RestingPorts::header() const { return *reinterpret_cast<Header*>(memory_.data()); }

RestingPorts::Record& RestingPorts::record(std::uint64_t number) const {
  return reinterpret_cast<Record*>(memory_.data() + sizeof(Header))[number % header().capacity];
}

Result<RestingPorts> RestingPorts::open(const std::filesystem::path& file, std::uint32_t capacity,
                                        const std::string& boot_id) {
  const auto size = sizeof(Header) + std::size_t{capacity} * sizeof(Record);
  auto memory = memory_of(file, size);
  if (!memory && errno == EROFS) {
    memory = copy_of(file, size);
  } else if (!memory && (errno == ENOSPC || errno == EDQUOT)) {
    memory = MappedMemory::anonymous(size);
  }
  if (!memory) return fail_errno("open " + file.string());

  RestingPorts ports{std::move(memory), false};
  auto& header = ports.header();
  const Header wanted{.magic = kMagic,
                      .capacity = capacity,
                      .record_size = sizeof(Record),
                      .boot_id = padded(boot_id),
                      .count = header.count};
  if (std::memcmp(&header, &wanted, sizeof header) != 0) {
    header = wanted;
    header.count = 0;
    ports.fresh_ = true;
  }
  return ports;
}

void RestingPorts::remember(const RestingPort& port) {
  auto& head = header();
  record(head.count) = {.internal_address = port.internal.address.host(),
                        .external_address = port.external.address.host(),
                        .internal_port = port.internal.port.value(),
                        .external_port = port.external.port.value(),
                        .freed_at = port.freed_at,
                        .remote_address = port.remote.value_or(Endpoint{}).address.host(),
                        .remote_port = port.remote.value_or(Endpoint{}).port.value(),
                        .proto = static_cast<std::uint8_t>(port.proto),
                        .shared = port.remote.has_value(),
                        .realm = static_cast<std::uint8_t>(port.internal.realm.value() & CGN_REALM_INTERNAL_MASK)};
  // The record before its number: a death between the two forgets a port whose mapping is still in the table.
  std::atomic_ref{head.count}.store(head.count + 1, std::memory_order_release);
}

RestingPorts::Past RestingPorts::since(Stamp start) const {
  const auto& head = header();
  const auto oldest = head.count > head.capacity ? head.count - head.capacity : 0;
  // What the ring has lost is older than its oldest record.
  const bool reaches_back = oldest == 0 || record(oldest).freed_at < start;
  Past past{.ports = {}, .complete = !fresh_ && reaches_back};
  for (auto number = oldest; number < head.count; ++number) {
    const auto& r = record(number);
    if (r.freed_at < start) continue;
    const Endpoint remote{Ipv4::from_host(r.remote_address), Port{r.remote_port}};
    past.ports.push_back({.proto = static_cast<Proto>(r.proto),
                          .internal = {{Ipv4::from_host(r.internal_address), Port{r.internal_port}}, RealmId{r.realm}},
                          .external = {Ipv4::from_host(r.external_address), Port{r.external_port}},
                          .remote = r.shared != 0 ? std::optional{remote} : std::nullopt,
                          .freed_at = r.freed_at});
  }
  return past;
}

}  // namespace cgn::io
