// A talk of somebody who is to be erased.
#pragma once

#include <catch2/catch.hpp>

#include "server/store/sql/verify/verify.h"
#include "tests/store/database.h"

namespace mpim::test {

inline constexpr uint32_t kStep = 10;

inline std::string numbers(int count) {
  return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
         std::to_string(count) + ") ";
}

// Alice and bob have a talk of 60 messages.
struct Traces {
  explicit Traces(Backend backend) : db(backend) {
    alice = db.user("alice");
    bob = db.user("bob");
    for (int i = 0; i < 30; ++i) {
      db.send(draft(alice, bob, "a", "c" + std::to_string(i)));
      last = db.send(draft(bob, alice, "b")).committed.id;
    }
    talk = last.conversation();
  }
  std::string values(UserId user) const {
    return std::to_string(talk.value) + ", " + std::to_string(user.value);
  }
  uint64_t begin() {
    return db
        .change([&](Store& in) -> Result<Erasure> {
          MPIM_TRY(Erasure begun, in.erasures().begin(alice, "uid 0", kNow));
          MPIM_CHECKED(in.people().end_all(alice, kNow));
          MPIM_CHECKED(in.accounts().remove(alice));
          return begun;
        })
        ->id;
  }
  ErasureStep step(uint64_t erasure) {
    auto done = db.change([&](Store& in) { return in.erasures().step(erasure, kStep, kNow); });
    REQUIRE(done.ok());
    return std::move(*done);
  }
  uint64_t count(const std::string& table) {
    const auto driver = db.driver();
    return std::stoull(driver->ask_once("SELECT COUNT(*) FROM " + table)->at(0));
  }
  void check_sound() {
    const auto driver = db.driver();
    const std::vector<Finding> found = verify(*driver).value();
    for (const Finding& each : found) FAIL_CHECK(each.id << ": " << each.sentence);
  }

  Database db;
  UserId alice;
  UserId bob;
  MessageId last;
  ConversationId talk;
};

}  // namespace mpim::test
