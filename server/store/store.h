// One connection to the database and all the questions it answers.
#pragma once

#include "server/store/accounts.h"
#include "server/store/audit.h"
#include "server/store/cursors.h"
#include "server/store/dead_letters.h"
#include "server/store/erasure.h"
#include "server/store/files.h"
#include "server/store/groups.h"
#include "server/store/message_log.h"
#include "server/store/people.h"
#include "server/store/presence_rights.h"
#include "server/store/retention.h"
#include "server/store/tokens.h"

namespace mpim {

// What a transaction is for. One that only appends can go on beside others on other nodes; of all
// others there is one at a time.
enum class Writes : uint8_t { kAnything, kAppends };

// Threads  one at a time; a Store belongs to the writer or to one reader.
// Order    what is asked between begin() and commit() is one transaction; every change needs one.
//          Reading without begin() sees one committed state per question.
class Store {
 public:
  virtual ~Store() = default;

  virtual MessageLog& log() = 0;
  virtual Cursors& cursors() = 0;
  virtual Accounts& accounts() = 0;
  virtual Groups& groups() = 0;
  virtual Audit& audit() = 0;
  virtual DeadLetters& dead_letters() = 0;
  virtual PresenceRights& presence() = 0;
  virtual People& people() = 0;
  virtual Files& files() = 0;
  virtual Retention& retention() = 0;
  virtual Erasures& erasures() = 0;
  virtual Tokens& tokens() = 0;

  // kAppends: MessageLog::expect() comes next, and then append() alone.
  virtual Result<void> begin(Writes what = Writes::kAnything) = 0;
  // Durable when it answers ok. kUnavailable: nothing was stored. kBusy: nothing was stored, for
  // another transaction's sake: all of it may be done again. kUnknown: it cannot be told; the Store
  // refuses everything until reopen() succeeds.
  virtual Result<void> commit() = 0;
  virtual void rollback() = 0;
  // A part of the transaction that can be undone alone.
  virtual Result<void> savepoint() = 0;
  virtual Result<void> release() = 0;
  virtual void rollback_to_savepoint() = 0;
  // Closes and opens the database again and forgets everything remembered about it.
  virtual Result<void> reopen() = 0;

  // Between transactions: keeps no connection for now. The next question makes another one.
  virtual void rest() = 0;

  // A random number made with the database and changed by a restore: clients that see another one
  // forget what they cached.
  virtual Result<std::string> epoch() = 0;
};

}  // namespace mpim
