// SPDX-License-Identifier: Apache-2.0
// The four lines of FTP that name an endpoint: found whole, found nowhere else, written anew.
#include <catch2/catch.hpp>

#include <random>
#include <string>

#include "alg/ftp.hpp"

namespace cgn::alg::ftp {
namespace {

constexpr Ipv4 kAlice = Ipv4::from_host(0x64400007);    // 100.64.0.7
constexpr Ipv4 kOutside = Ipv4::from_host(0xcb007101);  // 203.0.113.1

// The payload with the endpoint's text replaced; empty when there is none.
std::string rewritten(std::string payload, Side side, Endpoint instead = {kOutside, Port{40000}}) {
  const auto found = find_endpoint(payload, side);
  if (!found) return "";
  return payload.replace(found->begin, found->end - found->begin, text_of(*found, instead));
}

struct Line {
  Side side;
  std::string before, after;
};
const std::vector<Line> kLines{
    {Side::client, "PORT 100,64,0,7,19,137\r\n", "PORT 203,0,113,1,156,64\r\n"},
    {Side::client, "port  100,64,0,7,19,137 \r\n", "port  203,0,113,1,156,64 \r\n"},
    {Side::client, "PORT 100,64,0,7,19,137\n", "PORT 203,0,113,1,156,64\n"},
    {Side::client, "EPRT |1|100.64.0.7|5001|\r\n", "EPRT |1|203.0.113.1|40000|\r\n"},
    {Side::client, "Eprt !1!100.64.0.7!5001!\r\n", "Eprt !1!203.0.113.1!40000!\r\n"},
    {Side::server, "227 Entering Passive Mode (100,64,0,7,19,137).\r\n",
     "227 Entering Passive Mode (203,0,113,1,156,64).\r\n"},
    {Side::server, "227 =100,64,0,7,19,137\r\n", "227 =203,0,113,1,156,64\r\n"},
    {Side::server, "229 Entering Extended Passive Mode (|||5001|)\r\n",
     "229 Entering Extended Passive Mode (|||40000|)\r\n"},
};

}  // namespace

TEST_CASE("each of the four lines is found and written with another endpoint") {
  for (const auto& line : kLines) {
    INFO(line.before);
    const auto found = find_endpoint(line.before, line.side);
    REQUIRE(found);
    CHECK(found->port == (line.before.find("19,137") != std::string::npos ? Port{19 * 256 + 137} : Port{5001}));
    if (found->form != Form::port_alone) CHECK(found->address == kAlice);
    CHECK(rewritten(line.before, line.side) == line.after);
  }
}

TEST_CASE("a line is the right side's alone") {
  for (const auto& line : kLines) {
    INFO(line.before);
    CHECK_FALSE(find_endpoint(line.before, line.side == Side::client ? Side::server : Side::client));
  }
}

TEST_CASE("other lines before and behind are left alone, whatever they hold") {
  for (const auto& line : kLines) {
    const auto other = line.side == Side::client ? "USER alice\r\n" : "220 ready\r\n";
    CHECK(rewritten(other + line.before + other, line.side) == other + line.after + other);
  }
}

TEST_CASE("a line that the segment cuts, wherever, is not found") {
  int cuts = 0;
  for (const auto& line : kLines) {
    for (std::size_t at = 0; at < line.before.size(); ++at, ++cuts) {
      INFO(line.before.substr(0, at));
      CHECK_FALSE(find_endpoint(line.before.substr(0, at), line.side));
      if (at > 0) CHECK_FALSE(find_endpoint(line.before.substr(at), line.side));
    }
  }
  CHECK(cuts > 200);
}

TEST_CASE("what is not exactly such a line is none") {
  for (const auto* text : {"PORT\r\n",
                           "PORT \r\n",
                           "PORT100,64,0,7,19,137\r\n",
                           "PORT 100,64,0,7,19\r\n",
                           "PORT 100,64,0,7,19,137,1\r\n",
                           "PORT 100,64,0,256,19,137\r\n",
                           "PORT 100,64,0,7,19,1370\r\n",
                           "PORT 100.64.0.7,19,137\r\n",
                           "PORT -1,64,0,7,1,1\r\n",
                           "PORT 100,64,0,7,19,137 x\r\n",
                           "XPORT 100,64,0,7,19,137\r\n",
                           " PORT 100,64,0,7,19,137\r\n",
                           "PORT 100, 64,0,7,19,137\r\n",
                           "EPRT |2|2001:db8::1|5001|\r\n",
                           "EPRT |1|100.64.0.7|65536|\r\n",
                           "EPRT |1|100.64.0.7|5001\r\n",
                           "EPRT |1|100.64.0.7!5001|\r\n",
                           "EPRT 11100.64.0.7150011\r\n",
                           "EPRT |1|100.64.0|5001|\r\n",
                           "EPRT\r\n",
                           "EPRT ||100.64.0.7|5001|\r\n",
                           "EPRT |1|100.64.0.7.1|5001|\r\n",
                           "PORT 00000100,64,0,7,19,137\r\n"}) {
    INFO(text);
    CHECK_FALSE(find_endpoint(text, Side::client));
  }
  for (const auto* text :
       {"227 Entering Passive Mode\r\n", "227-(100,64,0,7,19,137)\r\n", "2270 (100,64,0,7,19,137)\r\n",
        "227 (100,64,0,7,19,137,4)\r\n", "229 (||6446|)\r\n", "229 (|||6446)\r\n", "229 (|||66446|)\r\n",
        "229 |||6446|\r\n", "229 (|||6446|\r\n", "229\r\n", "227\r\n"}) {
    INFO(text);
    CHECK_FALSE(find_endpoint(text, Side::server));
  }
}

TEST_CASE("a line beyond 512 bytes is left alone, and the one after it is still found") {
  const auto with = [](std::size_t length) {
    std::string line = "PORT 100,64,0,7,19,137";
    return line.append(length - line.size(), ' ') + "\r\n";
  };
  CHECK(find_endpoint(with(kLongestLine), Side::client));
  CHECK_FALSE(find_endpoint(with(kLongestLine + 1), Side::client));
  const auto found = find_endpoint(with(600) + "PORT 100,64,0,7,19,138\r\n", Side::client);
  REQUIRE(found);
  CHECK(found->port == Port{19 * 256 + 138});
}

TEST_CASE("whatever bytes come, what is found lies inside them and reads the same when written back") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  int found_any = 0;
  for (int n = 0; n < 20'000; ++n) {
    const auto& line = kLines[random() % kLines.size()];
    auto text = line.before + kLines[random() % kLines.size()].before;
    for (auto flips = random() % 4; flips > 0; --flips) text[random() % text.size()] = static_cast<char>(random());
    const auto found = find_endpoint(text, line.side);
    if (!found) continue;
    ++found_any;
    REQUIRE(found->begin < found->end);
    REQUIRE(found->end < text.size());
    const Endpoint end{found->address.value_or(kAlice), found->port};
    const auto again = find_endpoint(rewritten(text, line.side, end), line.side);
    REQUIRE(again);
    CHECK(again->port == found->port);
    CHECK(again->address == found->address);
  }
  CHECK(found_any > 2'000);
}

}  // namespace cgn::alg::ftp
