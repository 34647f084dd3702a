// Logs in over and over, at a rate or as fast as answers come.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/bench/load/log_ins.h"

namespace mpim::ops {

struct ConnectPlan {
  ServerPlace server;
  uint64_t rate = 0;  // log-ins a second; 0: a closed loop
  std::chrono::milliseconds warmup{1'000};
  std::chrono::milliseconds duration{10'000};
  std::chrono::milliseconds grace{10'000};  // to wait for the last answers
};

struct ConnectTally {
  uint64_t done = 0;     // timed ones
  uint64_t in_time = 0;  // of these, answered within `measured`
  std::chrono::nanoseconds measured{0};
  uint64_t not_begun = 0;  // were due, and the time was over first
  uint64_t refused = 0;
  std::optional<Error> first_refusal;
  LatencyHistogram took;  // from when it was due to the log-in's +OK: connecting is in it
};

// Each slot is a device with a resume token that connects, logs in, says QUIT, and does it again
// when the next log-in is due. With a rate a log-in that is due while no slot is free waits as a
// number, and its time runs.
//
// Threads  the loop's.
// Errors   a refused log-in is counted. When every slot was refused and none has got in, the first
//          refusal ends the run.
class ConnectRun final : public LoadListener {
 public:
  // `lines` are the log-in lines, one for each slot.
  ConnectRun(LoadLoop& loop, ConnectPlan plan, std::vector<std::string> lines);

  Result<void> run();
  const ConnectTally& tally() const { return tally_; }

  // LoadListener
  void on_reply(LoadLink& link, const Asked& asked, const LoadReply& reply) override;
  void on_push(LoadLink&, const LoadPush&) override {}
  void on_gone(LoadLink& link, const Error& why) override;

 private:
  struct Slot {
    LoadTime due;
    bool answered = false;
  };
  bool is_due(LoadTime now) const;  // the next log-in
  void begin_due(LoadTime now);
  void free_slot(LoadLink& link);
  void refuse(LoadLink& link, const Error& why);
  void count_not_begun(uint64_t due);
  bool hopeless() const { return ever_in_ == 0 && tally_.refused >= links_.size(); }
  bool timed(LoadTime due) const { return due >= timed_from_; }

  LoadLoop& loop_;
  const ConnectPlan plan_;
  const std::vector<std::string> lines_;
  LoadLinks links_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  std::optional<LoadSchedule> schedule_;
  uint64_t begun_ = 0;
  uint64_t ever_in_ = 0;
  LoadTime timed_from_;
  LoadTime timed_until_;
  ConnectTally tally_;
};

}  // namespace mpim::ops
