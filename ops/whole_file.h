// Small files, read and written as a whole.
#pragma once

#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim::ops {

// kNotFound: no such file; kBadRequest: it cannot be read, or is over 64 MiB. An empty one is an
// empty text.
Result<std::string> read_whole_file(const std::string& path);

// The same of a file, or of stdin when it is called "-".
Result<std::string> read_file_or_stdin(const std::string& path);

// Who may read a file that is written.
enum class Readers : uint8_t { kEverybody, kOwner };

// Replaces the file in one step: after a crash it is the old one or the new one. One that is there
// keeps its owner and group, and who may read it unless that were everybody. Folders on the way
// are made. kUnavailable with the system's reason.
Result<void> write_whole_file(const std::string& path, std::string_view text,
                              Readers readers = Readers::kEverybody);

}  // namespace mpim::ops
