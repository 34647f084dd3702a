// Tokens over a whole UserService: who is given them, what ends them.
#include "server/service/tokens/grant.h"
#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

Result<Caller> who(ServiceRig& rig, const std::string& token) {
  return rig.ask<Caller>([&](auto reply) { rig.users.who(token, std::move(reply)); });
}
Result<TokenPair> sign_in(ServiceRig& rig, const std::string& name,
                          const std::string& password = "password") {
  return rig.ask<TokenPair>([&](auto reply) {
    rig.users.sign_in(named(name), password, {"10.0.0.1", {"web"}}, std::move(reply));
  });
}
Result<TokenPair> refresh(ServiceRig& rig, const std::string& token) {
  return rig.ask<TokenPair>([&](auto reply) { rig.users.refresh(token, std::move(reply)); });
}
template <class T>
Code refused(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().code;
}

}  // namespace

TEST_CASE("a password buys an access token and a refresh token, and ends no session",
          "[service][G20]") {
  ServiceRig rig;
  const LoggedIn line = *rig.enroll("bob", "password", "web");
  const Result<TokenPair> pair = sign_in(rig, "bob");
  REQUIRE(pair.ok());
  CHECK(pair->user == line.user);
  CHECK(pair->device == line.device);
  CHECK(pair->device_name == "web");
  CHECK(pair->access_s == 900);
  CHECK(rig.bus.all<DeviceReplaced>().empty());
  CHECK(rig.storage.store().accounts().check_current(line.user, line.device, 1).ok());
  CHECK(rig.resume(line.token).ok());
  const Result<Caller> caller = who(rig, pair->access);
  REQUIRE(caller.ok());
  CHECK(caller->user == line.user);
  CHECK(caller->device == line.device);
}

TEST_CASE("an access token opens its own device alone, and buys nothing that lives longer",
          "[service][G20]") {
  ServiceRig rig;
  const LoggedIn line = *rig.enroll("bob", "password", "web");
  const TokenPair pair = *sign_in(rig, "bob");
  const Result<LoggedIn> own = rig.resume(pair.access);
  REQUIRE(own.ok());
  CHECK(own->device == line.device);
  CHECK(own->generation == line.generation + 1);
  CHECK(own->token == pair.access);
  CHECK(rig.resume(line.token).ok());
  CHECK(rig.resume(pair.access, "web").ok());
  // A session there would outlive everything that ends this device's tokens.
  CHECK(refused(rig.resume(pair.access, "phone")) == Code::kDenied);
}

TEST_CASE("an access token ends at its time, and its refresh token buys the next",
          "[service][G20]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  const TokenPair first = *sign_in(rig, "bob");
  rig.loop.advance(Millis(929'000));
  CHECK(who(rig, first.access).ok());
  rig.loop.advance(Millis(2'000));
  CHECK(refused(who(rig, first.access)) == Code::kBadToken);
  CHECK(refused(rig.resume(first.access)) == Code::kBadToken);
  const Result<TokenPair> second = refresh(rig, first.refresh);
  REQUIRE(second.ok());
  CHECK(second->device == first.device);
  CHECK(second->refresh != first.refresh);
  CHECK(who(rig, second->access).ok());
}

TEST_CASE("a refresh token used twice ends every token of its device", "[service][G19]") {
  ServiceRig rig;
  const LoggedIn line = *rig.enroll("bob", "password", "web");
  const LoggedIn other = *rig.log_in("bob", "password", "phone");
  const TokenPair first = *sign_in(rig, "bob");
  const TokenPair second = *refresh(rig, first.refresh);
  CHECK(who(rig, second.access).ok());
  const Result<TokenPair> again = refresh(rig, first.refresh);
  CHECK(refused(again) == Code::kBadToken);
  CHECK_THAT(again.error().message, Catch::Contains("used before"));
  CHECK(refused(who(rig, second.access)) == Code::kBadToken);
  CHECK(refused(who(rig, first.access)) == Code::kBadToken);
  CHECK(refused(refresh(rig, second.refresh)) == Code::kBadToken);
  CHECK(refused(rig.resume(line.token)) == Code::kBadToken);
  CHECK(rig.resume(other.token).ok());
  const auto ended = rig.bus.all<SessionsEnded>();
  CHECK(ended.empty());  // nobody is connected, so no node is told
}

TEST_CASE("a refresh token that nobody used ends at its time", "[service][G19]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  const TokenPair pair = *sign_in(rig, "bob");
  rig.loop.advance(std::chrono::hours(24 * 30));
  const Result<TokenPair> late = refresh(rig, pair.refresh);
  CHECK(refused(late) == Code::kBadToken);
  CHECK_THAT(late.error().message, Catch::Contains("expired"));
}

TEST_CASE("log-out, another password, a lock, the device's end and the user's each end tokens",
          "[service][G19]") {
  const std::string how =
      GENERATE("log-out", "password", "operator's password", "disabled", "device", "user");
  CAPTURE(how);
  ServiceRig rig;
  const LoggedIn line = *rig.enroll("bob", "password", "web");
  const TokenPair pair = *sign_in(rig, "bob");
  REQUIRE(who(rig, pair.access).ok());
  if (how == "log-out") {
    REQUIRE(
        rig.ask<bool>([&](auto reply) { rig.users.sign_out(pair.access, std::move(reply)); }).ok());
  } else if (how == "password") {
    REQUIRE(rig.ask<std::string>([&](auto reply) {
                 rig.users.change_password(rig.caller(line), "password", "new password", "10.0.0.1",
                                           true, std::move(reply));
               })
                .ok());
  } else if (how == "operator's password") {
    rig.prepare([&](Store& store) { return store.accounts().set_password(line.user, "h"); });
  } else if (how == "disabled") {
    rig.prepare([&](Store& store) { return store.accounts().set_disabled(line.user, true); });
    CHECK(refused(who(rig, pair.access)) == Code::kDisabled);
    rig.prepare([&](Store& store) { return store.accounts().set_disabled(line.user, false); });
  } else if (how == "device") {
    rig.prepare(
        [&](Store& store) { return store.accounts().remove_device(line.user, line.device); });
  } else {
    rig.prepare([&](Store& store) { return store.accounts().remove(line.user); });
  }
  CHECK(refused(who(rig, pair.access)) == Code::kBadToken);
  CHECK(refused(rig.resume(pair.access)) == Code::kBadToken);
  CHECK(refused(refresh(rig, pair.refresh)) == Code::kBadToken);
}

TEST_CASE("a store that is too busy to be asked says nothing of a token it knew",
          "[service][G19]") {
  ServiceRig rig;
  const LoggedIn line = *rig.enroll("bob", "password", "web");
  const TokenPair pair = *sign_in(rig, "bob");
  const auto lately = [&](const std::string& token) {
    return rig.ask<Caller>([&](auto reply) { rig.users.who_lately(token, std::move(reply)); });
  };
  REQUIRE(who(rig, pair.access).ok());
  for (const Code code : {Code::kBusy, Code::kUnavailable, Code::kDraining}) {
    rig.storage.failing = Error{code, "not now"};
    CHECK(refused(who(rig, pair.access)) == code);
    CHECK(lately(pair.access).ok());
    CHECK(refused(lately(line.token)) == Code::kUnavailable);
  }
  rig.storage.failing.reset();
  rig.prepare([&](Store& store) { return store.accounts().revoke_token(line.device); });
  CHECK(refused(who(rig, pair.access)) == Code::kBadToken);
  CHECK(refused(lately(pair.access)) == Code::kUnavailable);
}

TEST_CASE("every node is told whose tokens a log-out or another password ends", "[service][G19]") {
  ServiceRig rig;
  const LoggedIn line = *rig.enroll("bob", "password", "web");
  rig.directory.bind(line.user, {});
  const bool log_out = GENERATE(true, false);
  if (log_out) {
    REQUIRE(rig.ask<bool>([&](auto reply) { rig.users.revoke(rig.caller(line), std::move(reply)); })
                .ok());
  } else {
    REQUIRE(rig.ask<std::string>([&](auto reply) {
                 rig.users.change_password(rig.caller(line), "password", "new password", "10.0.0.1",
                                           true, std::move(reply));
               })
                .ok());
  }
  const auto told = rig.bus.all<TokensEnded>();
  REQUIRE(told.size() == 1);
  CHECK(told.front().user == line.user);
  CHECK(told.front().device == line.device);
  CHECK(rig.bus.all<SessionsEnded>().empty());
}

TEST_CASE("a new key signs when the last has signed for long enough; what that signed holds on",
          "[service][G19]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  rig.loop.advance(std::chrono::hours(24 * 30) - Millis(60'000));
  // The first key was made by this log-in, so it retires thirty days from here.
  const TokenPair first = *sign_in(rig, "bob");
  rig.loop.advance(std::chrono::hours(24 * 30) - Millis(1'000));
  const TokenPair last = *sign_in(rig, "bob");
  rig.loop.advance(Millis(2'000));
  const TokenPair next = *sign_in(rig, "bob");
  const Jwt a = *read_jwt(first.access), b = *read_jwt(last.access), c = *read_jwt(next.access);
  CHECK(a.kid == b.kid);
  CHECK(b.kid != c.kid);
  CHECK(who(rig, last.access).ok());
  CHECK(who(rig, next.access).ok());
  CHECK(rig.storage.store().tokens().keys(rig.loop.clock().wall())->size() == 2);
}

TEST_CASE("a key nobody knows costs a read a second at most", "[service][G19]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  const TokenPair pair = *sign_in(rig, "bob");
  // Another node's: its keys are not remembered here yet.
  SigningKeys cold{TokenOptions{}};
  const auto check = [&](const std::string& token) {
    return rig.ask<Claims>([&](auto reply) {
      cold.check(rig.loop, rig.storage, token, kUserAudience, std::move(reply));
    });
  };
  CHECK(check(pair.access).ok());
  SigningKey forged = new_signing_key(TokenOptions{}, rig.loop.clock().wall());
  Claims claims;
  claims.audience = kUserAudience;
  claims.user = pair.user;
  claims.device = pair.device;
  claims.issued_at = rig.loop.clock().wall();
  claims.expires_at = claims.issued_at + Millis(60'000);
  claims.jti = "j";
  const std::string foreign = write_jwt(forged, claims);
  const Result<Claims> refused_one = check(foreign);
  CHECK(refused(refused_one) == Code::kBadToken);
  CHECK_THAT(refused_one.error().message, Catch::Contains("key"));
  // Within the pause nothing is read: a key that comes to be known is not seen,
  rig.prepare([&](Store& store) { return store.tokens().add_key(forged); });
  CHECK(refused(check(foreign)) == Code::kBadToken);
  CHECK(check(pair.access).ok());
  // and after it it is.
  rig.loop.advance(SigningKeys::kPause);
  CHECK(check(foreign).ok());
}

TEST_CASE("keys that an operator drops end what they signed", "[service][G19]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  const TokenPair pair = *sign_in(rig, "bob");
  const auto rotate = [&](bool drop) {
    return rig.ask<RotatedKeys>(
        [&](auto reply) { rig.admin.rotate_keys({"uid 0"}, drop, std::move(reply)); });
  };
  REQUIRE(rotate(false).ok());
  CHECK(who(rig, pair.access).ok());
  const TokenPair next = *refresh(rig, pair.refresh);
  CHECK(read_jwt(next.access)->kid != read_jwt(pair.access)->kid);
  const Result<RotatedKeys> dropped = rotate(true);
  REQUIRE(dropped.ok());
  CHECK(dropped->dropped == 2);
  CHECK(dropped->key.secret.empty());
  CHECK(refused(who(rig, pair.access)) == Code::kBadToken);
  CHECK(refused(who(rig, next.access)) == Code::kBadToken);
  CHECK(refresh(rig, next.refresh).ok());
}

TEST_CASE("failures by password, with and without a session, are counted as one",
          "[service][P12]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  CHECK(refused(sign_in(rig, "bob", "wrong one")) == Code::kBadCredentials);
  CHECK(refused(rig.log_in("bob", "wrong one")) == Code::kBadCredentials);
  CHECK(refused(sign_in(rig, "bob", "wrong one")) == Code::kBadCredentials);
  CHECK(refused(rig.log_in("bob")) == Code::kLockedOut);
  CHECK(refused(sign_in(rig, "bob")) == Code::kLockedOut);
}
