// A database in which everything is as it should be, and a word for spoiling it.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <span>

#include "server/store/sql/verify/verify.h"
#include "tests/store/database.h"

namespace mpim::test {

inline std::vector<Finding> findings(Database& db) {
  db.close();
  const auto driver = db.driver();
  return verify(*driver).value();
}

// Alice 1001 and Bob 1002 have a direct talk, conversation 1, and a group 1001, conversation 2,
// that Bob joined, left and joined again; Alice's notes are conversation 3. Dora, 1004, was erased.
struct Sound {
  explicit Sound(Backend backend) : db(backend) {
    alice = db.user("alice");
    bob = db.user("bob");
    const Device phone = db.device(bob);
    for (const char* id : {"c1", "c2", "c3"}) {
      talk = db.send(draft(alice, bob, "x", id)).entry->conversation;
    }
    group = db.group(alice, {bob});
    db.leave(group.id, bob);
    db.join(group.id, bob);
    db.send(draft(bob, group.id, "x", "c1"));
    db.send(draft(kSystemUser, group.id, "x"));
    db.raise_delivered(phone, talk, Seq(2));
    db.read(bob, talk, Seq(1));
    db.send(draft(alice, alice, "note"));
    const UserId carol = db.user("carol");
    const auto made = db.change([&](Store& s) -> Result<bool> {
      MPIM_CHECKED(s.people().add_friend(alice, bob, kNow));
      MPIM_CHECKED(s.people().accept(bob, alice, kNow));
      MPIM_CHECKED(s.people().add_friend(carol, alice, kNow));
      MPIM_CHECKED(s.people().block(bob, carol, kNow));
      return true;
    });
    REQUIRE(made.ok());
    const auto uploaded = db.change([&](Store& s) {
      return s.files().add({{}, std::string(64, 'a'), 3, "image/png", "p.png", alice, kNow});
    });
    Draft with_file = draft(alice, alice, "look", "f1");
    with_file.file = *uploaded;
    db.send(with_file);
    const auto picture = db.change([&](Store& s) {
      return s.people().set_profile(alice, {{}, {}, *uploaded, {}});
    });
    REQUIRE(picture.ok());
    talk_and_erase_dora();
  }
  // Conversation 4: her message is 2, the edited one 1, the recalled one 4.
  void talk_and_erase_dora() {
    const UserId dora = db.user("dora");
    const Device tablet = db.device(dora);
    const MessageId first = db.send(draft(alice, dora, "a", "c1")).committed.id;
    const ConversationId with_dora = first.conversation();
    db.send(draft(dora, alice, "b", "c1"));
    change({first, alice, {}, false, "A"});
    const MessageId fourth = db.send(draft(alice, dora, "c", "c2")).committed.id;
    change({fourth, alice, {}, true, ""});
    db.raise_delivered(tablet, with_dora, Seq(3));
    db.read(dora, with_dora, Seq(3));
    REQUIRE(db.change([&](Store& s) -> Result<bool> {
                MPIM_CHECKED(
                    s.cursors().note_receipt(dora, with_dora, ReceiptKind::kRead, Seq(3), kNow));
                MPIM_CHECKED(s.log().hide(dora, first));
                MPIM_CHECKED(s.people().end_all(dora, kNow));
                MPIM_CHECKED(s.accounts().remove(dora));
                return true;
              }).ok());
    erase(dora);
  }
  void change(const EntryChange& change) {
    REQUIRE(db.change([&](Store& s) { return s.log().change(change, kNow); }).ok());
  }
  void erase(UserId user) {
    const auto begun = db.change([&](Store& s) { return s.erasures().begin(user, "root", kNow); });
    for (bool more = true; more;) {
      const auto done = db.change([&](Store& s) { return s.erasures().step(begun->id, 9, kNow); });
      REQUIRE(done.ok());
      more = done->erasure.finished_at.ms == 0;
    }
  }

  Database db;
  UserId alice;
  UserId bob;
  ConversationId talk;
  Group group;
};

// A fault and what is said of it; an empty sentence: anything.
struct Planted {
  const char* id;
  const char* sql;
  uint64_t conversation;
  std::string_view sentence = {};
};

inline bool is(const Finding& found, const Planted& planted) {
  return found.id == planted.id && found.conversation.value == planted.conversation &&
         (planted.sentence.empty() || found.sentence == planted.sentence);
}

inline void check_found(Database& db, const Planted& planted) {
  db.close();
  db.plant(planted.sql);
  const auto found = findings(db);
  INFO(planted.sql);
  const bool named =
      std::ranges::any_of(found, [&](const Finding& each) { return is(each, planted); });
  for (const Finding& each : found) UNSCOPED_INFO(each.id << " " << each.sentence);
  CHECK(named);
}

// The same for all of them on MySQL, each planted in a transaction that is undone.
inline void check_found_on_mysql(std::span<const Planted> all) {
  Sound sound(Backend::kMysql);
  sound.db.close();
  const auto driver = sound.db.driver();
  for (const Planted& planted : all) {
    // There the index is the log's own, and cannot be wrong.
    if (std::string_view(planted.id).starts_with("index.")) continue;
    INFO(planted.sql);
    REQUIRE(driver->begin().ok());
    REQUIRE(driver->run_script(planted.sql).ok());
    const auto found = verify(*driver).value();
    driver->rollback();
    for (const Finding& each : found) UNSCOPED_INFO(each.id << " " << each.sentence);
    CHECK(std::ranges::any_of(found, [&](const Finding& each) { return is(each, planted); }));
  }
  CHECK(verify(*driver).value().empty());
}

inline void check_sound(Database& db) {
  for (const Finding& each : findings(db)) FAIL_CHECK(each.id << ": " << each.sentence);
}

}  // namespace mpim::test
