#include "server/store/sql/partitions/month_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "server/core/check.h"
#include "server/store/sql/copy/copied_tables.h"

namespace mpim {
namespace {

using std::chrono::months;
using std::chrono::year_month;

constexpr std::string_view kRest = "p_rest";
constexpr months kAhead{2};
constexpr months kBackMax{120};
constexpr Millis kClocksDiffer = std::chrono::hours(24);
constexpr size_t kConversationsAtOnce = 100;

// Whoever waits for the log's lock makes everybody wait who comes after him.
constexpr std::string_view kWaitForLog = "SET SESSION lock_wait_timeout = 3";
constexpr std::string_view kOneParts =
    "SELECT COALESCE(GET_LOCK(CONCAT('mpim.parts.', DATABASE()), 0), 0)";
constexpr std::string_view kOthersMay = "SELECT RELEASE_LOCK(CONCAT('mpim.parts.', DATABASE()))";
constexpr std::string_view kParts =
    "SELECT partition_name, partition_description FROM information_schema.partitions"
    " WHERE table_schema = DATABASE() AND table_name = 'messages'"
    " ORDER BY partition_ordinal_position";
constexpr Sql kFirst = "SELECT COALESCE(MIN(at), 0) FROM messages";
constexpr Sql kHold = "SELECT rights_version FROM writers WHERE id = 1 FOR UPDATE";
constexpr Sql kFloor =
    "UPDATE conversations SET floor = ?, expired = GREATEST(expired, ?) WHERE id = ? AND floor < ?";
constexpr Sql kReceipts = "DELETE FROM receipts WHERE conversation = ? AND seq <= ?";
constexpr Sql kHidden = "DELETE FROM hidden WHERE conversation = ? AND seq <= ?";
constexpr Sql kClientIds = "DELETE FROM client_ids WHERE conversation = ? AND seq <= ?";
// From left to right: the marks of the others are never below the first.
constexpr Sql kMarks =
    "UPDATE retention SET history_pos = GREATEST(history_pos,"
    " COALESCE((SELECT MIN(pos) FROM messages), 1) - 1),"
    " inbox_pos = GREATEST(inbox_pos, history_pos),"
    " client_id_pos = GREATEST(client_id_pos, history_pos) WHERE id = 1";

year_month month_of(Timestamp at) {
  const std::chrono::sys_time<Millis> time{Millis(at.ms)};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  return {day.year(), day.month()};
}

Timestamp start_of(year_month month) {
  const std::chrono::sys_time<Millis> time = std::chrono::sys_days(month / 1);
  return {time.time_since_epoch().count()};
}

Result<bool> begin_alone(Driver& driver) {
  MPIM_TRY(const std::vector<std::string> got, driver.ask_once(kOneParts));
  return !got.empty() && got.front() == "1";
}

void end_alone(Driver& driver) { static_cast<void>(driver.ask_once(kOthersMay)); }

// The parts of `month` and those after it up to `last`, then the one for all others.
std::string parts_of(year_month month, year_month last, std::vector<std::string>& names) {
  std::string text;
  for (; month <= last; month += months(1)) {
    names.push_back(fmt::format("p{:04}_{:02}", static_cast<int>(month.year()),
                                static_cast<unsigned>(month.month())));
    text += fmt::format("PARTITION {} VALUES LESS THAN ({}), ", names.back(),
                        start_of(month + months(1)).ms);
  }
  return fmt::format("({}PARTITION {} VALUES LESS THAN MAXVALUE)", text, kRest);
}

// The first month that has no part of its own.
Result<year_month> first_missing(Driver& driver, const std::vector<LogPart>& parts,
                                 year_month now) {
  for (auto part = parts.rbegin(); part != parts.rend(); ++part)
    if (part->before) return month_of(*part->before);
  MPIM_TRY(Rows rows, driver.ask(kFirst));
  MPIM_TRY(const bool found, rows.next());
  const Timestamp first = found ? rows.time(0) : Timestamp{};
  return first.ms == 0 ? now : std::clamp(month_of(first), now - kBackMax, now);
}

Result<std::vector<std::string>> add_alone(Driver& driver, Timestamp at) {
  MPIM_TRY(const std::vector<LogPart> parts, log_parts(driver));
  const year_month now = month_of(at);
  MPIM_TRY(const year_month first, first_missing(driver, parts, now));
  std::vector<std::string> names;
  const std::string made = parts_of(first, now + kAhead, names);
  if (names.empty()) return names;
  MPIM_CHECKED(driver.run_script(kWaitForLog));
  MPIM_CHECKED(driver.run_script(
      fmt::format("ALTER TABLE messages REORGANIZE PARTITION {} INTO {}", kRest, made)));
  return names;
}

Result<std::vector<std::string>> drop_alone(Driver& driver, Timestamp before,
                                            const GoesOn& goes_on) {
  MPIM_TRY(const std::vector<LogPart> old, parts_older_than(driver, before));
  std::vector<std::string> dropped;
  for (const LogPart& part : old) {
    MPIM_CHECKED(drop_part(driver, part, goes_on));
    dropped.push_back(part.name);
  }
  return dropped;
}

Result<std::optional<MessageId>> one_id(Driver& driver, Sql sql, MessageId bound) {
  MPIM_TRY(Rows rows, driver.ask(sql, bound));
  MPIM_TRY(const bool found, rows.next());
  return found ? std::optional(rows.id<MessageId>(0)) : std::nullopt;
}

// One part's goings.
class PartEnd {
 public:
  PartEnd(Driver& driver, const LogPart& part, const std::string& others)
      : driver_(driver),
        next_(made_sql(
            fmt::format("SELECT id FROM messages PARTITION ({}) WHERE id >= ? ORDER BY id LIMIT 1",
                        part.name))),
        last_(made_sql(fmt::format(
            "SELECT id FROM messages PARTITION ({}) WHERE id < ? ORDER BY id DESC LIMIT 1",
            part.name))),
        uses_(made_sql(fmt::format(
            "DELETE u FROM file_uses u JOIN messages PARTITION ({}) e ON e.file = u.file"
            " AND e.conversation = u.conversation AND e.seq = u.seq WHERE e.file <> 0",
            part.name))),
        strays_(made_sql(fmt::format(
            "DELETE FROM messages PARTITION ({}) WHERE id >= ? AND id <= ?", others))) {}

  // Of at most a hundred conversations from `from_` on, in a transaction; false: there are no more.
  Result<bool> forget_some() {
    MPIM_CHECKED(driver_.begin());
    Result<bool> more = forget_in_transaction();
    if (!more.ok()) return driver_.rollback(), more;
    MPIM_CHECKED(driver_.commit());
    return more;
  }
  Result<void> forget_uses() {
    MPIM_CHECKED(driver_.run(uses_));
    return {};
  }

 private:
  Result<bool> forget_in_transaction() {
    {
      MPIM_TRY(Rows rows, driver_.ask(kHold));
      MPIM_CHECKED(rows.next());
    }
    for (size_t count = 0; count < kConversationsAtOnce; ++count) {
      MPIM_TRY(const std::optional<MessageId> next, one_id(driver_, next_, from_));
      if (!next) return false;
      const ConversationId of = next->conversation();
      from_ = MessageId(ConversationId(of.value + 1), Seq());
      MPIM_TRY(const std::optional<MessageId> last, one_id(driver_, last_, from_));
      MPIM_CHECK(last.has_value(), "a conversation with a first entry has a last one");
      MPIM_CHECKED(forget(of, last->seq()));
    }
    return true;
  }
  Result<void> forget(ConversationId of, Seq last) {
    const Seq floor = last.next();
    MPIM_CHECKED(driver_.run(kFloor, floor, last, of, floor));
    MPIM_CHECKED(driver_.run(kReceipts, of, last));
    MPIM_CHECKED(driver_.run(kHidden, of, last));
    MPIM_CHECKED(driver_.run(kClientIds, of, last));
    MPIM_CHECKED(driver_.run(strays_, MessageId(of, Seq()), MessageId(of, last)));
    return {};
  }

  Driver& driver_;
  Sql next_;
  Sql last_;
  Sql uses_;
  Sql strays_;  // earlier in their conversation, and stored in a later month
  MessageId from_;
};

}  // namespace

Result<std::vector<LogPart>> log_parts(Driver& driver) {
  MPIM_CHECK(driver.dialect().many_writers, "a file's log has no parts");
  MPIM_TRY(const std::vector<std::string> rows, driver.ask_once(kParts));
  std::vector<LogPart> parts;
  for (const std::string& row : rows) {
    const size_t bar = row.find('|');
    LogPart& part = parts.emplace_back(LogPart{row.substr(0, bar), std::nullopt});
    int64_t before = 0;
    const auto read = std::from_chars(row.data() + bar + 1, row.data() + row.size(), before);
    if (read.ec == std::errc()) part.before = Timestamp{before};
  }
  return parts;
}

Result<std::vector<std::string>> add_month_parts(Driver& driver, Timestamp now) {
  MPIM_TRY(const bool alone, begin_alone(driver));
  if (!alone) return std::vector<std::string>();
  Result<std::vector<std::string>> made = add_alone(driver, now);
  end_alone(driver);
  return made;
}

Result<void> part_empty_log(Driver& driver, Timestamp first, Timestamp last) {
  const year_month until = month_of(last) + kAhead;
  std::vector<std::string> names;
  const std::string parts =
      parts_of(std::clamp(month_of(first), until - kBackMax, until), until, names);
  return driver.run_script("ALTER TABLE messages PARTITION BY RANGE (at) " + parts);
}

Result<uint64_t> entries_in(Driver& driver, const LogPart& part) {
  MPIM_TRY(const std::vector<std::string> rows,
           driver.ask_once(fmt::format("SELECT COUNT(*) FROM messages PARTITION ({})", part.name)));
  uint64_t count = 0;
  std::from_chars(rows.front().data(), rows.front().data() + rows.front().size(), count);
  return count;
}

Result<std::vector<LogPart>> parts_older_than(Driver& driver, Timestamp before) {
  MPIM_TRY(const std::vector<LogPart> parts, log_parts(driver));
  size_t kept = parts.size();  // those from here on have the newest entry
  while (kept > 0) {
    --kept;
    MPIM_TRY(const std::vector<std::string> any,
             driver.ask_once(
                 fmt::format("SELECT 1 FROM messages PARTITION ({}) LIMIT 1", parts[kept].name)));
    if (!any.empty()) break;
  }
  std::vector<LogPart> old;
  for (size_t i = 0; i < kept; ++i)
    if (parts[i].before && *parts[i].before + kClocksDiffer <= before) old.push_back(parts[i]);
  return old;
}

Result<void> drop_part(Driver& driver, const LogPart& part, const GoesOn& goes_on) {
  MPIM_TRY(const std::vector<LogPart> parts, log_parts(driver));
  std::string others;
  for (const LogPart& each : parts)
    if (each.name != part.name) others += (others.empty() ? "" : ", ") + each.name;
  PartEnd end(driver, part, others);
  MPIM_CHECKED(end.forget_uses());
  for (bool more = true; more;) {
    if (goes_on && !goes_on()) return Error{Code::kDraining, "cut off: the next run goes on"};
    MPIM_TRY(more, end.forget_some());
  }
  MPIM_CHECKED(driver.run_script(kWaitForLog));
  MPIM_CHECKED(driver.run_script(fmt::format("ALTER TABLE messages DROP PARTITION {}", part.name)));
  MPIM_CHECKED(driver.run(kMarks));
  return {};
}

Result<std::vector<std::string>> drop_parts_older_than(Driver& driver, Timestamp before,
                                                       const GoesOn& goes_on) {
  MPIM_TRY(const bool alone, begin_alone(driver));
  if (!alone) return Error{Code::kConflict, "another program changes the log's parts: try again"};
  Result<std::vector<std::string>> dropped = drop_alone(driver, before, goes_on);
  end_alone(driver);
  return dropped;
}

}  // namespace mpim
