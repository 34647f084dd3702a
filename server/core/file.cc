#include "server/core/file.h"

namespace mpim {

std::string file_path(const FileHash& hash) { return hash.substr(0, 2) + "/" + hash.substr(2); }

Result<void> goes_with(ContentType type, std::string_view mime) {
  std::string_view wanted;
  if (type == ContentType::kImage) wanted = "image/";
  if (type == ContentType::kVoice) wanted = "audio/";
  if (mime.starts_with(wanted)) return {};
  return Error{Code::kBadRequest, "type=" + std::string(name_of(type)) + " takes " +
                                      std::string(wanted) + "* files, not " + std::string(mime) +
                                      ": send it with type=file"};
}

}  // namespace mpim
