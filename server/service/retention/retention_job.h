// Lets messages expire: now and then, in small steps, or when an operator asks for it.
#pragma once

#include <string>
#include <vector>

#include "server/core/executor.h"
#include "server/store/storage.h"

namespace mpim {

// Ages at which something ends; 0: never.
struct RetentionOptions {
  Millis inbox_age{};      // a message that a device has not fetched is not pushed to it any more
  Millis history_age{};    // a message is deleted
  Millis client_id_age{};  // its client id is forgotten
  Millis interval{};       // between two runs; 0: only run() does
  Millis step_pause{20};   // between two transactions
  uint32_t step_entries = 1'000;
};

// What a run did, or has done so far.
struct RetentionRun {
  uint64_t number = 0;  // counted from 1 since the node began
  uint64_t expired = 0;
  uint64_t dropped = 0;
  bool finished = false;
  bool joined = false;  // it was under way when it was asked for
};

// Threads  one loop; replies arrive there.
// Order    one run at a time: who asks during one is answered by its end.
// Limits   a step looks at step_entries entries, and the next waits for step_pause, so that what
//          people send comes between them.
// Errors   a run that fails answers why, and the next goes on where it ended.
class RetentionJob {
 public:
  // The first run by itself, at the latest; later ones follow after the interval.
  static constexpr Millis kFirstRun{60'000};

  RetentionJob(Executor& home, Storage& storage, const RetentionOptions& options);

  void start();
  // From the next step on; ages count in the next run. The interval stays.
  void follow(const RetentionOptions& options);
  // What a run would do now. Changes nothing.
  void plan(Reply<RetentionPlan> reply);
  // Answers at its end.
  void run(Reply<RetentionRun> reply);
  // As an operator asks for it: there is a row of the audit log before anything is done. Answers at
  // its end, or with `at_once` when it has begun.
  void run_for(const std::string& actor, bool at_once, Reply<RetentionRun> reply);
  // How far the newest run is; the error it ended with. kNotFound: it is not of this number.
  Result<RetentionRun> find(uint64_t number) const;

 private:
  // Of who waits for a run's end.
  struct Waiting {
    bool joined;
    Reply<RetentionRun> reply;
  };
  RetentionRule rule() const;
  void look_after(Millis pause);
  bool begin();  // true: there was one under way
  void step();
  void on_step(Result<RetentionStep> done);
  void finish(Result<RetentionRun> outcome);

  Executor& home_;
  Storage& storage_;
  RetentionOptions options_;
  bool running_ = false;
  RetentionRule rule_;  // of the run under way: its ages count from when it began
  RetentionRun so_far_;
  Result<RetentionRun> newest_ = RetentionRun{};  // as it ended
  std::vector<Waiting> waiting_;
};

}  // namespace mpim
