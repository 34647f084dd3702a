#include <catch2/catch.hpp>

#include "server/service/login_guard.h"

using namespace mpim;

namespace {

constexpr LoginGuardOptions kOptions{.attempts_max = 3,
                                     .address_attempts_max = 3,
                                     .window = Millis(1'000),
                                     .lockout = Millis(500),
                                     .entries_max = 4};

Code code_of(const Result<void>& result) {
  return result.ok() ? Code::kInternal : result.error().code;
}

}  // namespace

TEST_CASE("the last allowed failure locks a name out from every address", "[service][P12]") {
  LoginGuard guard(kOptions);
  guard.failed("bob", "10.0.0.1", {0});
  guard.failed("bob", "10.0.0.2", {10});
  CHECK(guard.may_try("bob", "10.0.0.3", {20}).ok());
  guard.failed("bob", "10.0.0.3", {20});

  const Result<void> refused = guard.may_try("bob", "10.0.0.4", {120});
  REQUIRE(code_of(refused) == Code::kLockedOut);
  CHECK(refused.error().retry_ms == 400);
  CHECK(guard.may_try("carol", "10.0.0.4", {120}).ok());
  CHECK(guard.may_try("bob", "10.0.0.4", {520}).ok());
}

TEST_CASE("an address that tries many names is locked out for all of them", "[service][P12]") {
  LoginGuard guard(kOptions);
  for (const char* name : {"a", "b", "c"}) guard.failed(name, "10.0.0.1", {0});
  CHECK(code_of(guard.may_try("d", "10.0.0.1", {1})) == Code::kLockedOut);
  CHECK(guard.may_try("d", "10.0.0.2", {1}).ok());
}

TEST_CASE("failures older than the window are forgotten", "[service][P12]") {
  LoginGuard guard(kOptions);
  guard.failed("bob", "x", {0});
  guard.failed("bob", "x", {10});
  guard.failed("bob", "x", {1'000});
  CHECK(guard.may_try("bob", "x", {1'001}).ok());
}

TEST_CASE("a good log-in forgives the name and not the address", "[service][P12]") {
  LoginGuard guard(kOptions);
  guard.failed("bob", "x", {0});
  guard.failed("bob", "x", {0});
  guard.succeeded("bob");
  guard.failed("bob", "x", {1});
  CHECK(guard.may_try("bob", "y", {2}).ok());
  CHECK(code_of(guard.may_try("bob", "x", {2})) == Code::kLockedOut);
}

TEST_CASE("the table is bounded: the oldest is forgotten first", "[service][P12]") {
  LoginGuard guard(kOptions);
  for (int i = 0; i < 3; ++i) guard.failed("bob", "x", {0});
  REQUIRE(code_of(guard.may_try("bob", "z", {1})) == Code::kLockedOut);
  for (const char* name : {"c", "d", "e"}) guard.failed(name, "y", {1});
  CHECK(guard.may_try("bob", "z", {1}).ok());
}

TEST_CASE("wrong passwords for one name do not lock out who shares its address", "[service][P12]") {
  LoginGuard guard({.attempts_max = 3, .address_attempts_max = 5});
  for (int i = 0; i < 3; ++i) guard.failed("bob", "10.0.0.1", {0});
  CHECK(code_of(guard.may_try("bob", "10.0.0.1", {1})) == Code::kLockedOut);
  CHECK(guard.may_try("carol", "10.0.0.1", {1}).ok());
  for (int i = 0; i < 2; ++i) guard.failed("dave", "10.0.0.1", {1});
  CHECK(code_of(guard.may_try("carol", "10.0.0.1", {2})) == Code::kLockedOut);
}

TEST_CASE("an address may register so often in a minute, and again in the next", "[service][P12]") {
  LoginGuard guard({.registrations_per_minute = 2});
  CHECK(guard.may_register("10.0.0.1", {0}).ok());
  CHECK(guard.may_register("10.0.0.1", {10'000}).ok());
  const Result<void> refused = guard.may_register("10.0.0.1", {20'000});
  REQUIRE(code_of(refused) == Code::kRateLimited);
  CHECK(refused.error().retry_ms == 40'000);
  CHECK(guard.may_register("10.0.0.2", {20'000}).ok());
  CHECK(guard.may_try("bob", "10.0.0.1", {20'000}).ok());
  CHECK(guard.may_register("10.0.0.1", {60'000}).ok());
  LoginGuard open({.registrations_per_minute = 0});
  for (int i = 0; i < 1'000; ++i) REQUIRE(open.may_register("10.0.0.1", {0}).ok());
}

TEST_CASE("the addresses of one IPv6 network count together, and IPv4's each by itself",
          "[service][P12]") {
  LoginGuard guard({.registrations_per_minute = 1});
  CHECK(guard.may_register("2001:db8:1:2::1", {0}).ok());
  CHECK(code_of(guard.may_register("2001:db8:1:2:ffff::7", {0})) == Code::kRateLimited);
  CHECK(guard.may_register("2001:db8:1:3::1", {0}).ok());
  CHECK(guard.may_register("::ffff:10.0.0.1", {0}).ok());
  CHECK(guard.may_register("::ffff:10.0.0.2", {0}).ok());
  CHECK(guard.may_register("10.0.0.3", {0}).ok());
}

TEST_CASE("other limits hold for what is counted already, and nobody is let out",
          "[service][O30]") {
  LoginGuard guard(kOptions);
  guard.failed("bob", "10.0.0.1", {0});
  LoginGuardOptions strict = kOptions;
  strict.attempts_max = 2;
  strict.lockout = Millis(900);
  guard.follow(strict);
  guard.failed("bob", "10.0.0.2", {10});
  CHECK(guard.may_try("bob", "10.0.0.3", {20}).error().retry_ms == 890);
  guard.follow(kOptions);
  CHECK(code_of(guard.may_try("bob", "10.0.0.3", {900})) == Code::kLockedOut);
}
