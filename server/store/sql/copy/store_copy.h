// Copies a whole database into an empty one, whatever keeps either.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/store/sql/copy/row_pages.h"

namespace mpim {

// Ids, seqs, cursors, secrets and numbers yet to be given stay as they are, and so does the epoch:
// what clients remember of the one is true of the other. Only the places of the log (`pos`) are
// numbered anew, which nobody outside a database knows.
//
// The target says how far it is: rows are written in the order of their keys, a page to a
// transaction, so that a copy that was cut off goes on behind the last one that is there. Until
// finish() no node opens the target.
// Threads  one, with both connections for itself.
// Order    step() until it answers 0, then finish(). Between them the caller compares.
// Limits   a page of kPageRows rows in memory.
// Errors   those of the drivers; begin() of the next attempt goes on where the failed one ended.
class StoreCopy {
 public:
  // `from` has the newest schema, is in one snapshot as long as this object lives, and, if it is a
  // file, its index reaches the end of the log; `into` has the newest schema.
  // A target that was copied before is whole: there is nothing to do but to compare.
  // kExists: there is something else in the target; kConflict: a part of another database is.
  static Result<StoreCopy> begin(Driver& from, Driver& into);

  bool resumed() const { return resumed_; }
  // How many rows were copied by earlier attempts.
  Result<uint64_t> rows_there();
  // Copies a page; answers how many rows. 0: all are there, and nothing was done.
  Result<uint64_t> step();
  // The target is whole: nodes may start on it. With an epoch it gets that one.
  Result<void> finish(const std::string& new_epoch = {});

 private:
  StoreCopy(Driver& from, Driver& into) : from_(from), into_(into) {}
  Result<void> begin_anew();
  Result<void> resume();
  Result<void> make_room();
  Result<uint64_t> copy_table(const CopiedTable& table);
  Result<uint64_t> copy_log();
  Result<void> write_log(std::vector<RowCells> page);
  Result<void> write_index(const std::vector<RowCells>& rows);
  Result<void> write_marks();

  Driver& from_;
  Driver& into_;
  bool resumed_ = false;
  bool whole_ = false;  // and finished
  std::string epoch_;   // of the source
  size_t table_ = 0;    // in copied_tables(); behind them the log
  RowCells last_;       // the key of its last row
  bool last_known_ = false;
  uint64_t from_pos_ = 0;  // the log: up to here in the source,
  uint64_t into_pos_ = 0;  // which is this place in the target
  bool marks_written_ = false;
};

// How many rows a copy has to bring over.
Result<uint64_t> rows_of(Driver& driver);
Result<std::string> epoch_of(Driver& driver);
// The epoch of the database that a copy which has not ended is of; empty: there is none.
Result<std::string> part_of(Driver& driver);
// True: nothing was ever stored there.
Result<bool> is_empty(Driver& driver);
// Takes everything out of a database of MySQL, and marks it as one that a copy is to fill.
Result<void> clear_for_copy(Driver& driver, const std::string& epoch);

}  // namespace mpim
