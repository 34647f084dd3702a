#include "client-cli/repl/repl.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client-cli/commands/command.h"
#include "client-cli/json_events.h"
#include "client-cli/learn_names.h"
#include "client-cli/repl/candidates.h"
#include "client-cli/repl/changes.h"
#include "client-cli/repl/prompt.h"
#include "client-cli/secrets.h"
#include "client-cli/terminal/completion.h"
#include "client-cli/terminal/text_width.h"
#include "server/contract/names.h"

namespace mpim::chat {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

}  // namespace

Repl::Repl(EventLoop& loop, ChatOptions options, Outside outside, UniqueFunction<void(int)> finish)
    : loop_(loop),
      options_(std::move(options)),
      finish_(std::move(finish)),
      renderer_(render_options(options_), people_),
      history_(outside.history_path),
      line_(history_),
      screen_(std::move(outside.write), outside.ansi, outside.columns),
      link_(loop, *this,
            [&] {
              outside.link.server = options_.server;
              return outside.link;
            }()),
      files_(options_.http),
      json_(options_.output == OutputForm::kJsonLines) {}

Repl::~Repl() {
  for (auto& [id, message] : under_way_) loop_.cancel(message.second);
  loop_.cancel(unread_timer_);
  loop_.cancel(quit_timer_);
  loop_.cancel(typist_timer_);
}

void Repl::begin(Account account) {
  draw();
  if (!options_.to.empty()) {
    const auto to = people_.find(options_.to);
    if (to.ok())
      current_ = *to;
    else
      tell(to.error());
  }
  if (account.name.empty())
    return tell("/login NAME, or /register NAME if you are new; /help for the rest");
  const bool enroll = options_.enroll;
  if (!account.password.empty() || !account.token.empty())
    return link_.start(std::move(account), enroll);
  log_in(account.name, enroll);
}

void Repl::typed(std::string_view bytes) {
  if (bytes.empty()) return quit();
  for (const Key& key : keys_.feed(bytes)) press(key);
  draw();
}

void Repl::resized(size_t columns) {
  screen_.erase_row();
  screen_.resize(columns);
  draw();
}

void Repl::tell(std::string_view text) { print(renderer_.note(text)); }

void Repl::tell(const Error& error) { print(renderer_.error(error)); }

void Repl::show_found(const Entry& entry, std::string_view words) {
  print(json_ ? json_entry(entry, people_) : renderer_.found(entry, words));
}

void Repl::ask_secret(std::string question, std::function<void(std::string)> then) {
  kept_line_ = line_.take();
  question_ = std::move(question);
  then_ = std::move(then);
  line_.set_secret(true);
  draw();
}

void Repl::log_in(std::string name, bool enroll) {
  const auto valid = user_name(name);
  if (!valid.ok()) return tell(valid.error());
  const std::string question =
      (enroll ? "New password for " : "Password for ") + harmless(name, " ") + ": ";
  ask_secret(question, [this, name, enroll](std::string password) {
    if (password.empty()) return tell("not logged in; /login NAME or /register NAME");
    unread_.clear();
    link_.start({name, std::move(password), "", options_.device}, enroll);
  });
}

void Repl::talk_to(std::optional<Destination> to) {
  current_ = std::move(to);
  for (const auto& [conversation, count] : unread_.all())
    if (current_ && people_.behind(conversation) == current_) mark_read(conversation);
  draw();
}

Result<GroupId> Repl::group(std::string_view typed) const {
  if (typed.empty() && current_) {
    if (const auto* const group = std::get_if<GroupId>(&*current_)) return *group;
  }
  if (typed.empty())
    return Error{Code::kBadRequest, "this conversation is no group; say which, as in #1001"};
  const bool marked = typed.starts_with('#');
  MPIM_TRY(const Destination to,
           people_.find(marked ? std::string(typed) : "#" + std::string(typed)));
  return std::get<GroupId>(to);
}

bool Repl::mark_read(ConversationId conversation) {
  const auto id = unread_.read(conversation);
  if (id) link_.ask(fmt::format("READ {}", id->value), [](const Result<Answer>&) {});
  return id.has_value();
}

void Repl::learn_unread(const std::vector<ListLine>& rows) {
  unread_.clear();
  for (const ListLine& row : rows) {
    const ConversationId conversation(row.fields.number("conv").value_or(0));
    const GroupId group(row.fields.number("group").value_or(0));
    const UserId user(row.fields.number("from").value_or(0));
    people_.learn(conversation, group ? Destination(group) : Destination(user));
    unread_.set(conversation, row.fields.number("count").value_or(0));
  }
  draw();
}

void Repl::refresh_names() {
  learn_names(link_, people_, [this] {
    if (current_) current_ = people_.known(*current_);
    link_.release();
    draw();
  });
}

// Only the server knows what the other devices read.
void Repl::count_unread() {
  if (unread_timer_) return;
  unread_timer_ = loop_.after(kRecount, [this] {
    unread_timer_ = {};
    link_.ask("UNREAD", [this](const Result<Answer>& answer) {
      if (answer.ok()) learn_unread(answer->rows);
    });
  });
}

bool Repl::toggle_json() { return json_ = !json_; }

bool Repl::toggle_raw() { return raw_ = !raw_; }

// What was typed last is given a moment to be stored.
void Repl::quit() {
  if (!finish_ || quit_timer_) return;
  if (link_.online() && !link_.outbox().empty())
    quit_timer_ = loop_.after(kLastWords, [this] { end(); });
  else
    end();
}

void Repl::end() {
  screen_.erase_row();
  const size_t lost = link_.outbox().size();
  if (lost > 0)
    print(renderer_.error({Code::kUnavailable, fmt::format("{} messages were not stored", lost)}));
  auto finish = std::exchange(finish_, {});
  link_.leave(false, [finish = std::move(finish), lost]() mutable { finish(lost > 0 ? 1 : 0); });
}

void Repl::on_status(const LinkStatus& status) {
  // The way to a state is not worth a line; that it was lost, and is back, is.
  const bool settled = status.state == LinkState::kOnline || status.state == LinkState::kWaiting ||
                       status.state == LinkState::kStopped;
  const bool again = status.state == told_state_ && status.state == LinkState::kWaiting;
  if (settled && !again && finish_) {
    told_state_ = status.state;
    print(json_ ? json_status(status, link_.server()) : renderer_.status(status, link_.server()));
    if (status.state == LinkState::kStopped && status.why &&
        entry_of(status.why->code).exit_code == 4)
      tell("/login NAME to try again, /register NAME to make an account");
  }
  draw();
}

void Repl::on_logged_in(const LoggedIn& who) {
  people_.learn(who.user, link_.account().name);
  renderer_.set_self(who.user, link_.account().name);
  if (who.restored) {
    unread_.clear();
    tell("the server was restored from a copy; what it says now may differ from what is above");
  }
  // What is pending counts joins and leaves as well.
  if (who.unread > 0 && who.first)
    tell(fmt::format("{}{} unread; /unread says from whom", std::min<uint64_t>(who.unread, 1'000),
                     who.unread > 1'000 ? "+" : ""));
  if (options_.remember) remember_token(link_.server(), link_.account(), who.token);
  link_.hold();
  refresh_names();
  count_unread();
  draw();
}

void Repl::on_entry(const Entry& entry) {
  const UserId self = link_.user();
  people_.learn(entry, self);
  if (entry.kind == EntryKind::kMessage) stopped_typing(entry.sender);
  if (json_)
    print(json_entry(entry, people_));
  else
    print_at(entry.at, renderer_.entry(entry, now()));
  if (entry.kind != EntryKind::kMessage || entry.sender == self) return draw();
  unread_.came(entry.id());
  // What appears in the conversation on the screen is read.
  if (is_current(entry)) mark_read(entry.conversation);
  count_unread();
  draw();
}

bool Repl::is_current(const Entry& entry) const {
  if (!current_) return false;
  const Destination from = entry.group ? Destination(entry.group) : Destination(entry.sender);
  return people_.known(*current_) == from;
}

void Repl::show_again(const Entry& entry, bool with_id) {
  const std::string id = with_id ? fmt::format("{}  ", entry.id().value) : "";
  if (json_)
    print(json_entry(entry, people_));
  else
    print_at(entry.at, id + renderer_.entry(entry, now()));
}

std::optional<MessageId> Repl::last_sent() const {
  for (const auto& [conversation, id] : last_sent_)
    if (current_ && people_.behind(conversation) == people_.known(*current_)) return id;
  return std::nullopt;
}

void Repl::on_gap(ConversationId conversation, uint64_t count, std::string_view why) {
  print(json_ ? json_gap(conversation, count, why) : renderer_.gap(conversation, count, why));
}

// Of somebody whose name is not known yet, that is asked for first.
void Repl::tell_change(const ChangeSignal& change) {
  if (change.kind == ChangeKind::kRead) return count_unread();
  const std::string number = std::to_string(change.user.value);
  if (!change.user || people_.name_of(change.user) != number) {
    const std::string text = change_text(change, people_);
    return text.empty() ? void() : tell(text);
  }
  link_.ask("PROFILE " + number, [this, change](const Result<Answer>& answer) {
    if (answer.ok()) people_.learn(change.user, answer->ok.fields.text("name"));
    const std::string text = change_text(change, people_);
    if (!text.empty()) tell(text);
  });
}

void Repl::on_sent(const Outgoing& message, const Result<Stored>& outcome) {
  const bool queued = outcome.ok() && outcome->queued();
  if (outcome.ok() && !queued) {
    people_.learn(outcome->id.conversation(), message.to);
    unread_.wrote(outcome->id);
    last_sent_[outcome->id.conversation()] = outcome->id;
    mark_read(outcome->id.conversation());
  }
  const auto waiting = under_way_.find(message.client_id);
  const bool told = waiting != under_way_.end() && !waiting->second.second;
  if (waiting != under_way_.end()) {
    loop_.cancel(waiting->second.second);
    under_way_.erase(waiting);
  }
  print_outcome(message, outcome, told);
  if (queued) under_way_[message.client_id] = {message, {}};  // till it is stored
  if (quit_timer_ && link_.outbox().empty()) end();
}

void Repl::print_outcome(const Outgoing& message, const Result<Stored>& outcome, bool told) {
  if (json_) return print(json_sent(message, outcome, people_));
  if (!outcome.ok()) return print(renderer_.not_sent(message, outcome.error()));
  const bool queued = outcome->queued();
  if (!told)
    return print_at(message.at,
                    renderer_.sent(message, queued ? SentMark::kQueued : SentMark::kStored, now()));
  print(renderer_.note((queued ? "queued: " : "stored: ") +
                       shortened(message.text, 40, renderer_.ellipsis())));
}

void Repl::on_traffic(bool ours, std::string_view line) {
  if (raw_) print(renderer_.note((ours ? "> " : "< ") + std::string(line)));
}

void Repl::press(const Key& key) {
  if (line_.press(key)) return;
  if (key.kind == Key::Kind::kEnter) return press_enter();
  if (key.kind == Key::Kind::kTab) return press_tab();
  if (key.kind != Key::Kind::kControl) return;
  if (key.text == "c") return press_ctrl_c();
  if (key.text == "d") return quit();
  if (key.text == "l") screen_.clear();
}

void Repl::press_enter() {
  const std::string typed = line_.take();
  if (!line_.secret()) {
    history_.add(typed);
    return submit(typed);
  }
  line_.set_secret(false);
  question_.clear();
  line_.insert(std::exchange(kept_line_, {}));
  const auto then = std::exchange(then_, nullptr);
  then(typed);
}

void Repl::press_tab() {
  if (line_.secret()) return;
  const Completion completion =
      complete(line_.before_cursor(), candidates(line_.before_cursor(), people_));
  line_.replace_before_cursor(completion.bytes, completion.replacement);
  if (completion.choices.empty()) return;
  std::string all;
  for (const std::string& choice : completion.choices) all += (all.empty() ? "" : "  ") + choice;
  tell(all);
}

void Repl::press_ctrl_c() {
  if (line_.secret()) {
    line_.take();
    return press_enter();
  }
  const Instant pressed = loop_.clock().steady();
  const bool again = line_.empty() && pressed - last_ctrl_c_ < kSecondCtrlC;
  last_ctrl_c_ = pressed;
  if (again) return quit();
  const bool was_empty = line_.empty();
  line_.take();
  if (was_empty) tell("Ctrl-C again to quit");
}

void Repl::submit(const std::string& line) {
  if (trimmed(line).empty()) return;
  if (line.starts_with("//")) {
    if (current_) return send(*current_, std::string_view(line).substr(1));
  } else if (line.starts_with('/')) {
    return command(line);
  } else if (line.starts_with('@') || line.starts_with('#')) {
    return send_elsewhere(line);
  } else if (current_) {
    return send(*current_, line);
  }
  tell("nobody to talk to yet: /to NAME, or @NAME and the text");
}

void Repl::command(std::string_view line) {
  const std::string_view name = line.substr(0, line.find_first_of(" \n"));
  if (const SlashCommand* const found = find_slash_command(name))
    return found->run(*this, trimmed(line.substr(name.size())));
  const std::string_view near = nearest_slash_command(name);
  const std::string hint =
      near.empty() ? "/help lists the commands." : fmt::format("did you mean {}?", near);
  tell(Error{Code::kUnknownCommand,
             fmt::format("there is no {}; {} Nothing was sent; to begin a text with /, write //",
                         shown(name), hint)});
}

void Repl::send_elsewhere(std::string_view line) {
  const std::string_view whom = line.substr(0, line.find_first_of(" \n"));
  const std::string_view text = trimmed(line.substr(whom.size()));
  const bool number = whom.find_first_not_of("0123456789", 1) == std::string_view::npos;
  const bool user = whom.front() == '@';
  const auto to = people_.find(user && number ? whom.substr(1) : whom);
  if (!to.ok()) return tell(to.error());
  if (text.empty())
    return tell(fmt::format("no text: {0} TEXT sends there, /to {0} talks there", whom));
  send(*to, text);
}

void Repl::send(const Destination& to, std::string_view text, std::string options) {
  const auto client_id = link_.send(people_.known(to), std::string(text), std::move(options));
  if (!client_id.ok()) return tell(client_id.error());
  // It is shown with its answer, in the order of the conversation; a slow answer is not waited for.
  const TimerId timer = loop_.after(kPatience, [this, id = *client_id] { still_under_way(id); });
  under_way_[*client_id] = {Outgoing{people_.known(to), std::string(text), *client_id, now()},
                            timer};
}

void Repl::still_under_way(const std::string& client_id) {
  const auto found = under_way_.find(client_id);
  if (found == under_way_.end()) return;
  found->second.second = {};
  if (!json_)
    print_at(found->second.first.at,
             renderer_.sent(found->second.first, SentMark::kUnderWay, now()));
}

void Repl::print_at(Timestamp at, std::string_view text) {
  if (const auto day = renderer_.day_line(at)) print(*day);
  print(text);
}

void Repl::print(std::string_view text) { screen_.print(text); }

void Repl::draw() {
  if (!finish_) return;
  if (line_.secret()) return screen_.show(question_, line_);
  PromptState state;
  state.self = link_.account().name;
  if (current_) state.towards = people_.name_of(*current_);
  state.unread = unread_.total();
  state.typing = typist();
  state.link = link_.status().state;
  state.ascii = renderer_.options().ascii;
  screen_.show(prompt(state, screen_.columns()), line_);
}

}  // namespace mpim::chat
