#include "client-cli/piped.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <utility>

#include "client-cli/json_events.h"
#include "client-cli/learn_names.h"
#include "client-cli/line_source.h"
#include "client-cli/people.h"
#include "client-cli/secrets.h"
#include "client-cli/terminal/text_width.h"

namespace mpim::chat {

// begin() comes once, after the first log-in; end() comes once, from whatever ends it.
struct Piped::Core final : LinkListener {
  Core(EventLoop& its_loop, ChatOptions given, Finish its_finish)
      : loop(its_loop),
        options(std::move(given)),
        renderer(render_options(options), people),
        finish(std::move(its_finish)),
        link(loop, *this, link_options(options)) {}

  ~Core() override {
    loop.cancel(offline_timer);
    loop.cancel(wait_timer);
  }

  static LinkOptions link_options(const ChatOptions& options) {
    LinkOptions link;
    link.server = options.server;
    return link;
  }

  void on_status(const LinkStatus& status) override;
  void on_logged_in(const LoggedIn& who) override;
  void on_entry(const Entry& entry) override;
  void on_gap(ConversationId conversation, uint64_t count, std::string_view why) override;
  void on_sent(const Outgoing& message, const Result<Stored>& outcome) override;
  void on_traffic(bool ours, std::string_view line) override;

  void begin();
  void typed(LineSource::Line line);
  void send(const std::string& text);
  void refused(const Error& error);
  void all_typed();
  void look_whether_done();
  void end(int code);

  // Data on stdout. What cannot be written is not acknowledged, and is the end.
  void put(const std::string& line);
  void note(const std::string& text) const;
  bool json() const { return options.output == OutputForm::kJsonLines; }
  Timestamp now() const { return loop.clock().wall(); }
  // Whether messages are waited for after the last send.
  bool listening() const { return options.count || options.wait; }

  EventLoop& loop;
  ChatOptions options;
  People people;
  Renderer renderer;
  Finish finish;
  Link link;
  std::unique_ptr<LineSource> input;
  std::optional<Destination> to;
  bool begun = false;
  bool input_ended = false;
  uint32_t shown = 0;
  uint32_t stored = 0;
  int refused_code = 0;  // of the first send that was refused
  TimerId offline_timer;
  TimerId wait_timer;
};

void Piped::Core::on_status(const LinkStatus& status) {
  if (json())
    put(json_status(status, link.server()));
  else if (status.state == LinkState::kWaiting)
    note(renderer.status(status, link.server()));
  if (status.state == LinkState::kOnline) return loop.cancel(std::exchange(offline_timer, {}));
  if (status.state == LinkState::kStopped) {
    if (!status.why) return;
    note(renderer.status(status, link.server()));
    return end(entry_of(status.why->code).exit_code);
  }
  if (offline_timer) return;
  offline_timer = loop.after(options.timeout, [this] {
    const std::string why = link.obstacle();
    note("no connection to " + link.server().text() + " in time" +
         (why.empty() ? "" : ": " + harmless(why, " ")));
    end(entry_of(Code::kUnavailable).exit_code);
  });
}

void Piped::Core::on_logged_in(const LoggedIn& who) {
  people.learn(who.user, link.account().name);
  renderer.set_self(who.user, link.account().name);
  if (options.remember) remember_token(link.server(), link.account(), who.token);
  if (json()) put(json_logged_in(who, link.account().name));
  if (begun) return;
  link.hold();
  learn_names(link, people, [this] {
    begin();
    link.release();
  });
}

void Piped::Core::begin() {
  if (begun || !finish || !link.online()) return;
  begun = true;
  if (!options.to.empty()) {
    const auto found = people.find(options.to);
    if (!found.ok()) {
      note(renderer.error(found.error()));
      return end(entry_of(found.error().code).exit_code);
    }
    to = *found;
  }
  if (options.send) {
    send(*options.send);
    return all_typed();
  }
  const bool reads = to && ::isatty(STDIN_FILENO) != 1;
  if (!reads) return all_typed();
  input = std::make_unique<LineSource>(loop, STDIN_FILENO,
                                       [this](LineSource::Line line) { typed(std::move(line)); });
  input->resume();
}

void Piped::Core::typed(LineSource::Line line) {
  if (!line) return all_typed();
  if (!line->ok()) {
    note(renderer.error(line->error()));
    refused(line->error());
  } else if (!(*line)->empty()) {
    send(**line);
  }
  if (link.outbox().full()) input->pause();
}

void Piped::Core::send(const std::string& text) {
  const auto kept = link.send(*to, text);
  if (!kept.ok()) note(renderer.error(kept.error()));
}

void Piped::Core::refused(const Error& error) {
  if (refused_code == 0) refused_code = entry_of(error.code).exit_code;
}

void Piped::Core::all_typed() {
  input_ended = true;
  if (options.wait)
    wait_timer = loop.after(*options.wait, [this] {
      wait_timer = {};
      if (!options.count) return end(refused_code);
      note("only " + std::to_string(shown) + " of " + std::to_string(*options.count) +
           " messages came in time");
      end(entry_of(Code::kDeadline).exit_code);
    });
  look_whether_done();
}

void Piped::Core::look_whether_done() {
  if (!input_ended || !link.outbox().empty()) return;
  if (options.count && shown < *options.count) return;
  if (options.wait && !options.count) return;
  if (!listening() && !to) return;  // just listening, until a signal ends it
  end(refused_code != 0 && stored > 0 ? 3 : refused_code);
}

void Piped::Core::on_entry(const Entry& entry) {
  people.learn(entry, link.user());
  if (json())
    put(json_entry(entry, people));
  else
    put(renderer.entry(entry, now()));
  if (entry.kind == EntryKind::kMessage) ++shown;
  look_whether_done();
}

void Piped::Core::on_gap(ConversationId conversation, uint64_t count, std::string_view why) {
  if (json())
    put(json_gap(conversation, count, why));
  else
    note(renderer.gap(conversation, count, why));
}

void Piped::Core::on_sent(const Outgoing& message, const Result<Stored>& outcome) {
  if (outcome.ok()) {
    if (!outcome->queued()) people.learn(outcome->id.conversation(), message.to);
    ++stored;
  } else {
    refused(outcome.error());
  }
  if (json())
    put(json_sent(message, outcome, people));
  else if (!outcome.ok())
    note(renderer.not_sent(message, outcome.error()));
  if (input != nullptr && !input_ended) input->resume();
  look_whether_done();
}

void Piped::Core::on_traffic(bool ours, std::string_view line) {
  if (options.verbose) note((ours ? "> " : "< ") + std::string(line));
}

void Piped::Core::end(int code) {
  if (!finish) return;
  link.leave(false, [once = std::move(finish), code]() mutable { once(code); });
}

void Piped::Core::put(const std::string& line) {
  const std::string whole = line + "\n";
  const bool written = ::fwrite(whole.data(), 1, whole.size(), stdout) == whole.size();
  if (written && ::fflush(stdout) == 0) return;
  const int why = errno;
  link.stop_acknowledging();
  if (!finish || why == EPIPE) return end(0);  // nobody listens any more
  note(std::string("cannot write to stdout: ") + std::strerror(why));
  end(1);
}

void Piped::Core::note(const std::string& text) const {
  if (!options.quiet) ::fprintf(stderr, "%s\n", text.c_str());
}

Piped::Piped(EventLoop& loop, ChatOptions options, Account account, Finish finish)
    : core_(std::make_unique<Core>(loop, std::move(options), std::move(finish))) {
  core_->link.start(std::move(account), core_->options.enroll);
}

Piped::~Piped() = default;

}  // namespace mpim::chat
