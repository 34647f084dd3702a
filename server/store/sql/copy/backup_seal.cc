#include "server/store/sql/copy/backup_seal.h"

#include <algorithm>

namespace mpim {
namespace {

constexpr char kMakeTables[] =
    "CREATE TABLE backup_seal (id INTEGER PRIMARY KEY CHECK (id = 1), made_at INTEGER NOT NULL,"
    " source TEXT NOT NULL);"
    "CREATE TABLE backup_digests (name TEXT NOT NULL PRIMARY KEY, rows INTEGER NOT NULL,"
    " hash TEXT NOT NULL) WITHOUT ROWID";
constexpr Sql kSeal = "INSERT INTO backup_seal (id, made_at, source) VALUES (1, ?, ?)";
constexpr Sql kDigest = "INSERT INTO backup_digests (name, rows, hash) VALUES (?, ?, ?)";
constexpr Sql kSealed = "SELECT made_at, source FROM backup_seal WHERE id = 1";
constexpr Sql kDigests = "SELECT name, rows, hash FROM backup_digests ORDER BY name";
constexpr Sql kRows = "SELECT SUM(rows) FROM backup_digests";

uint64_t rows_in(const std::vector<TableDigest>& digests) {
  uint64_t rows = 0;
  for (const TableDigest& each : digests) rows += each.rows;
  return rows;
}

Result<void> write_seal(Driver& file, const BackupSeal& seal,
                        const std::vector<TableDigest>& digests) {
  MPIM_CHECKED(file.run_script(kMakeTables));
  MPIM_CHECKED(file.run(kSeal, seal.made_at, seal.source));
  for (const TableDigest& each : digests)
    MPIM_CHECKED(file.run(kDigest, each.table, each.rows, each.hash));
  return {};
}

Result<std::vector<TableDigest>> sealed_digests(Driver& file) {
  std::vector<TableDigest> digests;
  MPIM_TRY(Rows rows, file.ask(kDigests));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return digests;
    digests.push_back({rows.text(0), rows.count(1), rows.text(2)});
  }
}

}  // namespace

Result<BackupSeal> seal_backup(Driver& file, Timestamp made_at, const std::string& source,
                               const OnRows& on_rows) {
  MPIM_TRY(const std::vector<TableDigest> digests, digests_of(file, on_rows));
  const BackupSeal seal{made_at, source, rows_in(digests)};
  MPIM_CHECKED(file.begin());
  if (const auto written = write_seal(file, seal, digests); !written.ok()) {
    file.rollback();
    return written.error();
  }
  MPIM_CHECKED(file.commit());
  return seal;
}

Result<BackupSeal> check_backup(Driver& file, const OnRows& on_rows) {
  BackupSeal seal;
  bool found = false;
  if (file.has_table("backup_seal")) {
    MPIM_TRY(Rows rows, file.ask(kSealed));
    MPIM_TRY(found, rows.next());
    if (found) seal = {rows.time(0), rows.text(1), 0};
  }
  if (!found) return Error{Code::kNotFound, "this is no backup: it has no checksums"};
  MPIM_TRY(const std::vector<TableDigest> sealed, sealed_digests(file));
  MPIM_TRY(const std::vector<TableDigest> now, digests_of(file, on_rows));
  std::string changed;
  for (const TableDigest& each : now)
    if (std::ranges::find(sealed, each) == sealed.end()) changed += " " + each.table;
  if (!changed.empty() || now.size() != sealed.size())
    return Error{Code::kBadRequest, "the backup is damaged: it does not have the checksum of" +
                                        (changed.empty() ? " all its tables" : changed)};
  seal.rows = rows_in(now);
  return seal;
}

Result<uint64_t> sealed_rows(Driver& file) {
  if (!file.has_table("backup_seal")) return uint64_t{0};
  MPIM_TRY(Rows rows, file.ask(kRows));
  MPIM_TRY(const bool found, rows.next());
  return found ? rows.count(0) : uint64_t{0};
}

}  // namespace mpim
