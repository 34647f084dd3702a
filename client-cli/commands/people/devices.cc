// /devices, /revoke, /passwd: what else is logged in as me.
#include <fmt/format.h>

#include "client-cli/commands/command.h"
#include "client-cli/render.h"
#include "client-cli/repl/repl.h"

namespace mpim::chat {

void run_devices(Repl& repl, std::string_view) {
  repl.link().ask("DEVICES", [&repl](const Result<Answer>& answer) {
    if (!answer.ok()) return repl.tell(answer.error());
    for (const ListLine& row : answer->rows) {
      const Timestamp seen{static_cast<int64_t>(row.fields.number("seen").value_or(0))};
      const bool online = row.fields.number("online").value_or(0) != 0;
      const bool own = row.fields.number("this").value_or(0) != 0;
      repl.tell(fmt::format("{}  last log-in {}{}{}", row.fields.text("name"), iso_time(seen),
                            online ? "  online" : "", own ? "  (this one)" : ""));
    }
  });
}

void run_revoke(Repl& repl, std::string_view arguments) {
  if (arguments.empty() || arguments.find_first_of(" \n") != std::string_view::npos)
    return repl.tell(Error{Code::kBadRequest, "/revoke needs a device; /devices lists yours"});
  repl.link().ask(fmt::format("REVOKE {}", arguments),
                  [&repl, name = std::string(arguments)](const Result<Answer>& answer) {
                    if (!answer.ok()) return repl.tell(answer.error());
                    repl.tell(name + " is logged out");
                  });
}

// Both passwords are asked for without echo, and never stand in the line or its history.
void run_passwd(Repl& repl, std::string_view arguments) {
  if (!arguments.empty())
    return repl.tell(Error{Code::kBadRequest, "only /passwd; the passwords are asked for"});
  repl.ask_secret("Old password: ", [&repl](const std::string& old) {
    if (old.empty()) return repl.tell("the password stays as it is");
    repl.ask_secret("New password: ", [&repl, old](const std::string& wanted) {
      if (wanted.empty()) return repl.tell("the password stays as it is");
      repl.link().ask(fmt::format("PASSWD {} {}", quote(old), quote(wanted)),
                      [&repl, wanted](const Result<Answer>& answer) {
                        if (!answer.ok()) return repl.tell(answer.error());
                        repl.link().prove_with(wanted, answer->ok.fields.text("token"));
                        repl.tell("the password is changed; your other devices are logged out");
                      });
    });
  });
}

}  // namespace mpim::chat
