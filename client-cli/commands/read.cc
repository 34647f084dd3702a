#include "client-cli/commands/command.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_read(Repl& repl, std::string_view arguments) {
  if (!arguments.empty() && arguments != "all")
    return repl.tell(Error{Code::kBadRequest, "/read, or /read all"});
  uint64_t marked = 0;
  bool older = false;
  for (const auto& [conversation, count] : repl.unread().all()) {
    const auto with = repl.people().behind(conversation);
    if (arguments.empty() && (!with || with != repl.current())) continue;
    if (repl.mark_read(conversation))
      marked += count;
    else
      older = true;
  }
  if (marked > 0) repl.tell(std::to_string(marked) + " marked as read");
  // A message that was shown by an earlier run has no id here.
  if (older) repl.tell("what came before you started mpim-chat is read once you answer it");
  if (marked == 0 && !older) repl.tell("nothing new here; /unread says where there is");
}

}  // namespace mpim::chat
