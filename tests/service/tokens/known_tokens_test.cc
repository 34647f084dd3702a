#include "server/service/tokens/known_tokens.h"

#include <catch2/catch.hpp>

namespace mpim {
namespace {

const Caller kAnn{UserId(1001), DeviceId(1)};
const Caller kAnnsPhone{UserId(1001), DeviceId(2)};

TEST_CASE("a token is known for a while after the store was asked", "[service][tokens]") {
  KnownTokens tokens(Millis(1'000));
  tokens.learn("a", kAnn, tokens.asking(Instant{5'000}));
  CHECK(tokens.find(UserId(1001), "a", Instant{6'000})->device == DeviceId(1));
  CHECK_FALSE(tokens.find(UserId(1001), "a", Instant{6'001}));
  CHECK_FALSE(tokens.find(UserId(1001), "b", Instant{5'000}));
  KnownTokens none(Millis(0));
  none.learn("a", kAnn, none.asking(Instant{5'000}));
  CHECK_FALSE(none.find(UserId(1001), "a", Instant{5'000}));
}

TEST_CASE("what is heard to have ended is not known any more", "[service][tokens]") {
  KnownTokens tokens(Millis(1'000));
  const Instant now{5'000};
  tokens.learn("a", kAnn, tokens.asking(now));
  tokens.learn("p", kAnnsPhone, tokens.asking(now));
  tokens.learn("b", Caller{UserId(1002), DeviceId(3)}, tokens.asking(now));
  tokens.end(UserId(1001), DeviceId(1));
  CHECK_FALSE(tokens.find(UserId(1001), "a", now));
  CHECK(tokens.find(UserId(1001), "p", now));
  tokens.end(UserId(1001), DeviceId());
  CHECK_FALSE(tokens.find(UserId(1001), "p", now));
  CHECK(tokens.find(UserId(1002), "b", now));
  tokens.end_all();
  CHECK_FALSE(tokens.find(UserId(1002), "b", now));
}

TEST_CASE("as many tokens are known as may be, the newest of them", "[service][tokens]") {
  KnownTokens tokens(Millis(1'000));
  const Instant now{5'000};
  const auto learn = [&](uint64_t number) {
    tokens.learn(std::to_string(number), Caller{UserId(number), DeviceId(1)}, tokens.asking(now));
  };
  const auto knows = [&](uint64_t number) {
    return tokens.find(UserId(number), std::to_string(number), now).has_value();
  };
  for (uint64_t number = 1; number < KnownTokens::kMax; ++number) learn(number);
  CHECK(knows(1));
  learn(KnownTokens::kMax);
  CHECK_FALSE(knows(1));
  CHECK(knows(KnownTokens::kMax));
}

TEST_CASE("a token that is not good says nothing of another", "[service][tokens]") {
  KnownTokens tokens(Millis(1'000));
  const Instant now{5'000};
  const KnownTokens::Asked asked = tokens.asking(now);
  tokens.learn("a", kAnn, asked);
  tokens.forget(UserId(1001), "a");
  CHECK_FALSE(tokens.find(UserId(1001), "a", now));
  tokens.learn("b", kAnn, asked);
  CHECK(tokens.find(UserId(1001), "b", now));
}

TEST_CASE("what ended while the store was asked is not learned", "[service][tokens]") {
  KnownTokens tokens(Millis(1'000));
  const KnownTokens::Asked asked = tokens.asking(Instant{5'000});
  tokens.end(UserId(1001), DeviceId(1));
  tokens.learn("a", kAnn, asked);
  CHECK_FALSE(tokens.find(UserId(1001), "a", Instant{5'000}));
}

}  // namespace
}  // namespace mpim
