#include "ops/bench/load/load_run.h"

#include <algorithm>

#include "ops/bench/load/stop_signals.h"

namespace mpim::ops {
namespace {

using std::chrono::milliseconds;

constexpr uint32_t kAcknowledgeEvery = 32;
constexpr milliseconds kAcknowledgeWithin{50};
constexpr std::chrono::microseconds kLookEvery{100};  // at high rates; below, at each due time

Micros between(LoadTime from, LoadTime to) { return std::chrono::duration_cast<Micros>(to - from); }

}  // namespace

LoadRun::LoadRun(LoadLoop& loop, LoadPlan plan, DeliveryCheck& check,
                 std::vector<LoadSender> senders)
    : loop_(loop),
      plan_(plan),
      check_(check),
      senders_(std::move(senders)),
      outgoing_(senders_.size()) {}

Result<void> LoadRun::send(const Tick& tick) {
  const LoadTime start = LoadClock::now();
  timed_from_ = start + plan_.warmup;
  timed_until_ = timed_from_ + plan_.duration;
  last_progress_ = start;
  if (plan_.rate > 0) schedule_.emplace(start, plan_.rate);
  sending_ = true;
  uint64_t told = 0;
  for (LoadTime now = start; going_on() && !over(now); now = LoadClock::now()) {
    send_all_due(now);
    turn(next_look(now));
    tick(tally_.sent - std::exchange(told, tally_.sent));
  }
  timed_until_ = std::min(timed_until_, LoadClock::now());
  if (schedule_ && going_on()) send_all_due(timed_until_);  // this process may have been late
  sending_ = false;
  if (schedule_) count_not_sent();
  MPIM_CHECKED(await_answers([&] { tick(tally_.sent - std::exchange(told, tally_.sent)); }));
  tally_.measured =
      std::max(std::chrono::nanoseconds(1), std::chrono::nanoseconds(timed_until_ - timed_from_));
  return {};
}

bool LoadRun::going_on() const { return !broken_ && StopSignals::caught() == 0; }

// The time is over, or everything that was to be sent is answered, or nothing is any more.
bool LoadRun::over(LoadTime now) const {
  if (now >= timed_until_) return true;
  if (check_.unanswered() > 0 && now - last_progress_ > plan_.grace) return true;
  if (plan_.messages_max == UINT64_MAX) return false;
  return tally_.sent >= plan_.messages_max && check_.unanswered() == 0;
}

// Message `number` of a sender is message number * senders + sender of the run.
bool LoadRun::due(SenderIndex sender, LoadTime now) const {
  const uint64_t index = outgoing_[sender].next * senders_.size() + sender;
  if (index >= plan_.messages_max) return false;
  if (!schedule_) return now < timed_until_;
  const LoadTime due = schedule_->due(index);
  return due <= now && due < timed_until_;
}

bool LoadRun::may_send(SenderIndex sender) const {
  return outgoing_[sender].unanswered < plan_.window && check_.room(sender);
}

void LoadRun::send_due(SenderIndex sender, LoadTime now) {
  if (!sending_) return;
  while (may_send(sender) && due(sender, now)) {
    const uint64_t index = outgoing_[sender].next * senders_.size() + sender;
    send_one(sender, schedule_ ? schedule_->due(index) : now);
  }
}

// A sender that has to wait is looked at again when an answer or an arrival makes room.
void LoadRun::send_all_due(LoadTime now) {
  const uint64_t until = schedule_ ? std::min(schedule_->due_before(now), plan_.messages_max)
                                   : next_due_ + (next_due_ == 0 ? senders_.size() : 0);
  for (; next_due_ < until; ++next_due_)
    send_due(static_cast<SenderIndex>(next_due_ % senders_.size()), now);
}

void LoadRun::send_one(SenderIndex sender, LoadTime due) {
  const uint64_t number = check_.begin(sender);
  const std::string text = write_load_text({plan_.run, sender, number, due}, plan_.text_bytes);
  std::string line = senders_[sender].head;
  line.append(1, '"').append(text).append(1, '"');
  senders_[sender].link->ask({Asked::What::kSend, sender, due}, line);
  ++outgoing_[sender].next;
  ++outgoing_[sender].unanswered;
  ++tally_.sent;
}

// What the server had no room for waited, and how long belongs to the picture.
void LoadRun::count_not_sent() {
  const uint64_t total = std::min(schedule_->due_before(timed_until_), plan_.messages_max);
  for (SenderIndex sender = 0; sender < senders_.size(); ++sender) {
    for (uint64_t number = outgoing_[sender].next;; ++number) {
      const uint64_t index = number * senders_.size() + sender;
      if (index >= total) break;
      const LoadTime due = schedule_->due(index);
      if (!timed(due)) continue;
      ++tally_.not_sent;
      tally_.acknowledgement.record(between(due, timed_until_));
      tally_.delivery.record(between(due, timed_until_));
    }
  }
}

LoadTime LoadRun::next_look(LoadTime now) const {
  const LoadTime latest = std::min(timed_until_, now + kAcknowledgeWithin);
  if (!schedule_ || next_due_ >= plan_.messages_max) return latest;
  return std::min(latest, std::max(schedule_->due(next_due_), now + kLookEvery));
}

void LoadRun::turn(LoadTime until) {
  loop_.turn(until);
  const LoadTime now = LoadClock::now();
  tally_.own_lateness = std::max(tally_.own_lateness, now - until);
  acknowledge_all(now);
}

Result<void> LoadRun::await_answers(const std::function<void()>& after_turn) {
  while (going_on() && check_.unanswered() > 0) {
    const LoadTime now = LoadClock::now();
    if (now - last_progress_ > plan_.grace)
      return Error{Code::kDeadline, "the server did not answer " +
                                        std::to_string(check_.unanswered()) + " messages"};
    turn(now + kAcknowledgeWithin);
    after_turn();
  }
  if (broken_) return *broken_;
  return {};
}

Result<void> LoadRun::end_marks() {
  last_progress_ = LoadClock::now();
  for (SenderIndex sender = 0; sender < senders_.size(); ++sender) {
    while (going_on() && !may_send(sender) && LoadClock::now() - last_progress_ <= plan_.grace)
      turn(LoadClock::now() + kAcknowledgeWithin);
    if (may_send(sender)) send_one(sender, LoadTime{});
  }
  return await_answers([] {});
}

Result<void> LoadRun::settle() {
  last_progress_ = LoadClock::now();
  while (going_on() && !check_.complete()) {
    const LoadTime now = LoadClock::now();
    if (now - last_progress_ > plan_.grace) break;
    turn(std::min(now + kAcknowledgeWithin, last_progress_ + plan_.grace + milliseconds(1)));
  }
  if (broken_) return *broken_;
  return {};
}

void LoadRun::on_reply(LoadLink&, const Asked& asked, const LoadReply& reply) {
  if (asked.what != Asked::What::kSend) {
    if (reply.error != nullptr && !broken_) broken_ = *reply.error;
    return;
  }
  const LoadTime now = last_progress_ = LoadClock::now();
  --outgoing_[asked.tag].unanswered;
  if (reply.error != nullptr) {
    check_.refused(asked.tag);
    ++tally_.refused;
    if (!tally_.first_refusal) tally_.first_refusal = *reply.error;
  } else {
    check_.stored(asked.tag, reply.stored);
    tally_.stored_in_time += in_time(now) ? 1 : 0;
    if (timed(asked.due)) {
      ++tally_.stored;
      tally_.acknowledgement.record(between(asked.due, now));
    }
  }
  send_due(asked.tag, now);
}

void LoadRun::on_push(LoadLink& link, const LoadPush& push) {
  note_received(link, push.id);
  const auto text = read_load_text(push.text);
  if (!text || text->run != plan_.run) return;  // somebody joined; or lost in a run before
  const LoadTime now = last_progress_ = last_arrival_ = LoadClock::now();
  const auto arrival = check_.arrived(link.index(), text->sender, text->number, push.id);
  if (arrival == DeliveryCheck::Arrival::kRepeated) return;
  tally_.delivered_in_time += in_time(now) ? 1 : 0;
  if (timed(text->due)) {
    ++tally_.delivered;
    tally_.delivery.record(between(text->due, now));
  }
  send_due(text->sender, now);
}

void LoadRun::on_gap(LoadLink&, const GapNotice& gap) {
  tally_.skipped += gap.to.value - std::min(gap.from, gap.to).value;
}

void LoadRun::on_gone(LoadLink&, const Error& why) {
  if (!broken_) broken_ = why;
}

void LoadRun::note_received(LoadLink& link, MessageId id) {
  if (!plan_.acknowledge) return;
  if (unacknowledged_.size() <= link.index()) unacknowledged_.resize(link.index() + 1);
  Unacknowledged& waiting = unacknowledged_[link.index()];
  waiting.link = &link;
  const auto found = std::ranges::find(waiting.newest, id.conversation(), &MessageId::conversation);
  if (found == waiting.newest.end()) {
    waiting.newest.push_back(id);
  } else {
    *found = std::max(*found, id);
  }
  if (waiting.count++ == 0) to_acknowledge_.push_back(link.index());
  if (waiting.count >= kAcknowledgeEvery) acknowledge(waiting);
}

void LoadRun::acknowledge(Unacknowledged& waiting) {
  if (waiting.newest.empty()) return;
  std::string line = "ACK";
  for (const MessageId id : waiting.newest) line += " " + std::to_string(id.value);
  waiting.link->ask({.what = Asked::What::kAck}, line);
  waiting.newest.clear();
  waiting.count = 0;
}

void LoadRun::acknowledge_all(LoadTime now) {
  if (now - acknowledged_at_ < kAcknowledgeWithin) return;
  acknowledged_at_ = now;
  for (const uint32_t receiver : to_acknowledge_) acknowledge(unacknowledged_[receiver]);
  to_acknowledge_.clear();
}

}  // namespace mpim::ops
