// What an erasure left behind is told.
#include "tests/store/bounds/traces.h"

namespace mpim::test {
namespace {

std::vector<std::string> left(Traces& of, bool rows = true) {
  std::vector<std::string> all = of.db.store().erasures().left_of(of.alice).value();
  ErasureLook look;
  look.more = rows;
  while (look.more) {
    look = of.db.store().erasures().look(of.alice, look.next, 9, 9).value();
    all.insert(all.end(), look.rows.begin(), look.rows.end());
  }
  return all;
}

}  // namespace

TEST_CASE("whatever an erasure overlooked is told", "[store]") {
  Traces of(GENERATE(from_range(backends())));
  const uint64_t erasure = of.begin();
  while (of.step(erasure).erasure.finished_at.ms == 0) {
  }
  REQUIRE(left(of).empty());
  const std::string his = of.values(of.alice);
  const std::string him = std::to_string(of.alice.value);
  struct Row {
    std::string planted;
    std::string told;
  };
  const std::string in_talk = " in conversation " + std::to_string(of.talk.value);
  const Row rows[] = {
      {"INSERT INTO client_ids VALUES (" + his + ", 'x', 1, 0, 0)", "client ids" + in_talk},
      {"INSERT INTO receipts VALUES (" + his + ", 1, 2, 3)", "receipts" + in_talk},
      {"INSERT INTO friendships VALUES (" + him + ", 1002, 3, 1, 0)", "friends"},
      {"INSERT INTO friendships VALUES (" + him + ", 1002, 1, 1, 0)", "friends"},
      {"INSERT INTO blocks VALUES (" + him + ", 1002, 1, 1, 0)", "blocked"},
      {"INSERT INTO group_requests VALUES (1001, 0, " + him + ", " + him + ", 1, 1, 0)", "open"},
      {"UPDATE users SET about = 'x' WHERE id = " + him, "something in the profile"},
  };
  for (const Row& row : rows) {
    INFO(row.planted);
    of.db.plant(row.planted);
    const std::vector<std::string> told = left(of);
    REQUIRE(told.size() == 1);
    CHECK(told[0].starts_with(row.told));
    const std::string table = row.planted.substr(row.planted.find("INTO") + 5);
    if (row.planted.starts_with("INSERT"))
      of.db.plant("DELETE FROM " + table.substr(0, table.find(' ')));
    else
      of.db.plant("UPDATE users SET about = ''");
  }
  of.db.plant("INSERT INTO hidden VALUES (" + him + ", " + std::to_string(of.talk.value) + ", 1)");
  CHECK(left(of).size() == 2);
}

TEST_CASE("rows of the audit log that name who is erased are told", "[store]") {
  Traces of(Backend::kSqlite);
  const auto record = [&](const std::string& action, const std::string& subject, Timestamp at) {
    REQUIRE(of.db
                .change([&](Store& in) -> Result<bool> {
                  MPIM_CHECKED(in.audit().record({at, "uid 0", action, subject}));
                  return true;
                })
                .ok());
  };
  record("AddUsers", "alice", kNow - Millis(1));  // before it began
  record("SetPassword", "alicetta", kNow);        // somebody else
  const uint64_t erasure = of.begin();
  record("EraseUser", "user " + std::to_string(of.alice.value), kNow);
  const size_t under_way = left(of, false).size();
  record("RemoveUser", "alice", kNow);
  CHECK(left(of, false).size() == under_way + 1);
  CHECK(left(of, false).back() == "row 4 of the audit log");
  while (of.step(erasure).erasure.finished_at.ms == 0) {
  }
  // Nobody knows the name any more; but next to the erasure stands the removal that it noted.
  CHECK(left(of) == std::vector<std::string>{"row 4 of the audit log"});
  of.db.plant("UPDATE audit_log SET subject = 'user 1001' WHERE id = 4");
  CHECK(left(of).empty());
  record("RemoveUser", "bob", kNow + Millis(1));
  CHECK(left(of).empty());
}

}  // namespace mpim::test
