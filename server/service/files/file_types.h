// Which files may be uploaded, and whether their first bytes are what they are said to be.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim {

// So many first bytes are enough to know a file by.
inline constexpr size_t kFileHeadBytes = 64;

// "Image/PNG; q=1" is image/png. kBadRequest: it is no type, or `allowed` has neither it nor its
// kind (image/*).
Result<std::string> file_type(std::string_view declared, std::string_view allowed);

// Images, sound, PDF and ZIP begin as their kind does, and nothing that a browser would run calls
// itself one. kBadRequest.
Result<void> looks_like(std::string_view mime, std::string_view head);

// Whether a browser may show it in place: pictures that cannot carry a script.
bool shown_inline(std::string_view mime);

}  // namespace mpim
