#include <atomic>
#include <thread>

#include "tests/store/running_storage.h"

namespace mpim::test {
namespace {

// What the next commits, and attempts to open, do.
struct Weather {
  std::atomic<Fault> commit{Fault::kNone};
  std::atomic<Fault> next_commit{Fault::kNone};
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
    if (const Fault next = next_commit.exchange(Fault::kNone); next != Fault::kNone) return next;
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

TEST_CASE("a database that opens and stores nothing is doubted until something is stored",
          "[store][M56][O28]") {
  Weather weather;
  Running node(quick_to_reopen(), weather.hook());
  CHECK(node.storage->doubt().empty());
  for (int failures = 0; failures < 3; ++failures) {
    weather.next_commit = Fault::kFull;
    CHECK(node.send_and_wait("c1").error().code == Code::kUnavailable);
    while (!node.storage->healthy()) std::this_thread::yield();
    CHECK_THAT(node.storage->doubt(), Catch::Contains("full"));
  }
  CHECK(node.send_and_wait("c1").ok());
  CHECK(node.storage->doubt().empty());
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

TEST_CASE("who waits for a database that does not answer is told with him who asked it",
          "[store][M56]") {
  Running node;
  std::atomic<bool> hangs = true;
  std::atomic<int> dialled = 0;
  Gate gate;
  const auto dial = [&]() -> Result<std::unique_ptr<Store>> {
    ++dialled;
    if (!hangs) return open_sqlite_store(node.path(), {.read_only = true});
    gate.wait();
    const auto until = std::chrono::steady_clock::now() + StoreReaders::kPatience + Millis(50);
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return Error{Code::kUnavailable, "the time-out"};
  };
  StorageOptions one_reader;
  one_reader.readers = 1;
  const auto storage =
      std::move(
          ThreadedStorage::start([] { return open_sqlite_store(":memory:"); }, dial, one_reader))
          .value();
  std::vector<Result<bool>> answers;
  const auto read = [&] {
    storage->read<bool>([](Store&) -> Result<bool> { return true; },
                        Reply<bool>(node.inbox, [&](Result<bool> answer) {
                          answers.push_back(std::move(answer));
                        }));
  };
  const auto read_one = [&] {
    answers.clear();
    read();
    node.inbox.run_until([&] { return !answers.empty(); });
    return answers.front();
  };
  read();
  gate.wait_until_entered();
  for (int i = 0; i < 4; ++i) read();
  const auto opened = std::chrono::steady_clock::now();
  gate.open();
  node.inbox.run_until([&] { return answers.size() == 5; });
  for (const auto& answer : answers) {
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().code == Code::kUnavailable);
    CHECK_THAT(answer.error().message, Catch::Contains("the time-out"));
  }
  hangs = false;
  const Result<bool> at_once = read_one();
  // Unless the machine stood still meanwhile.
  if (std::chrono::steady_clock::now() - opened < StoreReaders::kPatience + StoreReaders::kRest) {
    CHECK_FALSE(at_once.ok());
    CHECK(dialled == 1);
  }
  const auto end = std::chrono::steady_clock::now() + 20 * StoreReaders::kRest;
  while (!read_one().ok()) REQUIRE(std::chrono::steady_clock::now() < end);
  CHECK(dialled == 2);
  CHECK(read_one().ok());
  storage->stop();
}

TEST_CASE("a storage whose database cannot be opened does not start", "[store]") {
  const auto nowhere = [] { return open_sqlite_store("/nowhere/mpim.db"); };
  const auto started = ThreadedStorage::start(nowhere, nowhere);
  REQUIRE_FALSE(started.ok());
  CHECK_THAT(started.error().message, Catch::Contains("/nowhere/mpim.db"));
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
