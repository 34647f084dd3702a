#include "server/store/sql/sql_audit.h"

namespace mpim {
namespace {

constexpr Sql kRecord = "INSERT INTO audit_log (at, actor, action, subject) VALUES (?, ?, ?, ?)";
constexpr Sql kNewest = "SELECT at, actor, action, subject FROM audit_log ORDER BY id DESC LIMIT ?";

}  // namespace

Result<void> SqlAudit::record(const AuditRow& row) {
  MPIM_CHECKED(driver_.run(kRecord, row.at, row.actor, row.action, row.subject));
  return {};
}

Result<std::vector<AuditRow>> SqlAudit::newest(uint32_t count_max) {
  MPIM_TRY(Rows rows, driver_.ask(kNewest, count_max));
  std::vector<AuditRow> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back({rows.time(0), rows.text(1), rows.text(2), rows.text(3)});
  }
}

}  // namespace mpim
