// The log's parts at a server: a month each, made ahead, and dropped as a whole when it is too old.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/store/sql/driver/driver.h"

namespace mpim {

// Entries committed before `before` that are in no earlier part; without it, all others.
struct LogPart {
  std::string name;  // "p2026_11", or "p_rest"
  std::optional<Timestamp> before;
};

// All of these need a database of MySQL, outside of any transaction: changing parts ends one.
// Errors  kBusy: others read or write the log for longer than 3 s at a stretch: try again later.

// Ascending.
Result<std::vector<LogPart>> log_parts(Driver& driver);

// Makes the parts of this month and the next two, where they are missing, and, of a log that was
// never parted, of the months it has, at most 120. Answers their names. One program at a time;
// another one finds nothing to do.
Result<std::vector<std::string>> add_month_parts(Driver& driver, Timestamp now);

// Gives a log that has nothing in it parts for the months from `first` to `last` and the next two,
// at most the newest 120, instead of those it has.
Result<void> part_empty_log(Driver& driver, Timestamp first, Timestamp last);

// Parts that have nothing younger than `before`, by a day: nodes' clocks may differ. The one with
// the newest entry of all is not among them, nor any after it.
Result<std::vector<LogPart>> parts_older_than(Driver& driver, Timestamp before);
Result<uint64_t> entries_in(Driver& driver, const LogPart& part);

// Asked between two transactions: false has what is under way end with kDraining.
using GoesOn = std::function<bool()>;

// Raises the floors of its conversations, forgets what is said of its entries (receipts, hidden,
// client ids, uses of uploads), a hundred conversations to a transaction, and drops the part; cut
// off, it is done again. Nodes may be at work.
Result<void> drop_part(Driver& driver, const LogPart& part, const GoesOn& goes_on = {});

// Drops all that are older than `before`, and answers their names. One program at a time: kConflict
// while another one drops or makes parts.
Result<std::vector<std::string>> drop_parts_older_than(Driver& driver, Timestamp before,
                                                       const GoesOn& goes_on = {});

}  // namespace mpim
