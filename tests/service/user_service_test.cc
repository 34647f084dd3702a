#include "server/service/resume_token.h"
#include "tests/service/service_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

template <class T>
Code refused(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().code;
}

}  // namespace

TEST_CASE("REGISTER makes an account with a hashed password and logs its device in",
          "[service][P12]") {
  ServiceRig rig;
  const Result<LoggedIn> in = rig.enroll("bob", "correct horse");
  REQUIRE(in.ok());
  CHECK(in->user.value >= kFirstPersonId);
  CHECK(in->generation == 1);
  CHECK(in->token.size() == 43);
  CHECK(in->epoch == *rig.storage.store().epoch());
  CHECK(rig.storage.store().accounts().find("bob")->password_hash == "hash of correct horse");
}

TEST_CASE("a name that is taken, a closed door and a short password are refused",
          "[service][P12]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  const int of_bob = rig.hasher.hashes;
  CHECK(refused(rig.enroll("bob")) == Code::kExists);
  CHECK(rig.hasher.hashes == of_bob);

  ServiceRig closed({.register_open = false});
  CHECK(refused(closed.enroll("bob")) == Code::kDenied);

  const int hashes = rig.hasher.hashes;
  CHECK(refused(rig.enroll("carol", "1234567")) == Code::kBadRequest);
  CHECK(refused(rig.enroll("carol", std::string(1'025, 'x'))) == Code::kBadRequest);
  CHECK(rig.hasher.hashes == hashes);
  CHECK(rig.enroll("carol", "12345678").ok());
}

TEST_CASE("an unknown name costs a comparison and gets the answer of a wrong password",
          "[service][P12]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  const Result<LoggedIn> wrong = rig.log_in("bob", "wrong password");
  CHECK(rig.hasher.verifies == 1);
  const Result<LoggedIn> unknown = rig.log_in("nobody", "wrong password");
  CHECK(rig.hasher.verifies == 2);
  REQUIRE(refused(wrong) == Code::kBadCredentials);
  REQUIRE(refused(unknown) == Code::kBadCredentials);
  CHECK(wrong.error().message == unknown.error().message);
}

TEST_CASE("too many registrations from one address cost no hash", "[service][P12]") {
  ServiceRig rig({}, {.registrations_per_minute = 2});
  REQUIRE(rig.enroll("bob").ok());
  REQUIRE(rig.enroll("carol").ok());
  CHECK(refused(rig.enroll("dave")) == Code::kRateLimited);
  CHECK(rig.hasher.hashes == 2);
  rig.loop.advance(Millis(60'000));
  CHECK(rig.enroll("dave").ok());
}

TEST_CASE("nobody logs in as the system", "[service][P12]") {
  ServiceRig rig;
  CHECK(refused(rig.log_in("system", "")) == Code::kBadCredentials);
}

TEST_CASE("a locked-out name is refused without a comparison, also with the right password",
          "[service][P12]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  for (int i = 0; i < 3; ++i)
    CHECK(refused(rig.log_in("bob", "wrong password")) == Code::kBadCredentials);
  const Result<LoggedIn> locked = rig.log_in("bob");
  REQUIRE(refused(locked) == Code::kLockedOut);
  CHECK(locked.error().retry_ms > 0);
  CHECK(rig.hasher.verifies == 3);
  rig.loop.advance(Millis(60'000));
  CHECK(rig.log_in("bob").ok());
}

TEST_CASE("guesses sent at once learn nothing from those that come after the lock",
          "[service][P12]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  rig.hasher.held = true;
  std::vector<Code> answers;
  const auto guess = [&](const std::string& password) {
    rig.users.log_in(named("bob"), password, {"10.0.0.1", {}},
                     Reply<LoggedIn>(rig.loop, [&answers](Result<LoggedIn> in) {
                       answers.push_back(in.ok() ? Code::kInternal : in.error().code);
                     }));
  };
  for (const char* password : {"guess one", "guess two", "guess three", "password"})
    guess(password);
  rig.loop.run();
  rig.hasher.release();
  rig.loop.run();
  CHECK(answers == std::vector{Code::kBadCredentials, Code::kBadCredentials, Code::kBadCredentials,
                               Code::kLockedOut});
}

TEST_CASE("a disabled user is told so only after the right password", "[service][P12]") {
  ServiceRig rig;
  const LoggedIn bob = *rig.enroll("bob");
  rig.prepare([&](Store& store) { return store.accounts().set_disabled(bob.user, true); });
  CHECK(refused(rig.log_in("bob", "wrong password")) == Code::kBadCredentials);
  CHECK(refused(rig.log_in("bob")) == Code::kDisabled);
  CHECK(refused(rig.resume(bob.token)) == Code::kDisabled);
}

TEST_CASE("a password changed while it was compared opens nothing", "[service][P12]") {
  ServiceRig rig;
  const LoggedIn bob = *rig.enroll("bob");
  rig.hasher.held = true;
  std::optional<Result<LoggedIn>> answer;
  rig.users.log_in(named("bob"), "password", {"10.0.0.1", {}},
                   Reply<LoggedIn>(rig.loop, [&](Result<LoggedIn> in) { answer = std::move(in); }));
  rig.loop.run();
  rig.prepare(
      [&](Store& store) { return store.accounts().set_password(bob.user, "hash of another"); });
  rig.hasher.release();
  rig.loop.run();
  REQUIRE(answer);
  CHECK(refused(*answer) == Code::kBadCredentials);
}

TEST_CASE("a resume token opens its device again without a hash, and stays as it is",
          "[service][G19]") {
  ServiceRig rig;
  const LoggedIn first = *rig.enroll("bob");
  const int compared = rig.hasher.verifies + rig.hasher.hashes;
  const Result<LoggedIn> again = rig.resume(first.token);
  REQUIRE(again.ok());
  CHECK(again->device == first.device);
  CHECK(again->generation == first.generation + 1);
  CHECK(again->token == first.token);
  CHECK(rig.resume(first.token).ok());
  CHECK(rig.hasher.verifies + rig.hasher.hashes == compared);
}

TEST_CASE("a log-in with a password replaces the device's token", "[service][G19]") {
  ServiceRig rig;
  const LoggedIn first = *rig.enroll("bob");
  const LoggedIn second = *rig.log_in("bob");
  CHECK(second.device == first.device);
  CHECK(second.token != first.token);
  CHECK(refused(rig.resume(first.token)) == Code::kBadToken);
  CHECK(rig.resume(second.token).ok());
}

TEST_CASE("a token used for another device gives that device one of its own",
          "[service][G19][G30]") {
  ServiceRig rig;
  const LoggedIn desk = *rig.enroll("bob");
  const Result<LoggedIn> phone = rig.resume(desk.token, "phone");
  REQUIRE(phone.ok());
  CHECK(phone->device != desk.device);
  CHECK(phone->token != desk.token);
  CHECK(rig.resume(desk.token)->device == desk.device);
  CHECK(rig.resume(phone->token)->device == phone->device);
}

TEST_CASE("a revoked, forged or cut token opens nothing, and is stored as a hash alone",
          "[service][G19]") {
  ServiceRig rig;
  const LoggedIn bob = *rig.enroll("bob");
  Accounts& accounts = rig.storage.store().accounts();
  CHECK(accounts.device_of(*hash_of_token(bob.token)).ok());
  CHECK_FALSE(accounts.device_of(bob.token).ok());
  CHECK(refused(rig.resume(new_resume_token())) == Code::kBadToken);
  CHECK(refused(rig.resume(bob.token.substr(1))) == Code::kBadToken);
  CHECK(refused(rig.resume(bob.token + "=")) == Code::kBadToken);
  CHECK(refused(rig.resume("")) == Code::kBadToken);
  REQUIRE(
      rig.ask<bool>([&](auto reply) { rig.users.revoke(rig.caller(bob), std::move(reply)); }).ok());
  CHECK(refused(rig.resume(bob.token)) == Code::kBadToken);
}

TEST_CASE("a device that logs in again is told to every node as replaced, after the answer",
          "[service][G30][P6]") {
  ServiceRig rig;
  const LoggedIn first = *rig.enroll("bob");
  rig.directory.bind(first.user, {});
  std::vector<std::string> order;
  rig.bus.published = [&] { rig.loop.post([&] { order.push_back("told"); }); };
  rig.users.resume(first.token, {},
                   Reply<LoggedIn>(rig.loop, [&](Result<LoggedIn>) { order.push_back("answer"); }));
  rig.loop.run();
  const auto replaced = rig.bus.all<DeviceReplaced>();
  REQUIRE(replaced.size() == 1);
  CHECK(replaced[0].user == first.user);
  CHECK(replaced[0].device == first.device);
  CHECK(replaced[0].generation == first.generation + 1);
  CHECK(order == std::vector<std::string>{"answer", "told"});
}

TEST_CASE("a device too many is refused", "[service][G30]") {
  ServiceRig rig({.devices_max = 2});
  REQUIRE(rig.enroll("bob", "password", "one").ok());
  REQUIRE(rig.log_in("bob", "password", "two").ok());
  CHECK(refused(rig.log_in("bob", "password", "three")) == Code::kLimit);
}

TEST_CASE("when too many hashes wait, or the store is away, a log-in says so and counts no failure",
          "[service][G49]") {
  ServiceRig rig;
  REQUIRE(rig.enroll("bob").ok());
  rig.hasher.busy = true;
  for (int i = 0; i < 5; ++i) CHECK(refused(rig.log_in("bob")) == Code::kBusy);
  CHECK(refused(rig.enroll("carol")) == Code::kBusy);
  rig.hasher.busy = false;
  rig.storage.failing = Error{Code::kUnavailable, "away"};
  for (int i = 0; i < 5; ++i) CHECK(refused(rig.log_in("bob")) == Code::kUnavailable);
  rig.storage.failing.reset();
  CHECK(rig.log_in("bob").ok());
}
