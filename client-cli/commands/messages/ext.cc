#include <nlohmann/json.hpp>

#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {
namespace {

// How many bytes the JSON object at the beginning has; 0 when there is none.
size_t object_bytes(std::string_view typed) {
  constexpr size_t kMost = 4'096;  // the server takes no more
  typed = typed.substr(0, kMost);
  if (!typed.starts_with('{')) return 0;
  for (size_t end = typed.find('}'); end != std::string_view::npos; end = typed.find('}', end + 1))
    if (nlohmann::json::accept(typed.substr(0, end + 1))) return end + 1;
  return 0;
}

}  // namespace

void run_ext(Repl& repl, std::string_view arguments) {
  const size_t size = object_bytes(arguments);
  if (size == 0)
    return repl.tell(Error{Code::kBadRequest, "/ext needs a JSON object, as in {\"a\": 1}"});
  if (!repl.current()) return repl.tell(Error{Code::kBadRequest, "say to whom first: /to WHOM"});
  const size_t text = arguments.find_first_not_of(' ', size);
  if (text == std::string_view::npos)
    return repl.tell(Error{Code::kBadRequest, "/ext, a JSON object, and a text behind it"});
  repl.send_to(*repl.current(), arguments.substr(text), "ext=" + quote(arguments.substr(0, size)));
}

}  // namespace mpim::chat
