#include "client-cli/script/runner.h"

#include <fmt/format.h>
#include <stdio.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <list>
#include <map>
#include <random>
#include <utility>

#include "client-cli/json_events.h"
#include "client-cli/render.h"
#include "client-cli/script/actor.h"
#include "client-cli/secrets.h"
#include "client-cli/terminal/text_width.h"

namespace mpim::chat {
namespace {

constexpr int kFalse = 1;
constexpr int kMistake = 2;

// Why a step is not as written, and the exit code that says so.
struct Failure {
  int exit_code;
  std::string sentence;
};
// Nothing: not yet. kDone: it is as written.
struct Done {};
using Verdict = std::variant<std::monostate, Done, Failure>;

Failure failed(const Error& error) {
  return {entry_of(error.code).exit_code,
          fmt::format("{}: {}", mpim::name_of(error.code), error.message)};
}

std::string quoted(std::string_view text) { return "\"" + harmless(text, "\\n") + "\""; }

// A user that is made for one script needs no password anybody knows.
std::string random_password() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

}  // namespace

// One step runs at a time: a run_...() begins it, and look() asks whether it is as written.
struct ScriptRunner::Core {
  // One step's way: `look` is asked again after each event, until the deadline.
  struct Running {
    std::function<Verdict()> look;
    std::function<Failure()> too_late;
  };
  using Begin = Running (Core::*)(const Step& step, Actor& actor);

  Core(EventLoop& its_loop, const ChatOptions& given, Script its_script,
       UniqueFunction<void(int)> its_finish)
      : loop(its_loop),
        options(given),
        script(std::move(its_script)),
        finish(std::move(its_finish)) {}
  ~Core() {
    loop.cancel(deadline);
    loop.cancel(soon);
  }

  Result<Account> account_of(const ScriptUser& user) const;
  Actor& actor_of(const std::string& name);
  void happened(Actor& actor, const std::string& json);
  void next();
  void begin_step();
  void look();
  void settle(Verdict verdict);
  void end(int code);
  void put(const std::string& line) const;

  Running run_assert(const Step& step, Actor& actor);
  Running run_connect(const Step& step, Actor& actor);
  Running run_create(const Step& step, Actor& actor);
  Running run_disconnect(const Step& step, Actor& actor);
  Running run_expect(const Step& step, Actor& actor);
  Running run_join(const Step& step, Actor& actor);
  Running run_leave(const Step& step, Actor& actor);
  Running run_login(const Step& step, Actor& actor);
  Running run_logout(const Step& step, Actor& actor);
  Running run_read(const Step& step, Actor& actor);
  Running run_refute(const Step& step, Actor& actor);
  Running run_send(const Step& step, Actor& actor);

  Running online(Actor& actor) const;
  Running answered(const Step& step, Actor& actor, std::string line,
                   std::function<void(const Answer&)> on_good);
  Running at_once(Verdict verdict) const;
  Verdict check(const Step& step, Actor& actor, uint64_t unread) const;
  std::string what_came(Actor& actor) const;
  bool json() const { return options.output == OutputForm::kJsonLines; }

  EventLoop& loop;
  ChatOptions options;
  Script script;
  UniqueFunction<void(int)> finish;
  People people;
  std::list<Actor> actors;
  size_t at = 0;
  Running running;
  Instant begun;
  TimerId deadline;
  TimerId soon;  // to look again, outside of whatever happened
};

Result<Account> ScriptRunner::Core::account_of(const ScriptUser& user) const {
  Account account{user.name, "", "", user.device};
  if (!user.password_file.empty()) {
    MPIM_TRY(account.password, password_from_file(user.password_file));
  } else if (!user.password_env.empty()) {
    const char* const value = std::getenv(user.password_env.c_str());
    account.password = value == nullptr ? "" : value;
    if (account.password.empty())
      return Error{Code::kBadRequest, "the variable " + user.password_env + " is not set"};
  } else {
    MPIM_TRY(account.password, given_password(options));
  }
  if (account.password.empty() && user.enroll) account.password = random_password();
  if (account.password.empty())
    return Error{Code::kBadRequest,
                 "no password for " + user.name +
                     ": set MPIM_PASSWORD, or write password-env or password-file"};
  return account;
}

Actor& ScriptRunner::Core::actor_of(const std::string& name) {
  for (Actor& actor : actors)
    if (actor.user().name == name) return actor;
  LinkOptions link;
  link.server = options.server;
  for (const ScriptUser& user : script.users)
    if (user.name == name)
      return actors.emplace_back(
          loop, user, link, people,
          [this](Actor& who, const std::string& json) { happened(who, json); });
  MPIM_CHECK(false, "a step belongs to a user who was not declared");
  return actors.front();
}

void ScriptRunner::Core::happened(Actor& actor, const std::string& event) {
  if (json()) put(fmt::format("{{\"as\":{},{}", quote(actor.user().name), event.substr(1)));
  next();
}

// Looks at the step again, after whatever is happening now.
void ScriptRunner::Core::next() {
  if (soon || !finish) return;
  soon = loop.after(Millis(0), [this] {
    soon = {};
    look();
  });
}

void ScriptRunner::Core::begin_step() {
  static constexpr std::array<Begin, 12> kBegin{
      &Core::run_assert, &Core::run_connect, &Core::run_create, &Core::run_disconnect,
      &Core::run_expect, &Core::run_join,    &Core::run_leave,  &Core::run_login,
      &Core::run_logout, &Core::run_read,    &Core::run_refute, &Core::run_send};
  static_assert(kBegin.size() == static_cast<size_t>(StepKind::kSend) + 1);
  if (at == script.steps.size()) return end(0);
  const Step& step = script.steps[at];
  begun = loop.clock().steady();
  running = (this->*kBegin[static_cast<size_t>(step.kind)])(step, actor_of(step.who));
  deadline = loop.after(step.within.value_or(kStepMax), [this] {
    deadline = {};
    const Verdict last = running.look();
    settle(last.index() == 0 ? Verdict(running.too_late()) : last);
  });
  next();
}

void ScriptRunner::Core::look() {
  if (!finish || !running.look) return;
  settle(running.look());
}

void ScriptRunner::Core::settle(Verdict verdict) {
  if (verdict.index() == 0) return;
  const auto* const failure = std::get_if<Failure>(&verdict);
  const bool good = failure == nullptr || failure->exit_code == 0;
  const Step& step = script.steps[at];
  const int64_t ms = (loop.clock().steady() - begun).count();
  loop.cancel(std::exchange(deadline, {}));
  running = {};
  if (json()) {
    put(fmt::format(R"({{"event":"step","line":{},"ok":{},"ms":{},"step":{}{}}})", step.line, good,
                    ms, quote(step.written), good ? "" : ",\"why\":" + quote(failure->sentence)));
  } else if (!options.quiet || !good) {
    put(fmt::format("{:4} {:4}  {}  ({} ms)", good ? "ok" : "FAIL", step.line, step.written, ms));
  }
  if (!good) {
    ::fprintf(stderr, "%s:%zu: %s\n", options.batch.c_str(), step.line, failure->sentence.c_str());
    return end(failure->exit_code);
  }
  ++at;
  begin_step();
}

void ScriptRunner::Core::end(int code) {
  loop.cancel(std::exchange(soon, {}));
  loop.cancel(std::exchange(deadline, {}));
  auto then = std::exchange(finish, {});
  // Everybody says good-bye; the last one ends it.
  auto left = std::make_shared<std::pair<size_t, UniqueFunction<void(int)>>>(actors.size() + 1,
                                                                             std::move(then));
  const auto one_less = [left, code] {
    if (--left->first == 0) left->second(code);
  };
  for (Actor& actor : actors) actor.link().leave(false, one_less);
  one_less();
}

void ScriptRunner::Core::put(const std::string& line) const {
  ::fprintf(stdout, "%s\n", line.c_str());
  ::fflush(stdout);
}

ScriptRunner::Core::Running ScriptRunner::Core::at_once(Verdict verdict) const {
  return {[verdict] { return verdict; }, [] { return Failure{kFalse, ""}; }};
}

ScriptRunner::Core::Running ScriptRunner::Core::online(Actor& actor) const {
  const auto look = [&actor]() -> Verdict {
    const LinkStatus& status = actor.link().status();
    if (status.state == LinkState::kOnline) return Done{};
    if (status.state == LinkState::kStopped && status.why) return failed(*status.why);
    return {};
  };
  const auto too_late = [&actor] {
    const LinkStatus& status = actor.link().status();
    return failed(status.why ? *status.why
                             : Error{Code::kUnavailable, "no answer from the server in time"});
  };
  return {look, too_late};
}

// Asks, and is done with the answer that was said: a good one, or the code after `fails`.
ScriptRunner::Core::Running ScriptRunner::Core::answered(
    const Step& step, Actor& actor, std::string line, std::function<void(const Answer&)> on_good) {
  const auto verdict = std::make_shared<Verdict>();
  actor.link().ask(std::move(line), [this, verdict, fails = step.fails,
                                     on_good = std::move(on_good)](const Result<Answer>& answer) {
    if (answer.ok() && on_good) on_good(*answer);
    if (answer.ok()) {
      if (fails)
        *verdict = Failure{kFalse, "it was done, though it was to be refused"};
      else if (verdict->index() == 0)
        *verdict = Done{};
    } else if (fails == answer.error().code) {
      *verdict = Done{};
    } else {
      *verdict = failed(answer.error());
    }
    next();
  });
  return {[verdict] { return *verdict; },
          [] {
            return Failure{entry_of(Code::kDeadline).exit_code, "there was no answer in time"};
          }};
}

ScriptRunner::Core::Running ScriptRunner::Core::run_login(const Step& step, Actor& actor) {
  auto account = account_of(actor.user());
  if (!account.ok()) return at_once(Failure{kMistake, account.error().message});
  const std::string password = account->password;
  const bool enroll = actor.user().enroll;
  actor.link().start(std::move(*account), enroll);
  Running running_online = online(actor);
  // Whoever was registered by an earlier run of the script logs in.
  auto look_online = [look = running_online.look, &actor, password,
                      retried = std::make_shared<bool>(!enroll)]() -> Verdict {
    const LinkStatus& status = actor.link().status();
    const bool there =
        status.state == LinkState::kStopped && status.why && status.why->code == Code::kExists;
    if (!there || *retried) return look();
    *retried = true;
    actor.link().start({actor.user().name, password, "", actor.user().device}, false);
    return {};
  };
  if (!step.fails) return {look_online, running_online.too_late};
  const auto look_refused = [look_online, &actor, fails = *step.fails]() -> Verdict {
    const Verdict verdict = look_online();
    if (std::holds_alternative<Done>(verdict))
      return Failure{kFalse, "the log-in was accepted, though it was to be refused"};
    const auto& why = actor.link().status().why;
    return verdict.index() != 0 && why && why->code == fails ? Verdict(Done{}) : verdict;
  };
  return {look_refused, running_online.too_late};
}

ScriptRunner::Core::Running ScriptRunner::Core::run_connect(const Step&, Actor& actor) {
  actor.link().reconnect();
  return online(actor);
}

ScriptRunner::Core::Running ScriptRunner::Core::run_disconnect(const Step&, Actor& actor) {
  actor.link().disconnect();
  return at_once(Done{});
}

ScriptRunner::Core::Running ScriptRunner::Core::run_logout(const Step&, Actor& actor) {
  const auto gone = std::make_shared<bool>(false);
  actor.link().leave(true, [this, gone] {
    *gone = true;
    next();
  });
  return {[gone]() -> Verdict { return *gone ? Verdict(Done{}) : Verdict(); },
          [] {
            return Failure{entry_of(Code::kDeadline).exit_code, "there was no answer in time"};
          }};
}

ScriptRunner::Core::Running ScriptRunner::Core::run_send(const Step& step, Actor& actor) {
  const auto to = people.find(step.target);
  if (!to.ok()) return at_once(Failure{kMistake, to.error().message});
  const auto client_id = actor.link().send(*to, step.text);
  if (!client_id.ok()) return at_once(failed(client_id.error()));
  if (step.nowait) return at_once(Done{});
  const auto look = [this, &actor, to = *to, id = *client_id, fails = step.fails]() -> Verdict {
    const auto outcome = actor.outcome(id);
    if (!outcome) return {};
    if (outcome->ok()) people.learn((*outcome)->id.conversation(), to);
    if (outcome->ok())
      return fails ? Verdict(Failure{kFalse, "it was sent, though it was to be refused"})
                   : Verdict(Done{});
    if (fails == outcome->error().code) return Done{};
    return failed(outcome->error());
  };
  return {look, [&actor] {
            const auto& why = actor.link().status().why;
            return Failure{entry_of(Code::kDeadline).exit_code,
                           "it was not stored in time" + (why ? ": " + why->message : "")};
          }};
}

ScriptRunner::Core::Running ScriptRunner::Core::run_expect(const Step& step, Actor& actor) {
  const auto look = [this, &step, &actor]() -> Verdict {
    std::deque<Entry>& inbox = actor.inbox();
    const auto fits = [&](const Entry& entry) { return step.expectation.fits(entry, people); };
    if (std::count_if(inbox.begin(), inbox.end(), fits) < int64_t{step.expectation.count})
      return {};
    for (uint32_t i = 0; i < step.expectation.count; ++i)
      inbox.erase(std::find_if(inbox.begin(), inbox.end(), fits));
    return Done{};
  };
  return {look, [this, &actor] {
            return Failure{entry_of(Code::kDeadline).exit_code,
                           "this did not come in time; " + what_came(actor)};
          }};
}

ScriptRunner::Core::Running ScriptRunner::Core::run_refute(const Step& step, Actor& actor) {
  const auto look = [this, &step, &actor]() -> Verdict {
    for (const Entry& entry : actor.inbox())
      if (step.expectation.fits(entry, people))
        return Failure{
            kFalse, "this came: " + quoted(entry.text) + " from " + people.name_of(entry.sender)};
    return {};
  };
  return {look, [] { return Failure{0, ""}; }};
}

ScriptRunner::Core::Running ScriptRunner::Core::run_assert(const Step& step, Actor& actor) {
  const auto verdict = std::make_shared<Verdict>();
  const bool asks =
      std::ranges::any_of(step.assertions, [](const auto& one) { return one.first == "unread"; });
  if (!asks) return at_once(check(step, actor, 0));
  actor.link().ask("UNREAD", [this, verdict, &step, &actor](const Result<Answer>& answer) {
    *verdict = answer.ok() ? check(step, actor, answer->ok.fields.number("total").value_or(0))
                           : Verdict(failed(answer.error()));
    next();
  });
  return {[verdict] { return *verdict; },
          [] {
            return Failure{entry_of(Code::kDeadline).exit_code, "there was no answer in time"};
          }};
}

Verdict ScriptRunner::Core::check(const Step& step, Actor& actor, uint64_t unread) const {
  const std::map<std::string_view, std::string> truth{
      {"outbox", std::to_string(actor.link().outbox().size())},
      {"received", std::to_string(actor.received())},
      {"state", std::string(name_of(actor.link().status().state))},
      {"unread", std::to_string(unread)}};
  for (const auto& [name, value] : step.assertions)
    if (truth.at(name) != value)
      return Failure{kFalse, fmt::format("{} is {}, not {}", name, truth.at(name), value)};
  return Done{};
}

ScriptRunner::Core::Running ScriptRunner::Core::run_read(const Step&, Actor& actor) {
  const auto left = std::make_shared<size_t>(actor.newest().size());
  const auto verdict = std::make_shared<Verdict>();
  if (*left == 0) *verdict = Done{};
  for (const auto& [conversation, newest] : actor.newest())
    actor.link().ask(fmt::format("READ {}", newest.value),
                     [this, left, verdict](const Result<Answer>& answer) {
                       if (!answer.ok()) *verdict = failed(answer.error());
                       if (--*left == 0 && verdict->index() == 0) *verdict = Done{};
                       next();
                     });
  return {[verdict] { return *verdict; },
          [] {
            return Failure{entry_of(Code::kDeadline).exit_code, "there was no answer in time"};
          }};
}

ScriptRunner::Core::Running ScriptRunner::Core::run_create(const Step& step, Actor& actor) {
  return answered(step, actor, "CREATEGROUP " + quote(step.target),
                  [this, name = step.target](const Answer& answer) {
                    people.learn(GroupId(answer.ok.fields.number("group_id").value_or(0)), name);
                  });
}

ScriptRunner::Core::Running ScriptRunner::Core::run_join(const Step& step, Actor& actor) {
  const auto to = people.find(step.target);
  const auto* const group = to.ok() ? std::get_if<GroupId>(&*to) : nullptr;
  if (group == nullptr)
    return at_once(
        Failure{kMistake, to.ok() ? "join needs a group, as in #tea" : to.error().message});
  return answered(step, actor, fmt::format("JOINGROUP {}", group->value), nullptr);
}

ScriptRunner::Core::Running ScriptRunner::Core::run_leave(const Step& step, Actor& actor) {
  const auto to = people.find(step.target);
  const auto* const group = to.ok() ? std::get_if<GroupId>(&*to) : nullptr;
  if (group == nullptr)
    return at_once(
        Failure{kMistake, to.ok() ? "leave needs a group, as in #tea" : to.error().message});
  return answered(step, actor, fmt::format("LEAVEGROUP {}", group->value), nullptr);
}

std::string ScriptRunner::Core::what_came(Actor& actor) const {
  constexpr size_t kShown = 3;
  if (actor.inbox().empty()) return "nothing else came either";
  std::string came = "what came instead:";
  size_t told = 0;
  for (const Entry& entry : actor.inbox()) {
    if (told++ == kShown) return came + fmt::format(" and {} more", actor.inbox().size() - kShown);
    came += fmt::format(" {} {} from {};", mpim::name_of(entry.kind), quoted(entry.text),
                        people.name_of(entry.sender));
  }
  return came;
}

ScriptRunner::ScriptRunner(EventLoop& loop, const ChatOptions& options, Script script,
                           UniqueFunction<void(int)> finish)
    : core_(std::make_unique<Core>(loop, options, std::move(script), std::move(finish))) {}

ScriptRunner::~ScriptRunner() = default;

void ScriptRunner::start() { core_->begin_step(); }

}  // namespace mpim::chat
