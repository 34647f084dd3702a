// How a load test is shown: a row for each rate, a verdict, and perhaps a plot.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/bench/bench_room.h"
#include "ops/bench/latency_plot.h"
#include "ops/bench/load/connect_run.h"

namespace mpim::ops {

// The bench's own share of the machine, between two looks.
class OwnCpu {
 public:
  OwnCpu();
  uint64_t percent() const;  // of one core, since it was made

 private:
  std::chrono::microseconds used_before_;
  LoadTime from_;
};

// What went wrong, over all rows, and what is worth a remark. `all_well` is what to say when
// nothing did; empty: that nothing of so many was lost.
class Verdict {
 public:
  explicit Verdict(std::string all_well = "") : all_well_(std::move(all_well)) {}

  // `named` says in words who sent and who should have got the first lost message.
  void add(const DeliveryFaults& faults, uint64_t expected,
           const std::function<std::string(const LostMessage&)>& named);
  void add_refused(uint64_t count, const std::optional<Error>& first, RefusedAt at);
  void add_failure(std::string sentence) { failures_.push_back(std::move(sentence)); }
  void remark(std::string sentence) { remarks_.push_back(std::move(sentence)); }

  bool passed() const;
  std::string sentence() const;  // "ok: nothing was lost, ..." or "FAILED: 3 of 30,000 lost ..."
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  std::string all_well_;
  uint64_t expected_ = 0;
  DeliveryFaults faults_;
  std::string first_lost_;
  uint64_t refused_ = 0;
  std::string first_refusal_;
  std::vector<std::string> failures_;
  std::vector<std::string> remarks_;
};

// 1234567 as 1,234,567.
std::string grouped(uint64_t number);
// How many a second `count` in `time` are, rounded.
uint64_t per_second(uint64_t count, std::chrono::nanoseconds time);

// "ackP50Us", "ackP99Us", "ackP999Us" and "ackMaxUs" for the name `ack`; null where nothing was
// timed.
void set_percentiles(Value& item, std::string_view name, const LatencyHistogram& histogram);
// "lost", "repeated", "reordered", and "firstLost" with what is known of it, or null.
void set_faults(Value& item, const DeliveryFaults& faults);
// "refused" and "firstRefusal".
void set_refused(Value& item, uint64_t count, const std::optional<Error>& first);

// Shows the rows and the verdict: a line below the table, a warning in JSON. Answers the exit code.
int show_verdict(Call& call, Value::List items, std::span<const Column> columns, bool list,
                 const Verdict& verdict);

}  // namespace mpim::ops
