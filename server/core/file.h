// An upload: who keeps what, and under which name its bytes lie.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/message.h"
#include "server/core/result.h"

namespace mpim {

// The SHA-256 of a file's bytes, as 64 hexadecimal digits in lower case.
using FileHash = std::string;

// One person's upload. Others may have the same bytes under other numbers.
struct StoredFile {
  FileId id;
  FileHash hash;
  uint64_t bytes = 0;
  std::string mime;  // "image/png", without parameters
  std::string name;  // as its owner called it; may be empty
  UserId owner;
  Timestamp created_at;
};

// So much at least an upload counts towards what its owner may keep: a file takes a block of the
// disk and a row, however small it is.
inline constexpr uint64_t kFileBytesCounted = 4'096;

// Where the bytes lie below the directory of files: "ab/cdef...".
std::string file_path(const FileHash& hash);

// An image goes with image/*, a voice with audio/*. kBadRequest.
Result<void> goes_with(ContentType type, std::string_view mime);

}  // namespace mpim
