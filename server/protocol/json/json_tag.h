// What an answer must carry of the request it answers, in a few bytes that travel with it.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <string>
#include <string_view>

namespace mpim {

// Views into the tag they were read from, and names of the table of types.
struct JsonTag {
  std::string_view type;       // of the request; empty: it had none that is known
  std::string_view client_id;  // of a message, at most 64 bytes
  std::string_view id;         // JSON, as it came; empty: there was none
};

std::string make_tag(const JsonTag& tag);
JsonTag read_tag(std::string_view tag);

}  // namespace mpim
