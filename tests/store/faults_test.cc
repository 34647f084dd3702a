#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

// Fails at one point from the n-th time on that it is asked there, until it is lifted.
struct Planted {
  FaultPoint point = FaultPoint::kStep;
  Fault fault = Fault::kNone;
  int passes = 0;

  FaultHook hook() {
    return [this](FaultPoint at) {
      if (fault == Fault::kNone || at != point) return Fault::kNone;
      return passes-- > 0 ? Fault::kNone : fault;
    };
  }
};

struct Troubled {
  explicit Troubled(Backend backend) : db(backend, options_with(planted)) {
    alice = db.user("alice");
    bob = db.user("bob");
    talk = db.send(draft(alice, bob, "kept")).entry->conversation;
  }
  static StoreOptions options_with(Planted& planted) { return {.faults = planted.hook()}; }
  void plant(FaultPoint point, Fault fault, int passes = 0) {
    planted.point = point;
    planted.passes = passes;
    planted.fault = fault;
  }
  void lift() { planted.fault = Fault::kNone; }

  Planted planted;
  Database db;
  UserId alice;
  UserId bob;
  ConversationId talk;
};

TEST_CASE("a full disk is told as such and leaves nothing half done", "[store][M56][M59]") {
  // What is asked, written and indexed: each of these steps may be the one that finds no room.
  Troubled t(Backend::kSqliteIndexedAtOnce);
  const int passes = GENERATE(range(0, 6));
  t.plant(FaultPoint::kStep, Fault::kFull, passes);
  const auto sent = t.db.try_send(draft(t.alice, t.bob, "x", "c1"));
  REQUIRE_FALSE(sent.ok());
  CHECK(sent.error().code == Code::kUnavailable);
  t.lift();
  CHECK(t.db.seqs_after(t.bob, t.talk) == std::vector<uint64_t>{1});
  const Appended again = t.db.send(draft(t.alice, t.bob, "x", "c1"));
  CHECK_FALSE(again.committed.duplicate);
  CHECK(again.entry->seq == Seq(2));
}

TEST_CASE("a transaction in which something failed cannot be committed", "[store][M59]") {
  Troubled t(GENERATE(from_range(file_backends())));
  Store& store = t.db.store();
  REQUIRE(store.begin().ok());
  REQUIRE(store.log().append(draft(t.alice, t.bob, "2"), kNow).ok());
  t.plant(FaultPoint::kStep, Fault::kFull);
  // Its client id is looked up.
  CHECK_FALSE(store.log().append(draft(t.alice, t.bob, "3", "c3"), kNow).ok());
  t.lift();
  CHECK(store.commit().error().code == Code::kUnavailable);
  CHECK(t.db.seqs_after(t.bob, t.talk) == std::vector<uint64_t>{1});
}

TEST_CASE("a disk that is full at the commit stores nothing, for certain", "[store][M56]") {
  Troubled t(GENERATE(from_range(file_backends())));
  t.plant(FaultPoint::kCommit, Fault::kFull);
  const auto sent = t.db.try_send(draft(t.alice, t.bob, "x", "c1"));
  CHECK(sent.error().code == Code::kUnavailable);
  t.lift();
  CHECK(t.db.send(draft(t.alice, t.bob, "x", "c1")).entry->seq == Seq(2));
}

TEST_CASE("after a failed sync the outcome is unknown and all is refused until it was reopened",
          "[store][M56][M70]") {
  Troubled t(GENERATE(from_range(file_backends())));
  const bool stored = GENERATE(false, true);
  t.plant(FaultPoint::kCommit, stored ? Fault::kIoCommitted : Fault::kIo);
  const Draft message = draft(t.alice, t.bob, "x", "c1");
  CHECK(t.db.try_send(message).error().code == Code::kUnknown);
  t.lift();
  CHECK(t.db.try_send(message).error().code == Code::kUnavailable);
  CHECK(t.db.store().log().find({t.talk, Seq(1)}).error().code == Code::kUnavailable);
  REQUIRE(t.db.store().reopen().ok());
  const Appended again = t.db.send(message);
  CHECK(again.committed.duplicate == stored);
  CHECK(again.committed.id.seq() == Seq(2));
  CHECK(t.db.seqs_after(t.bob, t.talk) == std::vector<uint64_t>{1, 2});
}

TEST_CASE("a database is open again only when it can be written", "[store]") {
  Troubled t(GENERATE(from_range(file_backends())));
  t.plant(FaultPoint::kCommit, Fault::kIo);
  CHECK(t.db.try_send(draft(t.alice, t.bob, "x")).error().code == Code::kUnknown);
  SECTION("it cannot be opened") { t.plant(FaultPoint::kOpen, Fault::kIo); }
  SECTION("its disk is full") { t.plant(FaultPoint::kCommit, Fault::kFull); }
  CHECK_FALSE(t.db.store().reopen().ok());
  t.lift();
  CHECK(t.db.store().reopen().ok());
  CHECK(t.db.try_send(draft(t.alice, t.bob, "x")).ok());
}

TEST_CASE("a database in memory survives being reopened", "[store]") {
  Planted planted;
  auto store = std::move(open_sqlite_store(":memory:", {.faults = planted.hook()})).value();
  REQUIRE(store->begin().ok());
  const UserId alice = store->accounts().create({"alice", "alice"}, "h", kNow).value();
  REQUIRE(store->commit().ok());
  planted.point = FaultPoint::kCommit;
  planted.fault = Fault::kIo;
  REQUIRE(store->begin().ok());
  REQUIRE(store->accounts().create({"bob", "bob"}, "h", kNow).ok());
  CHECK(store->commit().error().code == Code::kUnknown);
  planted.fault = Fault::kNone;
  REQUIRE(store->reopen().ok());
  CHECK(store->accounts().find(alice).ok());
  CHECK(store->accounts().find(std::string("bob")).error().code == Code::kNotFound);
}

TEST_CASE("a file that is no database is refused and named", "[store]") {
  Database db(GENERATE(from_range(file_backends())));
  db.close();
  std::filesystem::remove(db.path());
  {
    FILE* file = std::fopen(db.path().c_str(), "w");
    REQUIRE(file != nullptr);
    for (int i = 0; i < 1'000; ++i) std::fputs("this is no database\n", file);
    std::fclose(file);
  }
  const auto opened = open_sqlite_store(db.path());
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == Code::kUnavailable);
  CHECK_THAT(opened.error().message, Catch::Contains(db.path()));
}

// What these two tests write shall take the room it has.
StoreOptions unpacked() {
  StoreOptions options;
  options.limits.pack_over_bytes = 0;
  return options;
}

TEST_CASE("the log beside the database is bounded", "[store]") {
  Database db(GENERATE(from_range(file_backends())), unpacked());
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Draft large = draft(alice, bob, std::string(60'000, 'x'));
  uintmax_t log_bytes_max = 0;
  for (int i = 0; i < 180; ++i) {
    const auto sent = db.change([&](Store& s) -> Result<bool> {
      for (int n = 0; n < 17; ++n) MPIM_CHECKED(s.log().append(large, kNow));
      return true;
    });
    REQUIRE(sent.ok());
    log_bytes_max = std::max(log_bytes_max, std::filesystem::file_size(db.path() + "-wal"));
  }
  // However far the copying falls behind, the writer waits at 128 MiB.
  CHECK(std::filesystem::file_size(db.path()) > 50'000'000);
  CHECK(log_bytes_max < 140'000'000);
}

TEST_CASE("the log is copied into the database beside the writer", "[store]") {
  Database db(GENERATE(from_range(file_backends())), unpacked());
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  const Draft large = draft(alice, bob, std::string(60'000, 'x'));
  const auto sent = db.change([&](Store& s) -> Result<bool> {
    for (int n = 0; n < 350; ++n) MPIM_CHECKED(s.log().append(large, kNow));
    return true;
  });
  REQUIRE(sent.ok());
  CHECK(std::filesystem::file_size(db.path()) < 1'000'000);
  REQUIRE(db.store().begin().ok());
  db.store().rollback();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::filesystem::file_size(db.path()) < 20'000'000 &&
         std::chrono::steady_clock::now() < patience)
    std::this_thread::yield();
  CHECK(std::filesystem::file_size(db.path()) >= 20'000'000);
}

TEST_CASE("a store that only reads changes nothing and sees what was committed", "[store]") {
  Troubled t(GENERATE(from_range(file_backends())));
  const auto reader = std::move(open_sqlite_store(t.db.path(), {.read_only = true})).value();
  CHECK(reader->log().after(t.bob, t.talk, Seq(), 10, 1'000).value().head == Seq(1));
  REQUIRE(t.db.store().begin().ok());
  REQUIRE(t.db.store().log().append(draft(t.alice, t.bob, "2"), kNow).ok());
  CHECK(reader->log().after(t.bob, t.talk, Seq(), 10, 1'000).value().head == Seq(1));
  REQUIRE(t.db.store().commit().ok());
  CHECK(reader->log().after(t.bob, t.talk, Seq(), 10, 1'000).value().head == Seq(2));
  REQUIRE(reader->begin().ok());
  CHECK(reader->accounts().create({"eve", "eve"}, "h", kNow).error().code == Code::kUnavailable);
  reader->rollback();
}

}  // namespace
}  // namespace mpim::test
