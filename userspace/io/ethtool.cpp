// SPDX-License-Identifier: Apache-2.0
// SIOCETHTOOL and its variable-length structures.
#include "io/ethtool.hpp"

#include <fmt/core.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace cgn::io {
namespace {

// ethtool's structures end in an array whose length the kernel tells; a vector of words is aligned for all of them.
class Buffer {
 public:
  explicit Buffer(std::size_t size) : words_((size + 7) / 8) {}
  template <class T>
  [[nodiscard]] T* as() {
    return reinterpret_cast<T*>(words_.data());
  }
  [[nodiscard]] std::byte* bytes() { return reinterpret_cast<std::byte*>(words_.data()); }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace

Result<Ethtool> Ethtool::open() {
  Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket) return fail_errno("open a socket for ethtool");
  return Ethtool{std::move(socket)};
}

int Ethtool::call(const std::string& interface, void* command) const {
  if (interface.size() >= IFNAMSIZ) return ENODEV;
  ifreq request{};
  std::memcpy(request.ifr_name, interface.c_str(), interface.size());
  request.ifr_data = static_cast<char*>(command);
  return ::ioctl(socket_.get(), SIOCETHTOOL, &request) < 0 ? errno : 0;
}

std::optional<unsigned> Ethtool::receive_channels(const std::string& interface) const {
  ethtool_channels channels{};
  channels.cmd = ETHTOOL_GCHANNELS;
  if (call(interface, &channels) != 0) return std::nullopt;
  // A combined channel receives, too; drivers count each queue in one of the two.
  const auto count = channels.rx_count + channels.combined_count;
  if (count == 0) return std::nullopt;
  return count;
}

Result<std::vector<std::string>> Ethtool::feature_names(const std::string& interface) const {
  Buffer info{sizeof(ethtool_sset_info) + sizeof(std::uint32_t)};
  info.as<ethtool_sset_info>()->cmd = ETHTOOL_GSSET_INFO;
  info.as<ethtool_sset_info>()->sset_mask = std::uint64_t{1} << ETH_SS_FEATURES;
  if (const int error = call(interface, info.as<void>())) {
    return fail_errno(fmt::format("count the offload features of {}", interface), error);
  }
  std::uint32_t count = 0;
  std::memcpy(&count, info.bytes() + sizeof(ethtool_sset_info), sizeof count);

  Buffer strings{sizeof(ethtool_gstrings) + std::size_t{count} * ETH_GSTRING_LEN};
  *strings.as<ethtool_gstrings>() = {.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES, .len = count};
  if (const int error = call(interface, strings.as<void>())) {
    return fail_errno(fmt::format("name the offload features of {}", interface), error);
  }
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto* name = reinterpret_cast<const char*>(strings.bytes() + sizeof(ethtool_gstrings) + i * ETH_GSTRING_LEN);
    names.emplace_back(name, ::strnlen(name, ETH_GSTRING_LEN));
  }
  return names;
}

Result<std::vector<Feature>> Ethtool::features(const std::string& interface) const {
  TRY(names, feature_names(interface));
  const auto words = static_cast<std::uint32_t>((names.size() + 31) / 32);
  Buffer buffer{sizeof(ethtool_gfeatures) + words * sizeof(ethtool_get_features_block)};
  *buffer.as<ethtool_gfeatures>() = {.cmd = ETHTOOL_GFEATURES, .size = words};
  if (const int error = call(interface, buffer.as<void>())) {
    return fail_errno(fmt::format("read the offload features of {}", interface), error);
  }
  std::vector<Feature> features;
  for (unsigned bit = 0; bit < names.size(); ++bit) {
    if (names[bit].empty()) continue;
    const auto& block = buffer.as<ethtool_gfeatures>()->features[bit / 32];
    const auto mask = std::uint32_t{1} << bit % 32;
    features.push_back({.name = names[bit],
                        .bit = bit,
                        .changeable = (block.available & mask) != 0 && (block.never_changed & mask) == 0,
                        .wanted = (block.requested & mask) != 0,
                        .active = (block.active & mask) != 0});
  }
  return features;
}

Result<> Ethtool::want(const std::string& interface, const Feature& feature, bool on) const {
  const std::uint32_t words = feature.bit / 32 + 1;
  // The kernel refuses a list of another length than its own, so the whole list is sent with one bit valid.
  TRY(names, feature_names(interface));
  const auto size = std::max(words, static_cast<std::uint32_t>((names.size() + 31) / 32));
  Buffer buffer{sizeof(ethtool_sfeatures) + size * sizeof(ethtool_set_features_block)};
  *buffer.as<ethtool_sfeatures>() = {.cmd = ETHTOOL_SFEATURES, .size = size};
  auto& block = buffer.as<ethtool_sfeatures>()->features[feature.bit / 32];
  block.valid = std::uint32_t{1} << feature.bit % 32;
  block.requested = on ? block.valid : 0;
  if (const int error = call(interface, buffer.as<void>())) {
    return fail_errno(fmt::format("switch {} {} on {}", feature.name, on ? "on" : "off", interface), error);
  }
  return {};
}

}  // namespace cgn::io
