// The record of admin calls, in SQL.
#pragma once

#include "server/store/audit.h"
#include "server/store/sql/driver/driver.h"

namespace mpim {

// Rows are only ever added.
class SqlAudit final : public Audit {
 public:
  explicit SqlAudit(Driver& driver) : driver_(driver) {}
  Result<void> record(const AuditRow& row) override;
  Result<std::vector<AuditRow>> newest(uint32_t count_max) override;

 private:
  Driver& driver_;
};

}  // namespace mpim
