#include "server/store/threads/threaded_storage.h"

#include <map>
#include <set>

#include "server/telemetry/metrics.h"
#include "tests/store/running_storage.h"

namespace mpim::test {
namespace {

TEST_CASE("what gathers while one transaction commits is one transaction", "[store][M60]") {
  Running node;
  Gate gate;
  node.close_gate(gate);
  const uint64_t batches = counted(Counter::kStoreBatches);
  const uint64_t jobs = counted(Counter::kStoreJobs);
  std::vector<Result<Appended>> answers;
  for (int i = 0; i < 200; ++i) node.send(node.alice, "c" + std::to_string(i), answers);
  gate.open();
  node.inbox.run_until([&] { return answers.size() == 200; });
  CHECK(counted(Counter::kStoreBatches) - batches == 2);
  CHECK(counted(Counter::kStoreJobs) - jobs == 201);
  for (const auto& answer : answers) REQUIRE(answer.ok());
}

TEST_CASE("what is not urgent gathers, and goes with the next message", "[store][M60]") {
  StorageOptions options;
  options.writer.gather = Millis(3'600'000);
  Running node(options);
  int written = 0;
  const auto write = [&] {
    node.storage->write<bool>(
        ConversationId(), [](Store&) -> Result<bool> { return true; },
        Reply<bool>(node.inbox, [&written](const Result<bool>& done) { written += done.ok(); }));
  };
  const uint64_t batches = counted(Counter::kStoreBatches);
  write();
  for (int i = 0; i < 10; ++i) CHECK(node.read_all().ok());  // the writer has time enough
  CHECK(written == 0);
  write();
  CHECK(node.send_and_wait("urgent").ok());
  CHECK(written == 2);
  CHECK(counted(Counter::kStoreBatches) == batches + 1);
  write();
  node.storage->stop();
  node.inbox.run_until([&] { return written == 3; });
}

TEST_CASE("senders that wait for their answers share commits", "[store][M60]") {
  Running node;
  constexpr int kSenders = 20;
  constexpr int kEach = 30;
  int left = kSenders * kEach;
  std::function<void(int, int)> next = [&](int sender, int number) {
    node.append(
        draft(node.alice, node.bob, "x", std::to_string(sender) + "." + std::to_string(number)),
        [&, sender, number](const Result<Appended>& answer) {
          REQUIRE(answer.ok());
          --left;
          if (number + 1 < kEach) next(sender, number + 1);
        });
  };
  const uint64_t batches = counted(Counter::kStoreBatches);
  for (int sender = 0; sender < kSenders; ++sender) next(sender, 0);
  node.inbox.run_until([&] { return left == 0; });
  CHECK(counted(Counter::kStoreBatches) - batches < kSenders * kEach / 2);
}

TEST_CASE("concurrent senders get seqs without gap or repeat, also after a restart",
          "[store][M25]") {
  Running node;
  std::vector<Result<Appended>> answers;
  {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 250; ++i) {
          const UserId from = t % 2 == 0 ? node.alice : node.bob;
          node.send(from, std::to_string(t) + "." + std::to_string(i), answers);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  node.inbox.run_until([&] { return answers.size() == 1'000; });
  std::set<uint64_t> seqs;
  for (const auto& answer : answers) seqs.insert(answer.value().committed.id.seq().value);
  CHECK(seqs.size() == 1'000);
  CHECK(*seqs.begin() == 2);
  CHECK(*seqs.rbegin() == 1'001);
  node.storage.reset();
  const auto again = std::move(open_sqlite_store(node.path())).value();
  REQUIRE(again->begin().ok());
  CHECK(again->log().append(draft(node.alice, node.bob, "x"), kNow).value().entry->seq ==
        Seq(1'002));
  REQUIRE(again->commit().ok());
}

TEST_CASE("one sender's messages keep their order", "[store]") {
  Running node;
  std::vector<Result<Appended>> answers;
  for (int i = 0; i < 500; ++i) node.send(node.alice, "c" + std::to_string(i), answers);
  node.inbox.run_until([&] { return answers.size() == 500; });
  for (size_t i = 0; i < answers.size(); ++i) {
    REQUIRE(answers[i].value().committed.id.seq() == Seq(i + 2));
  }
}

TEST_CASE("a read sees every write that was answered", "[store]") {
  Running node;
  for (uint64_t i = 0; i < 20; ++i) {
    const Seq seq = node.send_and_wait("c" + std::to_string(i)).value().committed.id.seq();
    REQUIRE(node.read_all().value().head == seq);
  }
}

TEST_CASE("a job that fails is undone alone; its batch is stored", "[store][M59]") {
  Running node;
  Gate gate;
  node.close_gate(gate);
  std::vector<Result<Appended>> answers;
  node.send(node.alice, "before", answers);
  std::optional<Result<bool>> failed;
  node.storage->write<bool>(
      node.talk,
      [&](Store& store) -> Result<bool> {
        MPIM_CHECKED(store.log().append(draft(node.alice, node.bob, "undone"), kNow));
        MPIM_CHECKED(store.accounts().create({"eve", "eve"}, "h", kNow));
        return Error{Code::kDenied, "changed my mind"};
      },
      Reply<bool>(node.inbox,
                  [&failed](Result<bool> answer) { failed.emplace(std::move(answer)); }));
  node.send(node.alice, "after", answers);
  gate.open();
  node.inbox.run_until([&] { return answers.size() == 2 && failed; });
  CHECK(failed->error().code == Code::kDenied);
  CHECK(answers[0].value().committed.id.seq() == Seq(2));
  CHECK(answers[1].value().committed.id.seq() == Seq(3));
  CHECK(node.read_all().value().entries.size() == 3);
}

TEST_CASE("a queue that is full answers busy", "[store][M38]") {
  StorageOptions options;
  options.writer.queue_max = 5;
  Running node(options);
  Gate gate;
  node.close_gate(gate);
  std::vector<Result<Appended>> answers;
  for (int i = 0; i < 8; ++i) node.send(node.alice, "c" + std::to_string(i), answers);
  node.inbox.run_until([&] { return answers.size() == 3; });
  for (const auto& answer : answers) CHECK(answer.error().code == Code::kBusy);
  gate.open();
  node.inbox.run_until([&] { return answers.size() == 8; });
  CHECK(node.read_all().value().head == Seq(6));
}

TEST_CASE("a large crowd is committed in batches of bounded size", "[store][M62]") {
  StorageOptions options;
  options.writer.batch_jobs_max = 10;
  Running node(options);
  Gate gate;
  node.close_gate(gate);
  const uint64_t batches = counted(Counter::kStoreBatches);
  std::vector<Result<Appended>> answers;
  for (int i = 0; i < 95; ++i) node.send(node.alice, "c" + std::to_string(i), answers);
  gate.open();
  node.inbox.run_until([&] { return answers.size() == 95; });
  CHECK(counted(Counter::kStoreBatches) - batches == 1 + 10);
}

TEST_CASE("stopping finishes what was taken and refuses what comes later", "[store]") {
  Running node;
  std::vector<Result<Appended>> answers;
  for (int i = 0; i < 100; ++i) node.send(node.alice, "c" + std::to_string(i), answers);
  node.storage->stop();
  node.send(node.alice, "late", answers);
  node.inbox.run_until([&] { return answers.size() == 101; });
  for (int i = 0; i < 100; ++i) REQUIRE(answers[static_cast<size_t>(i)].ok());
  CHECK(answers.back().error().code == Code::kDraining);
  CHECK(node.read_all().error().code == Code::kDraining);
}

TEST_CASE("a reader overtaken by the index misses nothing", "[store][M20]") {
  Database db;
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  db.close();
  const auto tail = make_log_tail();
  StoreOptions writing;
  writing.tail = tail;
  writing.limits.index_batch_entries = 4;
  const auto writer = std::move(open_sqlite_store(db.path(), writing)).value();
  const auto reader =
      std::move(open_sqlite_store(db.path(), {.read_only = true, .tail = tail})).value();
  const auto send = [&] {
    REQUIRE(writer->begin().ok());
    const auto sent = writer->log().append(draft(alice, bob, "x"), kNow);
    REQUIRE(writer->commit().ok());
    return sent.value().entry->conversation;
  };
  const ConversationId talk = send();
  send();
  // Pinned at two entries; the database is looked at when six are in it, five of them indexed.
  const int later = GENERATE(0, 1, 2, 4, 9);
  REQUIRE(reader->begin().ok());
  for (int i = 0; i < later; ++i) send();
  const Page page = reader->log().after(bob, talk, Seq(0), 100, 1'000'000).value();
  const mpim::Inbox inbox = reader->cursors().inbox(bob, DeviceId(1), {}).value();
  reader->rollback();
  REQUIRE(page.entries.size() >= 2);
  for (size_t i = 0; i < page.entries.size(); ++i) CHECK(page.entries[i]->seq.value == i + 1);
  CHECK(page.through == page.entries.back()->seq);
  CHECK(page.head == page.through);
  CHECK(inbox.unread == page.entries.size());
  CHECK(inbox.pending == page.entries.size());
}

TEST_CASE("a commit of unknown outcome takes nothing from a reader that had pinned it",
          "[store][M69]") {
  Database db;
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  db.close();
  const auto tail = make_log_tail();
  Fault at_commit = Fault::kNone;
  StoreOptions writing;
  writing.tail = tail;
  writing.limits.index_batch_entries = 4;
  writing.faults = [&at_commit](FaultPoint at) {
    return at == FaultPoint::kCommit ? at_commit : Fault::kNone;
  };
  const auto writer = std::move(open_sqlite_store(db.path(), writing)).value();
  const auto reader =
      std::move(open_sqlite_store(db.path(), {.read_only = true, .tail = tail})).value();
  ConversationId talk;
  const auto send = [&] {
    REQUIRE(writer->begin().ok());
    talk = writer->log().append(draft(alice, bob, "x"), kNow).value().entry->conversation;
    return writer->commit();
  };
  REQUIRE(send().ok());
  REQUIRE(send().ok());
  REQUIRE(reader->begin().ok());
  CHECK(reader->cursors().inbox(bob, DeviceId(1), {}).value().pending == 2);
  REQUIRE(send().ok());
  at_commit = Fault::kIoCommitted;  // and this one writes the index
  CHECK(send().error().code == Code::kUnknown);
  at_commit = Fault::kNone;
  REQUIRE(writer->reopen().ok());
  const Page page = reader->log().after(bob, talk, Seq(0), 100, 1'000'000).value();
  CHECK(page.entries.size() == 2);
  CHECK(page.through == Seq(2));
  reader->rollback();
  REQUIRE(reader->begin().ok());
  CHECK(reader->log().after(bob, talk, Seq(0), 100, 1'000'000).value().entries.size() == 4);
  reader->rollback();
}

}  // namespace
}  // namespace mpim::test
