// A threaded storage on a database of its own, a writer that can be held up, and the inbox that its
// replies come to: for one test, on the test's thread.
#pragma once

#include <catch2/catch.hpp>
#include <deque>

#include "server/store/threads/threaded_storage.h"
#include "tests/store/database.h"

namespace mpim::test {

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

}  // namespace mpim::test
