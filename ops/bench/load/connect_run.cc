#include "ops/bench/load/connect_run.h"

#include <algorithm>

#include "ops/bench/load/stop_signals.h"

namespace mpim::ops {
namespace {

constexpr std::chrono::milliseconds kLook{50};
constexpr std::chrono::microseconds kLookEvery{100};

Micros between(LoadTime from, LoadTime to) { return std::chrono::duration_cast<Micros>(to - from); }

}  // namespace

ConnectRun::ConnectRun(LoadLoop& loop, ConnectPlan plan, std::vector<std::string> lines)
    : loop_(loop), plan_(std::move(plan)), lines_(std::move(lines)), slots_(lines_.size()) {
  for (uint32_t i = 0; i < lines_.size(); ++i) {
    links_.push_back(std::make_unique<LoadLink>(loop_, i));
    free_.push_back(i);
  }
}

Result<void> ConnectRun::run() {
  const LoadTime start = LoadClock::now();
  timed_from_ = start + plan_.warmup;
  timed_until_ = timed_from_ + plan_.duration;
  if (plan_.rate > 0) schedule_.emplace(start, plan_.rate);
  LoadTime now = start;
  while (now < timed_until_ && StopSignals::caught() == 0) {
    begin_due(now);
    if (hopeless()) return *tally_.first_refusal;
    LoadTime until = std::min(timed_until_, now + kLook);
    if (schedule_) until = std::min(until, std::max(schedule_->due(begun_), now + kLookEvery));
    loop_.turn(until);
    now = LoadClock::now();
  }
  if (schedule_ && now >= timed_until_) begin_due(timed_until_);  // this process may have been late
  if (schedule_) count_not_begun(schedule_->due_before(timed_until_));
  while (free_.size() < links_.size() && now < timed_until_ + plan_.grace &&
         StopSignals::caught() == 0) {
    loop_.turn(now + kLook);
    now = LoadClock::now();
  }
  tally_.measured = timed_until_ - timed_from_;
  tally_.refused += links_.size() - free_.size();
  return {};
}

bool ConnectRun::is_due(LoadTime now) const {
  if (!schedule_) return now < timed_until_;
  const LoadTime due = schedule_->due(begun_);
  return due <= now && due < timed_until_;
}

void ConnectRun::begin_due(LoadTime now) {
  while (!free_.empty() && is_due(now)) {
    const uint32_t slot = free_.back();
    slots_[slot] = {.due = schedule_ ? schedule_->due(begun_) : now};
    ++begun_;
    free_.pop_back();
    const auto opened = links_[slot]->open(plan_.server, *this);
    if (opened) continue;
    refuse(*links_[slot], opened.error());
    return;  // no more within this turn: the machine is out of something
  }
}

void ConnectRun::count_not_begun(uint64_t due) {
  for (uint64_t index = begun_; index < due; ++index) {
    if (!timed(schedule_->due(index))) continue;
    ++tally_.not_begun;
    tally_.took.record(between(schedule_->due(index), timed_until_));
  }
}

void ConnectRun::on_reply(LoadLink& link, const Asked& asked, const LoadReply& reply) {
  if (reply.error != nullptr) return refuse(link, *reply.error);
  Slot& slot = slots_[link.index()];
  if (asked.what == Asked::What::kGreeting) {
    link.ask({.what = Asked::What::kLogIn}, lines_[link.index()]);
  } else if (asked.what == Asked::What::kLogIn) {
    const LoadTime now = LoadClock::now();
    ++ever_in_;
    slot.answered = true;
    link.ask({.what = Asked::What::kQuit}, "QUIT");
    if (!timed(slot.due)) return;
    ++tally_.done;
    tally_.in_time += now <= timed_until_ ? 1 : 0;
    tally_.took.record(between(slot.due, now));
  } else if (asked.what == Asked::What::kQuit) {
    free_slot(link);
  }
}

void ConnectRun::on_gone(LoadLink& link, const Error& why) {
  if (slots_[link.index()].answered) return free_slot(link);
  refuse(link, why);
}

void ConnectRun::refuse(LoadLink& link, const Error& why) {
  ++tally_.refused;
  if (!tally_.first_refusal) tally_.first_refusal = why;
  free_slot(link);
}

void ConnectRun::free_slot(LoadLink& link) {
  link.close();
  free_.push_back(link.index());
}

}  // namespace mpim::ops
