#include <fmt/format.h>

#include <array>
#include <random>

#include "ops/contract.h"
#include "ops/smoke/checks.h"
#include "ops/smoke/commands.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {"http", FlagType::kText, "ADDR:PORT", "where HTTP is; else where the server says"},
    {"line", FlagType::kText, "ADDR:PORT",
     "where the line protocol is; else where the server says"},
});
constexpr auto kExamples =
    std::to_array<std::string_view>({"smoke", "smoke --timeout 10s -o json"});

std::string random_word() {
  constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
  std::random_device random;
  std::string word;
  for (int i = 0; i < 12; ++i) word += kLetters[random() % kLetters.size()];
  return word;
}

Result<SmokeTalk> begin(Call& call) {
  const Deadline deadline = std::chrono::steady_clock::now() + call.timeout();
  MPIM_TRY(const auto server, call.ask<v1::GetServerResponse>("GetServer", v1::GetServerRequest()));
  const Arguments& arguments = call.arguments();
  SmokeTalk talk{.call = call,
                 .deadline = deadline,
                 .line = arguments.has("line") ? arguments.text("line") : server.line(),
                 .http = arguments.has("http") ? arguments.text("http") : server.http(),
                 .one = {.name = "smoke-a-" + random_word()},
                 .other = {.name = "smoke-b-" + random_word()}};
  for (const std::string& address : {talk.line, talk.http})
    if (const auto plain = check_plain(address); !plain)
      return call.failing(plain.error(), std::string(kPlainHint));
  return talk;
}

// The line of one step, as it is shown and as it is in JSON.
struct Step {
  std::string_view name;
  std::string_view result;  // ok, FAIL, skipped
  uint64_t milliseconds = 0;
  std::string why;
};

Step run_check(const SmokeCheck& check, SmokeTalk& talk) {
  const auto before = std::chrono::steady_clock::now();
  const Result<void> result = check.run(talk);
  const auto taken = std::chrono::steady_clock::now() - before;
  Step step{check.name, result ? "ok" : "FAIL", 0, ""};
  step.milliseconds =
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(taken).count());
  if (!result) step.why = result.error().message;
  return step;
}

void tell(Call& call, const Step& step) {
  if (call.format() == Format::kJson) return;
  const std::string result = call.terminal().bold_out(fmt::format("{:<7}", step.result));
  call.terminal().out(step.result == "skipped"
                          ? fmt::format("{} {}\n", result, step.name)
                          : fmt::format("{} {}  {} ms{}{}\n", result, step.name, step.milliseconds,
                                        step.why.empty() ? "" : "  ", printable(step.why)));
  call.terminal().flush();
}

Value item_of(const Step& step) {
  return Value::object({{"step", Value::text(step.name)},
                        {"result", Value::text(step.result)},
                        {"ms", Value::number(step.milliseconds)},
                        {"why", step.why.empty() ? Value() : Value::text(step.why)}});
}

Result<int> smoke(Call& call) {
  MPIM_TRY(SmokeTalk talk, begin(call));
  Value::List items;
  bool failed = false;
  for (const SmokeCheck& check : smoke_checks()) {
    const bool ground = !failed || check.always;
    const Step step = ground ? run_check(check, talk) : Step{check.name, "skipped", 0, ""};
    failed = failed || step.result == "FAIL";
    tell(call, step);
    items.push_back(item_of(step));
  }
  if (call.format() == Format::kJson) call.show_list(std::move(items), {});
  return failed ? kFailed : kDone;
}

}  // namespace

const CommandForm kSmokeForm{
    .detail =
        "Two throwaway users talk through real sockets: live, offline, in a group, over a "
        "client's\n"
        "restart, with a retried send and unread counts. A line for each step, exit code 1 when "
        "one\n"
        "fails. At the end their group is dissolved and the users are removed. All of it is\n"
        "bounded by --timeout.\n"
        "Texts have at most 6 bytes, so that it passes under narrow limits too.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SmokeStepList",
    .run = smoke,
};

}  // namespace mpim::ops
