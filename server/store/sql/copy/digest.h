// Checksums of a whole database, the same whatever keeps it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/sql/copy/row_pages.h"

namespace mpim {

// All rows of one table, in the order of its key.
struct TableDigest {
  std::string table;
  uint64_t rows = 0;
  std::string hash;  // BLAKE2b with 256 bits, in hexadecimal digits

  friend bool operator==(const TableDigest&, const TableDigest&) = default;
};

// The entries of one conversation, by seq.
struct ConversationDigest {
  ConversationId conversation;
  uint64_t entries = 0;
  std::string hash;

  friend bool operator==(const ConversationDigest&, const ConversationDigest&) = default;
};

// Told how many rows were read since it was told last.
using OnRows = std::function<void(uint64_t)>;

// Goes through the log, conversation by conversation.
// Limits  a page of the log in memory.
class LogDigests {
 public:
  LogDigests(Driver& driver, OnRows on_rows);
  ~LogDigests();
  // Ascending; nullopt at the end. Errors as Driver.
  Result<std::optional<ConversationDigest>> next();
  // Of all that next() has answered.
  TableDigest sum() const;

 private:
  Result<bool> fill();

  struct Sum;
  Driver& driver_;
  OnRows on_rows_;
  std::unique_ptr<Sum> sum_;
  std::vector<RowCells> page_;
  size_t at_ = 0;
  uint64_t last_id_ = 0;
};

// One table's; of `retention` what it says of the log, whose places differ.
Result<TableDigest> digest_of(Driver& driver, const CopiedTable& table, const OnRows& on_rows);
Result<TableDigest> digest_of_retention(Driver& driver);
// All of them, the log included. The log's index must reach its end.
Result<std::vector<TableDigest>> digests_of(Driver& driver, const OnRows& on_rows);

// What differs, a sentence each; none: they are the same. Of the log the first conversations that
// differ are named, at most 20. Reads both from end to end.
Result<std::vector<std::string>> differences(Driver& one, Driver& other, const OnRows& on_rows);

}  // namespace mpim
