// What a file is, by its first bytes and its name.
#pragma once

#include <string>
#include <string_view>

#include "server/core/message.h"

namespace mpim::chat {

// Its type ("image/png"), and as what it is sent.
struct FileKind {
  std::string mime;
  ContentType type = ContentType::kFile;
};

// First bytes tell more than a name's ending, which counts for text alone; else it is just bytes.
FileKind file_kind(std::string_view name, std::string_view first_bytes);

}  // namespace mpim::chat
