#include <catch2/catch.hpp>

#include "server/store/sql/migrations.h"
#include "tests/store/database.h"

namespace mpim::test {
namespace {

// Asks every question and makes every change once, so that every statement is prepared.
void use_everything(Store& store) {
  REQUIRE(store.begin().ok());
  Accounts& accounts = store.accounts();
  Groups& groups = store.groups();
  const UserId alice = accounts.create({"alice", "alice"}, "h", kNow).value();
  const UserId bob = accounts.create({"bob", "bob"}, "h", kNow).value();
  const Device phone = accounts.open_device(bob, {"phone"}, "token", 9, kNow).value();
  REQUIRE(accounts.find(alice).ok());
  REQUIRE(accounts.list(UserId(), 9).ok());
  REQUIRE(accounts.device_of("token").ok());
  REQUIRE(accounts.devices(bob).ok());
  REQUIRE(accounts.revoke_token(phone.id).ok());
  REQUIRE(accounts.set_password(bob, "h").ok());
  REQUIRE(accounts.set_disabled(bob, false).ok());
  const GroupId group = groups.create(alice, {}, "g", "", kNow).value().group.id;
  REQUIRE(groups.join(group, bob, {}, bob, kNow).ok());
  REQUIRE(groups.list({}, 9).ok());
  REQUIRE(groups.of_user(bob).ok());
  REQUIRE(groups.members(group, {}, 9).ok());
  REQUIRE(groups.is_member(group, bob).ok());
  REQUIRE(groups.members_since(group, Seq(1), {}, 9).ok());
  const auto sent = store.log().append(draft(alice, bob, "x", "c1"), kNow).value();
  REQUIRE(store.log().append(draft(alice, group, "x"), kNow).ok());
  REQUIRE(store.log().append(draft(alice, bob, "x", "c1"), kNow).ok());
  REQUIRE(store.log().append(draft(alice, bob, "y", "c1"), kNow + std::chrono::hours(9'999)).ok());
  const ConversationId talk = sent.entry->conversation;
  REQUIRE(store.log().after(bob, talk, {}, 9, 9'999).ok());
  REQUIRE(store.log().find(sent.committed.id).ok());
  REQUIRE(store.log().audience(talk).ok());
  const auto recall = [&](UserId by, bool back) {
    return EntryChange{
        .of = sent.committed.id, .by = by, .device = {}, .recall = back, .text = "z"};
  };
  REQUIRE(store.log().change(recall(alice, false), kNow).ok());
  REQUIRE(store.log().change(recall(alice, true), kNow).ok());
  REQUIRE(store.log().history(bob, {.conversation = talk, .bound = Seq(9)}, 9, 9'999).ok());
  REQUIRE(store.log().last_before(talk, kNow).ok());
  REQUIRE(store.log().conversation_of(bob, alice).ok());
  REQUIRE(store.log().conversation_of(bob, group).ok());
  REQUIRE(store.log().conversation_of(bob, UserName{"alice", "alice"}).ok());
  REQUIRE(store.log().hide(bob, sent.committed.id).ok());
  REQUIRE(store.cursors().note_receipt(bob, talk, ReceiptKind::kRead, Seq(1), kNow).ok());
  REQUIRE(store.cursors()
              .note_receipt(bob, sent.committed.id.conversation(), ReceiptKind::kRead, Seq(1), kNow)
              .ok());
  REQUIRE(store.cursors().receipts(alice, sent.committed.id, {}, 9).ok());
  REQUIRE(store.cursors().conversations(bob, {}, 9).ok());
  REQUIRE(store.log().changed_since({}, 9).ok());
  const CursorMove move{talk, Seq(1)};
  REQUIRE(store.cursors().inbox(bob, phone.id, {}).ok());
  REQUIRE(store.cursors().standing(bob, phone.id, talk).ok());
  REQUIRE(store.cursors().raise_delivered(phone.id, 1, std::span(&move, 1)).ok());
  REQUIRE(store.cursors().raise_read(bob, talk, Seq(1)).ok());
  REQUIRE(store.cursors().unread(bob, 9).ok());
  REQUIRE(store.cursors().offline({}, std::nullopt, 9).ok());
  REQUIRE(store.cursors().set_delivered(phone.id, talk, Seq(1)).ok());
  REQUIRE(store.audit().record({kNow, "a", "b", "c"}).ok());
  REQUIRE(store.audit().newest(9).ok());
  REQUIRE(store.epoch().ok());
  REQUIRE(groups.leave(group, alice, {}, alice, kNow).ok());
  REQUIRE(accounts.remove(bob).ok());
  REQUIRE(store.commit().ok());
}

// Walking a whole table is right for the operator's list of all devices, and for nothing else.
bool may_scan(const std::string& statement) {
  return statement.find("FROM devices d JOIN members") != std::string::npos;
}

TEST_CASE("no statement walks through a table, none sorts but the choice of an heir",
          "[store][M20]") {
  const TemporaryDirectory directory;
  auto driver = std::move(open_sqlite_driver(sqlite_path(directory.path()))).value();
  Driver& watched = *driver;
  REQUIRE(migrate(watched, sqlite_migrations()).ok());
  SqliteOptions options;
  options.limits.index_batch_entries = 1;
  const auto store = std::move(make_sql_store(std::move(driver), options)).value();
  use_everything(*store);
  const std::vector<std::string> statements = watched.prepared();
  REQUIRE(statements.size() > 50);
  for (const std::string& statement : statements) {
    const auto plan = watched.ask_once("EXPLAIN QUERY PLAN " + statement);
    REQUIRE(plan.ok());
    for (const std::string& step : plan.value()) {
      INFO(statement << "\n  " << step);
      const bool ordered_walk = step.find("SCAN audit_log") != std::string::npos;
      const bool own_rows = step.find("CONSTANT ROW") != std::string::npos;  // of the statement
      if (!may_scan(statement) && !ordered_walk && !own_rows)
        CHECK(step.find("SCAN") == std::string::npos);
      const bool heir = statement.find("role DESC") != std::string::npos;
      if (!heir && !may_scan(statement)) CHECK(step.find("TEMP B-TREE") == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace mpim::test
