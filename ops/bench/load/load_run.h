// Sends at a rate, or as fast as answers come, and takes in what the receivers get.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ops/bench/load/delivery_check.h"
#include "ops/bench/load/latency_histogram.h"
#include "ops/bench/load/load_link.h"

namespace mpim::ops {

// What a run does, and how long.
struct LoadPlan {
  uint32_t run = 0;  // in every text: what another run left behind is not counted here
  uint32_t text_bytes = 128;
  uint64_t rate = 0;     // messages a second of all senders together; 0: a closed loop
  uint32_t window = 32;  // messages of one sender that were not answered
  std::chrono::milliseconds warmup{2'000};  // checked like the rest, but not timed
  std::chrono::milliseconds duration{10'000};
  std::chrono::milliseconds grace{10'000};  // with nothing coming: then what is missing is lost
  uint64_t messages_max = UINT64_MAX;       // ends the run before its time
  bool acknowledge = true;                  // receivers send ACK (ack=client)
};

// Who sends, over which connection, and what stands before the text: "SEND 1001 ".
struct LoadSender {
  LoadLink* link = nullptr;
  std::string head;
};

// What a run has counted and timed; what went wrong on the way to receivers is the check's.
struct LoadTally {
  uint64_t sent = 0;       // warm-up and end marks with it
  uint64_t stored = 0;     // timed ones, answered +OK
  uint64_t delivered = 0;  // timed ones that came, each receiver's counted
  std::chrono::nanoseconds measured{0};
  uint64_t stored_in_time = 0;     // answered within `measured`, whenever they were due
  uint64_t delivered_in_time = 0;  // came within it
  uint64_t not_sent = 0;           // were due, and the time was over first
  uint64_t refused = 0;
  std::optional<Error> first_refusal;
  uint64_t skipped = 0;  // the server said that it would not push them: below its window
  LoadClock::duration own_lateness{0};  // the longest that this process came back late to its loop
  LatencyHistogram acknowledgement;     // from when it was due to +OK
  LatencyHistogram delivery;            // from when it was due to a receiver's socket
};

// One run over connections that are logged in. The receivers' links are numbered as the check's
// receivers are.
//
// Open loop (a rate): every message has a due time that nothing changes, and its latencies count
// from there. What is due while its sender has `window` messages unanswered, or as many under way
// as the check allows, waits as a number, not as memory; what still waits when the time is over is
// counted as not sent, and its wait so far goes into both histograms.
// Closed loop: a message is due when its sender may send it.
//
// Threads  the loop's.
// Order    of calls: send(), end_marks(), settle(); on_* from the loop. A signal ends each early.
// Errors   a broken connection ends the run with why; a refused message is counted.
class LoadRun final : public LoadListener {
 public:
  LoadRun(LoadLoop& loop, LoadPlan plan, DeliveryCheck& check, std::vector<LoadSender> senders);

  using Tick = std::function<void(uint64_t sent_more)>;  // after each turn of the loop
  // Sends until the time is over, then waits for the answers. kDeadline: they did not come.
  Result<void> send(const Tick& tick);
  // One more message of each sender, so that a missing last one leaves a hole.
  Result<void> end_marks();
  // Waits until everything has come, or nothing did for the grace.
  Result<void> settle();

  const LoadTally& tally() const { return tally_; }
  LoadTime last_arrival() const { return last_arrival_; }

  // LoadListener
  void on_reply(LoadLink& link, const Asked& asked, const LoadReply& reply) override;
  void on_push(LoadLink& link, const LoadPush& push) override;
  void on_gap(LoadLink& link, const GapNotice& gap) override;
  void on_gone(LoadLink& link, const Error& why) override;

 private:
  // What a receiver has got and not acknowledged: the newest of each conversation.
  struct Unacknowledged {
    LoadLink* link = nullptr;
    std::vector<MessageId> newest;
    uint32_t count = 0;
  };
  struct Outgoing {
    uint64_t next = 0;  // number of its next message
    uint32_t unanswered = 0;
  };

  bool going_on() const;
  bool over(LoadTime now) const;
  bool due(SenderIndex sender, LoadTime now) const;
  bool may_send(SenderIndex sender) const;
  void send_due(SenderIndex sender, LoadTime now);
  void send_all_due(LoadTime now);
  void send_one(SenderIndex sender, LoadTime due);
  void count_not_sent();
  LoadTime next_look(LoadTime now) const;
  void turn(LoadTime until);
  Result<void> await_answers(const std::function<void()>& after_turn);
  void note_received(LoadLink& link, MessageId id);
  void acknowledge(Unacknowledged& waiting);
  void acknowledge_all(LoadTime now);
  bool in_time(LoadTime now) const { return now >= timed_from_ && now <= timed_until_; }
  bool timed(LoadTime due) const { return due != LoadTime{} && due >= timed_from_; }

  LoadLoop& loop_;
  const LoadPlan plan_;
  DeliveryCheck& check_;
  const std::vector<LoadSender> senders_;
  std::vector<Outgoing> outgoing_;
  std::optional<LoadSchedule> schedule_;  // none: a closed loop
  LoadTime timed_from_;
  LoadTime timed_until_;
  bool sending_ = false;
  uint64_t next_due_ = 0;  // the first message of all that was not looked at yet
  LoadTime last_progress_;
  LoadTime last_arrival_;
  LoadTime acknowledged_at_;
  std::vector<Unacknowledged> unacknowledged_;  // by receiver
  std::vector<uint32_t> to_acknowledge_;
  std::optional<Error> broken_;
  LoadTally tally_;
};

}  // namespace mpim::ops
