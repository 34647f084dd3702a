#include "server/store/threaded_storage.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <set>

#include "server/telemetry/metrics.h"
#include "tests/store/database.h"

namespace mpim::test {
namespace {

// Replies arrive here; run_until() waits for them without looking at a clock.
class Inbox final : public Executor {
 public:
  void post(Task task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    wake_.notify_one();
  }
  TimerId after(Millis, Task) override { return {}; }
  void cancel(TimerId) override {}
  const Clock& clock() const override { std::abort(); }

  template <class Condition>
  void run_until(Condition done) {
    while (!done()) {
      std::unique_lock lock(mutex_);
      const bool came =
          wake_.wait_for(lock, std::chrono::seconds(60), [this] { return !tasks_.empty(); });
      REQUIRE(came);
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
};

// Holds up the writer until it is let go, so that what gathers meanwhile is known.
class Gate {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    entered_ = true;
    wake_.notify_all();
    wake_.wait(lock, [this] { return open_; });
  }
  void wait_until_entered() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return entered_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    wake_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool entered_ = false;
  bool open_ = false;
};

class Running {
 public:
  explicit Running(StorageOptions options = {}, FaultHook faults = {}) {
    Database db;
    alice = db.user("alice");
    bob = db.user("bob");
    talk = db.send(draft(alice, bob, "first")).entry->conversation;
    db.close();
    std::filesystem::copy(db.path(), path());
    const auto tail = make_log_tail();
    auto started = ThreadedStorage::start(
        [this, faults, tail] {
          return open_sqlite_store(path(), {.tail = tail, .faults = faults});
        },
        [this, tail] { return open_sqlite_store(path(), {.read_only = true, .tail = tail}); },
        options);
    storage = std::move(started).value();
  }

  std::string path() const { return sqlite_path(directory_.path()); }

  template <class Receive>
  void append(const Draft& one, Receive receive) {
    storage->append({one}, kNow,
                    Reply<AppendOutcomes>(
                        inbox, [receive = std::move(receive)](Result<AppendOutcomes> outcomes) {
                          receive(outcomes.ok() ? outcomes->front() : outcomes.error());
                        }));
  }
  void send(UserId from, const std::string& client_id, std::vector<Result<Appended>>& answers,
            const std::string& text = "x") {
    append(draft(from, from == alice ? bob : alice, text, client_id),
           [&answers](Result<Appended> answer) { answers.push_back(std::move(answer)); });
  }
  Result<Appended> send_and_wait(const std::string& client_id) {
    std::vector<Result<Appended>> answers;
    send(alice, client_id, answers);
    inbox.run_until([&] { return !answers.empty(); });
    return std::move(answers.front());
  }
  void close_gate(Gate& gate) {
    storage->write<bool>(
        ConversationId(),
        [&gate](Store&) -> Result<bool> {
          gate.wait();
          return true;
        },
        Reply<bool>(inbox, [](const Result<bool>&) {}));
    gate.wait_until_entered();
  }
  Result<Page> read_all() {
    std::optional<Result<Page>> page;
    storage->read<Page>(
        [this](Store& store) { return store.log().after(bob, talk, Seq(), 100'000, 100'000'000); },
        Reply<Page>(inbox, [&page](Result<Page> answer) { page.emplace(std::move(answer)); }));
    inbox.run_until([&] { return page.has_value(); });
    return *std::move(page);
  }

 private:
  TemporaryDirectory directory_;

 public:
  Inbox inbox;
  UserId alice;
  UserId bob;
  ConversationId talk;
  std::unique_ptr<ThreadedStorage> storage;
};

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

TEST_CASE("a large crowd is committed in batches of bounded size", "[store]") {
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

// What the next commits, and attempts to open, do.
struct Weather {
  std::atomic<Fault> commit{Fault::kNone};
  std::atomic<Fault> second_commit{Fault::kNone};  // of this one alone, counted from when it is set
  std::atomic<int> commits{0};
  std::atomic<Fault> open{Fault::kNone};
  std::atomic<int> opened{0};
  FaultHook hook() {
    return [this](FaultPoint at) {
      if (at == FaultPoint::kOpen) ++opened;
      return at == FaultPoint::kCommit ? at_commit()
             : at == FaultPoint::kOpen ? open.load()
                                       : Fault::kNone;
    };
  }
  Fault at_commit() {
    const Fault planted = second_commit;
    return planted != Fault::kNone && ++commits == 2 ? planted : commit.load();
  }
};

StorageOptions quick_to_reopen() {
  StorageOptions options;
  options.writer.reopen_delay_min = Millis(1);
  options.writer.reopen_delay_max = Millis(20);
  return options;
}

TEST_CASE("a full disk answers its batch unavailable, and is left by itself", "[store][M56]") {
  Weather weather;
  StorageOptions patient;  // it must not recover before it was looked at
  patient.writer.reopen_delay_min = patient.writer.reopen_delay_max = Millis(1'000);
  Running node(patient, weather.hook());
  CHECK(node.read_all().value().head == Seq(1));
  weather.commit = Fault::kFull;
  CHECK(node.send_and_wait("c1").error().code == Code::kUnavailable);
  CHECK_FALSE(node.storage->healthy());
  CHECK_THAT(node.storage->last_error(), Catch::Contains("full"));
  CHECK(node.send_and_wait("c1").error().code == Code::kUnavailable);
  CHECK(node.read_all().value().head == Seq(1));
  weather.commit = Fault::kNone;
  Result<Appended> sent = node.send_and_wait("c1");
  while (!sent.ok()) {
    REQUIRE(sent.error().code == Code::kUnavailable);
    sent = node.send_and_wait("c1");
  }
  CHECK_FALSE(sent.value().committed.duplicate);
  CHECK(sent.value().committed.id.seq() == Seq(2));
  CHECK(node.storage->healthy());
  CHECK(node.storage->last_error().empty());
}

TEST_CASE("a failed sync answers its whole batch unknown, and each retry learns the truth",
          "[store][M56][M69]") {
  Weather weather;
  Running node(quick_to_reopen(), weather.hook());
  const bool stored = GENERATE(false, true);
  Gate gate;
  node.close_gate(gate);
  std::vector<Result<Appended>> answers;
  for (int i = 0; i < 10; ++i) node.send(node.alice, "c" + std::to_string(i), answers);
  weather.second_commit = stored ? Fault::kIoCommitted : Fault::kIo;  // the first is the gate's
  gate.open();
  node.inbox.run_until([&] { return answers.size() == 10; });
  for (const auto& answer : answers) {
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().code == Code::kUnknown);
  }
  for (int i = 0; i < 10; ++i) {
    const Result<Appended> sent = node.send_and_wait("c" + std::to_string(i));
    REQUIRE(sent.ok());
    CHECK(sent.value().committed.duplicate == stored);
    CHECK(sent.value().committed.id.seq() == Seq(static_cast<uint64_t>(i) + 2));
  }
  CHECK(node.read_all().value().entries.size() == 11);
}

TEST_CASE("a database that stays away is not asked in a hot loop", "[store]") {
  Weather weather;
  StorageOptions options;
  options.writer.reopen_delay_min = std::chrono::hours(1);
  options.writer.reopen_delay_max = std::chrono::hours(1);
  Running node(options, weather.hook());
  weather.open = Fault::kIo;
  weather.commit = Fault::kIo;
  CHECK(node.send_and_wait("c1").error().code == Code::kUnknown);
  for (int i = 0; i < 50; ++i) CHECK(node.send_and_wait("c1").error().code == Code::kUnavailable);
  CHECK(weather.opened <= 3);
  CHECK_FALSE(node.storage->healthy());
}

TEST_CASE("readers answer unavailable while the database cannot be opened", "[store]") {
  Running node;
  auto started = ThreadedStorage::start([&] { return open_sqlite_store(node.path()); },
                                        [] { return open_sqlite_store("/nowhere/mpim.db"); });
  const auto storage = std::move(started).value();
  std::optional<Result<bool>> answer;
  storage->read<bool>(
      [](Store&) -> Result<bool> { return true; },
      Reply<bool>(node.inbox, [&](Result<bool> came) { answer.emplace(std::move(came)); }));
  node.inbox.run_until([&] { return answer.has_value(); });
  CHECK(answer->error().code == Code::kUnavailable);
}

TEST_CASE("a storage whose database cannot be opened does not start", "[store]") {
  const auto nowhere = [] { return open_sqlite_store("/nowhere/mpim.db"); };
  const auto started = ThreadedStorage::start(nowhere, nowhere);
  REQUIRE_FALSE(started.ok());
  CHECK_THAT(started.error().message, Catch::Contains("/nowhere/mpim.db"));
}

TEST_CASE("a reader overtaken by the index misses nothing", "[store][M20]") {
  Database db;
  const UserId alice = db.user("alice");
  const UserId bob = db.user("bob");
  db.close();
  const auto tail = make_log_tail();
  SqliteOptions writing;
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
  SqliteOptions writing;
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

TEST_CASE("a read that breaks its connection spoils none that waits beside it", "[store][M56]") {
  Running node;
  std::atomic<bool> broken = false;
  StorageOptions one_reader;
  one_reader.readers = 1;
  const auto storage =
      std::move(ThreadedStorage::start(
                    [] { return open_sqlite_store(":memory:"); },
                    [&] {
                      const auto fault = [&](FaultPoint at) {
                        return at == FaultPoint::kStep && broken.exchange(false) ? Fault::kIo
                                                                                 : Fault::kNone;
                      };
                      return open_sqlite_store(node.path(), {.read_only = true, .faults = fault});
                    },
                    one_reader))
          .value();
  std::vector<Result<Page>> pages;
  const auto read = [&](bool breaks, Gate* gate) {
    storage->read<Page>(
        [&, breaks, gate](Store& store) {
          if (gate != nullptr) gate->wait();
          broken = breaks;
          return store.log().after(node.bob, node.talk, Seq(), 10, 1'000);
        },
        Reply<Page>(node.inbox, [&](Result<Page> page) { pages.push_back(std::move(page)); }));
  };
  Gate gate;
  read(false, &gate);
  gate.wait_until_entered();
  read(true, nullptr);
  for (int i = 0; i < 4; ++i) read(false, nullptr);
  gate.open();
  node.inbox.run_until([&] { return pages.size() == 6; });
  REQUIRE_FALSE(pages[1].ok());
  CHECK(pages[1].error().code == Code::kUnavailable);
  for (const size_t other : {0, 2, 3, 4, 5}) CHECK(pages[other].ok());
  storage->stop();
}

}  // namespace
}  // namespace mpim::test
