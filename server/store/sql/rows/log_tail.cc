#include "server/store/sql/rows/log_tail.h"

#include <algorithm>
#include <utility>

#include "server/core/check.h"

namespace mpim {

LogTail::Pin& LogTail::Pin::operator=(Pin&& other) noexcept {
  release();
  tail_ = std::move(other.tail_);
  kept_ = other.kept_;
  upto_ = other.upto_;
  return *this;
}

void LogTail::Pin::release() {
  if (const auto tail = std::exchange(tail_, nullptr)) tail->unpin(kept_);
}

LogTail::Pin LogTail::pin(const std::shared_ptr<LogTail>& tail) {
  Pin pin;
  const std::lock_guard lock(tail->mutex_);
  pin.tail_ = tail;
  pin.kept_ = tail->indexed_;
  pin.upto_ = tail->published();
  tail->pins_.insert(pin.kept_);
  return pin;
}

void LogTail::unpin(LogPos kept) {
  const std::lock_guard lock(mutex_);
  pins_.erase(pins_.find(kept));
  trim();
}

void LogTail::start_at(LogPos indexed) {
  const std::lock_guard lock(mutex_);
  rows_.clear();
  order_.clear();
  client_ids_.clear();
  added_.clear();
  replaced_.clear();
  moved_.clear();
  moved_floor_ = indexed;
  indexed_ = indexed;
  backlog_ = {};
  published_.store(indexed, std::memory_order_release);
}

void LogTail::add(EntryPtr entry, LogPos pos) {
  const std::lock_guard lock(mutex_);
  MPIM_CHECK(pos > end(), "an entry was appended out of its place");
  if (!entry->client_id.empty() && entry->state == EntryState::kAsSent)
    client_ids_[{entry->conversation, entry->sender, entry->client_id}] = entry;
  ++backlog_.entries;
  backlog_.bytes += entry->text.size();
  order_.emplace_back(pos, entry->conversation);
  added_.push_back({entry, pos});
  Rows& rows = rows_[entry->conversation];
  rows.push_back({std::move(entry), pos});
}

void LogTail::drop_above(LogPos pos) {
  const std::lock_guard lock(mutex_);
  while (!added_.empty() && added_.back().pos > pos) added_.pop_back();
  while (!order_.empty() && order_.back().first > pos) {
    const auto found = rows_.find(order_.back().second);
    forget_client_id(found->second.back());
    --backlog_.entries;
    backlog_.bytes -= found->second.back().entry->text.size();
    found->second.pop_back();
    if (found->second.empty()) rows_.erase(found);
    order_.pop_back();
  }
}

void LogTail::publish() {
  if (!opened_at_) {
    const LogPos end = last();
    const std::lock_guard lock(mutex_);
    opened_at_ = end;
  }
  added_.clear();
  if (!replaced_.empty()) show_replaced();
  published_.store(last(), std::memory_order_release);
}

void LogTail::replace(EntryPtr changed, LogPos pos) {
  replaced_.push_back({std::move(changed), pos});
}

void LogTail::show_replaced() {
  const std::lock_guard lock(mutex_);
  for (const Row& changed : replaced_) {
    const auto found = rows_.find(changed.entry->conversation);
    if (found == rows_.end()) continue;
    const auto row = std::ranges::lower_bound(found->second, changed.pos, {}, &Row::pos);
    if (row == found->second.end() || row->pos != changed.pos) continue;
    forget_client_id(*row);  // its row in the database knows what it stood for at first
    row->entry = changed.entry;
  }
  replaced_.clear();
}

void LogTail::indexed(LogPos pos) {
  const std::lock_guard lock(mutex_);
  indexed_ = pos;
  backlog_ = {};
  for (auto at = order_.rbegin(); at != order_.rend() && at->first > pos; ++at) {
    const Rows& rows = rows_.at(at->second);
    const auto row = std::ranges::lower_bound(rows, at->first, {}, &Row::pos);
    ++backlog_.entries;
    backlog_.bytes += row->entry->text.size();
  }
  trim();
}

void LogTail::trim() {
  const LogPos kept = pins_.empty() ? indexed_ : std::min(indexed_, *pins_.begin());
  while (!order_.empty() && order_.front().first <= kept) {
    const auto found = rows_.find(order_.front().second);
    const Row oldest = std::move(found->second.front());
    forget_client_id(oldest);
    found->second.pop_front();
    // What comes after it and is not published may still be undone.
    const bool newest = found->second.empty() || found->second.front().pos > published();
    if (newest) remember_moved(oldest);
    if (found->second.empty()) rows_.erase(found);
    order_.pop_front();
  }
}

MovedHead LogTail::moved_by(const Entry& newest) {
  const bool direct = !newest.group && newest.kind == EntryKind::kMessage;
  if (!direct) return {newest.conversation, newest.seq, {}, {}};
  const auto [low, high] = std::minmax(newest.sender, newest.subject);
  return {newest.conversation, newest.seq, low, high};
}

void LogTail::remember_moved(const Row& newest) {
  if (moved_.size() >= kMovedMax) {
    moved_.clear();
    moved_floor_ = newest.pos;
    return;
  }
  moved_[newest.entry->conversation] = {moved_by(*newest.entry), newest.pos};
}

void LogTail::forget_client_id(const Row& row) {
  const Entry& entry = *row.entry;
  if (entry.client_id.empty()) return;
  const auto found = client_ids_.find({entry.conversation, entry.sender, entry.client_id});
  if (found != client_ids_.end() && found->second == row.entry) client_ids_.erase(found);
}

std::optional<LogTail::Row> LogTail::row_of(MessageId id) const {
  const std::lock_guard lock(mutex_);
  const Rows* const rows = rows_of(id.conversation());
  if (rows == nullptr) return std::nullopt;
  const auto row = std::ranges::lower_bound(*rows, id.seq(), {},
                                            [](const Row& each) { return each.entry->seq; });
  if (row == rows->end() || row->entry->seq != id.seq()) return std::nullopt;
  return *row;
}

LogPos LogTail::index_reach() const {
  const std::lock_guard lock(mutex_);
  return indexed_;
}

LogPos LogTail::opened_at() const {
  const std::lock_guard lock(mutex_);
  return opened_at_.value_or(0);
}

LogPos LogTail::last() const {
  const std::lock_guard lock(mutex_);
  return end();
}

LogTail::Backlog LogTail::backlog() const {
  const std::lock_guard lock(mutex_);
  return backlog_;
}

std::vector<LogTail::Row> LogTail::not_indexed() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<ConversationId, const Rows*>> sorted;
  sorted.reserve(rows_.size());
  for (const auto& [conversation, rows] : rows_) sorted.emplace_back(conversation, &rows);
  std::ranges::sort(sorted);
  std::vector<Row> found;
  found.reserve(backlog_.entries);
  for (const auto& [conversation, rows] : sorted) {
    const auto from = std::ranges::upper_bound(*rows, indexed_, {}, &Row::pos);
    found.insert(found.end(), from, rows->end());
  }
  return found;
}

const LogTail::Rows* LogTail::rows_of(ConversationId of) const {
  const auto found = rows_.find(of);
  return found == rows_.end() ? nullptr : &found->second;
}

size_t LogTail::below(const Rows& rows, LogPos upto) {
  return static_cast<size_t>(std::ranges::upper_bound(rows, upto, {}, &Row::pos) - rows.begin());
}

Seq LogTail::head(ConversationId of, LogPos upto) const {
  const std::lock_guard lock(mutex_);
  const Rows* const rows = rows_of(of);
  if (rows == nullptr) return Seq(0);
  const size_t count = below(*rows, upto);
  return count == 0 ? Seq(0) : (*rows)[count - 1].entry->seq;
}

std::vector<EntryPtr> LogTail::entries(ConversationId of, Seq after, Seq to, LogPos upto,
                                       size_t count_max) const {
  const std::lock_guard lock(mutex_);
  std::vector<EntryPtr> found;
  const Rows* const rows = rows_of(of);
  if (rows == nullptr) return found;
  const size_t end = below(*rows, upto);
  const auto from =
      std::ranges::upper_bound(*rows, after, {}, [](const Row& row) { return row.entry->seq; });
  for (auto i = static_cast<size_t>(from - rows->begin());
       i < end && (*rows)[i].entry->seq <= to && found.size() < count_max; ++i)
    found.push_back((*rows)[i].entry);
  return found;
}

std::optional<Seq> LogTail::first(ConversationId of, Seq after, Seq to, LogPos upto) const {
  const std::vector<EntryPtr> one = entries(of, after, to, upto, 1);
  return one.empty() ? std::nullopt : std::optional(one.front()->seq);
}

std::optional<std::vector<MovedHead>> LogTail::moved_since(LogPos since, LogPos upto) const {
  const std::lock_guard lock(mutex_);
  if (since < moved_floor_) return std::nullopt;
  std::vector<MovedHead> moved;
  for (const auto& [conversation, rows] : rows_) {
    const size_t count = below(rows, upto);
    if (count > 0 && rows[count - 1].pos > since) moved.push_back(moved_by(*rows[count - 1].entry));
  }
  for (const auto& [conversation, before] : moved_) {
    const Rows* const newer = rows_of(conversation);
    if (before.pos > since && (newer == nullptr || below(*newer, upto) == 0))
      moved.push_back(before.head);
  }
  std::ranges::sort(moved, {}, &MovedHead::conversation);
  return moved;
}

EntryPtr LogTail::under_client_id(ConversationId of, UserId sender,
                                  const std::string& client_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = client_ids_.find({of, sender, client_id});
  return found == client_ids_.end() ? nullptr : found->second;
}

size_t LogTail::ClientHash::operator()(const ClientKey& key) const noexcept {
  return std::hash<std::string>{}(key.client_id) ^ (key.conversation.value << 20) ^
         key.sender.value;
}

}  // namespace mpim
