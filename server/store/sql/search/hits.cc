#include "server/store/sql/search/hits.h"

#include <algorithm>
#include <limits>

namespace mpim {
namespace {

bool is_absent(const Error& error) { return error.code == Code::kNotFound; }

}  // namespace

bool HitBounds::begun(const Entry& entry) const {
  if (until.ms != 0 && entry.at >= until) return false;
  if (before == nullptr) return true;
  // Within a conversation the order of the log decides, whatever the clocks said.
  if (entry.conversation == before->conversation) return entry.seq < before->seq;
  return entry.at != before->at ? entry.at < before->at : entry.id() < before->id();
}

Timestamp HitBounds::end() const {
  Timestamp end{std::numeric_limits<int64_t>::max()};
  if (until.ms != 0) end = until;
  if (before != nullptr) end = std::min(end, Timestamp{before->at.ms + 1});
  return end;
}

Result<void> Hits::add(const Stand& stand) {
  const Seq head = stand.standing.head;
  const Result<EntryPtr> newest = log_.entry(MessageId(stand.standing.conversation, head));
  if (!newest.ok()) return is_absent(newest.error()) ? Result<void>() : newest.error();
  if (bounds_.over(**newest)) return {};
  sources_.push_back(std::make_unique<Source>(Source{&stand, stand.intervals.size(), head.next()}));
  Source& source = *sources_.back();
  if (bounds_.before != nullptr && bounds_.before->conversation == stand.standing.conversation)
    source.below = std::min(source.below, bounds_.before->seq);
  const MessageId highest(std::numeric_limits<int64_t>::max());
  items_.push({std::min((*newest)->at, bounds_.end()), highest, nullptr, &source});
  return {};
}

Result<void> Hits::add(const Stand& stand, std::vector<MessageId> found) {
  std::erase_if(found, [&](MessageId id) { return !stand.may_see(id.seq()); });
  if (found.empty()) return {};
  Source all{&stand, 0, stand.standing.head.next()};
  all.ahead = std::move(found);
  sources_.push_back(std::make_unique<Source>(std::move(all)));
  return advance(*sources_.back());
}

Result<void> Hits::add(MessageId id) {
  Result<EntryPtr> entry = log_.entry(id);
  if (!entry.ok()) return is_absent(entry.error()) ? Result<void>() : entry.error();
  if (bounds_.begun(**entry) && !bounds_.over(**entry))
    items_.push({(*entry)->at, id, std::move(*entry), nullptr});
  return {};
}

Result<EntryPtr> Hits::next() {
  while (!items_.empty()) {
    const Item first = items_.top();
    items_.pop();
    if (first.source != nullptr) MPIM_CHECKED(advance(*first.source));
    if (first.entry != nullptr) return first.entry;
  }
  return EntryPtr();
}

// Puts the source's next candidate among the others, if it has one.
Result<void> Hits::advance(Source& source) {
  while (true) {
    if (source.ahead.empty()) {
      MPIM_TRY(const bool any, refill(source));
      if (!any) return {};
    }
    const MessageId id = source.ahead.back();
    source.ahead.pop_back();
    Result<EntryPtr> entry = log_.entry(id);
    if (!entry.ok() && is_absent(entry.error())) continue;
    if (!entry.ok()) return entry.error();
    if (bounds_.over(**entry)) return {};
    if (bounds_.begun(**entry)) {
      items_.push({(*entry)->at, id, std::move(*entry), &source});
      return {};
    }
    if (!source.jumped) MPIM_CHECKED(jump(source));
  }
}

// From the newest interval of his membership to the oldest.
Result<bool> Hits::refill(Source& source) {
  const ConversationId of = source.stand->standing.conversation;
  for (; source.intervals_left > 0; --source.intervals_left) {
    const SeqInterval& in = source.stand->intervals[source.intervals_left - 1];
    const Seq through = std::min(in.to, Seq(source.below.value - 1));
    if (through <= in.from) continue;
    MPIM_TRY(source.ahead,
             index_.newest(expression_, MessageId(of, in.from), MessageId(of, through), kAhead));
    if (source.ahead.empty()) continue;
    std::ranges::reverse(source.ahead);
    source.below = source.ahead.front().seq();
    return true;
  }
  return false;
}

// Looks for the place in the log where the stretch of time ends, instead of walking there.
Result<void> Hits::jump(Source& source) {
  source.jumped = true;
  const ConversationId of = source.stand->standing.conversation;
  const Timestamp end = bounds_.end();
  Seq low = source.stand->intervals.front().from;  // lies before the end, or is none
  Seq high = source.ahead.empty() ? source.below : source.ahead.back().seq().next();
  while (low.next() < high) {
    const Seq middle(low.value + (high.value - low.value) / 2);
    MPIM_TRY(const EntryPtr entry, log_.entry(MessageId(of, middle)));
    (entry->at < end ? low : high) = middle;
  }
  source.below = std::min(source.below, high);
  std::erase_if(source.ahead, [high](MessageId id) { return id.seq() >= high; });
  if (!source.ahead.empty()) source.below = source.ahead.front().seq();
  return {};
}

}  // namespace mpim
