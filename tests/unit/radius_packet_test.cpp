// SPDX-License-Identifier: Apache-2.0
// Accounting requests by hand: what is taken, what is refused, what the answer is.
#include <catch2/catch.hpp>

#include <array>
#include <random>

#include "radius/accounting.hpp"
#include "radius/packet.hpp"
#include "radius/replies.hpp"
#include "unit/radius_draft.hpp"

namespace cgn::radius {
namespace {

using namespace std::chrono_literals;

std::vector<std::byte> bytes_of(const std::string& hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Draft start() {
  Draft draft;
  draft.number(40, 1).text(44, "0000A7").text(1, "C-1048213").number(8, 0x64400307).text(32, "bng-1");
  return draft;
}

Result<Accounting> read(Draft draft) {
  const auto bytes = draft.signed_with("secret");
  const auto packet = parse(bytes);
  REQUIRE(packet);
  return read_accounting(*packet, IdentityAttribute::user_name);
}

}  // namespace

TEST_CASE("a request is authentic if whoever made it knows the secret and nobody changed it since") {
  const auto request = start().signed_with("testing123");
  const auto packet = parse(request);
  REQUIRE(packet);
  CHECK(is_authentic(*packet, "testing123"));
  CHECK_FALSE(is_authentic(*packet, "testing124"));
  auto changed = request;
  changed.back() ^= std::byte{1};
  CHECK_FALSE(is_authentic(*parse(changed), "testing123"));
}

TEST_CASE("the response has the request's identifier and Proxy-State, in order, and its authenticator") {
  auto draft = start();
  draft.text(33, "first").text(33, "second");
  const auto request = draft.signed_with("secret", 77);
  const auto answer = response_to(*parse(request), "secret");
  CHECK(answer[0] == std::byte{5});
  CHECK(answer[1] == std::byte{77});
  CHECK(answer.size() == 20 + 7 + 8);
  const auto parsed = parse(answer);
  REQUIRE(parsed);
  REQUIRE(parsed->attributes.size() == 2);
  CHECK(printable(parsed->attributes[0].value) == "first");
  CHECK(printable(parsed->attributes[1].value) == "second");
  // RFC 2866 section 3: MD5(code, id, length, request authenticator, attributes, secret).
  auto hashed = answer;
  std::copy(request.begin() + 4, request.begin() + 20, hashed.begin() + 4);
  for (const char c : std::string_view{"secret"}) hashed.push_back(static_cast<std::byte>(c));
  std::array<std::byte, 16> expected{};
  unsigned size = 0;
  REQUIRE(EVP_Digest(hashed.data(), hashed.size(), reinterpret_cast<unsigned char*>(expected.data()), &size, EVP_md5(),
                     nullptr) == 1);
  CHECK(std::equal(expected.begin(), expected.end(), answer.begin() + 4));
}

TEST_CASE("what is no packet is none") {
  const auto good = start().signed_with("secret");
  CHECK_FALSE(parse({}));
  CHECK_FALSE(parse(Bytes{good}.first(19)));
  CHECK_FALSE(parse(Bytes{good}.first(good.size() - 1)));
  auto padded = good;
  padded.resize(good.size() + 7);
  REQUIRE(parse(padded));  // beyond the length it tells is padding
  CHECK(parse(padded)->bytes.size() == good.size());
  auto short_attribute = good;
  short_attribute[21] = std::byte{1};
  CHECK_FALSE(parse(short_attribute));
  auto long_attribute = good;
  long_attribute[21] = std::byte{255};
  CHECK_FALSE(parse(long_attribute));
  auto short_length = good;
  short_length[2] = std::byte{0};
  short_length[3] = std::byte{10};
  CHECK_FALSE(parse(short_length));
}

TEST_CASE("a start tells session, customer, address and NAS") {
  auto draft = start();
  draft.number(41, 5).number(9, 0xfffffff8).number(55, 1795158000).number(46, 60);
  const auto told = read(draft).value();
  CHECK(told.status == Status::start);
  CHECK(told.session == "0000A7");
  CHECK(told.identity == "C-1048213");
  CHECK(to_string(*told.address) == "100.64.3.7");
  CHECK(told.nas == "bng-1");
  CHECK(told.prefix_length == 29);
  CHECK(told.delay == 5s);
  CHECK(told.session_time == 60s);
  CHECK(told.event_time->time_since_epoch() == 1795158000s);
}

TEST_CASE("a malformed attribute is refused by name") {
  const auto complaint = [](Draft draft) { return read(std::move(draft)).error().what; };
  CHECK(complaint(Draft{}.text(44, "A")) == "there is no Acct-Status-Type");
  CHECK(complaint(Draft{}.number(40, 1)) == "there is no Acct-Session-Id");
  CHECK(complaint(start().number(8, 1)) == "attribute 8 comes twice");
  CHECK(complaint(start().text(41, "abc")) == "attribute 41 has 3 bytes instead of 4");
  CHECK(complaint(start().number(9, 0xff00ff00)) == "Framed-IP-Netmask is no netmask");
}

TEST_CASE("what is of no interest is told as such") {
  CHECK(read(Draft{}.number(40, 9)).value().status == Status::other);
  CHECK(read(Draft{}.number(40, 7)).value().status == Status::on);
  CHECK_FALSE(read(Draft{}.number(40, 1).text(44, "A").number(8, 0xffffffff)).value().address);
  CHECK_FALSE(read(Draft{}.number(40, 1).text(44, "A").number(8, 0xfffffffe)).value().address);
  CHECK(read(Draft{}.number(40, 7).number(4, 0xc0000201)).value().nas == "192.0.2.1");
}

TEST_CASE("text that is none goes to hexadecimal, and long text keeps apart what differs") {
  CHECK(printable(bytes_of("00ff")) == "0x00ff");
  const std::string a(80, 'a');
  const auto shown = [](const std::string& text) { return printable(std::as_bytes(std::span{text})); };
  const auto one = shown(a + "1");
  const auto two = shown(a + "2");
  CHECK(one.size() == 64);
  CHECK(one != two);
  CHECK(printable({}).empty());
}

TEST_CASE("no bytes upset the reader", "[property]") {
  const auto seed = Catch::rngSeed();
  CAPTURE(seed);
  std::mt19937 random{seed};
  const auto any = [&](unsigned below) { return std::uniform_int_distribution<unsigned>{0, below - 1}(random); };
  unsigned parsed = 0;
  unsigned read_whole = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = start().number(41, any(9)).signed_with("secret");
    for (unsigned n = any(4); n > 0; --n)
      bytes[any(static_cast<unsigned>(bytes.size()))] = static_cast<std::byte>(any(256));
    if (any(4) == 0) bytes.resize(any(static_cast<unsigned>(bytes.size())));
    const auto packet = parse(bytes);
    if (!packet) continue;
    ++parsed;
    const auto told = read_accounting(*packet, IdentityAttribute::user_name);
    if (!told) continue;
    ++read_whole;
    CHECK(told->identity.size() <= 64);
    CHECK(told->session.size() <= 64);
  }
  CHECK(parsed > 1'000);
  CHECK(read_whole > 1'000);
}

TEST_CASE("a repeated request is in the works, then answered, and fresh again when it came to nothing") {
  Replies replies;
  const auto bytes = start().signed_with("secret");
  const auto packet = parse(bytes);
  const auto key = Replies::key_of({Ipv4::from_host(0xc0000201), Port{1646}}, *packet);
  const Monotonic t{1h};
  CHECK(replies.take(key, t) == Replies::What::fresh);
  CHECK(replies.take(key, t) == Replies::What::in_the_works);
  replies.dropped(key);
  CHECK(replies.take(key, t) == Replies::What::fresh);
  replies.answered(key, response_to(*packet, "secret"));
  CHECK(replies.take(key, t + 1s) == Replies::What::answered);
  CHECK(*replies.answer(key) == response_to(*packet, "secret"));
  const auto other_port = Replies::key_of({Ipv4::from_host(0xc0000201), Port{1647}}, *packet);
  CHECK(replies.take(other_port, t + 1s) == Replies::What::fresh);
  CHECK(replies.take(key, t + Replies::kLife) == Replies::What::fresh);
}

}  // namespace cgn::radius
