// The index of words: a file beside the database, made from the log and worth nothing without it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "server/store/sql/driver/driver.h"
#include "server/store/sql/rows/log_tail.h"

namespace mpim {

// What the index holds of one message.
struct IndexedText {
  MessageId id;
  std::string terms;  // see index_terms()
};

// The log of a database, up to and with `pos`.
struct IndexMark {
  std::string epoch;
  LogPos pos = 0;
  LogPos base = 0;  // what was gone of the log already when the index was begun
};

// FTS5 without the texts: a row's number is the message id, so that a conversation is a range of
// rows and its newest come first. Nothing is ever taken out: whoever reads looks at what a message
// says by now. A row may be added again with other terms, and is found by both.
// Threads  the owner's. One writes, several read beside it.
// Order    the terms and the mark of a batch are one transaction.
// Errors   kUnavailable.
class SearchIndex {
 public:
  // Opens the file, and, to write, makes it when it is missing or of another version's form.
  static Result<std::unique_ptr<SearchIndex>> open(const std::string& path, bool read_only);

  Result<IndexMark> mark();
  // Whether its terms were made as this program makes them.
  Result<bool> has_form();
  Result<void> start_over(const std::string& epoch, LogPos base);
  // `texts` ascending by id, each once.
  Result<void> add(std::span<const IndexedText> texts, LogPos reach);
  // Joins parts of the index that came one by one, a bounded piece of that work.
  Result<void> tidy();

  // What is asked between begin() and end() sees one state.
  Result<void> begin() { return driver_->begin(); }
  void end() { driver_->rollback(); }
  // Messages that have all of `expression`, the newest first, of those in (above, through].
  Result<std::vector<MessageId>> newest(const std::string& expression, MessageId above,
                                        MessageId through, uint32_t count_max);

  Driver& driver() { return *driver_; }  // tests look at its plans

 private:
  explicit SearchIndex(std::unique_ptr<Driver> driver) : driver_(std::move(driver)) {}
  Result<void> make();
  Result<void> write(std::span<const IndexedText> texts, LogPos reach);

  const std::unique_ptr<Driver> driver_;
};

// The index's file inside a data directory, and all files SQLite keeps with it.
std::string search_path(const std::string& data_dir);
void remove_search_index(const std::string& path);

}  // namespace mpim
