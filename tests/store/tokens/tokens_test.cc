// Keys, refresh tokens, admin tokens, and the versions that end access tokens.
#include "server/store/tokens.h"

#include <catch2/catch.hpp>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

constexpr Millis kDay = std::chrono::hours(24);

SigningKey key(const std::string& kid, Timestamp made, Millis signs, Millis holds) {
  return {kid, "HS256", std::string("\0k\xFF", 3) + kid, made, made + signs, made + holds};
}

TEST_CASE("keys are kept as bytes until what they signed has ended, and outlive a crash",
          "[store][G19]") {
  Database db(GENERATE(from_range(backends())));
  const auto add = [&](const SigningKey& one) {
    return db.change([&](Store& s) -> Result<bool> {
      MPIM_CHECKED(s.tokens().add_key(one));
      return true;
    });
  };
  const SigningKey first = key("a", kNow, kDay, 2 * kDay);
  REQUIRE(add(first).ok());
  REQUIRE(add(key("b", kNow + kDay, kDay, 2 * kDay)).ok());
  db.crash_and_reopen();
  const auto keys = db.store().tokens().keys(kNow + kDay).value();
  REQUIRE(keys.size() == 2);
  CHECK(keys[0].kid == "b");
  CHECK(keys[1].secret == first.secret);
  CHECK(keys[1].ends_at == first.ends_at);
  CHECK(db.store().tokens().keys(kNow + 2 * kDay).value().size() == 1);
  REQUIRE(add(key("c", kNow + 2 * kDay, kDay, 2 * kDay)).ok());
  CHECK(db.store().tokens().keys(kNow).value().size() == 2);
}

TEST_CASE("there are so many keys and no more", "[store][G19]") {
  Database db;
  const auto add = [&](uint32_t number) {
    return db.change([&](Store& s) -> Result<bool> {
      MPIM_CHECKED(s.tokens().add_key(key(std::to_string(number), kNow, kDay, kDay)));
      return true;
    });
  };
  for (uint32_t i = 0; i < Tokens::kKeysMax; ++i) REQUIRE(add(i).ok());
  CHECK(add(Tokens::kKeysMax).error().code == Code::kLimit);
}

TEST_CASE("a version is raised by whatever ends a device's tokens", "[store][G19]") {
  Database db(GENERATE(from_range(backends())));
  const UserId bob = db.user("bob");
  const Device phone = db.device(bob, "phone");
  const Device web = db.device(bob, "web");
  const auto version = [&](const Device& device) {
    return db.store().tokens().device(device.id).value().version;
  };
  const auto change = [&](auto what) {
    REQUIRE(db.change([&](Store& s) -> Result<bool> {
                MPIM_CHECKED(what(s.accounts()));
                return true;
              }).ok());
  };
  CHECK(version(phone) == 0);
  change([&](Accounts& a) { return a.revoke_token(phone.id); });
  CHECK(version(phone) == 1);
  CHECK(version(web) == 0);
  change([&](Accounts& a) { return a.set_password(bob, "h"); });
  CHECK(version(phone) == 2);
  CHECK(version(web) == 1);
  change([&](Accounts& a) { return a.set_disabled(bob, true); });
  CHECK(version(web) == 2);
  CHECK(db.store().tokens().device(web.id)->disabled);
  change([&](Accounts& a) { return a.set_disabled(bob, false); });
  CHECK(version(web) == 2);
  change([&](Accounts& a) { return a.remove_device(bob, web.id); });
  CHECK(db.store().tokens().device(web.id).error().code == Code::kNotFound);
}

TEST_CASE("a family finds its device until its tokens end", "[store][G19]") {
  Database db(GENERATE(from_range(backends())));
  const Device phone = db.device(db.user("bob"), "phone");
  const auto change = [&](auto what) {
    REQUIRE(db.change([&](Store& s) -> Result<bool> {
                MPIM_CHECKED(what(s));
                return true;
              }).ok());
  };
  change([&](Store& s) { return s.tokens().set_refresh(phone.id, {"f", "one", kNow + kDay}); });
  const auto found = db.store().tokens().device_of_family("f");
  REQUIRE(found.ok());
  CHECK(found->device == phone.id);
  CHECK(found->device_name == "phone");
  CHECK(found->refresh_hash == "one");
  CHECK(found->refresh_expires_at == kNow + kDay);
  CHECK(db.store().tokens().device_of_family("g").error().code == Code::kNotFound);
  change([&](Store& s) { return s.accounts().revoke_token(phone.id); });
  CHECK(db.store().tokens().device_of_family("f").error().code == Code::kNotFound);
}

TEST_CASE("admin tokens are bounded, expire, and are revoked one by one", "[store][G19]") {
  Database db(GENERATE(from_range(backends())));
  const auto add = [&](const std::string& jti, Timestamp now) {
    return db.change([&](Store& s) -> Result<bool> {
      MPIM_CHECKED(s.tokens().add_admin({jti, "uid 0", now, now + kDay, {}}, 2));
      return true;
    });
  };
  REQUIRE(add("a", kNow).ok());
  REQUIRE(add("b", kNow).ok());
  CHECK(add("c", kNow).error().code == Code::kLimit);
  const auto revoke = [&](const std::string& jti) {
    return db.change([&](Store& s) -> Result<bool> {
      MPIM_CHECKED(s.tokens().revoke_admin(jti, kNow + Millis(5)));
      return true;
    });
  };
  REQUIRE(revoke("a").ok());
  CHECK(revoke("z").error().code == Code::kNotFound);
  CHECK(db.store().tokens().admin("a")->revoked_at == kNow + Millis(5));
  CHECK(db.store().tokens().admin("b")->revoked_at.ms == 0);
  CHECK(add("c", kNow + kDay).ok());
  CHECK(db.store().tokens().admin("a").error().code == Code::kNotFound);
}

}  // namespace
}  // namespace mpim::test
