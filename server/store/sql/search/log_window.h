// The database and the tail as search looks at them: one state, read by a connection of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/core/message.h"
#include "server/store/sql/driver/driver.h"
#include "server/store/sql/reading/moved_heads.h"
#include "server/store/sql/rows/log_view.h"
#include "server/store/sql/search/settled_places.h"

namespace mpim {

// An entry and where it lies in the log of all conversations.
struct PlacedEntry {
  EntryPtr entry;
  LogPos pos = 0;
};

// What the newest entries are about, without their text.
struct EntryOutline {
  MessageId id;
  EntryKind kind;
  Seq ref;
};

// Which log this is, and what is gone of it: an index of another one is worth nothing.
struct LogIdentity {
  std::string epoch;   // another one after a restore, and after each erasure of a person
  LogPos dropped = 0;  // entries up to here were deleted for their age
};

// `tail` is the writer's: what was edited in memory is seen there.
// Threads  the owner's.
// Order    everything but begin() and end() is asked between the two.
class LogWindow {
 public:
  // For so long a hole in a log that many write is waited for.
  static constexpr Millis kHolesFor = kChangeOverlap + Millis(5'000);
  LogWindow(std::unique_ptr<Driver> driver, std::shared_ptr<LogTail> tail,
            Millis holes_for = kHolesFor)
      : driver_(std::move(driver)), view_(*driver_, std::move(tail), false), settled_(holes_for) {}

  Result<void> begin();
  void end();
  Driver& driver() { return *driver_; }
  const LogLook& look() const { return *look_; }

  // As it is by now. kNotFound.
  Result<EntryPtr> entry(MessageId id);
  // Above `after`, ascending, and about `bytes_max` of text: the last may exceed it. Nothing will
  // come in between.
  Result<std::vector<PlacedEntry>> above(LogPos after, uint32_t count_max, uint64_t bytes_max);
  // The newest of what lies above `after`, the newest first.
  Result<std::vector<EntryOutline>> newest_above(LogPos after, uint32_t count_max);
  Result<LogPos> last_pos();
  Result<LogIdentity> identity();

 private:
  const std::unique_ptr<Driver> driver_;
  LogView view_;
  std::optional<LogLook> look_;
  SettledPlaces settled_;
};

}  // namespace mpim
