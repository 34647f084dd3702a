#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <deque>
#include <optional>

#include "server/core/reply.h"

namespace mpim {
namespace {

// Runs what was posted when it is told to.
class QueueExecutor final : public Executor {
 public:
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  TimerId after(Millis, Task) override { return {}; }
  void cancel(TimerId) override {}
  const Clock& clock() const override { std::abort(); }

  void run() {
    while (!tasks_.empty()) {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }
  size_t waiting() const { return tasks_.size(); }

 private:
  std::deque<Task> tasks_;
};

struct Asked {
  QueueExecutor loop;
  std::optional<Result<int>> answer;
  int answers = 0;

  Reply<int> ask() {
    return Reply<int>(loop, [this](Result<int> given) {
      answer = std::move(given);
      ++answers;
    });
  }
};

TEST_CASE("an answer arrives once, as a task of the loop that asked", "[core]") {
  Asked asked;
  Reply<int> reply = asked.ask();
  CHECK(reply.waiting());
  reply(41);
  CHECK_FALSE(reply.waiting());
  CHECK(asked.answers == 0);  // not inside the call that answered
  asked.loop.run();
  REQUIRE(asked.answers == 1);
  CHECK(**asked.answer == 41);
}

TEST_CASE("a reply that dies unanswered answers INTERNAL", "[core][G49]") {
  Asked asked;
  { const Reply<int> reply = asked.ask(); }
  asked.loop.run();
  REQUIRE(asked.answers == 1);
  REQUIRE_FALSE(asked.answer->ok());
  CHECK(asked.answer->error().code == Code::kInternal);
}

TEST_CASE("an answered reply says nothing more when it dies", "[core]") {
  Asked asked;
  {
    Reply<int> reply = asked.ask();
    reply(Error{Code::kBusy, "full"});
  }
  asked.loop.run();
  CHECK(asked.answers == 1);
  CHECK(asked.answer->error().code == Code::kBusy);
}

TEST_CASE("moving a reply moves the duty to answer", "[core]") {
  Asked asked;
  {
    Reply<int> first = asked.ask();
    Reply<int> second = std::move(first);
    CHECK_FALSE(first.waiting());  // NOLINT(bugprone-use-after-move): it says so itself
    CHECK(second.waiting());
    CHECK(asked.loop.waiting() == 0);
  }
  asked.loop.run();
  CHECK(asked.answers == 1);
}

TEST_CASE("a reply that is overwritten answers for the one it was", "[core]") {
  Asked lost;
  Asked kept;
  Reply<int> reply = lost.ask();
  reply = kept.ask();
  lost.loop.run();
  CHECK(lost.answers == 1);
  CHECK(lost.answer->error().code == Code::kInternal);
  CHECK(kept.loop.waiting() == 0);
}

// Runs `broken` in a child whose complaints go nowhere, and gives the signal that ended it.
template <class F>
int signal_of(F broken) {
  const pid_t child = fork();
  if (child == 0) {
    close(STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);
    broken();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST_CASE("answering twice stops the process", "[core]") {
  CHECK(signal_of([] {
          Asked asked;
          Reply<int> reply = asked.ask();
          reply(1);
          reply(2);
        }) == SIGABRT);
}

TEST_CASE("reading the wrong side of a result stops the process", "[core]") {
  CHECK(signal_of([] { (void)Result<int>(Error{Code::kBusy, ""}).value(); }) == SIGABRT);
  CHECK(signal_of([] { (void)Result<int>(1).error(); }) == SIGABRT);
  CHECK(signal_of([] { (void)Result<int>(1).value(); }) == 0);
}

}  // namespace
}  // namespace mpim
