// Uploads, in SQL.
#pragma once

#include "server/store/files.h"
#include "server/store/sql/open.h"

namespace mpim {

// A use is a row for each entry that has the file; without uses a file is its owner's alone.
// Limits   an owner has at most file_user_files_max uploads, so that to sum them up stays cheap.
class SqlFiles final : public Files {
 public:
  SqlFiles(Driver& driver, const StoreLimits& limits) : driver_(driver), limits_(limits) {}

  Result<FileId> add(const StoredFile& upload) override;
  Result<void> room_for(UserId owner, uint64_t bytes) override;
  Result<StoredFile> find(FileId file) override;
  Result<uint64_t> bytes_of(UserId owner) override;
  Result<std::vector<StoredFile>> of_owner(UserId owner, FileId after, uint32_t count_max) override;
  Result<StoredFile> readable(UserId reader, FileId file) override;
  Result<void> note_use(FileId file, MessageId by) override;
  Result<void> drop_use(FileId file, MessageId by) override;
  Result<StoredFile> remove(UserId owner, FileId file) override;
  Result<std::vector<StoredFile>> remove_of_owner(UserId owner, uint32_t rows_max) override;
  Result<PrunedFiles> prune(Timestamp before, FileId after, uint32_t rows_max) override;
  Result<std::vector<FileHash>> unnamed(std::span<const FileHash> hashes) override;

 private:
  Result<bool> holds(Rows rows);
  struct Held {
    uint64_t files = 0;
    uint64_t bytes = 0;
  };
  Result<Held> held_by(UserId owner);
  Result<bool> used(const StoredFile& file);
  Result<uint32_t> drop_uses(FileId file, uint32_t count_max);

  Driver& driver_;
  const StoreLimits& limits_;  // the store's; they may change between two transactions
};

}  // namespace mpim
