// SPDX-License-Identifier: Apache-2.0
// Numbers around one change, edge by edge.
#include <catch2/catch.hpp>

#include "alg/sequence.hpp"

namespace cgn::alg {
namespace {

// "PORT 100,64,0,7,1,1": bytes 1005 to 1019 of a stream that began at 1000 leave three longer.
Stream changed(Sequence base = 1000, std::int32_t growth = 3) {
  Stream stream{base};
  REQUIRE(stream.may_change({base + 5, base + 19}) == Stream::May::yes);
  stream.change({base + 5, base + 19}, growth);
  stream.sent({base, base + 21});
  return stream;
}

}  // namespace

TEST_CASE("bytes before a change keep their number, bytes behind it are moved", "[RFC9293]") {
  for (const Sequence base : {1000U, 0xfffffff8U, 0x7ffffff8U}) {
    auto stream = changed(base);
    CHECK(stream.outward({base, base + 5}) == base);
    CHECK(stream.outward({base, base + 21}, true) == base);
    CHECK(stream.outward({base + 19, base + 21}) == base + 22);
    CHECK(stream.outward({base + 21, base + 21}) == base + 24);
    CHECK(stream.outward({base + 21, base + 40}) == base + 24);
  }
}

TEST_CASE("a segment with part of the change, or with all of it as it was, has no number") {
  auto stream = changed();
  CHECK_FALSE(stream.outward({1000, 1006}, true));
  CHECK_FALSE(stream.outward({1000, 1018}, true));
  CHECK_FALSE(stream.outward({1006, 1021}, true));
  CHECK_FALSE(stream.outward({1018, 1040}));
  CHECK_FALSE(stream.outward({1000, 1021}));
}

TEST_CASE("an acknowledgement never points into the change", "[RFC9293]") {
  for (const std::int32_t growth : {-4, 0, 3}) {
    auto stream = changed(1000, growth);
    const auto end = 1019 + static_cast<Sequence>(growth);
    CHECK(stream.inward(1000U) == 1000);
    CHECK(stream.inward(1005U) == 1005);
    for (auto inside = Sequence{1006}; inside < end; ++inside) CHECK(stream.inward(inside) == 1005);
    CHECK(stream.inward(end) == 1019);
    CHECK(stream.inward(end + 2) == 1021);
  }
}

TEST_CASE("a change is settled when all of it is acknowledged, and then one offset is left") {
  auto stream = changed();
  CHECK_FALSE(stream.acknowledged(1021));
  CHECK_FALSE(stream.adjustment().settled());
  CHECK(stream.acknowledged(1022));
  CHECK(stream.adjustment() == Adjustment{.position = 1019, .length = 0, .before = 3, .after = 3});
  CHECK_FALSE(stream.acknowledged(1030));
  CHECK(stream.inward(1030U) == 1027);
  CHECK(stream.outward({1006, 1018}) == 1009);
}

TEST_CASE("a change waits for the one before it, and comes never to bytes that left as they were") {
  auto stream = changed();
  CHECK(stream.may_change({1005, 1019}) == Stream::May::again);
  CHECK(stream.may_change({1026, 1040}) == Stream::May::later);
  CHECK(stream.may_change({1019, 1021}) == Stream::May::never);
  REQUIRE(stream.acknowledged(1024));
  CHECK(stream.may_change({1005, 1019}) == Stream::May::never);
  CHECK(stream.may_change({1026, 1040}) == Stream::May::yes);
  stream.sent({1021, 1041});
  CHECK(stream.may_change({1026, 1040}) == Stream::May::never);
}

TEST_CASE("offsets add up over the changes of a connection") {
  auto stream = changed();
  REQUIRE(stream.acknowledged(1024));
  stream.change({1026, 1040}, -5);
  CHECK(stream.outward({1021, 1026}) == 1024);
  CHECK(stream.outward({1041, 1050}) == 1039);
  CHECK(stream.inward(1043U - 5U) == 1040);
}

TEST_CASE("blocks that the remote holds are moved, and those that cut the change are not said", "[RFC2018]") {
  auto stream = changed();
  CHECK(stream.inward(Span{1000, 1005}) == Span{1000, 1005});
  CHECK(stream.inward(Span{1000, 1022}) == Span{1000, 1019});
  CHECK(stream.inward(Span{1022, 1024}) == Span{1019, 1021});
  CHECK_FALSE(stream.inward(Span{1000, 1010}));
  CHECK_FALSE(stream.inward(Span{1010, 1024}));
}

TEST_CASE("a daemon that comes after goes on with the same numbers, and changes nothing that was sent") {
  auto stream = changed();
  Stream next{stream.adjustment()};
  CHECK(next.moved());
  CHECK(next.outward({1021, 1040}) == 1024);
  CHECK(next.may_change({1005, 1019}) == Stream::May::again);
  REQUIRE(next.acknowledged(1024));
  CHECK(next.may_change({1010, 1020}) == Stream::May::never);
  CHECK(next.may_change({1026, 1040}) == Stream::May::yes);
}

}  // namespace cgn::alg
