// The job that lets messages expire, in SQL.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "server/store/files.h"
#include "server/store/retention.h"
#include "server/store/sql/driver/driver.h"
#include "server/store/sql/rows/log_pages.h"
#include "server/store/sql/rows/log_view.h"

namespace mpim {

// `messages` is ordered by time, so that what is too old is its beginning: marks say how much of it
// has been dealt with, and a step costs what it does, however long the log is. Receipts go before
// the entries that they are about, over as many steps as it takes.
class SqlRetention final : public Retention {
 public:
  // Sets `index_wanted` where a step waits for the log's index: the commit then writes it.
  SqlRetention(Driver& driver, LogView& view, Files& files, bool& index_wanted)
      : driver_(driver), view_(view), files_(files), index_wanted_(index_wanted) {}

  Result<RetentionPlan> plan(const RetentionRule& rule) override;
  Result<RetentionStep> step(const RetentionRule& rule, uint32_t rows_max) override;

 private:
  struct Marks {
    LogPos inbox = 0;
    LogPos history = 0;
    LogPos client_ids = 0;
  };
  // A row of the log, as far as anything is said of it elsewhere.
  struct OldEntry {
    ConversationId conversation;
    Seq seq;
    UserId sender;
    std::string client_id;
    FileId file;
    LogPos pos = 0;
  };

  // What goes of each conversation.
  using Dropped = std::map<ConversationId, SeqInterval>;
  struct Receipt {
    ConversationId conversation;
    UserId user;
    int kind = 0;
    Seq seq;
  };
  struct ReceiptPlace {
    ConversationId conversation;
    UserId user;  // the last one who is done there
  };
  // How far the receipts of one stretch of the log are gone. In memory alone: it begins anew after
  // a restart, and where the last step began when that was undone.
  struct ReceiptWalk {
    LogPos from = 0;
    LogPos through = 0;
    ReceiptPlace at = {};
    ReceiptPlace before = {};          // where the last step began,
    std::optional<Receipt> gone = {};  // and one that it removed
  };
  Result<Marks> marks();
  Result<void> keep(const Marks& marks);
  Result<Marks> wanted(const RetentionRule& rule, const Marks& now);
  Result<LogPos> last_before(Timestamp before, LogPos from, LogPos to);
  Result<LogPos> last();
  Result<std::vector<OldEntry>> read(LogPos after, LogPos through);
  Result<void> expire(std::span<const OldEntry> entries);
  Result<std::vector<OldEntry>> drop_some(Marks& now, LogPos through, uint32_t rows_max);
  Result<bool> cut_to_hidden(std::vector<OldEntry>& entries, uint32_t rows_max);
  Result<void> drop(std::span<const OldEntry> entries, const Dropped& dropped);
  Result<void> drop_through(ConversationId of, Seq first, Seq last);
  Result<bool> drop_receipts(const Dropped& dropped, uint32_t rows_max);
  Result<bool> drop_receipts_of(ConversationId of, UserId user, Seq floor, uint32_t& room);
  Result<bool> undone();
  Result<void> forget_client_ids(std::span<const OldEntry> entries);

  Driver& driver_;
  LogView& view_;
  Files& files_;
  bool& index_wanted_;
  ReceiptWalk walk_;
};

}  // namespace mpim
