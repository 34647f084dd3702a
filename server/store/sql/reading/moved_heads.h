// Which conversations moved lately, as the database has it.
#pragma once

#include "server/store/message_log.h"
#include "server/store/sql/driver/driver.h"

namespace mpim {

// Where many write: by the time of each head's last change, which is the database's own clock. A
// head is written at the end of its transaction and seen when that commits: whoever asks looks
// kChangeOverlap back each time, and hears of a head more than once. The overlap is longer than a
// transaction may stand still.
// Limits   `heads_max` of them; the next question goes on there.
inline constexpr Millis kChangeOverlap{20'000};
Result<Changes> heads_changed_since(Driver& driver, ChangePlace since, uint32_t heads_max);

}  // namespace mpim
