// Forgetting people, in SQL.
#pragma once

#include <optional>

#include "server/store/erasure.h"
#include "server/store/files.h"
#include "server/store/sql/driver/driver.h"
#include "server/store/sql/rows/log_tail.h"
#include "server/store/sql/rows/log_view.h"
#include "server/store/sql/rows/rights.h"

namespace mpim {

// An erasure, and where its walk stands.
struct KeptErasure {
  Erasure erasure;
  ErasurePlace at;
};

// The walk goes by the index of the log, which a step has written first: nothing of a person that
// is gone is in memory alone.
class SqlErasures final : public Erasures {
 public:
  SqlErasures(Driver& driver, LogView& view, Rights& rights, Files& files, bool& index_wanted)
      : driver_(driver), view_(view), rights_(rights), files_(files), index_wanted_(index_wanted) {}

  Result<ErasureLook> look(UserId user, ErasurePlace from, uint32_t entries_max,
                           size_t named_max) override;
  Result<std::string> name_of(UserId user) override;
  Result<Erasure> begin(UserId user, const std::string& actor, Timestamp now) override;
  Result<ErasureStep> step(uint64_t erasure, uint32_t rows_max, Timestamp now) override;
  Result<std::vector<std::string>> left_of(UserId user) override;
  Result<Erasure> find(UserId user) override;
  Result<std::vector<Erasure>> list(uint64_t after, uint32_t count_max) override;

 private:
  struct Place {
    ConversationId conversation;
    GroupId group;
  };
  // A part of one conversation, as far as one look goes.
  struct Stretch {
    std::vector<LogTail::Row> own;  // his messages that still say something
    ConversationId here;
    ErasurePlace next;
    bool begins = false;  // the conversation's first part
    bool over = false;    // there is no conversation any more
  };

  Result<Stretch> stretch(UserId user, ErasurePlace from, uint32_t entries_max,
                          const LogLook* look = nullptr);
  Result<std::optional<Place>> conversation_from(UserId user, ConversationId from);
  Result<void> empty_part(KeptErasure& kept, const Stretch& part, uint32_t rows_max, Timestamp now);
  Result<void> empty(const LogTail::Row& row, Timestamp now);
  Result<bool> leave_no_rows(UserId user, ConversationId of, uint32_t rows_max);
  Result<void> finish(UserId user);
  Result<bool> remove_files(UserId user, uint32_t rows_max, Timestamp now,
                            std::vector<StoredFile>& gone);
  Result<uint32_t> take_out(FileId file, uint32_t uses_max, Timestamp now);
  Result<uint64_t> count_files(UserId user);

  Driver& driver_;
  LogView& view_;
  Rights& rights_;
  Files& files_;
  bool& index_wanted_;
};

}  // namespace mpim
