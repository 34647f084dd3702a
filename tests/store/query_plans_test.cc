#include <catch2/catch.hpp>

#include "server/store/sql/migrations.h"
#include "tests/store/database.h"

namespace mpim::test {
namespace {

void look_back(Store& store, UserId alice, UserId bob, GroupId group, MessageId said) {
  const ConversationId talk = said.conversation();
  const auto recall = [&](UserId by, bool back) {
    return EntryChange{.of = said, .by = by, .device = {}, .recall = back, .text = "z"};
  };
  REQUIRE(store.log().change(recall(alice, false), kNow).ok());
  REQUIRE(store.log().change(recall(alice, true), kNow).ok());
  REQUIRE(store.log().history(bob, {.conversation = talk, .bound = Seq(9)}, 9, 9'999).ok());
  REQUIRE(store.log().history(kSystemUser, {.conversation = talk, .bound = Seq(9)}, 9, 99).ok());
  REQUIRE(store.log().last_before(talk, kNow).ok());
  REQUIRE(store.log().conversation_of(bob, alice).ok());
  REQUIRE(store.log().conversation_of(bob, group).ok());
  REQUIRE(store.log().conversation_of(bob, UserName{"alice", "alice"}).ok());
  REQUIRE(store.log().hide(bob, said).ok());
  REQUIRE(store.cursors().note_receipt(bob, talk, ReceiptKind::kRead, Seq(1), kNow).ok());
  REQUIRE(store.cursors().note_receipt(bob, talk, ReceiptKind::kRead, Seq(1), kNow).ok());
  REQUIRE(store.cursors().receipts(alice, said, {}, 9).ok());
  REQUIRE(store.cursors().conversations(bob, {}, 9).ok());
}

void erase(Store& store, UserId user) {
  REQUIRE(store.erasures().look(user, {}, 9, 9).ok());
  REQUIRE(store.begin().ok());
  const auto begun = store.erasures().begin(user, "a", kNow);
  REQUIRE(begun.ok());
  REQUIRE(store.commit().ok());
  for (bool more = true; more;) {
    REQUIRE(store.begin().ok());
    const auto done = store.erasures().step(begun->id, 9, kNow);
    REQUIRE(done.ok());
    REQUIRE(store.commit().ok());
    more = done->erasure.finished_at.ms == 0;
  }
  REQUIRE(store.erasures().left_of(user).ok());
  REQUIRE(store.erasures().list(0, 9).ok());
}

void let_expire(Store& store) {
  const RetentionRule rule{.inbox_before = kNow + Millis(1),
                           .history_before = kNow + Millis(1),
                           .client_ids_before = kNow + Millis(1)};
  REQUIRE(store.retention().plan(rule).ok());
  while (true) {
    REQUIRE(store.begin().ok());
    const auto done = store.retention().step(rule, 100);
    REQUIRE(done.ok());
    REQUIRE(store.commit().ok());
    if (!done->more) return;
  }
}

void use_people(Store& store, UserId alice, UserId bob) {
  People& people = store.people();
  REQUIRE(people.add_friend(alice, bob, kNow).ok());
  REQUIRE(people.accept(bob, alice, kNow).ok());
  REQUIRE(people.friends(alice, FriendState::kFriend, {}, 9).ok());
  REQUIRE(people.block(alice, bob, kNow).ok());
  REQUIRE(people.blocks(alice, {}, 9).ok());
  REQUIRE(people.unblock(alice, bob, kNow).ok());
  REQUIRE(people.set_profile(alice, {"A", "b", FileId(), true}).ok());
  REQUIRE(people.set_profile(alice, {{}, {}, FileId(9), {}}).error().code == Code::kNotFound);
  REQUIRE(store.log().append(draft(bob, alice, "x"), kNow).error().code == Code::kDenied);
  REQUIRE(people.changes_since(alice, 0, 9).ok());
  REQUIRE(people.version(alice).ok());
  REQUIRE(people.end_all(alice, kNow).ok());
}

void use_group_changes(Store& store, UserId alice, UserId bob, GroupId group) {
  Accounts& accounts = store.accounts();
  Groups& groups = store.groups();
  const GroupActor by{alice, {}};
  REQUIRE(groups.change(group, by, SetJoinPolicy{JoinPolicy::kApproval}, kNow).ok());
  REQUIRE(groups.change(group, by, RenameGroup{"h"}, kNow).ok());
  REQUIRE(groups.change(group, by, DescribeGroup{"h"}, kNow).ok());
  REQUIRE(groups.change(group, by, SetGroupNotice{"h"}, kNow).ok());
  REQUIRE(groups.change(group, by, SetMemberRole{bob, Role::kAdmin}, kNow).ok());
  REQUIRE(groups.change(group, by, MuteMember{bob, Millis(9)}, kNow).ok());
  REQUIRE(groups.change(group, by, MuteMember{{}, Millis(9)}, kNow).ok());
  const UserId carol = accounts.create({"carol", "carol"}, "h", kNow).value();
  const UserId dora = accounts.create({"dora", "dora"}, "h", kNow).value();
  REQUIRE(groups.ask_to_join(group, {carol, {}}, kNow).ok());
  REQUIRE(groups.requests(group, {}, 9).ok());
  REQUIRE(groups.refuse(group, by, carol, kNow).ok());
  REQUIRE(groups.invite(group, by, carol, kNow).ok());
  REQUIRE(groups.invitations(carol).ok());
  REQUIRE(groups.decline(group, carol, kNow).ok());
  REQUIRE(groups.invite(group, by, carol, kNow).ok());
  REQUIRE(groups.import(group, {{carol, Role::kMember}, {dora, Role::kMember}}, kNow).ok());
  REQUIRE(groups.state_of(group, bob).ok());
  REQUIRE(groups.admins(group, 9).ok());
  const GroupId short_lived = groups.create(bob, {}, "s", "", kNow).value().group.id;
  REQUIRE(groups.invite(short_lived, {bob, {}}, alice, kNow).ok());
  REQUIRE(groups.change(short_lived, {bob, {}}, DissolveGroup{}, kNow).ok());
}

void use_files(Store& store, UserId alice, UserId bob) {
  Files& files = store.files();
  const StoredFile picture{{}, std::string(64, 'a'), 3, "image/png", "p.png", alice, kNow};
  const FileId file = files.add(picture).value();
  Draft with_file = draft(alice, bob, "look");
  with_file.file = file;
  const MessageId sent = store.log().append(with_file, kNow).value().committed.id;
  REQUIRE(files.readable(bob, file).ok());
  REQUIRE(files.of_owner(alice, {}, 9).ok());
  REQUIRE(files.remove(alice, file).error().code == Code::kConflict);
  REQUIRE(files.drop_use(file, sent).ok());
  REQUIRE(files.readable(bob, file).error().code == Code::kNotFound);
  REQUIRE(files.prune(kNow + Millis(1), {}, 9)->removed.size() == 1);
  REQUIRE(files.add(picture).ok());
  REQUIRE(files.remove_of_owner(alice, 9)->size() == 1);
  REQUIRE(files.unnamed({&picture.hash, 1})->size() == 1);
}

void use_tokens(Store& store, UserId user) {
  Tokens& tokens = store.tokens();
  const DeviceId device = store.accounts().have_device(user, {"web"}, 9, kNow).value().id;
  const Timestamp later = kNow + Millis(9);
  REQUIRE(tokens.add_key({"k", "HS256", std::string(32, 'k'), kNow, later, later}).ok());
  REQUIRE(tokens.keys(kNow)->size() == 1);
  REQUIRE(tokens.retire_keys(kNow).ok());
  REQUIRE(tokens.drop_keys().value() == 1);
  REQUIRE(tokens.set_refresh(device, {"family", "hash", later}).ok());
  REQUIRE(tokens.device(device).ok());
  REQUIRE(tokens.device_of_family("family").ok());
  REQUIRE(tokens.add_admin({"j", "uid 0", kNow, later, {}}, 1).ok());
  REQUIRE(tokens.admin("j").ok());
  REQUIRE(tokens.revoke_admin("j", kNow).ok());
  REQUIRE(store.accounts().set_disabled(user, true).ok());
  REQUIRE(store.accounts().set_disabled(user, false).ok());
}

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
  look_back(store, alice, bob, group, sent.committed.id);
  REQUIRE(store.log().changed_since({}, 9).ok());
  const CursorMove move{talk, Seq(1)};
  REQUIRE(store.cursors().inbox(bob, phone.id, {}).ok());
  REQUIRE(store.cursors().standing(bob, phone.id, talk).ok());
  REQUIRE(store.cursors().raise_delivered(phone.id, 1, std::span(&move, 1)).ok());
  REQUIRE(store.cursors().raise_read(bob, talk, Seq(1)).ok());
  REQUIRE(store.cursors().unread(bob, 9).ok());
  REQUIRE(store.cursors().offline({}, std::nullopt, 9).ok());
  REQUIRE(store.cursors().set_delivered(phone.id, talk, Seq(1)).ok());
  PresenceRights& presence = store.presence();
  const Watching pair{alice, bob};
  const SeenDevice seen{phone.id, kNow};
  REQUIRE(presence.visible(alice, {&bob, 1}).ok());
  REQUIRE(presence.friends(alice, 9).ok());
  REQUIRE(presence.may_see({&pair, 1}).ok());
  REQUIRE(presence.seen({&seen, 1}).ok());
  REQUIRE(presence.typing(alice, bob, kNow).ok());
  REQUIRE(presence.typing(alice, UserName{"bob", "bob"}, kNow).ok());
  REQUIRE(presence.typing(alice, group, kNow).ok());
  REQUIRE(store.audit().record({kNow, "a", "b", "c"}).ok());
  REQUIRE(store.audit().newest(9).ok());
  REQUIRE(store.epoch().ok());
  use_group_changes(store, alice, bob, group);
  use_files(store, alice, bob);
  use_tokens(store, bob);
  use_people(store, alice, bob);
  REQUIRE(accounts.set_token(phone.id, "another").ok());
  const Device tablet = accounts.open_device(bob, {"tablet"}, "tablet", 9, kNow).value();
  REQUIRE(accounts.remove_device(bob, tablet.id).ok());
  REQUIRE(groups.leave(group, alice, {}, alice, kNow).ok());
  REQUIRE(accounts.remove(bob).ok());
  REQUIRE(store.commit().ok());
}

// What is asked in another way when there is very much of it.
void use_many(Driver& driver, Store& store) {
  const std::string many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ";
  REQUIRE(driver
              .run_script(many + "20) INSERT INTO client_ids"
                                 " SELECT m.conversation, 1002, 'many' || n.i, 1, 0, 0"
                                 " FROM n, (SELECT conversation FROM members WHERE user = 1002) m")
              .ok());
  REQUIRE(driver
              .run_script(many + "3000) INSERT INTO members"
                                 " (conversation, user, from_seq, to_seq, role, joined_at)"
                                 " SELECT 50000 + i, 1001, 0, 9223372036854775807, 0, 0 FROM n")
              .ok());
  const Watching pair{UserId(1003), UserId(1001)};
  REQUIRE(store.presence().may_see({&pair, 1}).ok());
  REQUIRE(driver.run_script("DELETE FROM members WHERE conversation >= 50000").ok());
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
  StoreOptions options;
  options.limits.index_batch_entries = 1;
  const auto store = std::move(make_sql_store(std::move(driver), options)).value();
  use_everything(*store);
  use_many(watched, *store);
  erase(*store, UserId(1002));  // bob, who is removed by now
  let_expire(*store);
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

// What has ended keeps its row, and costs nobody a look at it.
TEST_CASE("whether a count is full is asked by state, and no further than the limit",
          "[store][M20]") {
  const TemporaryDirectory directory;
  auto driver = std::move(open_sqlite_driver(sqlite_path(directory.path()))).value();
  Driver& watched = *driver;
  REQUIRE(migrate(watched, sqlite_migrations()).ok());
  const auto store = std::move(make_sql_store(std::move(driver), {})).value();
  use_everything(*store);
  int limited = 0;
  for (const std::string& statement : watched.prepared()) {
    const bool rows_stay = statement.find("FROM friendships WHERE") != std::string::npos ||
                           statement.find("FROM blocks WHERE") != std::string::npos ||
                           statement.find("FROM group_requests WHERE") != std::string::npos;
    if (!rows_stay) continue;
    INFO(statement);
    CHECK(statement.find("COUNT(*)") == std::string::npos);
    if (statement.find("LIMIT 1 OFFSET ?") == std::string::npos) continue;
    ++limited;
    const auto plan = watched.ask_once("EXPLAIN QUERY PLAN " + statement).value();
    REQUIRE(plan.size() == 1);
    INFO(plan[0]);
    CHECK(plan[0].find("USING COVERING INDEX") != std::string::npos);
    CHECK(plan[0].find("state=?") != std::string::npos);
  }
  CHECK(limited == 5);  // friends, friend requests, blocks; of a group's requests, and a user's
}

}  // namespace
}  // namespace mpim::test
