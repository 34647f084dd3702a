#include "server/service/tokens/known_tokens.h"

#include <catch2/catch.hpp>

namespace mpim {
namespace {

const Caller kAnn{UserId(1001), DeviceId(1)};
const Caller kAnnsPhone{UserId(1001), DeviceId(2)};

TEST_CASE("a token is known for a while after the store was asked", "[service][tokens]") {
  KnownTokens tokens(Millis(1'000));
  tokens.learn("a", kAnn, tokens.asking(Instant{5'000}));
  CHECK(tokens.find("a", Instant{6'000})->device == DeviceId(1));
  CHECK_FALSE(tokens.find("a", Instant{6'001}));
  CHECK_FALSE(tokens.find("b", Instant{5'000}));
  KnownTokens none(Millis(0));
  none.learn("a", kAnn, none.asking(Instant{5'000}));
  CHECK_FALSE(none.find("a", Instant{5'000}));
}

TEST_CASE("what is heard to have ended is not known any more", "[service][tokens]") {
  KnownTokens tokens(Millis(1'000));
  const Instant now{5'000};
  tokens.learn("a", kAnn, tokens.asking(now));
  tokens.learn("p", kAnnsPhone, tokens.asking(now));
  tokens.learn("b", Caller{UserId(1002), DeviceId(3)}, tokens.asking(now));
  tokens.end(UserId(1001), DeviceId(1));
  CHECK_FALSE(tokens.find("a", now));
  CHECK(tokens.find("p", now));
  tokens.end(UserId(1001), DeviceId());
  CHECK_FALSE(tokens.find("p", now));
  CHECK(tokens.find("b", now));
  tokens.end_all();
  CHECK_FALSE(tokens.find("b", now));
}

TEST_CASE("what ended while the store was asked is not learned", "[service][tokens]") {
  KnownTokens tokens(Millis(1'000));
  const KnownTokens::Asked asked = tokens.asking(Instant{5'000});
  tokens.end(UserId(1001), DeviceId(1));
  tokens.learn("a", kAnn, asked);
  CHECK_FALSE(tokens.find("a", Instant{5'000}));
}

}  // namespace
}  // namespace mpim
