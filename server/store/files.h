// Uploads: whose they are, where they were sent, and who may fetch them.
#pragma once

#include <span>
#include <vector>

#include "server/core/file.h"

namespace mpim {

// A round of looking for uploads that nobody uses.
struct PrunedFiles {
  std::vector<StoredFile> removed;
  FileId reached;  // from here the next round goes on; 0: from the beginning
};

// The rows only; the bytes lie in a directory of their own (FileVault), written before the row and
// removed after it.
// Threads  the one that holds the Store.
// Errors   kUnavailable when the database fails. Of what is not his nobody learns more than of what
//          does not exist: kNotFound.
class Files {
 public:
  virtual ~Files() = default;

  // Takes the next number. kLimit: the owner's uploads would be more, or have more bytes, than he
  // may keep.
  virtual Result<FileId> add(const StoredFile& upload) = 0;
  // Whether one more of so many bytes would still be his to keep: kLimit. Reads as many rows as he
  // may have.
  virtual Result<void> room_for(UserId owner, uint64_t bytes) = 0;
  virtual Result<StoredFile> find(FileId file) = 0;
  // The bytes of his uploads, of as many as he may have; a small one counts as kFileBytesCounted.
  virtual Result<uint64_t> bytes_of(UserId owner) = 0;
  // Ascending by number above `after`, at most `count_max`.
  virtual Result<std::vector<StoredFile>> of_owner(UserId owner, FileId after,
                                                   uint32_t count_max) = 0;

  // The file, if it is his own, or its owner's picture, or goes with a message that he may read:
  // within his memberships, above the floor, not recalled, not hidden by him.
  virtual Result<StoredFile> readable(UserId reader, FileId file) = 0;

  // The entry that an append writes in this transaction has this file.
  virtual Result<void> note_use(FileId file, MessageId by) = 0;
  // That entry does not show it any more: recalled, erased, or below the floor.
  virtual Result<void> drop_use(FileId file, MessageId by) = 0;

  // His own, in no message and not his picture: kConflict. Answers what it was.
  virtual Result<StoredFile> remove(UserId owner, FileId file) = 0;
  // His uploads, used or not, with their uses: at most `rows_max` of both together, so that none
  // may be gone yet although some are left. The caller has erased the messages, or does so, and
  // goes on until he has none. If one was his picture he has none then.
  virtual Result<std::vector<StoredFile>> remove_of_owner(UserId owner, uint32_t rows_max) = 0;
  // Removes what is in no message and nobody's picture and was uploaded before `before`. Looks at
  // `rows_max` uploads above `after`.
  virtual Result<PrunedFiles> prune(Timestamp before, FileId after, uint32_t rows_max) = 0;
  // Those of `hashes` that no upload has any more.
  virtual Result<std::vector<FileHash>> unnamed(std::span<const FileHash> hashes) = 0;
};

}  // namespace mpim
