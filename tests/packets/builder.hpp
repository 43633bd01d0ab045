// SPDX-License-Identifier: Apache-2.0
// Frames for tests, written layer by layer.
//
// What        Frame{}.eth(from, to).vlan(100).ipv4(alice, web).udp(5000, 53).payload("query") is a whole frame: every
//             length and checksum is filled in by bytes(). Setters of faults (version(), total_length(), cut_to(), ...)
//             come on top of that and lie exactly where they are told to.
// Ownership   A value. Converts to Bytes by itself, so that a row may hold either.
// Failure     None. Independent of the code under test on purpose: it includes nothing of userspace/, and sums
//             checksums by division instead of by folding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cgn/net.hpp"

namespace cgn::test {

using Bytes = std::vector<std::byte>;

inline constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kPsh = 0x08, kAck = 0x10;

class Frame {
 public:
  // --- link layer ----------------------------------------------------------------------------------------------------
  Frame& eth(const Mac& source, const Mac& destination);
  Frame& vlan(unsigned vid, std::uint16_t tpid = 0x8100);  // outermost first
  Frame& type(std::uint16_t ethertype);                    // instead of IPv4's; then only payload() follows

  // --- IPv4 ----------------------------------------------------------------------------------------------------------
  Frame& ipv4(Ipv4 source, Ipv4 destination);
  Frame& ttl(std::uint8_t);
  Frame& tos(std::uint8_t);
  Frame& options(unsigned words);  // no-operation options, 4 bytes each
  Frame& options(const Bytes&);    // these, and end-of-list up to a whole word
  Frame& option(const Bytes&);     // one more behind those
  Frame& identification(std::uint16_t);
  Frame& dont_fragment();
  Frame& fragment(unsigned offset_in_bytes, bool more);
  Frame& protocol(std::uint8_t);  // of a payload that is none of the transports below

  // --- transport -----------------------------------------------------------------------------------------------------
  Frame& udp(unsigned source_port, unsigned destination_port);
  Frame& udp_without_checksum(unsigned source_port, unsigned destination_port);
  Frame& tcp(unsigned source_port, unsigned destination_port, std::uint8_t flags);
  Frame& tcp_options(unsigned words);        // no-operation options, 4 bytes each
  Frame& tcp_options(const Bytes& options);  // these, filled up to whole words with END
  Frame& sequence(std::uint32_t);
  Frame& acknowledge(std::uint32_t);  // the number that goes with kAck
  Frame& window(std::uint16_t);
  Frame& udplite(unsigned source_port, unsigned destination_port);
  Frame& covered(unsigned bytes);  // by the checksum of UDP-Lite, from its header on; 0 = all
  Frame& dccp(unsigned source_port, unsigned destination_port, std::uint8_t type = 2);
  Frame& short_numbers();                                        // of DCCP: a header of 12 bytes instead of 16
  Frame& sctp(unsigned source_port, unsigned destination_port);  // its chunks are the payload
  Frame& echo_request(unsigned identifier, unsigned sequence = 1);
  Frame& echo_reply(unsigned identifier, unsigned sequence = 1);
  Frame& timestamp_request(unsigned identifier, unsigned sequence = 1);  // its three times are the payload
  Frame& timestamp_reply(unsigned identifier, unsigned sequence = 1);
  // Type and code with a zero second word; the payload is the quote.
  Frame& icmp(std::uint8_t type, std::uint8_t code);
  Frame& pointer(unsigned);       // of a parameter problem
  Frame& quote_words(unsigned);   // RFC 4884: the quote's length, extensions follow it
  Frame& next_hop_mtu(unsigned);  // RFC 1191, of an icmp(3, 4)
  Frame& payload(std::string_view text);
  Frame& payload(const Bytes&);
  Frame& payload_of(std::size_t size);  // that many bytes, a pattern

  // --- lies ----------------------------------------------------------------------------------------------------------
  Frame& version(unsigned);
  Frame& ihl(unsigned words);
  Frame& total_length(unsigned);
  Frame& udp_length(unsigned);
  Frame& data_offset(unsigned words);                 // of TCP and DCCP
  Frame& wrong_transport_checksum(std::uint16_t by);  // off by this much, in ones' complement
  Frame& wrong_header_checksum(std::uint16_t by);
  Frame& padding(std::size_t size, std::uint8_t fill = 0);  // after the IPv4 packet
  Frame& cut_to(std::size_t size);                          // the frame ends here

  [[nodiscard]] Bytes bytes() const;
  [[nodiscard]] Bytes packet() const;         // without the link header and padding: what an ICMP error quotes
  operator Bytes() const { return bytes(); }  // NOLINT(google-explicit-constructor): see Ownership

 private:
  enum class Transport { none, udp, tcp, icmp, udplite, dccp, sctp };
  struct Tag {
    std::uint16_t tpid, vid;
  };

  [[nodiscard]] Bytes link_header() const;
  [[nodiscard]] Bytes transport_header() const;
  [[nodiscard]] Bytes ipv4_header(std::size_t data_size) const;
  [[nodiscard]] Bytes dccp_header() const;
  static void set_sctp_checksum(Bytes& packet);
  void sum_transport(Bytes& segment) const;

  Mac source_mac_{}, destination_mac_{};
  std::vector<Tag> tags_;
  std::uint16_t type_ = 0x0800;

  bool is_ipv4_ = false;
  Ipv4 source_{}, destination_{};
  std::uint8_t ttl_ = 64, tos_ = 0, protocol_ = 253;  // 253: for experimentation, RFC 3692
  Bytes options_;
  std::uint16_t identification_ = 0x4321;
  std::uint16_t fragment_ = 0;

  Transport transport_ = Transport::none;
  unsigned first_ = 0, second_ = 0;  // ports, identifier and sequence, type and code
  std::uint8_t icmp_type_ = 0, icmp_code_ = 0, flags_ = 0;
  Bytes tcp_options_;
  std::uint32_t sequence_ = 0x01020304, acknowledged_ = 0x0a0b0c0d;
  std::uint16_t window_ = 0xfaf0;
  bool summed_ = true;
  unsigned covered_ = 0;
  bool short_numbers_ = false;
  Bytes payload_;

  std::optional<unsigned> version_, ihl_, total_length_, udp_length_, data_offset_;
  std::uint16_t transport_error_ = 0, header_error_ = 0;
  std::size_t padding_ = 0;
  std::uint8_t padding_fill_ = 0;
  std::optional<std::size_t> cut_;
};

// An ARP packet as the payload of a frame of type 0x0806. operation: 1 request, 2 reply.
struct Arp {
  std::uint16_t operation = 1;
  Mac sender_mac{};
  Ipv4 sender{};
  Mac target_mac{};
  Ipv4 target{};
  [[nodiscard]] Bytes bytes() const;
};

// The frame with zero bytes behind it, up to Ethernet's minimum of 60.
[[nodiscard]] Bytes padded(Bytes frame);

// Sixteen bytes a line, for the message of a failed comparison.
[[nodiscard]] std::string hex(const Bytes&);

}  // namespace cgn::test
