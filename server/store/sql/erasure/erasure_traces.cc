#include "server/store/sql/erasure/erasure_traces.h"

namespace mpim {
namespace {

constexpr Sql kClientId = "SELECT 1 FROM client_ids WHERE conversation = ? AND sender = ? LIMIT 1";
constexpr Sql kReceipt = "SELECT 1 FROM receipts WHERE conversation = ? AND user = ? LIMIT 1";
constexpr Sql kHiddenIn = "SELECT 1 FROM hidden WHERE conversation = ? AND user = ? LIMIT 1";
constexpr Sql kHidden = "SELECT 1 FROM hidden WHERE user = ? LIMIT 1";
constexpr Sql kFriend = "SELECT 1 FROM friendships WHERE user = ? AND state <> 0 LIMIT 1";
constexpr Sql kBlock = "SELECT 1 FROM blocks WHERE user = ? AND state <> 0 LIMIT 1";
constexpr Sql kRequest = "SELECT 1 FROM group_requests WHERE user = ? AND state <> 0 LIMIT 1";
constexpr Sql kLastAudit = "SELECT MAX(id) FROM audit_log";
constexpr Sql kAuditAt = "SELECT at FROM audit_log WHERE id >= ? ORDER BY id LIMIT 1";
constexpr Sql kAudit =
    "SELECT id, at, actor, action, subject FROM audit_log WHERE id >= ? ORDER BY id LIMIT ?";

struct Trace {
  Sql sql;
  const char* told;
};

template <class... Args>
Result<bool> any(Driver& driver, Sql sql, const Args&... args) {
  MPIM_TRY(Rows rows, driver.ask(sql, args...));
  return rows.next();
}

// Rows are numbered in the order of their times.
Result<uint64_t> first_audit_since(Driver& driver, Timestamp since) {
  uint64_t low = 1;
  uint64_t high = 1;
  {
    MPIM_TRY(Rows rows, driver.ask(kLastAudit));
    MPIM_TRY(const bool found, rows.next());
    if (found) high = rows.count(0) + 1;
  }
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    MPIM_TRY(Rows rows, driver.ask(kAuditAt, middle));
    MPIM_TRY(const bool found, rows.next());
    if (found && rows.time(0) < since)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool is_about(const std::string& subject, const std::string& name) {
  return !name.empty() && (subject == name || subject.starts_with(name + " "));
}

}  // namespace

Result<std::vector<std::string>> traces_in(Driver& driver, UserId user, ConversationId of) {
  constexpr Trace kTraces[] = {
      {kClientId, "client ids"}, {kReceipt, "receipts"}, {kHiddenIn, "hidden messages"}};
  std::vector<std::string> left;
  for (const Trace& each : kTraces) {
    MPIM_TRY(const bool found, any(driver, each.sql, of, user));
    if (found)
      left.push_back(std::string(each.told) + " in conversation " + std::to_string(of.value));
  }
  return left;
}

Result<void> add_own_traces(Driver& driver, UserId user, std::vector<std::string>& left) {
  constexpr Trace kTraces[] = {{kHidden, "hidden messages"},
                               {kFriend, "friends, or requests to be one"},
                               {kBlock, "blocked users"},
                               {kRequest, "open requests or invitations of groups"}};
  for (const Trace& each : kTraces) {
    MPIM_TRY(const bool found, any(driver, each.sql, user));
    if (found) left.emplace_back(each.told);
  }
  return {};
}

Result<void> add_audit_traces(Driver& driver, const Erasure& erasure, const std::string& name,
                              std::vector<std::string>& left) {
  const std::string number = "user " + std::to_string(erasure.user.value);
  MPIM_TRY(const uint64_t first, first_audit_since(driver, erasure.started_at));
  MPIM_TRY(Rows rows, driver.ask(kAudit, first, kAuditRowsMax));
  bool begun = false;  // whoever asked for it did nothing since: next comes the removal, if any
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return {};
    const std::string action = rows.text(3);
    const std::string subject = rows.text(4);
    const bool his = rows.text(2) == erasure.actor;
    const bool over = erasure.finished_at.ms != 0 && rows.time(1) > erasure.finished_at;
    const bool removal = begun && his && !over && action == "RemoveUser" && subject != number;
    if (his) begun = action == "EraseUser" && subject == number;
    if (removal || is_about(subject, name))
      left.push_back("row " + std::to_string(rows.count(0)) + " of the audit log");
  }
}

}  // namespace mpim
