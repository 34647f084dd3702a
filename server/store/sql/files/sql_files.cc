#include "server/store/sql/files/sql_files.h"

#include <algorithm>

namespace mpim {
namespace {

#define MPIM_FILE "f.id, f.hash, f.bytes, f.mime, f.name, f.owner, f.created_at"
constexpr Sql kAdd =
    "INSERT INTO files (hash, bytes, mime, name, owner, created_at) VALUES (?, ?, ?, ?, ?, ?)";
constexpr Sql kFind = "SELECT " MPIM_FILE " FROM files f WHERE f.id = ?";
constexpr Sql kOfOwner = "SELECT " MPIM_FILE
                         " FROM files f WHERE f.owner = ? AND f.id > ?"
                         " ORDER BY f.id LIMIT ?";
constexpr Sql kBytesOf = "SELECT bytes FROM files WHERE owner = ? ORDER BY id LIMIT ?";
// The seq in members.to_seq of somebody who has not left is the largest number there is.
constexpr Sql kMayRead =
    "SELECT 1 FROM file_uses u JOIN members m ON m.conversation = u.conversation AND m.user = ?"
    " AND m.from_seq < u.seq AND m.to_seq >= u.seq"
    " JOIN conversations c ON c.id = u.conversation AND c.floor <= u.seq"
    " LEFT JOIN hidden h ON h.user = m.user AND h.conversation = u.conversation AND h.seq = u.seq"
    " WHERE u.file = ? AND h.seq IS NULL LIMIT 1";
constexpr Sql kIsPicture = "SELECT 1 FROM users WHERE id = ? AND avatar = ? AND removed = 0";
constexpr Sql kNoteUse = "INSERT INTO file_uses (file, conversation, seq) VALUES (?, ?, ?)";
constexpr Sql kDropUse = "DELETE FROM file_uses WHERE file = ? AND conversation = ? AND seq = ?";
constexpr Sql kUses =
    "SELECT conversation, seq FROM file_uses WHERE file = ? ORDER BY conversation, seq LIMIT ?";
constexpr Sql kUsed = "SELECT 1 FROM file_uses WHERE file = ? LIMIT 1";
constexpr Sql kRemove = "DELETE FROM files WHERE id = ?";
constexpr Sql kNoPicture = "UPDATE users SET avatar = 0 WHERE id = ? AND avatar = ?";
constexpr Sql kFrom = "SELECT " MPIM_FILE " FROM files f WHERE f.id > ? ORDER BY f.id LIMIT ?";
constexpr Sql kNamed = "SELECT 1 FROM files WHERE hash = ? LIMIT 1";

constexpr uint64_t kMebibyte = 1'048'576;

Error no_upload(FileId file) {
  return {Code::kNotFound, "no upload " + std::to_string(file.value)};
}

StoredFile file_from(Rows& rows) {
  return {rows.id<FileId>(0), rows.text(1),       rows.count(2), rows.text(3),
          rows.text(4),       rows.id<UserId>(5), rows.time(6)};
}

Result<std::vector<StoredFile>> files_from(Rows rows) {
  std::vector<StoredFile> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back(file_from(rows));
  }
}

}  // namespace

Result<bool> SqlFiles::holds(Rows rows) { return rows.next(); }

Result<FileId> SqlFiles::add(const StoredFile& upload) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_CHECKED(room_for(upload.owner, upload.bytes));
  MPIM_CHECKED(driver_.run(kAdd, upload.hash, upload.bytes, upload.mime, upload.name, upload.owner,
                           upload.created_at));
  return FileId(driver_.inserted_id());
}

Result<void> SqlFiles::room_for(UserId owner, uint64_t bytes) {
  MPIM_TRY(const Held has, held_by(owner));
  if (has.files >= limits_.file_user_files_max)
    return Error{Code::kLimit, "you may keep " + std::to_string(limits_.file_user_files_max) +
                                   " uploads (files.user_files_max): remove some first"};
  if (has.bytes + std::max(bytes, kFileBytesCounted) <= limits_.file_user_bytes_max) return {};
  return Error{Code::kLimit, "your uploads may have " +
                                 std::to_string(limits_.file_user_bytes_max / kMebibyte) +
                                 " MiB together (files.user_mib_max): remove some first"};
}

Result<StoredFile> SqlFiles::find(FileId file) {
  MPIM_TRY(Rows rows, driver_.ask(kFind, file));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return no_upload(file);
  return file_from(rows);
}

Result<uint64_t> SqlFiles::bytes_of(UserId owner) {
  MPIM_TRY(const Held has, held_by(owner));
  return has.bytes;
}

// No more than he may have: when the bound was lowered he keeps what he has.
Result<SqlFiles::Held> SqlFiles::held_by(UserId owner) {
  Held has;
  MPIM_TRY(Rows rows, driver_.ask(kBytesOf, owner, limits_.file_user_files_max));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return has;
    ++has.files;
    has.bytes += std::max(rows.count(0), kFileBytesCounted);
  }
}

Result<std::vector<StoredFile>> SqlFiles::of_owner(UserId owner, FileId after, uint32_t count_max) {
  MPIM_TRY(Rows rows, driver_.ask(kOfOwner, owner, after, count_max));
  return files_from(std::move(rows));
}

Result<StoredFile> SqlFiles::readable(UserId reader, FileId file) {
  MPIM_TRY(StoredFile found, find(file));
  if (found.owner == reader) return found;
  MPIM_TRY(Rows readable_by, driver_.ask(kMayRead, reader, file));
  MPIM_TRY(const bool sent_to_him, holds(std::move(readable_by)));
  if (sent_to_him) return found;
  MPIM_TRY(Rows pictures, driver_.ask(kIsPicture, found.owner, file));
  MPIM_TRY(const bool picture, holds(std::move(pictures)));
  if (picture) return found;
  return no_upload(file);
}

Result<void> SqlFiles::note_use(FileId file, MessageId by) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_CHECKED(driver_.run(kNoteUse, file, by.conversation(), by.seq()));
  return {};
}

Result<void> SqlFiles::drop_use(FileId file, MessageId by) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_CHECKED(driver_.run(kDropUse, file, by.conversation(), by.seq()));
  return {};
}

Result<bool> SqlFiles::used(const StoredFile& file) {
  MPIM_TRY(Rows uses, driver_.ask(kUsed, file.id));
  MPIM_TRY(const bool sent, holds(std::move(uses)));
  if (sent) return true;
  MPIM_TRY(Rows pictures, driver_.ask(kIsPicture, file.owner, file.id));
  return holds(std::move(pictures));
}

Result<StoredFile> SqlFiles::remove(UserId owner, FileId file) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(StoredFile found, find(file));
  if (found.owner != owner) return no_upload(file);
  MPIM_TRY(const bool in_use, used(found));
  if (in_use)
    return Error{Code::kConflict, "upload " + std::to_string(file.value) +
                                      " goes with a message or is your picture: recall the "
                                      "message, or take another picture, first"};
  MPIM_CHECKED(driver_.run(kRemove, file));
  return found;
}

Result<std::vector<StoredFile>> SqlFiles::remove_of_owner(UserId owner, uint32_t rows_max) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  std::vector<StoredFile> gone;
  while (rows_max > 0) {
    MPIM_TRY(std::vector<StoredFile> next, of_owner(owner, FileId(), 1));
    if (next.empty()) break;
    MPIM_TRY(const uint32_t uses, drop_uses(next.front().id, rows_max));
    rows_max -= uses;
    if (rows_max == 0) break;  // there may be more
    MPIM_CHECKED(driver_.run(kNoPicture, owner, next.front().id));
    MPIM_CHECKED(driver_.run(kRemove, next.front().id));
    gone.push_back(std::move(next.front()));
    --rows_max;
  }
  return gone;
}

Result<uint32_t> SqlFiles::drop_uses(FileId file, uint32_t count_max) {
  std::vector<MessageId> uses;
  {
    MPIM_TRY(Rows rows, driver_.ask(kUses, file, count_max));
    while (true) {
      MPIM_TRY(const bool more, rows.next());
      if (!more) break;
      uses.emplace_back(rows.id<ConversationId>(0), rows.seq(1));
    }
  }
  for (const MessageId use : uses)
    MPIM_CHECKED(driver_.run(kDropUse, file, use.conversation(), use.seq()));
  return static_cast<uint32_t>(uses.size());
}

Result<PrunedFiles> SqlFiles::prune(Timestamp before, FileId after, uint32_t rows_max) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  PrunedFiles pruned;
  MPIM_TRY(Rows rows, driver_.ask(kFrom, after, rows_max));
  MPIM_TRY(std::vector<StoredFile> seen, files_from(std::move(rows)));
  // Numbers rise with time: behind the first that is too young there is nothing to do.
  const auto young = std::ranges::find_if(
      seen, [before](const StoredFile& file) { return file.created_at >= before; });
  const bool end = young != seen.end() || seen.size() < rows_max;
  if (!end) pruned.reached = seen.back().id;
  seen.erase(young, seen.end());
  for (StoredFile& each : seen) {
    MPIM_TRY(const bool in_use, used(each));
    if (in_use) continue;
    MPIM_CHECKED(driver_.run(kRemove, each.id));
    pruned.removed.push_back(std::move(each));
  }
  return pruned;
}

Result<std::vector<FileHash>> SqlFiles::unnamed(std::span<const FileHash> hashes) {
  std::vector<FileHash> none;
  for (const FileHash& hash : hashes) {
    MPIM_TRY(Rows rows, driver_.ask(kNamed, hash));
    MPIM_TRY(const bool named, holds(std::move(rows)));
    if (!named) none.push_back(hash);
  }
  return none;
}

}  // namespace mpim
