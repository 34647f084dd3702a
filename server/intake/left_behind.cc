#include "server/intake/left_behind.h"

#include "server/intake/intake_scripts.h"
#include "server/telemetry/log.h"

namespace mpim {

void LeftBehind::look() {
  redis_.ask({"EVAL", intake_scripts::kLeft, "1", "{intake}:gates"},
             [this](const Result<RedisAnswer>& told) {
               if (!told.ok()) return;
               const auto now = static_cast<uint64_t>(told->number);
               if (waiting_.exchange(now) == 0 && now > 0)
                 log_warn("intake.left_behind", {{"entries", now}});
             });
}

}  // namespace mpim
