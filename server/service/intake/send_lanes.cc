#include "server/service/intake/send_lanes.h"

#include <algorithm>
#include <iterator>

#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

const Error kIntakeAway{
    Code::kUnavailable,
    "messages wait for the store, and their queue cannot be reached: try again"};
const Error kTooLong{Code::kUnavailable, "the store is away, and so is the way to it: try again"};

}  // namespace

void SendLanes::send(std::vector<Draft> drafts, std::vector<Sent> sent) {
  const Instant now = home_.clock().steady();
  std::vector<uint32_t> touched;
  for (size_t i = 0; i < drafts.size(); ++i) {
    Held held{std::move(drafts[i]), std::move(sent[i]), now};
    if (held_ >= kHeldMax) {
      refuse(held, {Code::kBusy, "too many messages wait for the store: try again"});
      continue;
    }
    if (std::holds_alternative<UserName>(held.draft.to)) {
      ++held_;
      named_.push_back(std::move(held));
      continue;
    }
    touched.push_back(intake_.shard_of(held.draft));
    enter(std::move(held));
  }
  look_up();
  for (const uint32_t shard : touched) pump(shard);
  flush();
}

void SendLanes::enter(Held held) {
  ++held_;
  lanes_[intake_.shard_of(held.draft)].held.push_back(std::move(held));
}

// Those that come while names are looked up wait for the next time: they keep their order.
void SendLanes::look_up() {
  if (looking_up_ || named_.empty()) return;
  looking_up_ = true;
  std::vector<std::string> keys;
  for (const Held& each : named_) keys.push_back(std::get<UserName>(each.draft.to).key);
  using Found = std::vector<Result<UserId>>;
  auto job = [keys = std::move(keys)](Store& store) -> Result<Found> {
    Found found;
    for (const std::string& key : keys) {
      const Result<Account> account = store.accounts().find(key);
      if (!account.ok() && account.error().code == Code::kUnavailable) return account.error();
      if (account.ok()) {
        found.emplace_back(account->id);
      } else {
        found.emplace_back(account.error());
      }
    }
    return found;
  };
  storage_.read<Found>(std::move(job),
                       Reply<Found>(home_, [this, named = std::exchange(named_, {})](
                                               const Result<Found>& found) mutable {
                         looked_up(std::move(named), found);
                       }));
}

void SendLanes::looked_up(std::vector<Held> named,
                          const Result<std::vector<Result<UserId>>>& found) {
  looking_up_ = false;
  std::vector<uint32_t> touched;
  for (size_t i = 0; i < named.size(); ++i) {
    --held_;
    const std::string& key = std::get<UserName>(named[i].draft.to).key;
    const Result<UserId> user = found.ok() ? (*found)[i] : known(key, found.error());
    if (!user.ok()) {
      refuse(named[i], user.error());
      continue;
    }
    if (names_.size() >= kNamesMax) names_.clear();
    names_.insert_or_assign(key, *user);
    named[i].draft.to = *user;
    touched.push_back(intake_.shard_of(named[i].draft));
    enter(std::move(named[i]));
  }
  look_up();
  for (const uint32_t shard : touched) pump(shard);
  flush();
}

// What the name meant when it was looked up last: a number never means somebody else.
Result<UserId> SendLanes::known(const std::string& key, const Error& why) const {
  const auto found = names_.find(key);
  if (why.code != Code::kUnavailable || found == names_.end()) return why;
  return found->second;
}

void SendLanes::pump(uint32_t shard) {
  Lane& lane = lanes_[shard];
  if (lane.held.empty() || lane.adding || lane.opening || !lane.failed.empty()) return;
  switch (intake_.way(shard)) {
    case IntakeWay::kStore: return go_straight(shard);
    case IntakeWay::kQueue: return queue(shard);
    case IntakeWay::kWait: return wait(shard);
    case IntakeWay::kAway: {
      const std::string why = intake_.standing().refusal;
      return refuse_all(shard, why.empty() ? kIntakeAway : Error{Code::kUnavailable, why});
    }
  }
}

void SendLanes::go_straight(uint32_t shard) {
  Lane& lane = lanes_[shard];
  for (Held& each : lane.held) straight_.push_back({shard, lane.next++, std::move(each)});
  lane.under_way += lane.held.size();
  held_ -= lane.held.size();
  lane.held.clear();
}

void SendLanes::flush() {
  if (straight_.empty()) return;
  std::vector<Draft> drafts;
  drafts.reserve(straight_.size());
  for (Straight& each : straight_) {
    each.left = home_.clock().steady();
    drafts.push_back(each.held.draft);
  }
  storage_.append(std::move(drafts), home_.clock().wall(),
                  Reply<AppendOutcomes>(home_, [this, straight = std::exchange(straight_, {})](
                                                   Result<AppendOutcomes> outcomes) mutable {
                    answered(std::move(straight), std::move(outcomes));
                  }));
}

void SendLanes::answered(std::vector<Straight> straight, Result<AppendOutcomes> outcomes) {
  note_pace(straight);
  std::vector<Sent> sent;
  AppendOutcomes known;
  std::vector<uint32_t> touched;
  for (size_t i = 0; i < straight.size(); ++i) {
    Straight& each = straight[i];
    Lane& lane = lanes_[each.shard];
    --lane.under_way;
    touched.push_back(each.shard);
    Result<Appended> outcome =
        outcomes.ok() ? std::move((*outcomes)[i]) : Result<Appended>(outcomes.error());
    if (!outcome.ok() && outcome.error().code == Code::kUnavailable) {
      lane.failed.push_back({each.number, std::move(each.held), outcome.error()});
      continue;
    }
    if (outcome.ok()) lane.last_stored = std::max(lane.last_stored, each.number);
    sent.push_back(std::move(each.held.sent));
    known.push_back(std::move(outcome));
  }
  if (!sent.empty()) stored_(sent, std::move(known));
  for (const uint32_t shard : touched) {
    settle_failed(shard);
    pump(shard);
  }
  flush();
}

// Those that come from now on are queued, when these took too long.
void SendLanes::note_pace(std::span<const Straight> straight) {
  const Millis patience = intake_.patience();
  if (patience == Millis(0)) return;
  const Instant now = home_.clock().steady();
  std::vector<uint32_t> slow;
  for (const Straight& each : straight)
    if (now - each.left > patience) slow.push_back(each.shard);
  std::ranges::sort(slow);
  slow.erase(std::unique(slow.begin(), slow.end()), slow.end());
  for (const uint32_t shard : slow)
    if (intake_.closed(shard)) intake_.open(shard, Reply<bool>(home_, [](const Result<bool>&) {}));
}

// The store has answered all that went straight: what it did not take goes in front.
void SendLanes::settle_failed(uint32_t shard) {
  Lane& lane = lanes_[shard];
  if (lane.failed.empty() || lane.under_way > 0 || lane.opening) return;
  std::vector<Failed> failed = std::exchange(lane.failed, {});
  std::ranges::sort(failed, {}, &Failed::number);
  std::vector<Held> first;
  for (Failed& each : failed) {
    if (each.number < lane.last_stored) {
      refuse(each.held, each.why);
    } else {
      first.push_back(std::move(each.held));
    }
  }
  if (first.empty()) return;
  held_ += first.size();
  lane.held.insert(lane.held.begin(), std::make_move_iterator(first.begin()),
                   std::make_move_iterator(first.end()));
  lane.opening = true;
  intake_.open(
      shard, Reply<bool>(home_, [this, shard, why = failed.back().why](const Result<bool>& opened) {
        lanes_[shard].opening = false;
        if (!opened.ok()) return refuse_all(shard, why);
        pump(shard);
        flush();
      }));
}

// What went straight before must have been answered: it may have to go in front.
void SendLanes::queue(uint32_t shard) {
  Lane& lane = lanes_[shard];
  if (lane.under_way > 0) return;
  std::vector<Held> offered;
  std::vector<Draft> drafts;
  while (!lane.held.empty() && offered.size() < kAddedTogether) {
    drafts.push_back(lane.held.front().draft);
    offered.push_back(std::move(lane.held.front()));
    lane.held.pop_front();
  }
  lane.adding = true;
  intake_.add(shard, drafts,
              Reply<Admitted>(home_, [this, shard, offered = std::move(offered)](
                                         Result<Admitted> admitted) mutable {
                queued(shard, std::move(offered), std::move(admitted));
              }));
}

void SendLanes::queued(uint32_t shard, std::vector<Held> offered, Result<Admitted> admitted) {
  Lane& lane = lanes_[shard];
  lane.adding = false;
  if (admitted.ok() && admitted->turned) {
    lane.held.insert(lane.held.begin(), std::make_move_iterator(offered.begin()),
                     std::make_move_iterator(offered.end()));
    return wait(shard);
  }
  held_ -= offered.size();
  for (size_t i = 0; i < offered.size(); ++i) {
    const Error* const why = !admitted.ok()               ? &admitted.error()
                             : !admitted->tickets[i].ok() ? &admitted->tickets[i].error()
                                                          : nullptr;
    if (why != nullptr) {
      refuse(offered[i], *why);
      continue;
    }
    count(Counter::kIntakeQueued);
    Committed waiting;
    waiting.ticket = admitted->tickets[i].value();
    offered[i].sent(std::move(waiting));
  }
  pump(shard);
  flush();
}

void SendLanes::wait(uint32_t shard) {
  Lane& lane = lanes_[shard];
  if (lane.waiting) return;
  lane.waiting = true;
  home_.after(kAskAgain, [this, shard] {
    Lane& waited = lanes_[shard];
    waited.waiting = false;
    const Instant now = home_.clock().steady();
    while (!waited.adding && !waited.held.empty() && now - waited.held.front().since > kHeldFor) {
      refuse(waited.held.front(), kTooLong);
      waited.held.pop_front();
      --held_;
    }
    pump(shard);
    flush();
  });
}

void SendLanes::refuse_all(uint32_t shard, const Error& why) {
  Lane& lane = lanes_[shard];
  held_ -= lane.held.size();
  std::deque<Held> refused = std::exchange(lane.held, {});
  for (Held& each : refused) refuse(each, why);
}

void SendLanes::refuse(Held& held, const Error& why) {
  count(Counter::kMessagesRefused);
  held.sent(why);
}

}  // namespace mpim
