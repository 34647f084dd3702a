// Reading back, changing, hiding, and who has seen it, on every back end.
#include <catch2/catch.hpp>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Result<Appended> changed(Database& db, UserId by, MessageId of, std::optional<std::string> text,
                         Timestamp now = kNow) {
  return db.change([&](Store& in) {
    return in.log().change(
        {.of = of, .by = by, .device = {}, .recall = !text.has_value(), .text = text.value_or("")},
        now);
  });
}

std::vector<std::string> texts(const std::vector<EntryPtr>& entries) {
  std::vector<std::string> all;
  for (const EntryPtr& entry : entries)
    all.push_back(std::string(name_of(entry->kind)) + ":" + entry->text);
  return all;
}

std::vector<std::string> log_of(Database& db, UserId reader, ConversationId of) {
  return texts(db.store().log().after(reader, of, Seq(), 99, 99'999).value().entries);
}

// A talk of `count` messages "1", "2", ... of alice's to bob.
struct Talk {
  explicit Talk(Database& in, int count) : db(in), alice(in.user("alice")), bob(in.user("bob")) {
    for (int i = 1; i <= count; ++i) sent.push_back(say(std::to_string(i)));
    conversation = sent.front().conversation();
  }
  MessageId say(const std::string& text, const std::string& cid = "") {
    return db.send(draft(alice, bob, text, cid)).committed.id;
  }
  HistoryPage history(UserId reader, bool forwards, Seq bound, uint32_t count,
                      uint32_t bytes = 99'999) {
    return db.store()
        .log()
        .history(reader, {.conversation = conversation, .forwards = forwards, .bound = bound},
                 count, bytes)
        .value();
  }

  Database& db;
  UserId alice;
  UserId bob;
  std::vector<MessageId> sent;
  ConversationId conversation;
};

}  // namespace

TEST_CASE("history pages through all of a log in either direction while messages arrive",
          "[store][M17][M12]") {
  Database db(GENERATE(from_range(backends())));
  Talk talk(db, 25);
  std::vector<std::string> back;
  Seq place = kSeqMax.next();
  for (bool more = true; more;) {
    const HistoryPage page = talk.history(talk.bob, false, place, 10);
    const auto part = texts(page.entries);
    back.insert(back.begin(), part.begin(), part.end());
    talk.say("late");
    place = page.reached;
    more = page.more;
  }
  REQUIRE(back.size() == 25);
  std::vector<std::string> forth;
  place = Seq();
  for (bool more = true; more;) {
    const HistoryPage page = talk.history(talk.bob, true, place, 10);
    const auto part = texts(page.entries);
    forth.insert(forth.end(), part.begin(), part.end());
    place = page.reached;
    more = page.more;
  }
  forth.resize(25);
  CHECK(back == forth);
  CHECK(back.front() == "message:1");
  CHECK(back.back() == "message:25");
}

TEST_CASE("a page of history backwards that holds too much text is shorter, and ends at its place",
          "[store][M17]") {
  Database db(GENERATE(from_range(backends())));
  Talk talk(db, 3);
  for (int i = 0; i < 8; ++i) talk.say(std::string(1'000, 'x'));
  const HistoryPage page = talk.history(talk.bob, false, Seq(12), 8, 3'000);
  REQUIRE_FALSE(page.entries.empty());
  CHECK(page.entries.back()->seq == Seq(11));
  CHECK(page.entries.size() < 8);
  CHECK(page.more);
  CHECK(page.reached == page.entries.front()->seq);
}

TEST_CASE("history is what one's memberships show, and nothing to a stranger", "[store][M17]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId eve = db.user("eve");
  const Group tea = db.group(alice);
  db.send(draft(alice, tea.id, "before"));
  db.join(tea.id, bob);
  db.send(draft(alice, tea.id, "with"));
  db.leave(tea.id, bob);
  db.send(draft(alice, tea.id, "without"));
  db.join(tea.id, bob);
  db.send(draft(alice, tea.id, "again"));
  MessageLog& log = db.store().log();
  const HistoryPlace end{.conversation = tea.conversation, .bound = kSeqMax.next()};
  CHECK(texts(log.history(bob, end, 99, 99'999)->entries) ==
        std::vector<std::string>{"join:", "message:with", "leave:", "join:", "message:again"});
  // The gap between two memberships costs no place of a page.
  const HistoryPage three = log.history(bob, end, 3, 99'999).value();
  CHECK(texts(three.entries) == std::vector<std::string>{"leave:", "join:", "message:again"});
  CHECK(three.more);
  CHECK(log.history(eve, end, 9, 99'999).error().code == Code::kNotFound);
  CHECK(log.history(alice, {.conversation = ConversationId(999), .bound = Seq(1)}, 9, 9)
            .error()
            .code == Code::kNotFound);
}

TEST_CASE("an edit or a recall changes what everybody reads, and stays after a crash",
          "[store][M28]") {
  Database db(GENERATE(from_range(backends())));
  Talk talk(db, 1);
  const MessageId second = talk.say("secret", "c1");
  REQUIRE(changed(db, talk.alice, talk.sent[0], "one").ok());
  REQUIRE(changed(db, talk.alice, second, "no secret").ok());
  REQUIRE(changed(db, talk.alice, second, std::nullopt).ok());
  const std::vector<std::string> expected{"message:one", "message:", "edit:one",
                                          "edit:", "recall:"};
  CHECK(log_of(db, talk.bob, talk.conversation) == expected);
  db.crash_and_reopen();
  CHECK(log_of(db, talk.bob, talk.conversation) == expected);
  const EntryPtr recalled = db.store().log().find(second).value();
  CHECK(recalled->state == EntryState::kRecalled);
  CHECK(recalled->changed_at == kNow);
  // A retry of the send is answered as if nothing had happened to it.
  CHECK(db.send(draft(talk.alice, talk.bob, "secret", "c1")).committed.id == second);
  CHECK(db.try_send(draft(talk.alice, talk.bob, "other", "c1")).error().code == Code::kConflict);
}

TEST_CASE("a change in a transaction that fails has not happened", "[store][M59]") {
  Database db(GENERATE(from_range(backends())));
  Talk talk(db, 1);
  Store& store = db.store();
  const EntryChange recall{
      .of = talk.sent[0], .by = talk.alice, .device = {}, .recall = true, .text = {}};
  SECTION("as a whole") {
    REQUIRE(store.begin().ok());
    REQUIRE(store.log().change(recall, kNow).ok());
    store.rollback();
  }
  SECTION("in part") {
    REQUIRE(store.begin().ok());
    REQUIRE(store.savepoint().ok());
    REQUIRE(store.log().change(recall, kNow).ok());
    store.rollback_to_savepoint();
    REQUIRE(store.commit().ok());
  }
  CHECK(log_of(db, talk.bob, talk.conversation) == std::vector<std::string>{"message:1"});
  CHECK(changed(db, talk.alice, talk.sent[0], std::nullopt).ok());
}

TEST_CASE("its sender may change a message for a while, an admin recall it at any time",
          "[store][M28][P18]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const UserId carol = db.user("carol");
  const Group tea = db.group(alice, {bob, carol});
  const MessageId said = db.send(draft(bob, tea.id, "hm")).committed.id;
  const Timestamp limit = kNow + minutes(2);
  const Timestamp late = kNow + minutes(2) + Millis(1);
  CHECK(changed(db, carol, said, std::nullopt).error().code == Code::kDenied);
  CHECK(changed(db, alice, said, "not mine").error().code == Code::kDenied);
  CHECK(changed(db, bob, said, "late", late).error().code == Code::kDenied);
  CHECK(changed(db, bob, said, "in time", limit).ok());
  CHECK(changed(db, bob, said, "in time", limit).error().code == Code::kConflict);
  CHECK(changed(db, bob, said, std::nullopt, late).error().code == Code::kDenied);
  const Result<Appended> recalled = changed(db, alice, said, std::nullopt, late);
  REQUIRE(recalled.ok());
  CHECK(recalled->entry->ref == said.seq());
  CHECK(changed(db, alice, said, std::nullopt, late).error().code == Code::kConflict);
  CHECK(changed(db, bob, said, "back", kNow).error().code == Code::kConflict);
  const MessageId joined(tea.conversation, Seq(1));
  CHECK(changed(db, alice, joined, std::nullopt).error().code == Code::kBadRequest);
  const MessageId mine = db.send(draft(bob, tea.id, "mine")).committed.id;
  db.leave(tea.id, bob);
  CHECK(changed(db, bob, mine, std::nullopt).error().code == Code::kNotMember);
  CHECK(changed(db, bob, MessageId(tea.conversation, Seq(77)), "x").error().code ==
        Code::kNotFound);
}

TEST_CASE("what a reader hid is out of his sight and in everybody else's", "[store][M14]") {
  Database db(GENERATE(from_range(backends())));
  Talk talk(db, 3);
  REQUIRE(db.change([&](Store& in) -> Result<bool> {
              MPIM_CHECKED(in.log().hide(talk.bob, talk.sent[1]));
              MPIM_CHECKED(in.log().hide(talk.bob, talk.sent[2]));
              MPIM_CHECKED(in.log().hide(talk.bob, talk.sent[2]));
              return true;
            }).ok());
  CHECK(texts(talk.history(talk.bob, true, Seq(), 9).entries) ==
        std::vector<std::string>{"message:1"});
  CHECK(log_of(db, talk.bob, talk.conversation) == std::vector<std::string>{"message:1"});
  CHECK(log_of(db, talk.alice, talk.conversation).size() == 3);
  const auto rows = db.store().cursors().conversations(talk.bob, {}, 9).value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].last->text == "1");
  CHECK(db.change([&](Store& in) -> Result<bool> {
            MPIM_CHECKED(in.log().hide(talk.bob, MessageId(talk.conversation, Seq(4))));
            return true;
          })
            .error()
            .code == Code::kNotFound);
}

TEST_CASE("a client's time is believed unless it is off by more than the limit",
          "[store][M26][M27]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const auto shown = [&](Timestamp client) {
    Draft one = draft(alice, bob, "x");
    one.client_at = client;
    const MessageId id = db.send(one).committed.id;
    db.crash_and_reopen();
    const EntryPtr entry = db.store().log().find(id).value();
    CHECK(entry->client_at == client);
    CHECK(entry->at == kNow);
    return time_of(*entry);
  };
  CHECK(shown(kNow - minutes(5)) == kNow - minutes(5));
  CHECK(shown(kNow + minutes(5)) == kNow + minutes(5));
  CHECK(shown(kNow - minutes(5) - Millis(1)) == kNow);
  CHECK(shown(kNow + minutes(5) + Millis(1)) == kNow);
  CHECK(shown(Timestamp{}) == kNow);
}

TEST_CASE("all of a message's fields come back as they were given", "[store][M24][M29]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  Draft full = draft(alice, bob, "图", "c1");
  full.type = ContentType::kVoice;
  full.file =
      db.change([&](Store& in) {
          return in.files().add({{}, std::string(64, 'a'), 3, "audio/ogg", "", alice, kNow});
        }).value();
  full.client_at = kNow - seconds(1);
  full.ext = R"({"seconds": 3, "a":  [1 ,2]})";
  const MessageId id = db.send(full).committed.id;
  db.crash_and_reopen();
  const EntryPtr entry = db.store().log().find(id).value();
  CHECK(entry->text == full.text);
  CHECK(entry->type == full.type);
  CHECK(entry->file == full.file);
  CHECK(entry->ext == full.ext);
  CHECK(entry->client_id == "c1");
  CHECK(entry->state == EntryState::kAsSent);
}

TEST_CASE("a receipt has the time at which a cursor first came so far, and never goes back",
          "[store][M10][M30][M50][M51]") {
  Database db(GENERATE(from_range(backends())));
  Talk talk(db, 4);
  const auto note = [&](ReceiptKind kind, uint64_t through, int at_second) {
    return db
        .change([&](Store& in) {
          return in.cursors().note_receipt(talk.bob, talk.conversation, kind, Seq(through),
                                           kNow + seconds(at_second));
        })
        .value();
  };
  const auto mark = [&](size_t index) {
    const Receipts found =
        db.store().cursors().receipts(talk.alice, talk.sent[index], {}, 9).value();
    REQUIRE(found.marks.size() == 1);
    CHECK(found.marks[0].user == talk.bob);
    return std::pair((found.marks[0].delivered.ms - kNow.ms) / 1'000,
                     found.marks[0].read.ms == 0 ? 0 : (found.marks[0].read.ms - kNow.ms) / 1'000);
  };
  const auto told = note(ReceiptKind::kDelivered, 2, 10);
  REQUIRE(told.size() == 1);
  CHECK(told[0].to == talk.alice);
  CHECK(told[0].signal.through == Seq(2));
  CHECK(note(ReceiptKind::kDelivered, 1, 11).empty());
  CHECK(note(ReceiptKind::kDelivered, 2, 12).empty());
  CHECK(note(ReceiptKind::kDelivered, 3, 13).size() == 1);
  CHECK(note(ReceiptKind::kRead, 1, 14).size() == 1);
  db.crash_and_reopen();
  CHECK(mark(0) == std::pair<int64_t, int64_t>(10, 14));
  CHECK(mark(1) == std::pair<int64_t, int64_t>(10, 0));
  CHECK(mark(2) == std::pair<int64_t, int64_t>(13, 0));
  const Receipts last = db.store().cursors().receipts(talk.alice, talk.sent[3], {}, 9).value();
  CHECK(last.delivered == 0);
  CHECK(last.recipients == 1);
  // Who reads what no device of his was told of has it all the same.
  note(ReceiptKind::kRead, 4, 15);
  CHECK(mark(3) == std::pair<int64_t, int64_t>(15, 15));
  CHECK(db.store().cursors().receipts(talk.bob, talk.sent[0], {}, 9).error().code == Code::kDenied);
}

TEST_CASE("receipts are kept up to the limit of members, and one past it refused", "[store][M51]") {
  StoreOptions options;
  options.limits.receipt_members_max = 2;
  Database db(Backend::kSqlite, options);
  const UserId alice = db.user("alice");
  const Group tea = db.group(alice, {db.user("bob"), db.user("carol")});
  const MessageId said = db.send(draft(alice, tea.id, "x")).committed.id;
  CHECK(db.store().cursors().receipts(alice, said, {}, 9).value().recipients == 2);
  db.join(tea.id, db.user("dave"));
  const MessageId later = db.send(draft(alice, tea.id, "x")).committed.id;
  CHECK(db.store().cursors().receipts(alice, later, {}, 9).error().code == Code::kLimit);
}

TEST_CASE("conversations are listed by their newest message, page by page, with what is unread",
          "[store][M63][P22]") {
  Database db(GENERATE(from_range(backends())));
  const UserId alice = db.user("alice");
  std::vector<UserId> others;
  for (int i = 0; i < 5; ++i) {
    others.push_back(db.user("u" + std::to_string(i)));
    db.send(draft(others.back(), alice, "m"), kNow + seconds(i));
  }
  db.send(draft(others[1], alice, "again"), kNow + seconds(10));
  const Group tea = db.group(alice);
  std::vector<std::string> names;
  MessageId before;
  for (int page = 0; page < 4; ++page) {
    const auto rows = db.store().cursors().conversations(alice, before, 2).value();
    for (const ConversationRow& row : rows) {
      names.push_back(row.name + ":" + std::to_string(row.unread));
      if (row.last) before = row.last->id();
    }
    // What comes while one pages moves up, and is not met again below.
    if (page == 0) db.send(draft(alice, others[1], "me"), kNow + seconds(20));
    if (rows.size() < 2) break;
  }
  CHECK(names == std::vector<std::string>{"u1:2", "u4:1", "u3:1", "u2:1", tea.name + ":0", "u0:1"});
}

}  // namespace mpim::test
