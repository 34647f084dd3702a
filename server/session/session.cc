#include "server/session/session.h"

#include <algorithm>
#include <utility>

#include "server/telemetry/metrics.h"

namespace mpim {

Session::Session(SessionId id, SessionIdentity who, AckMode ack, SyncMode sync, Executor& home,
                 Storage& storage, Outlet& outlet, const SessionLimits& limits, SessionNews& news)
    : id_(id),
      who_(who),
      ack_(ack),
      sync_(sync),
      home_(home),
      storage_(storage),
      outlet_(outlet),
      limits_(limits),
      news_(news),
      redelivery_(limits.redelivery) {}

bool Session::behind() const {
  return std::ranges::any_of(readings_, [](const auto& row) { return !row.second.level(); });
}

void Session::on_inbox(const Inbox& inbox) {
  for (const Standing& standing : inbox.standings) {
    const auto heard = readings_.find(standing.conversation);
    if (standing.head <= standing.delivered && heard == readings_.end()) continue;
    Reading& reading = readings_[standing.conversation];
    if (reading.rewinds == 0) reading.start_at(standing.delivered);  // else it may be older news
    reading.expired = standing.expired;
    reading.hear_from_store(standing.head);
    reading.waits_for_pull = sync_ == SyncMode::kManual && !reading.level();
  }
}

void Session::begin(const std::vector<BacklogPage>& first_pages) {
  begun_ = true;
  for (const Signal& each : std::exchange(early_, {})) signal(each);
  for (const BacklogPage& first : first_pages) {
    Reading& reading = readings_[first.conversation];
    if (reading.known && first.after <= reading.pushed)
      give_page(first.conversation, reading, first.page, Seq());
  }
  std::vector<ConversationId> owed;
  for (const auto& [conversation, reading] : readings_)
    if (!reading.level() && !reading.in_line) owed.push_back(conversation);
  std::ranges::sort(owed);
  for (const ConversationId conversation : owed) {
    readings_[conversation].in_line = true;
    catch_up_.line_up(conversation);
  }
  pump();
}

void Session::on_entry(LiveEntry& live) {
  const Entry& entry = *live.entry;
  if (ended_) return;
  if (entry.device && entry.device == who_.device) return;  // its +OK is its push: on_own
  Reading& reading = readings_[entry.conversation];
  reading.hear(entry.seq);
  if (!begun_) return;
  if (!reading.known && entry.seq == Seq(1)) reading.start_at(Seq(0));
  if (reading.known && entry.seq <= reading.pushed) return;
  const bool next = reading.known && entry.seq == reading.pushed.next();
  // An edit that is told without its text is not for everybody: the log says what this user sees.
  const bool whole = entry.kind != EntryKind::kEdit || !entry.text.empty();
  if (next && whole && !reading.waits_for_pull && may_push()) {
    push(reading, live);
    return;
  }
  owe(entry.conversation, reading);
}

void Session::on_head(ConversationId conversation, Seq head) {
  if (ended_) return;
  Reading& reading = readings_[conversation];
  if (reading.heard >= head) return;
  reading.hear(head);
  if (begun_) {
    count(Counter::kSweepWakes);
    owe(conversation, reading);
  }
}

void Session::on_rewound(ConversationId conversation) {
  if (ended_) return;
  forget_flight(conversation);
  Reading& reading = readings_[conversation];
  const Seq heard = reading.heard;
  Reading fresh;
  fresh.heard = std::max(heard, Seq(1));  // owes at least a look
  fresh.in_line = reading.in_line;
  fresh.rewinds = reading.rewinds + 1;
  reading = fresh;
  if (begun_) owe(conversation, reading);
}

void Session::on_confirmed(MessageId through) {
  const auto found = readings_.find(through.conversation());
  if (ended_ || found == readings_.end() || !found->second.known) return;  // it will ask the store
  Reading& reading = found->second;
  reading.hear(through.seq());
  if (through.seq() > reading.acked) {
    flight_.acknowledge(through.conversation(), through.seq());
    reading.advance(through.seq());
    reading.arrived(through.seq(), {});
    if (reading.in_line) ++reading.rewinds;  // the page that is being read begins too early
  }
  reading.saved = std::max(reading.saved, std::min(through.seq(), reading.acked));
  if (begun_) progress();
}

// The clock may have run for what is forgotten: from now on it runs for what is left.
void Session::forget_flight(ConversationId conversation, Seq above) {
  flight_.drop(conversation, above);
  std::erase_if(to_mark_, [=](const SeenEntry& given) {
    return given.id.conversation() == conversation && given.id.seq() > above;
  });
  timed_bytes_ = bytes_left_;
}

void Session::signal(const Signal& signal) {
  if (begun_ && !ended_) return outlet_.signal(signal);
  const bool waits = !ended_ && std::holds_alternative<ChangeSignal>(signal);
  if (waits && early_.size() < kEarlySignals) early_.push_back(signal);
}

void Session::end(const Error& why) {
  if (ended_) return;
  ended_ = true;
  if (pull_) std::exchange(pull_, std::nullopt)->done(why);
  outlet_.close(why);
}

std::vector<CursorMove> Session::take_moves() {
  told_moved_ = false;
  std::vector<CursorMove> moves;
  for (auto& [conversation, reading] : readings_) {
    if (reading.acked <= reading.saved) continue;
    moves.push_back({conversation, reading.acked, reading.acked_at});
    reading.saved = reading.acked;
  }
  std::ranges::sort(moves, {}, &CursorMove::conversation);
  return moves;
}

std::vector<SeenEntry> Session::unsettled_own() const {
  std::vector<SeenEntry> made;
  for (const auto& [conversation, reading] : readings_)
    made.insert(made.end(), reading.own.begin(), reading.own.end());
  std::ranges::sort(made, {}, &SeenEntry::id);
  return made;
}

void Session::moves_lost(const std::vector<CursorMove>& moves) {
  for (const CursorMove& move : moves) {
    Reading& reading = readings_[move.conversation];
    if (!reading.known) continue;
    reading.saved = Seq(0);
    mark_moved();
  }
}

void Session::mark_moved() {
  if (std::exchange(told_moved_, true)) return;
  news_.moved.push_back(id_);
}

bool Session::may_push() const {
  return begun_ && !ended_ && flight_.size() < limits_.in_flight_max && !outlet_.congested();
}

void Session::push(Reading& reading, LiveEntry& live) {
  const Entry& entry = *live.entry;
  const bool own_user = entry.sender == who_.user;
  if (entry.seq <= reading.given) count(Counter::kDeliveriesRepushed);
  flight_.add({entry.conversation, entry.seq, outlet_.push(live, own_user), entry.at});
  reading.advance(entry.seq, entry.at);
  count(Counter::kDeliveriesPushed);
  if (ack_ == AckMode::kClient && !std::exchange(told_in_flight_, true))
    news_.in_flight.push_back(id_);
}

// The one place that decides that a session is behind.
void Session::owe(ConversationId conversation, Reading& reading) {
  if (reading.waits_for_pull && !std::exchange(reading.told_pending, true)) {
    const uint64_t waiting = reading.heard.value - std::min(reading.heard, reading.pushed).value;
    outlet_.notice(
        {.kind = Notice::Kind::kPending, .conversation = conversation, .count = waiting});
  }
  if (!std::exchange(reading.in_line, true)) catch_up_.line_up(conversation);
  pump();
}

bool Session::may_read(ConversationId conversation) {
  return !readings_[conversation].waits_for_pull || (pull_ && pull_->remaining > 0);
}

void Session::pump() {
  settle_pull();
  if (!reading_now_ && may_push()) ask();
  settle_pull();
}

// One read for as many conversations as its page has entries.
void Session::ask() {
  const size_t room = limits_.in_flight_max - flight_.size();
  uint32_t entries = std::min(limits_.page_entries, static_cast<uint32_t>(room));
  if (pull_ && !pull_->from_place) entries = std::min(entries, pull_->remaining);
  const auto next = catch_up_.next([this](ConversationId of) { return may_read(of); }, entries);
  if (next.empty()) return;
  reading_now_ = true;
  LogQuestion question{who_.user, who_.device, {}, entries, limits_.page_bytes};
  std::vector<Asked> asked;
  for (const ConversationId conversation : next) {
    Reading& reading = readings_[conversation];
    if (reading.known) skip_expired(conversation, reading);
    if (reading.known && !reading.waits_for_pull) skip_to_window(conversation, reading);
    question.places.push_back(
        {conversation, reading.known ? std::optional(reading.pushed) : std::nullopt});
    asked.push_back({conversation, reading.heard, reading.rewinds});
  }
  count(Counter::kCatchUpPages);
  read_log(storage_, std::move(question),
           Reply<LogAnswer>(home_, [weak = weak_from_this(),
                                    asked = std::move(asked)](Result<LogAnswer> answer) {
             if (const auto self = weak.lock()) self->on_answer(asked, std::move(answer));
           }));
}

void Session::on_answer(const std::vector<Asked>& asked, Result<LogAnswer> answer) {
  if (ended_) return;
  if (!answer.ok()) return on_no_answer(asked);
  catch_up_.read_succeeded();
  std::vector<ConversationId> not_reached;
  auto page = answer->pages.begin();
  for (const Asked& each : asked) {
    if (page != answer->pages.end() && page->conversation == each.conversation) {
      on_page(each, *page++);
    } else if (std::ranges::find(answer->absent, each.conversation) != answer->absent.end()) {
      on_absent(each);
    } else {
      not_reached.push_back(each.conversation);
    }
  }
  catch_up_.put_back(not_reached);
  reading_now_ = false;  // only now: all of one answer is given before the next is asked for
  pump();
}

void Session::on_page(const Asked& asked, const BacklogPage& read) {
  const ConversationId conversation = asked.conversation;
  Reading& reading = readings_[conversation];
  reading.in_line = false;
  if (asked.rewinds != reading.rewinds) return owe(conversation, reading);
  if (!reading.known) {
    reading.start_at(read.after);
    reading.hear_from_store(read.page.head);
    reading.expired = read.expired;
    const bool below_window = reading.waiting() > limits_.window_max;
    const bool expired = reading.pushed < std::min(reading.expired, reading.heard);
    if (expired || (sync_ == SyncMode::kAuto && below_window)) return owe(conversation, reading);
  } else if (!reading.waits_for_pull) {
    reading.hear_from_store(read.page.head);
    skip_to_window(conversation, reading);
  }
  if (read.after > read.page.head && reading.heard <= asked.heard)
    fall_back(conversation, reading, read.page.head);
  // A page that begins above what is pushed by now (pushes are being repeated) is not the next one.
  std::erase(stopped_, conversation);
  if (read.after <= reading.pushed && may_read(conversation))
    give_page(conversation, reading, read.page, asked.heard);
  if (reading.level()) {
    reading.waits_for_pull = false;
    reading.stopped_for = 0;
  } else if (std::ranges::find(stopped_, conversation) == stopped_.end() &&
             !std::exchange(reading.in_line, true)) {
    catch_up_.line_up(conversation);
  }
}

// He was not a member when the log was read; since then he may have joined.
void Session::on_absent(const Asked& asked) {
  Reading& reading = readings_[asked.conversation];
  reading.in_line = false;
  if (reading.heard > asked.heard || reading.rewinds != asked.rewinds)
    return owe(asked.conversation, reading);
  forget_flight(asked.conversation);
  readings_.erase(asked.conversation);
}

void Session::on_no_answer(const std::vector<Asked>& asked) {
  for (const Asked& each : asked) catch_up_.line_up(each.conversation);
  // Nothing else is asked during the pause.
  home_.after(catch_up_.pause_after_failure(), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->reading_now_ = false;
    self->pump();
  });
}

void Session::give_page(ConversationId conversation, Reading& reading, const Page& page,
                        Seq heard_before) {
  for (const EntryPtr& entry : page.entries) {
    if (entry->seq <= reading.pushed) continue;
    if (reading.made_here(entry->seq)) {
      reading.advance(entry->seq, entry->at);
      continue;
    }
    if (entry->seq <= reading.given && flight_.has(conversation, entry->seq)) {
      reading.advance(entry->seq, entry->at);  // too young to be repeated
      continue;
    }
    if (may_be_on_its_way(*entry, reading)) return count_passed(conversation, reading);
    if (!may_push()) return;
    if (pull_ && !pull_->from_place && pull_->remaining == 0) return;
    LiveEntry live(entry);
    push(reading, live);
    if (pull_ && pull_->remaining > 0) {
      if (pull_->reads) to_mark_.push_back({entry->id(), entry->at});
      --pull_->remaining;
      ++pull_->count;
    }
  }
  reading.advance(page.through);
  // What was heard of before the read and is not in the log for this user never will be.
  if (page.through >= page.head && reading.heard <= heard_before) reading.heard = page.head;
  reading.hear_from_store(page.head);
  count_passed(conversation, reading);
}

// Whether the +OK of this entry may be under way still. What an earlier session of the device made
// and was not told of is pushed once every send of now is answered.
bool Session::may_be_on_its_way(const Entry& entry, Reading& reading) {
  if (!entry.device || entry.device != who_.device) return false;
  if (reading.stopped_for == 0) reading.stopped_for = sending_;
  if (reading.stopped_for <= sent_) return reading.stopped_for = 0, false;
  stopped_.push_back(entry.conversation);
  return true;
}

void Session::on_sent() {
  ++sent_;
  if (stopped_.empty() || ended_) return;
  for (const ConversationId conversation : std::exchange(stopped_, {})) {
    const auto found = readings_.find(conversation);
    if (found == readings_.end()) continue;
    if (found->second.stopped_for > sent_) {
      stopped_.push_back(conversation);
    } else if (!found->second.level()) {
      owe(conversation, found->second);
    }
  }
  pump();
}

Result<void> Session::may_ack(MessageId through) const {
  const auto found = readings_.find(through.conversation());
  if (found == readings_.end() || !found->second.known)
    return Error{Code::kNotFound, "this session was given nothing of that conversation"};
  if (through.seq() > found->second.given)
    return Error{Code::kBadRequest, "that is beyond what this session was given; nothing moved"};
  return {};
}

Result<void> Session::ack(MessageId through) {
  MPIM_CHECKED(may_ack(through));
  const ConversationId of = through.conversation();
  acknowledged(of, readings_.at(of), through.seq(), given_at(through));
  progress();
  return {};
}

void Session::ack_all() {
  for (auto& [conversation, reading] : readings_)
    if (reading.known)
      acknowledged(conversation, reading, reading.given, reading.given_at);
  progress();
}

Timestamp Session::given_at(MessageId entry) const {
  const auto found = readings_.find(entry.conversation());
  if (found == readings_.end() || !may_ack(entry).ok()) return {};
  const Timestamp known = found->second.at_of(entry.seq());
  return known.ms != 0 ? known : flight_.at(entry.conversation(), entry.seq());
}

void Session::acknowledged(ConversationId conversation, Reading& reading, Seq through,
                           Timestamp at) {
  if (through <= reading.acked) return;
  count(Counter::kDeliveriesAcked, flight_.acknowledge(conversation, through));
  reading.advance(through, at);
  const auto first = flight_.first_of(conversation);
  const bool repeats_owed = reading.pushed < reading.given;
  const bool below_gap = through < reading.skipped_to;  // whose NOTICE may not have arrived
  const Seq to = below_gap || repeats_owed ? through
                 : first                   ? Seq(first->value - 1)
                                           : reading.pushed;
  reading.arrived(to, to == through ? at : Timestamp{});
  mark_moved();
}

void Session::progress() {
  mark_read();
  timed_bytes_ = bytes_left_;
  redelivery_.progress(home_.clock().steady(),
                       !flight_.empty() && flight_.oldest_end() <= bytes_left_);
  pump();
}

void Session::on_own(const SeenEntry& made) {
  if (ended_) return;
  Reading& reading = readings_[made.id.conversation()];
  const Seq seq = made.id.seq();
  reading.hear(seq);
  if (!reading.known && seq == Seq(1)) reading.start_at(Seq(0));
  if (reading.known && seq <= reading.pushed) return;
  if (!reading.known || seq != reading.pushed.next() || reading.waits_for_pull) {
    reading.remember_own(made);
    if (begun_ && !reading.waits_for_pull) owe(made.id.conversation(), reading);
    return;
  }
  const bool all_acked = reading.acked == reading.pushed;
  reading.advance(seq, made.at);
  reading.stopped_for = 0;
  if (!all_acked) return;
  reading.arrived(seq, made.at);
  mark_moved();
}

void Session::on_bytes_left(uint64_t total) {
  bytes_left_ = total;
  if (ack_ != AckMode::kClient || flight_.empty() || flight_.oldest_end() > total) return;
  if (!redelivery_.running()) timed_bytes_ = total;
  redelivery_.waiting(home_.clock().steady());
}

void Session::on_bytes_received(uint64_t total) {
  if (ack_ != AckMode::kAuto || ended_) return;
  for (const Pushed& arrived : flight_.take_within(total)) {
    const auto found = readings_.find(arrived.conversation);
    if (found == readings_.end()) continue;
    count(Counter::kDeliveriesAcked);
    acknowledged(arrived.conversation, found->second, arrived.seq, arrived.at);
  }
  mark_read();
  pump();
}

void Session::on_writable() { pump(); }

void Session::on_tick() {
  told_in_flight_ = !flight_.empty() || redelivery_.running();
  if (told_in_flight_) news_.in_flight.push_back(id_);
  if (ended_) return;
  switch (redelivery_.tick(home_.clock().steady())) {
    case Redelivery::Verdict::kWait: return;
    case Redelivery::Verdict::kPushAgain: return push_again();
    case Redelivery::Verdict::kDead:
      count(Counter::kDeliveriesDead);
      end(Error{Code::kDeadline,
                "pushed entries were not acknowledged; they wait for the next log-in"});
  }
}

// What was not acknowledged in all of the delay is owed again, and goes out as everything owed
// does; what was pushed meanwhile has its own delay before it.
void Session::push_again() {
  std::vector<ConversationId> owed;
  for (const Pushed& pushed : flight_.take_within(timed_bytes_)) {
    Reading& reading = readings_[pushed.conversation];
    reading.push_again_from(Seq(pushed.seq.value - 1));
    if (std::ranges::find(owed, pushed.conversation) == owed.end())
      owed.push_back(pushed.conversation);
  }
  for (const ConversationId conversation : owed) owe(conversation, readings_[conversation]);
}

}  // namespace mpim
