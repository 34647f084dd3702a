#include "ops/bench/bench_report.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <cmath>

namespace mpim::ops {
namespace {

std::chrono::microseconds used_by_us() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

Value micros(Micros time) { return Value::number(static_cast<uint64_t>(time.count())); }

void append(std::string& sentence, const std::string& part) {
  sentence += (sentence.empty() ? "" : ", ") + part;
}

}  // namespace

OwnCpu::OwnCpu() : used_before_(used_by_us()), from_(LoadClock::now()) {}

uint64_t OwnCpu::percent() const {
  const double used = std::chrono::duration<double>(used_by_us() - used_before_).count();
  const double passed = std::chrono::duration<double>(LoadClock::now() - from_).count();
  return static_cast<uint64_t>(std::lround(100 * used / std::max(passed, 1e-6)));
}

void Verdict::add(const DeliveryFaults& faults, uint64_t expected,
                  const std::function<std::string(const LostMessage&)>& named) {
  expected_ += expected;
  faults_.lost += faults.lost;
  faults_.repeated += faults.repeated;
  faults_.reordered += faults.reordered;
  if (first_lost_.empty() && faults.first_lost) first_lost_ = named(*faults.first_lost);
}

void Verdict::add_refused(uint64_t count, const std::optional<Error>& first, RefusedAt at) {
  refused_ += count;
  if (count == 0 || !first || !first_refusal_.empty()) return;
  first_refusal_ =
      fmt::format("{} {}; {}", name_of(first->code), first->message, refusal_hint(*first, at));
}

bool Verdict::passed() const { return !faults_.any() && refused_ == 0 && failures_.empty(); }

std::string Verdict::sentence() const {
  if (passed() && !all_well_.empty()) return "ok: " + all_well_;
  if (passed())
    return fmt::format("ok: nothing of {} was lost, repeated, reordered or refused",
                       grouped(expected_));
  std::string wrong;
  if (faults_.lost > 0)
    append(wrong, fmt::format("{} of {} lost{}", grouped(faults_.lost), grouped(expected_),
                              first_lost_.empty() ? "" : " (first: " + first_lost_ + ")"));
  if (faults_.repeated > 0) append(wrong, grouped(faults_.repeated) + " repeated");
  if (faults_.reordered > 0) append(wrong, grouped(faults_.reordered) + " reordered");
  if (refused_ > 0)
    append(wrong, grouped(refused_) + " refused" +
                      (first_refusal_.empty() ? "" : " (first: " + first_refusal_ + ")"));
  for (const std::string& failure : failures_) append(wrong, failure);
  return "FAILED: " + wrong;
}

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

uint64_t per_second(uint64_t count, std::chrono::nanoseconds time) {
  const double seconds = std::chrono::duration<double>(time).count();
  return static_cast<uint64_t>(std::lround(static_cast<double>(count) / std::max(seconds, 1e-9)));
}

void set_percentiles(Value& item, std::string_view name, const LatencyHistogram& histogram) {
  const bool any = histogram.count() > 0;
  const auto set = [&](std::string_view what, Micros time) {
    item.set(fmt::format("{}{}Us", name, what), any ? micros(time) : Value());
  };
  set("P50", histogram.percentile(50));
  set("P99", histogram.percentile(99));
  set("P999", histogram.percentile(99.9));
  set("Max", histogram.max());
}

void set_faults(Value& item, const DeliveryFaults& faults) {
  item.set("lost", Value::number(faults.lost));
  item.set("repeated", Value::number(faults.repeated));
  item.set("reordered", Value::number(faults.reordered));
  if (!faults.first_lost) return item.set("firstLost", Value());
  const LostMessage& first = *faults.first_lost;
  item.set("firstLost", Value::object({{"sender", Value::number(first.sender)},
                                       {"receiver", Value::number(first.receiver)},
                                       {"number", Value::number(first.number)},
                                       {"id", Value::id(first.id.value)},
                                       {"conversation", Value::id(first.id.conversation().value)},
                                       {"seq", Value::id(first.id.seq().value)}}));
}

void set_refused(Value& item, uint64_t count, const std::optional<Error>& first) {
  item.set("refused", Value::number(count));
  item.set("firstRefusal", first ? Value::object({{"code", Value::text(name_of(first->code))},
                                                  {"message", Value::text(first->message)}})
                                 : Value());
}

int show_verdict(Call& call, Value::List items, std::span<const Column> columns, bool list,
                 const Verdict& verdict) {
  Document document{.kind = call.path().command->form->kind, .list = list};
  document.items = std::move(items);
  document.columns = columns;
  document.warnings = verdict.remarks();
  const bool for_people = call.format() == Format::kTable;
  if (!for_people && !verdict.passed()) document.warnings.push_back(verdict.sentence());
  call.show(document);
  if (for_people)
    call.terminal().out("\n" + call.terminal().bold_out(printable(verdict.sentence())) + "\n");
  return verdict.passed() ? kDone : kFailed;
}

}  // namespace mpim::ops
