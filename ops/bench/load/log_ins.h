// Brings connections through their log-in, a bounded number at once, and times each.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "ops/bench/load/latency_histogram.h"
#include "ops/bench/load/load_link.h"

namespace mpim::ops {

using LoadLinks = std::vector<std::unique_ptr<LoadLink>>;

struct LogInPlan {
  ServerPlace server;
  uint32_t window = 16;                        // under way at once
  std::chrono::milliseconds patience{30'000};  // with nothing coming back
};

// From connect() to the log-in's +OK: greeting and one request.
//
// Threads  the loop's.
// Errors   a refused log-in is counted, the first one kept, and the rest goes on.
class LogIns final : public LoadListener {
 public:
  // The log-in line of link `i`, and what to do with its answer, which may give the link another
  // listener.
  using Line = std::function<std::string(size_t)>;
  using Done = std::function<void(size_t, const ReplyOk&)>;

  LogIns(LoadLoop& loop, LogInPlan plan) : loop_(loop), plan_(std::move(plan)) {}

  // Once for each link. Returns when each was answered; early when a signal was caught.
  // kUnavailable: the server cannot be reached at all; kDeadline: it went silent.
  Result<void> run(LoadLinks& links, const Line& line, const Done& done);

  uint64_t succeeded() const { return took_.count(); }
  uint64_t refused() const { return refused_; }
  const std::optional<Error>& first_refusal() const { return first_refusal_; }
  const LatencyHistogram& took() const { return took_; }

  // LoadListener
  void on_reply(LoadLink& link, const Asked& asked, const LoadReply& reply) override;
  void on_push(LoadLink&, const LoadPush&) override {}
  void on_gone(LoadLink& link, const Error& why) override;

 private:
  Result<void> start_more(LoadLinks& links);
  void settle_refused(LoadLink& link, const Error& why);

  LoadLoop& loop_;
  const LogInPlan plan_;
  const Line* line_ = nullptr;
  const Done* done_ = nullptr;
  size_t started_ = 0;
  size_t settled_ = 0;
  LoadTime heard_;
  LatencyHistogram took_;
  uint64_t refused_ = 0;
  std::optional<Error> first_refusal_;
};

}  // namespace mpim::ops
