#include "client-cli/link/link.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "client-cli/link/masked.h"

namespace mpim::chat {
namespace {

uint64_t seed_of(const LinkOptions& options) {
  if (options.seed != 0) return options.seed;
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

Error unavailable(std::string sentence) { return {Code::kUnavailable, std::move(sentence)}; }

}  // namespace

std::string_view name_of(LinkState state) {
  switch (state) {
    case LinkState::kStopped: return "stopped";
    case LinkState::kConnecting: return "connecting";
    case LinkState::kLoggingIn: return "logging-in";
    case LinkState::kOnline: return "online";
    case LinkState::kWaiting: return "waiting";
  }
  return "stopped";
}

Link::Link(EventLoop& loop, LinkListener& listener, LinkOptions options)
    : loop_(loop),
      listener_(listener),
      options_(std::move(options)),
      self_(std::make_shared<Link*>(this)),
      wire_(loop, *this),
      back_off_(options_.retry_first, options_.retry_last, seed_of(options_)),
      hole_back_off_(options_.retry_first, options_.retry_last, seed_of(options_)),
      outbox_(fmt::format("c{:016x}", seed_of(options_)), options_.outbox_max) {}

Link::~Link() { cancel_timers(); }

void Link::start(Account account, bool enroll) {
  drop_connection(unavailable("the connection was closed here"));
  if (account.name != account_.name) forget();
  account_ = std::move(account);
  enroll_ = enroll;
  enroll_attempts_ = 0;
  first_ = true;
  back_off_.reset();
  reconnect();
}

// Nothing of one user may be said or hidden in the name of another.
void Link::forget() {
  transcript_.clear();
  epoch_.clear();
  queued_.clear();
  for (const Outgoing& message : outbox_.abandon())
    listener_.on_sent(message,
                      Error{Code::kNotLoggedIn, "somebody else logged in before it was sent"});
}

void Link::reconnect() {
  drop_connection(unavailable("the connection was closed here"));
  connect();
}

void Link::disconnect() {
  if (online()) acknowledge();
  stop(std::nullopt);
}

void Link::leave(bool log_out, Task done) {
  if (!online()) {
    stop(std::nullopt);
    return done();
  }
  acknowledge();
  leaving_ = true;
  // Whichever comes first ends it: the answer, the end of the connection, or a second.
  auto once = std::make_shared<Task>(std::move(done));
  const auto end = [this, once] {
    if (!*once) return;
    Task then = std::exchange(*once, Task());
    stop(std::nullopt);
    then();
  };
  request(log_out ? "LOGOUT" : "QUIT", [end](const Result<Answer>&) { end(); });
  loop_.after(Millis(1'000), [end, alive = std::weak_ptr<Link*>(self_)] {
    if (!alive.expired()) end();
  });
}

void Link::ask(std::string line, OnAnswer on_answer) {
  if (!online())
    return on_answer(unavailable("not connected; try again when the connection is back"));
  request(std::move(line), std::move(on_answer));
}

Result<std::string> Link::send(Destination to, std::string text, std::string options) {
  auto client_id =
      outbox_.add(std::move(to), std::move(text), loop_.clock().wall(), std::move(options));
  // The caller learns the client id before he hears of its outcome.
  if (client_id.ok()) set_timer(pump_timer_, Millis(0), &Link::pump);
  return client_id;
}

void Link::connect() {
  set_status({LinkState::kConnecting, std::nullopt});
  deadline_ = loop_.after(options_.connect_max, [this] {
    deadline_ = {};
    failed(unavailable("no answer from " + options_.server.text() + " in time" + maybe_tls()));
  });
  wire_.open(options_.server);
}

void Link::on_connected() {
  greeted_ = false;
  set_status({LinkState::kLoggingIn, std::nullopt});
  acknowledgements_.new_connection();
  closing_.reset();
  return_within_ = Millis(0);
  last_heard_ = loop_.clock().steady();
  pinged_ = false;
  // The greeting is an answer nobody asked for: the first +OK of a connection.
  asked_.push_back({[this](Result<Answer> greeting) { greeted(std::move(greeting)); }, true, {}});
}

void Link::greeted(Result<Answer> greeting) {
  greeted_ = true;
  if (!greeting.ok()) return failed(greeting.error());
  if (!enroll_) return log_in();
  ++enroll_attempts_;
  request(
      "REGISTER " + account_.name + " " + quote(account_.password),
      [this](Result<Answer> answer) { enrolled(std::move(answer)); }, true);
}

// REGISTER takes no options: the session it opens would not wait for our acknowledgements. So we
// come back at once, with the token.
void Link::enrolled(Result<Answer> answer) {
  if (!answer.ok()) {
    // An earlier attempt whose answer was lost may have made it.
    const bool ours = answer.error().code == Code::kExists && enroll_attempts_ > 1;
    if (!ours) return failed(answer.error());
    enroll_ = false;
    return log_in();
  }
  enroll_ = false;
  account_.token = answer->ok.fields.text("token");
  if (account_.device != "default") account_.token.clear();  // it belongs to another device
  reconnect();
}

void Link::log_in() {
  const bool by_token = !account_.token.empty();
  const std::string who = by_token ? "AUTH " + account_.token
                                   : "LOGIN " + account_.name + " " + quote(account_.password);
  const std::string device = by_token ? "" : " device=" + account_.device;
  request(
      who + device + " ack=client sync=auto",
      [this, by_token](Result<Answer> answer) { logged_in(std::move(answer), by_token); }, true);
}

void Link::logged_in(Result<Answer> answer, bool by_token) {
  if (answer.ok()) return came_online(answer->ok);
  if (by_token && answer.error().code == Code::kBadToken) {
    account_.token.clear();
    if (!account_.password.empty()) return log_in();
  }
  failed(answer.error());
}

void Link::came_online(const ReplyOk& reply) {
  loop_.cancel(std::exchange(deadline_, {}));
  back_off_.reset();
  hole_back_off_.reset();
  obstacle_.clear();
  user_ = UserId(reply.fields.number("uid").value_or(0));
  account_.token = reply.fields.text("token");
  LoggedIn who{user_, reply.fields.number("pending").value_or(0),
               reply.fields.number("unread").value_or(0), account_.token};
  const std::string epoch = reply.fields.text("epoch");
  who.restored = !epoch_.empty() && epoch != epoch_;
  who.first = std::exchange(first_, false);
  epoch_ = epoch;
  if (who.restored) transcript_.clear();
  set_timer(alive_timer_, options_.quiet_max / 4, &Link::keep_alive);
  set_status({LinkState::kOnline, std::nullopt});
  listener_.on_logged_in(who);
  pump();
}

// What can pass by itself is tried again; the rest is for a person to decide.
void Link::failed(Error error) {
  const CodeEntry& entry = entry_of(error.code);
  if (entry.retryable && error.code != Code::kLockedOut) return wait_and_retry(std::move(error));
  stop(std::move(error));
}

void Link::stop(std::optional<Error> why) {
  drop_connection(why ? *why : unavailable("the connection was closed here"));
  if (status_.state != LinkState::kStopped || why)
    set_status({LinkState::kStopped, std::move(why)});
}

void Link::wait_and_retry(Error error) {
  drop_connection(error);
  obstacle_ = error.message;
  Millis pause = std::max(back_off_.next(), Millis(error.retry_ms));
  // A node that sends all its clients away names the time over which they should come back.
  if (const Millis window = std::exchange(return_within_, Millis(0)); window > Millis(0))
    pause = back_off_.within(window);
  retry_ = loop_.after(pause, [this] {
    retry_ = {};
    connect();
  });
  set_status({LinkState::kWaiting, std::move(error), pause});
}

void Link::drop_connection(const Error& why) {
  wire_.close();
  cancel_timers();
  filling_ = false;
  leaving_ = false;
  holding_ = false;
  held_.clear();
  outbox_.put_back_all();
  // Sends are among the questions: they are in the outbox again, and their answers mean nothing
  // now.
  std::deque<Asked> unanswered = std::exchange(asked_, {});
  if (status_.state == LinkState::kOnline) status_.state = LinkState::kWaiting;
  for (Asked& one : unanswered)
    if (!one.logging_in) one.on_answer(why);
}

void Link::on_closed(std::string why, bool for_good) {
  if (closing_) return failed(*std::exchange(closing_, {}));
  why += maybe_tls();
  if (for_good) return stop(unavailable(std::move(why)));
  failed(unavailable(std::move(why)));
}

// A server that waits for a handshake says nothing, and then hangs up.
std::string Link::maybe_tls() const {
  if (!ungreeted() || options_.server.tls) return "";
  return "; does it speak TLS? then write tls://" + options_.server.host_and_port();
}

std::string Link::obstacle() const {
  if (ungreeted()) return "the server does not greet" + maybe_tls();
  return obstacle_;
}

void Link::set_status(LinkStatus status) {
  status_ = std::move(status);
  listener_.on_status(status_);
}

void Link::request(std::string line, OnAnswer on_answer, bool logging_in) {
  listener_.on_traffic(true, masked(line));
  asked_.push_back({std::move(on_answer), logging_in, {}});
  line += '\n';
  wire_.write(line);
}

void Link::on_line(std::string_view line) {
  last_heard_ = loop_.clock().steady();
  listener_.on_traffic(false, masked(line));
  ServerLine parsed = parse_server_line(line);
  std::visit([this](auto& what) { take(what); }, parsed);
}

void Link::take(ReplyOk& reply) {
  if (asked_.empty()) return failed(unavailable("the server answered what was not asked"));
  if (reply.rows() > 0) {
    asked_.front().answer = Answer{std::move(reply), {}};
    return;
  }
  // What we sent, joined or left has its place in the log; the reply is all we hear of it.
  const std::optional<uint64_t> id = reply.fields.number("msg_id");
  answer_front(Answer{std::move(reply), {}});
  if (id && online()) show(transcript_.own(MessageId(*id)));
}

void Link::take(ReplyError& reply) {
  // An error before anything was asked is how a full server greets.
  if (asked_.empty()) return failed(std::move(reply.error));
  answer_front(std::move(reply.error));
}

void Link::take(ListLine& row) {
  if (asked_.empty() || !asked_.front().answer) return;
  Answer& answer = *asked_.front().answer;
  answer.rows.push_back(std::move(row));
  if (answer.rows.size() == answer.ok.rows()) answer_front(std::move(answer));
}

void Link::take(UnknownLine& line) {
  // A row of a kind that is new to us still counts as one.
  ListLine row{"", {}};
  row.fields.add("text", std::move(line.line));
  take(row);
}

void Link::answer_front(Result<Answer> answer) {
  Asked asked = std::move(asked_.front());
  asked_.pop_front();
  asked.on_answer(std::move(answer));
}

void Link::take(EntryPush& push) { pushed(std::move(push.entry)); }

void Link::pushed(Pushed what) {
  if (leaving_) return;
  held_.push_back(std::move(what));
  if (!holding_ || held_.size() >= kHeldMax) release();
}

void Link::release() {
  holding_ = false;
  while (!held_.empty() && !holding_) {
    Pushed next = std::move(held_.front());
    held_.pop_front();
    std::visit([this](auto& one) { arrived(std::move(one)); }, next);
  }
}

void Link::arrived(Entry entry) {
  const MessageId id = entry.id();
  bool told = false;
  acknowledgements_.given(id);
  if (entry.sender == user_ && !entry.client_id.empty())
    told = settled(entry.client_id, Stored{entry.id(), false});
  show(transcript_.admit(std::move(entry)), told ? id : MessageId{});
  if (acknowledgements_.pending() >= options_.ack_count)
    acknowledge();
  else
    set_timer(ack_timer_, options_.ack_after, &Link::acknowledge);
}

void Link::arrived(const GapNotice& gap) {
  const std::optional<Seq> through = transcript_.through(gap.conversation);
  const Seq from = std::max(gap.from, through.value_or(gap.from));
  if (gap.to > from) listener_.on_gap(gap.conversation, gap.to.value - from.value, gap.text);
  show(transcript_.skip(gap.conversation, gap.to));
}

void Link::take(NoticePush& push) {
  if (auto* const gap = std::get_if<GapNotice>(&push.notice)) {
    pushed(std::move(*gap));
  } else if (const auto* const closing = std::get_if<ClosingNotice>(&push.notice)) {
    closing_ = Error{closing->code, closing->text};
    return_within_ = Millis(closing->window_ms);
  }
}

void Link::prove_with(std::string password, std::string token) {
  account_.password = std::move(password);
  account_.token = std::move(token);
}

void Link::take(SignalPush& push) {
  if (leaving_) return;
  const auto* const refused = std::get_if<RefusedSignal>(&push.signal);
  if (refused != nullptr && settled(refused->client_id, refused->why)) return;
  listener_.on_signal(push.signal);
}

// `told` was told with on_sent().
void Link::show(std::vector<Entry> entries, MessageId told) {
  for (const Entry& entry : entries)
    if (entry.id() != told) listener_.on_entry(entry);
  if (!transcript_.holes().empty())
    set_timer(hole_timer_, options_.hole_grace, &Link::look_for_holes);
}

void Link::acknowledge() {
  loop_.cancel(std::exchange(ack_timer_, {}));
  if (!acknowledging_) return;
  std::string line = "ACK";
  for (const MessageId id : acknowledgements_.due(transcript_))
    line += fmt::format(" {}", id.value);
  if (line.size() > 3) request(std::move(line), [](const Result<Answer>&) {});
}

// Our own unanswered messages leave holes that close by themselves, and what is held may close one.
void Link::look_for_holes() {
  if (!online() || filling_) return;
  const std::vector<Hole> holes = transcript_.holes();
  if (holes.empty()) return;
  if (holding_ || !outbox_.empty())
    return set_timer(hole_timer_, options_.hole_grace, &Link::look_for_holes);
  fill(holes.front());
}

void Link::fill(const Hole& hole) {
  filling_ = true;
  request(fmt::format("PULL 1000 conv={} after={}", hole.conversation.value, hole.after.value),
          [this, hole](const Result<Answer>& answer) { filled(hole, answer); });
}

// A refusal for now says nothing about what is in the hole: skipped, it would be acknowledged too.
void Link::filled(const Hole& hole, const Result<Answer>& answer) {
  filling_ = false;
  if (!online()) return;
  if (!answer.ok() && entry_of(answer.error().code).retryable) {
    const Millis pause = std::max(hole_back_off_.next(), Millis(answer.error().retry_ms));
    loop_.cancel(std::exchange(hole_timer_, {}));
    return set_timer(hole_timer_, pause, &Link::look_for_holes);
  }
  hole_back_off_.reset();
  // Nothing came of it: these are not ours to read, or not kept any more.
  if (transcript_.through(hole.conversation) == hole.after) {
    if (!answer.ok()) listener_.on_gap(hole.conversation, hole.missing(), answer.error().message);
    show(transcript_.skip(hole.conversation, Seq(hole.before.value - 1)));
  }
  look_for_holes();
}

void Link::pump() {
  if (!online()) return;
  while (const Outgoing* const message = outbox_.take())
    request(request_line(*message), [this, id = message->client_id](Result<Answer> answer) {
      sent(id, std::move(answer));
    });
}

void Link::sent(const std::string& client_id, Result<Answer> answer) {
  if (answer.ok() && answer->ok.fields.has("queued")) {
    settled(client_id, Stored{{}, false, answer->ok.fields.text("queued")});
    return;
  }
  if (answer.ok()) {
    const MessageId id(answer->ok.fields.number("msg_id").value_or(0));
    settled(client_id, Stored{id, answer->ok.fields.has("dup")});
    return;
  }
  if (!online()) return;  // the connection was lost: the outbox has it again
  const Error& error = answer.error();
  const uint32_t refusals = outbox_.put_back(client_id);
  if (!entry_of(error.code).retryable || refusals >= options_.refusals_max) {
    settled(client_id, error);
    return;
  }
  const Millis pause = options_.retry_first * (int64_t{1} << std::min(refusals, 5U));
  set_timer(pump_timer_, std::max(pause, Millis(error.retry_ms)), &Link::pump);
}

// False: it was told before, or is not ours.
bool Link::settled(const std::string& client_id, const Result<Stored>& outcome) {
  std::optional<Outgoing> message = outbox_.settle(client_id);
  if (auto waited = queued_.extract(client_id); waited && !message) message = waited.mapped();
  if (!message) return false;
  if (outcome.ok() && outcome->queued() && queued_.size() < options_.outbox_max)
    queued_.emplace(client_id, *message);
  listener_.on_sent(*message, outcome);
  pump();
  return true;
}

void Link::keep_alive() {
  const Millis quiet = loop_.clock().steady() - last_heard_;
  if (pinged_ && quiet >= options_.quiet_max + options_.pong_max)
    return failed(unavailable("the server has gone quiet"));
  if (!pinged_ && quiet >= options_.quiet_max) {
    pinged_ = true;
    request("PING", [this](const Result<Answer>&) { pinged_ = false; });
  }
  set_timer(alive_timer_, options_.quiet_max / 4, &Link::keep_alive);
}

// One timer of a kind runs at a time; setting it again leaves it as it is.
void Link::set_timer(TimerId& timer, Millis delay, void (Link::*then)()) {
  if (timer) return;
  timer = loop_.after(delay, [this, &timer, then] {
    timer = {};
    (this->*then)();
  });
}

void Link::cancel_timers() {
  for (TimerId* const timer :
       {&deadline_, &retry_, &ack_timer_, &hole_timer_, &alive_timer_, &pump_timer_})
    loop_.cancel(std::exchange(*timer, {}));
}

}  // namespace mpim::chat
