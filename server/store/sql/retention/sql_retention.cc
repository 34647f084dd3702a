#include "server/store/sql/retention/sql_retention.h"

#include <algorithm>

namespace mpim {
namespace {

constexpr Sql kMarks = "SELECT inbox_pos, history_pos, client_id_pos FROM retention WHERE id = 1";
constexpr Sql kKeep =
    "UPDATE retention SET inbox_pos = ?, history_pos = ?, client_id_pos = ? WHERE id = 1";
constexpr Sql kLast = "SELECT MAX(pos) FROM messages";
constexpr Sql kAt = "SELECT at FROM messages WHERE pos >= ? ORDER BY pos LIMIT 1";
constexpr Sql kRead =
    "SELECT conversation, seq, sender, client_id, file, pos FROM messages WHERE pos > ? AND pos <= "
    "?"
    " ORDER BY pos";
constexpr Sql kExpire = "UPDATE conversations SET expired = ? WHERE id = ? AND expired < ?";
constexpr Sql kFloor =
    "UPDATE conversations SET floor = ?, expired = {greatest}(expired, ?) WHERE id = ? AND floor < "
    "?";
constexpr Sql kDropEntries = "DELETE FROM messages WHERE pos > ? AND pos <= ?";
constexpr Sql kDropPlaces = "DELETE FROM messages_by_seq WHERE id >= ? AND id <= ?";
constexpr Sql kDropHidden = "DELETE FROM hidden WHERE conversation = ? AND seq <= ?";
constexpr Sql kDropClientId =
    "DELETE FROM client_ids WHERE conversation = ? AND sender = ? AND client_id = ? AND seq = ?";
constexpr Sql kNextReceiver =
    "SELECT user FROM receipts WHERE conversation = ? AND user > ? ORDER BY user LIMIT 1";
constexpr Sql kReceipts =
    "SELECT seq FROM receipts WHERE conversation = ? AND user = ? AND kind = ? AND seq < ?"
    " ORDER BY seq LIMIT ?";
constexpr Sql kDropReceipts =
    "DELETE FROM receipts WHERE conversation = ? AND user = ? AND kind = ? AND seq <= ?";
constexpr Sql kReceipt =
    "SELECT 1 FROM receipts WHERE conversation = ? AND user = ? AND kind = ? AND seq = ?";
constexpr Sql kHiddenBy = "SELECT user FROM hidden WHERE conversation = ? AND seq = ? LIMIT ?";
constexpr Sql kShow = "DELETE FROM hidden WHERE user = ? AND conversation = ? AND seq = ?";

}  // namespace

Result<RetentionPlan> SqlRetention::plan(const RetentionRule& rule) {
  MPIM_TRY(const LogLook look, view_.look());
  MPIM_TRY(const Marks now, marks());
  MPIM_TRY(const Marks then, wanted(rule, now));
  return RetentionPlan{then.inbox - now.inbox, then.history - now.history,
                       then.client_ids - now.client_ids};
}

Result<RetentionStep> SqlRetention::step(const RetentionRule& rule, uint32_t rows_max) {
  MPIM_CHECK(driver_.in_transaction(), "a retention step needs a transaction");
  MPIM_TRY(Marks now, marks());
  MPIM_TRY(const Marks then, wanted(rule, now));
  RetentionStep done;
  LogPos Marks::*const passes[] = {&Marks::inbox, &Marks::client_ids, &Marks::history};
  for (LogPos Marks::*const pass : passes) {
    if (now.*pass >= then.*pass) continue;
    const LogPos through = std::min<LogPos>(then.*pass, now.*pass + rows_max);
    done.more = true;
    if (through > view_.index_reach()) {
      index_wanted_ = true;
      return done;
    }
    if (pass == &Marks::history) {
      MPIM_TRY(const std::vector<OldEntry> gone, drop_some(now, through, rows_max));
      done.dropped = gone.size();
      return done;
    }
    MPIM_TRY(const std::vector<OldEntry> entries, read(now.*pass, through));
    if (pass == &Marks::inbox) {
      MPIM_CHECKED(expire(entries));
      done.expired = entries.size();
    } else {
      MPIM_CHECKED(forget_client_ids(entries));
    }
    now.*pass = through;
    MPIM_CHECKED(keep(now));
    return done;
  }
  return done;
}

// Entries go together with whatever hides them, so that nobody sees again what he took out of his
// sight; the receipts have gone by then. None: there are receipts left.
Result<std::vector<SqlRetention::OldEntry>> SqlRetention::drop_some(Marks& now, LogPos through,
                                                                    uint32_t rows_max) {
  if (walk_.from == now.history && walk_.through != 0)
    through = std::min(through, walk_.through);
  else
    walk_ = {.from = now.history};
  MPIM_TRY(std::vector<OldEntry> entries, read(now.history, through));
  const size_t whole = entries.size();
  MPIM_TRY(const bool room, cut_to_hidden(entries, rows_max));
  if (!room) return std::vector<OldEntry>();
  walk_.through = entries.size() < whole ? entries.back().pos : through;
  Dropped dropped;
  for (const OldEntry& entry : entries)
    dropped.try_emplace(entry.conversation, SeqInterval{entry.seq, entry.seq}).first->second.to =
        entry.seq;
  MPIM_TRY(const bool silent, drop_receipts(dropped, rows_max));
  if (!silent) return std::vector<OldEntry>();
  MPIM_CHECKED(drop(entries, dropped));
  MPIM_CHECKED(driver_.run(kDropEntries, now.history, walk_.through));
  now.history = walk_.through;
  MPIM_CHECKED(keep(now));
  return entries;
}

Result<SqlRetention::Marks> SqlRetention::marks() {
  MPIM_TRY(Rows rows, driver_.ask(kMarks));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kInternal, "retention has no marks: run mpimctl db verify"};
  return Marks{rows.count(0), rows.count(1), rows.count(2)};
}

Result<void> SqlRetention::keep(const Marks& marks) {
  MPIM_CHECKED(driver_.run(kKeep, marks.inbox, marks.history, marks.client_ids));
  return {};
}

// What is deleted has left the queues before, and its client id is free.
Result<SqlRetention::Marks> SqlRetention::wanted(const RetentionRule& rule, const Marks& now) {
  MPIM_TRY(const LogPos end, last());
  const LogPos kept = std::max<LogPos>(end, 1) - 1;  // the newest entry says how far pos has come
  Marks then;
  MPIM_TRY(then.history, last_before(rule.history_before, now.history, kept));
  MPIM_TRY(then.inbox, last_before(rule.inbox_before, std::max(now.inbox, now.history), end));
  MPIM_TRY(then.client_ids,
           last_before(rule.client_ids_before, std::max(now.client_ids, now.history), end));
  then.inbox = std::max({then.inbox, then.history, now.inbox});
  then.client_ids = std::max({then.client_ids, then.history, now.client_ids});
  return then;
}

// The last place in (from, to] whose entry is older; `from` when there is none.
Result<LogPos> SqlRetention::last_before(Timestamp before, LogPos from, LogPos to) {
  while (from < to) {
    const LogPos middle = from + (to - from + 1) / 2;
    MPIM_TRY(Rows rows, driver_.ask(kAt, middle));
    MPIM_TRY(const bool found, rows.next());
    if (found && rows.time(0) < before)
      from = middle;
    else
      to = middle - 1;
  }
  return from;
}

Result<LogPos> SqlRetention::last() {
  MPIM_TRY(Rows rows, driver_.ask(kLast));
  MPIM_TRY(const bool found, rows.next());
  return found ? rows.count(0) : LogPos{0};
}

Result<std::vector<SqlRetention::OldEntry>> SqlRetention::read(LogPos after, LogPos through) {
  std::vector<OldEntry> entries;
  MPIM_TRY(Rows rows, driver_.ask(kRead, after, through));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return entries;
    entries.push_back({rows.id<ConversationId>(0), rows.seq(1), rows.id<UserId>(2), rows.text(3),
                       rows.id<FileId>(4), rows.count(5)});
  }
}

Result<void> SqlRetention::expire(std::span<const OldEntry> entries) {
  std::map<ConversationId, Seq> last;
  for (const OldEntry& entry : entries) last[entry.conversation] = entry.seq;
  for (const auto& [conversation, seq] : last)
    MPIM_CHECKED(driver_.run(kExpire, seq, conversation, seq));
  return {};
}

// Keeps the first ones, which so many rows hide. One that more rows hide than that is shown to a
// few first, in steps of its own: false.
Result<bool> SqlRetention::cut_to_hidden(std::vector<OldEntry>& entries, uint32_t rows_max) {
  uint32_t room = rows_max;
  for (size_t i = 0; i < entries.size(); ++i) {
    const OldEntry& entry = entries[i];
    std::vector<UserId> by;
    {
      MPIM_TRY(Rows rows, driver_.ask(kHiddenBy, entry.conversation, entry.seq, room + 1));
      while (true) {
        MPIM_TRY(const bool more, rows.next());
        if (!more) break;
        by.push_back(rows.id<UserId>(0));
      }
    }
    if (by.size() <= room) {
      room -= static_cast<uint32_t>(by.size());
      continue;
    }
    if (i > 0) {
      entries.resize(i);
      return true;
    }
    by.pop_back();
    for (const UserId user : by)
      MPIM_CHECKED(driver_.run(kShow, user, entry.conversation, entry.seq));
    return false;
  }
  return true;
}

Result<void> SqlRetention::drop(std::span<const OldEntry> entries, const Dropped& dropped) {
  for (const OldEntry& entry : entries)
    if (entry.file)
      MPIM_CHECKED(files_.drop_use(entry.file, MessageId(entry.conversation, entry.seq)));
  for (const auto& [conversation, seqs] : dropped)
    MPIM_CHECKED(drop_through(conversation, seqs.from, seqs.to));
  return {};
}

Result<void> SqlRetention::drop_through(ConversationId of, Seq first, Seq last) {
  const Seq floor = last.next();
  MPIM_CHECKED(driver_.run(kFloor, floor, last, of, floor));
  MPIM_CHECKED(driver_.run(kDropPlaces, MessageId(of, first), MessageId(of, last)));
  MPIM_CHECKED(driver_.run(kDropHidden, of, last));
  return {};
}

// User by user, so that what is kept of a long talk is not read through. True when all are gone;
// otherwise the next step goes on behind the last user.
Result<bool> SqlRetention::drop_receipts(const Dropped& dropped, uint32_t rows_max) {
  MPIM_TRY(const bool again, undone());
  if (again) walk_.at = walk_.before;
  walk_.before = walk_.at;
  walk_.gone.reset();
  uint32_t room = rows_max;
  for (auto each = dropped.lower_bound(walk_.at.conversation); each != dropped.end(); ++each) {
    const auto& [of, seqs] = *each;
    if (of != walk_.at.conversation) walk_.at = {of, {}};
    while (true) {
      if (room == 0) return false;
      UserId user;
      {
        MPIM_TRY(Rows rows, driver_.ask(kNextReceiver, of, walk_.at.user));
        MPIM_TRY(const bool found, rows.next());
        if (!found) break;
        user = rows.id<UserId>(0);
      }
      MPIM_TRY(const bool all, drop_receipts_of(of, user, seqs.to.next(), room));
      if (!all) return false;
      walk_.at.user = user;
    }
  }
  return true;
}

// To have looked at him counts as a row.
Result<bool> SqlRetention::drop_receipts_of(ConversationId of, UserId user, Seq floor,
                                            uint32_t& room) {
  for (const int kind : {0, 1}) {
    Seq last;
    uint32_t count = 0;
    {
      MPIM_TRY(Rows rows, driver_.ask(kReceipts, of, user, kind, floor, room));
      while (true) {
        MPIM_TRY(const bool more, rows.next());
        if (!more) break;
        last = rows.seq(0);
        ++count;
      }
    }
    if (count == 0) continue;
    MPIM_CHECKED(driver_.run(kDropReceipts, of, user, kind, last));
    walk_.gone = Receipt{of, user, kind, last};
    room -= count;
    if (room == 0) return false;
  }
  --room;
  return true;
}

// Whether the last step was: what it removed is there.
Result<bool> SqlRetention::undone() {
  if (!walk_.gone) return false;
  const Receipt& gone = *walk_.gone;
  MPIM_TRY(Rows rows, driver_.ask(kReceipt, gone.conversation, gone.user, gone.kind, gone.seq));
  return rows.next();
}

Result<void> SqlRetention::forget_client_ids(std::span<const OldEntry> entries) {
  for (const OldEntry& entry : entries) {
    if (entry.client_id.empty()) continue;
    MPIM_CHECKED(
        driver_.run(kDropClientId, entry.conversation, entry.sender, entry.client_id, entry.seq));
  }
  return {};
}

}  // namespace mpim
