// The store's interfaces over one database connection.
#pragma once

#include <memory>

#include "server/store/sql/erasure/sql_erasures.h"
#include "server/store/sql/files/sql_files.h"
#include "server/store/sql/people/sql_people.h"
#include "server/store/sql/presence/sql_presence.h"
#include "server/store/sql/retention/sql_retention.h"
#include "server/store/sql/rows/packed_text.h"
#include "server/store/sql/sql_accounts.h"
#include "server/store/sql/sql_audit.h"
#include "server/store/sql/sql_cursors.h"
#include "server/store/sql/sql_dead_letters.h"
#include "server/store/sql/sql_groups.h"
#include "server/store/sql/sql_message_log.h"
#include "server/store/sql/tokens/sql_tokens.h"
#include "server/store/store.h"

namespace mpim {

// What is remembered between transactions follows their course here: all of it is forgotten
// whenever something is undone.
class SqlStore final : public Store {
 public:
  // `tail` is shared by the writer and the readers beside it.
  SqlStore(std::unique_ptr<Driver> driver, bool read_only, std::shared_ptr<LogTail> tail,
           const StoreLimits& limits, std::shared_ptr<const SharedLimits> shared_limits = nullptr);

  // The writer's, once: takes up what the log has beyond its index.
  Result<void> start();

  MessageLog& log() override { return log_; }
  Cursors& cursors() override { return cursors_; }
  Accounts& accounts() override { return accounts_; }
  Groups& groups() override { return groups_; }
  Audit& audit() override { return audit_; }
  DeadLetters& dead_letters() override { return dead_letters_; }
  PresenceRights& presence() override { return presence_; }
  People& people() override { return people_; }
  Files& files() override { return files_; }
  Retention& retention() override { return retention_; }
  Erasures& erasures() override { return erasures_; }
  Tokens& tokens() override { return tokens_; }

  Result<void> begin(Writes what) override;
  Result<void> commit() override;
  void rollback() override;
  Result<void> savepoint() override;
  Result<void> release() override;
  void rollback_to_savepoint() override;
  // A writer proves that it can write before it is taken for open.
  Result<void> reopen() override;
  void rest() override { driver_->rest(); }

  Result<std::string> epoch() override;

 private:
  Result<void> hold_all_but_appends(Writes what);
  void forget_everything();
  Result<void> write_behind(LogPos& reach);
  Result<void> write_beside_others();
  bool many_writers() const { return driver_->dialect().many_writers; }
  void forget();

  const std::shared_ptr<const SharedLimits> shared_limits_;  // none: they stay
  uint64_t limits_seen_ = 0;
  StoreLimits limits_;
  const std::unique_ptr<Driver> driver_;
  const bool read_only_;
  const LogTail::Backlog index_batch_;
  TextPacker packer_;
  LogView view_;
  LogPos savepoint_ = 0;  // the log's end when it was set
  size_t replaced_before_ = 0;
  bool index_wanted_ = false;  // by this transaction, however little there is to take in
  bool failed_ = false;        // the last transaction of a writer
  uint64_t connections_ = 0;   // of the driver, at the last begin()
  std::string epoch_;          // once it was asked for
  ConversationHeads heads_;
  Rights rights_;
  Memberships memberships_;
  SqlFiles files_;
  SqlMessageLog log_;
  SqlCursors cursors_;
  SqlAccounts accounts_;
  SqlGroups groups_;
  SqlAudit audit_;
  SqlDeadLetters dead_letters_;
  SqlPresence presence_;
  SqlPeople people_;
  SqlRetention retention_;
  SqlErasures erasures_;
  SqlTokens tokens_;
};

}  // namespace mpim
