// SPDX-License-Identifier: Apache-2.0
// Both ends of the story `fragments`: datagrams larger than any link, cut by the kernel or by hand in every order.
//
//   fragment_peer echo ADDRESS PORT kernel|raw            echoes for ever; `raw` cuts its answers by hand, too
//   fragment_peer udp  FROM PORT TO PORT SIZE ROUNDS HOW [ID]   all echoes must be equal; ID: always this one.
//                      HOW: kernel, raw, or mixed: every second one cut by hand, the others small; torn: as mixed, but one of
//                      them is never whole
//   fragment_peer ping FROM TO SIZE ROUNDS                echo requests cut by hand
//   fragment_peer flood FROM TO SECONDS [FRAGMENTS]       later fragments of datagrams that never begin; FRAGMENTS: so many,
//                      evenly, instead of as fast as they go
//
// Failure     Exit code 1 when an answer is missing or differs, 2 when the machine refuses something.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

using Bytes = std::vector<unsigned char>;

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(2);
}

in_addr address_of(const char* text) {
  in_addr address{};
  if (inet_pton(AF_INET, text, &address) != 1) give_up(text);
  return address;
}

sockaddr_in endpoint(in_addr address, int port) {
  return {
      .sin_family = AF_INET, .sin_port = htons(static_cast<std::uint16_t>(port)), .sin_addr = address, .sin_zero = {}};
}

const sockaddr* any(const sockaddr_in& a) { return reinterpret_cast<const sockaddr*>(&a); }
sockaddr* any(sockaddr_in& a) { return reinterpret_cast<sockaddr*>(&a); }

void put16(Bytes& out, unsigned value) {
  out.push_back(static_cast<unsigned char>(value >> 8));
  out.push_back(static_cast<unsigned char>(value));
}

unsigned sum_of(std::span<const unsigned char> bytes, unsigned start = 0) {
  unsigned long total = start;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    total += static_cast<unsigned long>(bytes[i]) << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0);
  }
  while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
  return static_cast<unsigned>(total);
}

void set_sum(Bytes& data, std::size_t at, unsigned start) {
  const auto check = ~sum_of(data, start) & 0xffffu;
  data[at] = static_cast<unsigned char>(check >> 8);
  data[at + 1] = static_cast<unsigned char>(check);
}

Bytes udp_data(const sockaddr_in& from, const sockaddr_in& to, const Bytes& payload) {
  Bytes data;
  put16(data, ntohs(from.sin_port));
  put16(data, ntohs(to.sin_port));
  put16(data, static_cast<unsigned>(8 + payload.size()));
  put16(data, 0);
  data.insert(data.end(), payload.begin(), payload.end());
  Bytes pseudo(8);
  std::memcpy(pseudo.data(), &from.sin_addr, 4);
  std::memcpy(pseudo.data() + 4, &to.sin_addr, 4);
  put16(pseudo, IPPROTO_UDP);
  put16(pseudo, static_cast<unsigned>(data.size()));
  set_sum(data, 6, sum_of(pseudo));
  return data;
}

Bytes echo_data(unsigned identifier, unsigned sequence, const Bytes& payload) {
  Bytes data{ICMP_ECHO, 0, 0, 0};
  put16(data, identifier);
  put16(data, sequence);
  data.insert(data.end(), payload.begin(), payload.end());
  set_sum(data, 2, 0);
  return data;
}

// Sends IPv4 packets as they are given, apart from an identification of 0, instead of which the kernel writes its own.
class Raw {
 public:
  Raw() : socket_{::socket(AF_INET, SOCK_RAW, IPPROTO_RAW)} {
    if (socket_ < 0) give_up("raw socket");
  }
  struct Ends {
    in_addr from{}, to{};
    unsigned char proto = IPPROTO_UDP;
  };
  void piece(const Ends& ends, unsigned id, unsigned offset, bool more, std::span<const unsigned char> data) {
    iphdr ip{};
    ip.version = 4;
    ip.ihl = 5;
    ip.id = htons(static_cast<std::uint16_t>(id));
    ip.frag_off = htons(static_cast<std::uint16_t>(offset / 8 | (more ? 0x2000u : 0)));
    ip.ttl = 64;
    ip.protocol = ends.proto;
    ip.saddr = ends.from.s_addr;
    ip.daddr = ends.to.s_addr;
    Bytes packet(sizeof ip);
    std::memcpy(packet.data(), &ip, sizeof ip);
    packet.insert(packet.end(), data.begin(), data.end());
    const auto to = endpoint(ends.to, 0);
    while (::sendto(socket_, packet.data(), packet.size(), 0, any(to), sizeof to) < 0) {
      if (errno != ENOBUFS && errno != EAGAIN) give_up("send a fragment");
    }
  }
  // In four pieces, in the n-th of their 24 orders; or in three of the four.
  void datagram(const Ends& ends, unsigned id, unsigned n, const Bytes& data, unsigned pieces = 4) {
    std::array<unsigned, 4> order{0, 1, 2, 3};
    for (unsigned i = 0; i < n % 24; ++i) std::ranges::next_permutation(order);
    const auto step = (data.size() / 4 + 7) / 8 * 8;
    for (const auto i : std::span{order}.first(pieces)) {
      const auto begin = i * step, end = std::min(data.size(), begin + step);
      piece(ends, id, static_cast<unsigned>(begin), i < 3, std::span{data}.subspan(begin, end - begin));
    }
  }

 private:
  int socket_;
};

// No DF, so that the kernel cuts; answers are waited for, for a second.
int udp_socket(const sockaddr_in& at, bool patient) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  const int no_discovery = IP_PMTUDISC_DONT;
  const int room = 8 << 20;
  const timeval second{.tv_sec = 1, .tv_usec = 0};
  if (fd < 0 || ::bind(fd, any(at), sizeof at) != 0) give_up("bind");
  ::setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &no_discovery, sizeof no_discovery);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  if (patient) ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  return fd;
}

Bytes payload_of(std::size_t size, in_addr from, unsigned round) {
  Bytes payload(size);
  unsigned state = ntohl(from.s_addr) * 2654435761u + round;
  for (auto& byte : payload) byte = static_cast<unsigned char>((state = state * 1664525u + 1013904223u) >> 24);
  return payload;
}

int echo(const char* address, int port, bool raw) {
  const auto self = endpoint(address_of(address), port);
  const int fd = udp_socket(self, false);
  Raw out;
  Bytes room(65536);
  std::puts("ready");
  std::fflush(stdout);
  for (unsigned n = 0;; ++n) {
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto got = ::recvfrom(fd, room.data(), room.size(), 0, any(from), &size);
    if (got < 0) give_up("receive");
    const Bytes payload(room.begin(), room.begin() + got);
    if (raw && got > 64) {
      out.datagram({.from = self.sin_addr, .to = from.sin_addr}, n + 1, n, udp_data(self, from, payload));
    } else {
      (void)::sendto(fd, payload.data(), payload.size(), 0, any(from), size);
    }
  }
}

int report(unsigned answered, unsigned wrong, unsigned rounds) {
  std::printf("%u of %u answered, %u wrong\n", answered, rounds, wrong);
  return answered == rounds && wrong == 0 ? 0 : 1;
}

constexpr std::size_t kSmall = 48;  // the echo cuts only what is larger
// Mixed ones come no faster: four pieces of every second one are what a sender's own bucket lets through on any machine.
constexpr std::chrono::milliseconds kMixedPace{5};

struct Questions {
  sockaddr_in from{}, to{};
  std::size_t size = 0;
  unsigned rounds = 0;
  std::string how{};
  int id = -1;

  [[nodiscard]] bool is_mixed() const { return how == "mixed" || how == "torn"; }
  [[nodiscard]] bool by_hand(unsigned round) const { return how == "raw" || (is_mixed() && round % 2 == 1); }
  [[nodiscard]] bool torn(unsigned round) const { return how == "torn" && round == (rounds / 2 | 1U); }
  [[nodiscard]] std::size_t size_of(unsigned round) const { return is_mixed() && !by_hand(round) ? kSmall : size; }
};

int udp(const Questions& q) {
  const int fd = udp_socket(q.from, true);
  Raw out;
  Bytes room(65536);
  unsigned answered = 0, wrong = 0;
  for (unsigned n = 0; n < q.rounds; ++n) {
    if (q.is_mixed()) std::this_thread::sleep_for(kMixedPace);
    const auto payload = payload_of(q.size_of(n), q.from.sin_addr, n);
    if (q.by_hand(n)) {
      out.datagram({.from = q.from.sin_addr, .to = q.to.sin_addr}, q.id < 0 ? n + 1 : static_cast<unsigned>(q.id),
                   q.is_mixed() ? n / 2 : n, udp_data(q.from, q.to, payload), q.torn(n) ? 3 : 4);
    } else if (::sendto(fd, payload.data(), payload.size(), 0, any(q.to), sizeof q.to) < 0) {
      give_up("send");
    }
    const auto got = ::recv(fd, room.data(), room.size(), 0);
    if (got < 0) continue;
    ++answered;
    if (!std::ranges::equal(payload, std::span{room}.first(static_cast<std::size_t>(got)))) ++wrong;
  }
  return report(answered, wrong, q.rounds);
}

int ping(const char* from_text, const char* to_text, std::size_t size, unsigned rounds) {
  const auto from = address_of(from_text), to = address_of(to_text);
  const int fd = ::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  const timeval second{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  Raw out;
  Bytes room(65536);
  unsigned answered = 0, wrong = 0;
  for (unsigned n = 0; n < rounds; ++n) {
    const auto payload = payload_of(size, from, n);
    out.datagram({.from = from, .to = to, .proto = IPPROTO_ICMP}, n + 1, n, echo_data(4242, n, payload));
    const auto got = ::recv(fd, room.data(), room.size(), 0);
    if (got < 28 || room[20] != ICMP_ECHOREPLY) continue;
    ++answered;
    if (!std::ranges::equal(payload, std::span{room}.subspan(28, static_cast<std::size_t>(got) - 28))) ++wrong;
  }
  return report(answered, wrong, rounds);
}

int flood(const char* from, const char* to, int seconds, unsigned fragments) {
  using Clock = std::chrono::steady_clock;
  const Raw::Ends ends{.from = address_of(from), .to = address_of(to)};
  Raw out;
  const Bytes data(64);
  unsigned sent = 0;
  const auto begin = Clock::now();
  const std::chrono::nanoseconds all = std::chrono::seconds{seconds};
  while (fragments > 0 ? sent < fragments : Clock::now() < begin + all) {
    if (fragments > 0) std::this_thread::sleep_until(begin + all / fragments * sent);
    for (int i = 0; i < 64 && (fragments == 0 || sent < fragments); ++i, ++sent) {
      out.piece(ends, sent * 40503u, 8 + sent % 128 * 8, true, data);
    }
  }
  std::printf("%u fragments sent\n", sent);
  return 0;
}

int usage() {
  std::fputs("usage: the essay of fragment_peer.cpp\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "echo" && argc == 5) return echo(argv[2], std::atoi(argv[3]), std::string{argv[4]} == "raw");
  if (verb == "udp" && argc >= 9) {
    return udp({.from = endpoint(address_of(argv[2]), std::atoi(argv[3])),
                .to = endpoint(address_of(argv[4]), std::atoi(argv[5])),
                .size = static_cast<std::size_t>(std::atoi(argv[6])),
                .rounds = static_cast<unsigned>(std::atoi(argv[7])),
                .how = argv[8],
                .id = argc > 9 ? std::atoi(argv[9]) : -1});
  }
  if (verb == "ping" && argc == 6) {
    return ping(argv[2], argv[3], static_cast<std::size_t>(std::atoi(argv[4])),
                static_cast<unsigned>(std::atoi(argv[5])));
  }
  if (verb == "flood" && argc >= 5) {
    return flood(argv[2], argv[3], std::atoi(argv[4]), argc > 5 ? static_cast<unsigned>(std::atoi(argv[5])) : 0);
  }
  return usage();
}
