// What is too old: messages that nobody fetched in time, history past its date.
#pragma once

#include "server/core/clock.h"
#include "server/core/result.h"

namespace mpim {

// Entries committed before these times. 0: however old, they stay as they are.
struct RetentionRule {
  Timestamp inbox_before = {};       // are not pushed any more, and leave the offline queues
  Timestamp history_before = {};     // are deleted, with everything that is said of them
  Timestamp client_ids_before = {};  // their client ids may be used again
};

// How many entries a rule has yet to reach.
struct RetentionPlan {
  uint64_t expire = 0;
  uint64_t drop = 0;
  uint64_t client_ids = 0;  // entries whose client ids are forgotten, if they have any
};

// What one step did.
struct RetentionStep {
  uint64_t expired = 0;
  uint64_t dropped = 0;
  bool more = false;  // call it again
};

// Threads  the one that holds the Store.
// Order    the log of all conversations together is gone through in the order in which it was
//          written. It ends at the first entry that is young enough: where a clock was set back,
//          older ones may stay for as long as it was off.
// Limits   the newest entry of all is never deleted. A step reads at most `rows_max` entries and
//          looks at about as many rows of what is said of them; what is left is the next step's.
// Errors   kUnavailable when the database fails.
class Retention {
 public:
  virtual ~Retention() = default;

  virtual Result<RetentionPlan> plan(const RetentionRule& rule) = 0;
  // Goes on where the last one ended; needs a transaction. It may be undone.
  virtual Result<RetentionStep> step(const RetentionRule& rule, uint32_t rows_max) = 0;
};

}  // namespace mpim
