// Who changed what through the admin API.
#pragma once

#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/result.h"

namespace mpim {

struct AuditRow {
  Timestamp at;
  std::string actor;   // "uid 0 over the admin socket"
  std::string action;  // the admin call's name
  std::string subject;
};

// Threads  the one that holds the Store.
class Audit {
 public:
  virtual ~Audit() = default;
  virtual Result<void> record(const AuditRow& row) = 0;
  virtual Result<std::vector<AuditRow>> newest(uint32_t count_max) = 0;
};

}  // namespace mpim
