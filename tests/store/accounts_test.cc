#include <catch2/catch.hpp>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

Result<Device> open(Database& db, UserId user, const std::string& name,
                    const std::optional<TokenHash>& token = std::nullopt, uint32_t devices_max = 16,
                    Timestamp now = kNow) {
  return db.change(
      [&](Store& s) { return s.accounts().open_device(user, {name}, token, devices_max, now); });
}

TEST_CASE("people are numbered from 1001, and a name is taken once", "[store]") {
  Database db(GENERATE(from_range(backends())));
  CHECK(db.user("alice") == UserId(1001));
  CHECK(db.user("bob") == UserId(1002));
  const auto again = db.change([](Store& s) {
    return s.accounts().create({"Alice", "alice"}, "h", kNow);
  });
  CHECK(again.error().code == Code::kExists);
  const auto system = db.change([](Store& s) {
    return s.accounts().create({"System", "system"}, "h", kNow);
  });
  CHECK(system.error().code == Code::kExists);
  CHECK(db.user("carol") == UserId(1003));
}

TEST_CASE("an account is found by id and by name", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const auto made = db.change([](Store& s) {
    return s.accounts().create({"Alice", "alice"}, "secret", kNow);
  });
  const Account by_id = db.store().accounts().find(made.value()).value();
  const Account by_name = db.store().accounts().find(std::string("alice")).value();
  CHECK(by_id.name == "Alice");
  CHECK(by_id.password_hash == "secret");
  CHECK(by_id.created_at == kNow);
  CHECK_FALSE(by_id.disabled);
  CHECK(by_name.id == by_id.id);
  CHECK(db.store().accounts().find(UserId(4711)).error().code == Code::kNotFound);
  CHECK(db.store().accounts().find(std::string("nobody")).error().code == Code::kNotFound);
  CHECK(db.store().accounts().find(kSystemUser).value().name == "system");
}

TEST_CASE("accounts are listed page by page, people only", "[store]") {
  Database db(GENERATE(from_range(backends())));
  for (int i = 0; i < 5; ++i) db.user("user" + std::to_string(i));
  const auto first = db.store().accounts().list(UserId(), 3).value();
  REQUIRE(first.size() == 3);
  CHECK(first[0].id == UserId(1001));
  const auto rest = db.store().accounts().list(first.back().id, 3).value();
  REQUIRE(rest.size() == 2);
  CHECK(rest[1].id == UserId(1005));
}

TEST_CASE("each log-in raises the device's generation", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const Device first = open(db, alice, "phone").value();
  const Device again = open(db, alice, "phone", std::nullopt, 16, kNow + Millis(5)).value();
  const Device other = open(db, alice, "web").value();
  CHECK(first.generation == 1);
  CHECK(again.id == first.id);
  CHECK(again.generation == 2);
  CHECK(again.created_at == kNow);
  CHECK(again.seen_at == kNow + Millis(5));
  CHECK(other.id != first.id);
  const auto all = db.store().accounts().devices(alice).value();
  REQUIRE(all.size() == 2);
  CHECK(all[0].generation == 2);
  CHECK(open(db, UserId(4711), "phone").error().code == Code::kNotFound);
}

TEST_CASE("a log-in stands until the device logs in again or the account is closed", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  Device phone = open(db, alice, "phone").value();
  const auto current = [&] {
    return db.store().accounts().check_current(alice, phone.id, phone.generation);
  };
  CHECK(current().ok());
  const auto again =
      db.change([&](Store& s) { return s.accounts().open_again(phone, kNow + Millis(5)); });
  CHECK(again->generation == phone.generation + 1);
  CHECK(again->seen_at == kNow + Millis(5));
  CHECK(current().error().code == Code::kReplaced);
  phone = again.value();
  CHECK(current().ok());
  REQUIRE(db.change([&](Store& s) { return s.accounts().set_disabled(alice, true); }).ok());
  CHECK(current().error().code == Code::kDisabled);
  CHECK(db.store().accounts().check_current(UserId(4711), phone.id, 1).error().code ==
        Code::kNotFound);
}

TEST_CASE("a user has so many devices and no more", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  REQUIRE(open(db, alice, "one", std::nullopt, 2).ok());
  REQUIRE(open(db, alice, "two", std::nullopt, 2).ok());
  CHECK(open(db, alice, "three", std::nullopt, 2).error().code == Code::kLimit);
  CHECK(open(db, alice, "one", std::nullopt, 2).ok());
}

TEST_CASE("a resume token belongs to a device until it is revoked or replaced", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const TokenHash token("\0\x01token\xFF", 8);
  const Device phone = open(db, alice, "phone", token).value();
  Accounts& accounts = db.store().accounts();
  CHECK(accounts.device_of(token).value().id == phone.id);
  CHECK(accounts.device_of("other").error().code == Code::kBadToken);
  SECTION("a log-in that brings none keeps it") {
    REQUIRE(open(db, alice, "phone").ok());
    CHECK(accounts.device_of(token).value().generation == 2);
  }
  SECTION("a log-in that brings another replaces it") {
    REQUIRE(open(db, alice, "phone", "fresh").ok());
    CHECK(accounts.device_of(token).error().code == Code::kBadToken);
    CHECK(accounts.device_of("fresh").ok());
  }
  SECTION("it is revoked") {
    REQUIRE(db.change([&](Store& s) { return s.accounts().revoke_token(phone.id); }).ok());
    CHECK(accounts.device_of(token).error().code == Code::kBadToken);
  }
  SECTION("a new password revokes it") {
    REQUIRE(db.change([&](Store& s) { return s.accounts().set_password(alice, "new"); }).ok());
    CHECK(accounts.device_of(token).error().code == Code::kBadToken);
    CHECK(accounts.find(alice).value().password_hash == "new");
  }
  SECTION("its user is disabled") {
    REQUIRE(db.change([&](Store& s) { return s.accounts().set_disabled(alice, true); }).ok());
    CHECK(accounts.device_of(token).error().code == Code::kDisabled);
    CHECK(open(db, alice, "phone").error().code == Code::kDisabled);
    CHECK(accounts.find(alice).value().disabled);
  }
}

TEST_CASE("changes of unknown accounts are refused", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId nobody(4711);
  const auto refusal = [&](auto job) { return db.change(job).error().code; };
  CHECK(refusal([&](Store& s) { return s.accounts().set_password(nobody, "x"); }) ==
        Code::kNotFound);
  CHECK(refusal([&](Store& s) { return s.accounts().set_disabled(nobody, true); }) ==
        Code::kNotFound);
  CHECK(refusal([&](Store& s) { return s.accounts().remove(nobody); }) == Code::kNotFound);
  CHECK(refusal([](Store& s) { return s.accounts().remove(kSystemUser); }) == Code::kDenied);
}

TEST_CASE("a removed user frees his name and leaves his messages", "[store]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Device phone = db.device(bob);
  const ConversationId talk = db.send(draft(bob, alice, "stays")).entry->conversation;
  const Group group = db.group(bob, {alice});
  db.raise_delivered(phone, talk, Seq(1));
  REQUIRE(db.change([&](Store& s) { return s.accounts().remove(bob); }).ok());
  CHECK(db.store().accounts().find(bob).error().code == Code::kNotFound);
  CHECK(db.store().accounts().find(std::string("bob")).error().code == Code::kNotFound);
  CHECK(db.store().accounts().devices(bob).value().empty());
  CHECK(db.store().groups().find(group.id).value().owner == alice);
  CHECK(db.store().groups().find(group.id).value().members == 1);
  CHECK(db.store().accounts().list(UserId(), 10).value().size() == 1);
  CHECK(db.seqs_after(alice, talk) == std::vector<uint64_t>{1});
  CHECK(db.try_send(draft(alice, bob, "are you there")).error().code == Code::kNotFound);
  CHECK(db.user("bob") == UserId(1003));
}

TEST_CASE("admin calls are recorded, newest first", "[store]") {
  Database db(GENERATE(from_range(backends())));
  for (int i = 0; i < 3; ++i) {
    const AuditRow row{kNow + Millis(i), "uid 0", "SetUserDisabled", std::to_string(i)};
    REQUIRE(db.change([&](Store& s) { return s.audit().record(row); }).ok());
  }
  const auto newest = db.store().audit().newest(2).value();
  REQUIRE(newest.size() == 2);
  CHECK(newest[0].subject == "2");
  CHECK(newest[0].actor == "uid 0");
  CHECK(newest[1].at == kNow + Millis(1));
}

}  // namespace
}  // namespace mpim::test
