#include "server/store/sql/search/search_index.h"

#include <filesystem>

#include "server/store/sql/driver/sqlite_driver.h"

namespace mpim {
namespace {

// Raised when terms are made in another way.
constexpr int kForm = 2;
constexpr uint32_t kTidyPages = 256;

// Our terms have letters, digits and what is not ASCII: the tokenizer only parts them at blanks.
// What a power cut takes of the newest is read from the log again.
constexpr char kMake[] =
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA cache_size = -8192;"
    "CREATE TABLE IF NOT EXISTS reach (id INTEGER PRIMARY KEY CHECK (id = 1),"
    " form INTEGER NOT NULL, epoch TEXT NOT NULL, pos INTEGER NOT NULL, base INTEGER NOT NULL);"
    "INSERT INTO reach (id, form, epoch, pos, base) VALUES (1, 0, '', 0, 0) ON CONFLICT DO NOTHING;"
    "CREATE VIRTUAL TABLE IF NOT EXISTS terms USING"
    " fts5(words, content='', columnsize=0, detail=none, tokenize='ascii');"
    "INSERT INTO terms(terms, rank) VALUES ('hashsize', 4194304);"
    "INSERT INTO terms(terms, rank) VALUES ('usermerge', 2);";
constexpr Sql kMark = "SELECT epoch, pos, base FROM reach WHERE id = 1";
constexpr Sql kFormOf = "SELECT form FROM reach WHERE id = 1";
constexpr Sql kStart = "UPDATE reach SET form = ?, epoch = ?, base = ?, pos = 0 WHERE id = 1";
constexpr Sql kMoveMark = "UPDATE reach SET pos = ? WHERE id = 1";
constexpr Sql kEmpty = "INSERT INTO terms(terms) VALUES ('delete-all')";
constexpr Sql kAdd = "INSERT INTO terms(rowid, words) VALUES (?, ?)";
constexpr Sql kTidy = "INSERT INTO terms(terms, rank) VALUES ('merge', ?)";
constexpr Sql kNewest =
    "SELECT rowid FROM terms WHERE terms MATCH ? AND rowid > ? AND rowid <= ?"
    " ORDER BY rowid DESC LIMIT ?";

// `work` as a transaction of its own.
template <class F>
Result<void> in_transaction(Driver& driver, F work) {
  MPIM_CHECKED(driver.begin());
  if (Result<void> done = work(); !done.ok()) {
    driver.rollback();
    return done;
  }
  return driver.commit();
}

}  // namespace

Result<std::unique_ptr<SearchIndex>> SearchIndex::open(const std::string& path, bool read_only) {
  MPIM_TRY(std::unique_ptr<Driver> driver, SqliteDriver::open(path, read_only, {}));
  std::unique_ptr<SearchIndex> index(new SearchIndex(std::move(driver)));
  if (!read_only) MPIM_CHECKED(index->make());
  return index;
}

Result<void> SearchIndex::make() {
  MPIM_CHECKED(driver_->run_script(kMake));
  MPIM_TRY(const bool same, has_form());
  return same ? Result<void>() : start_over("", 0);
}

Result<bool> SearchIndex::has_form() {
  MPIM_TRY(Rows rows, driver_->ask(kFormOf));
  MPIM_TRY(const bool found, rows.next());
  return found && rows.number(0) == kForm;
}

Result<IndexMark> SearchIndex::mark() {
  MPIM_TRY(Rows rows, driver_->ask(kMark));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kUnavailable, "the search index has no mark"};
  return IndexMark{rows.text(0), rows.count(1), rows.count(2)};
}

Result<void> SearchIndex::start_over(const std::string& epoch, LogPos base) {
  return in_transaction(*driver_, [&]() -> Result<void> {
    MPIM_CHECKED(driver_->run(kEmpty));
    MPIM_CHECKED(driver_->run(kStart, kForm, epoch, base));
    return {};
  });
}

Result<void> SearchIndex::add(std::span<const IndexedText> texts, LogPos reach) {
  return in_transaction(*driver_, [&] { return write(texts, reach); });
}

Result<void> SearchIndex::write(std::span<const IndexedText> texts, LogPos reach) {
  for (const IndexedText& text : texts) MPIM_CHECKED(driver_->run(kAdd, text.id, text.terms));
  MPIM_CHECKED(driver_->run(kMoveMark, reach));
  return {};
}

Result<void> SearchIndex::tidy() {
  return in_transaction(*driver_, [&]() -> Result<void> {
    MPIM_CHECKED(driver_->run(kTidy, kTidyPages));
    return {};
  });
}

Result<std::vector<MessageId>> SearchIndex::newest(const std::string& expression, MessageId above,
                                                   MessageId through, uint32_t count_max) {
  std::vector<MessageId> found;
  MPIM_TRY(Rows rows, driver_->ask(kNewest, expression, above, through, count_max));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.emplace_back(rows.count(0));
  }
}

std::string search_path(const std::string& data_dir) { return data_dir + "/search.db"; }

void remove_search_index(const std::string& path) {
  std::error_code ignored;
  for (const char* const part : {"", "-wal", "-shm"}) std::filesystem::remove(path + part, ignored);
}

}  // namespace mpim
