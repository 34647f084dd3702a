#include "tests/system/load.h"

#include <algorithm>
#include <array>

namespace mpim::testing {
namespace {

using std::chrono::milliseconds;

constexpr size_t kAtOnce = 16;          // sends of one sender that wait for an answer
constexpr uint64_t kRefusedEvery = 13;  // one send of so many is one that must be refused
constexpr size_t kAcknowledgeEvery = 16;
constexpr milliseconds kQuiet{20};  // then what was received is acknowledged
constexpr std::chrono::seconds kLoadPatience{120};

// After these the same request is sent again; anything else is an answer.
bool may_be_retried(const std::string& reply) {
  constexpr std::array<std::string_view, 4> kCodes{"-ERR BUSY ", "-ERR DRAINING ",
                                                   "-ERR UNAVAILABLE ", "-ERR UNKNOWN "};
  return std::ranges::any_of(kCodes,
                             [&](std::string_view code) { return reply.starts_with(code); });
}

// Connects and resumes; nothing when the server is not there, or leaves meanwhile.
std::optional<LineConnection> resume(LoadBoard& board, const std::string& name,
                                     const std::string& request) {
  const std::string address = board.address();
  LineConnection connection(address);
  if (connection.at_end()) {
    board.wait_for_another(address);
    return std::nullopt;
  }
  if (!connection.next_line()) return std::nullopt;
  const std::string answer = connection.ask(request);
  if (answer.starts_with("+OK ")) return connection;
  if (!answer.empty() && !may_be_retried(answer))
    board.fault(name + " cannot come back: " + answer);
  return std::nullopt;
}

}  // namespace

void LoadBoard::announce(std::string address) {
  const std::lock_guard lock(mutex_);
  address_ = std::move(address);
  changed_.notify_all();
}

std::string LoadBoard::address() const {
  const std::lock_guard lock(mutex_);
  return address_;
}

void LoadBoard::wait_for_another(const std::string& there) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kLoadPatience, [&] { return ended_ || address_ != there; });
}

void LoadBoard::answered() {
  const std::lock_guard lock(mutex_);
  ++answered_;
  changed_.notify_all();
}

void LoadBoard::received() {
  const std::lock_guard lock(mutex_);
  ++received_;
  changed_.notify_all();
}

bool LoadBoard::wait_for(const uint64_t& counter, uint64_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kLoadPatience, [&] { return counter >= count || !faults_.empty(); });
  return counter >= count && faults_.empty();
}

bool LoadBoard::wait_for_answered(uint64_t count) { return wait_for(answered_, count); }
bool LoadBoard::wait_for_received(uint64_t count) { return wait_for(received_, count); }

uint64_t LoadBoard::answered_count() const {
  const std::lock_guard lock(mutex_);
  return answered_;
}

void LoadBoard::stop_sending() {
  const std::lock_guard lock(mutex_);
  sending_ = false;
  changed_.notify_all();
}

bool LoadBoard::sending() const {
  const std::lock_guard lock(mutex_);
  return sending_;
}

void LoadBoard::end() {
  const std::lock_guard lock(mutex_);
  sending_ = false;
  ended_ = true;
  changed_.notify_all();
}

bool LoadBoard::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void LoadBoard::fault(std::string what) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::move(what));
  changed_.notify_all();
}

std::vector<std::string> LoadBoard::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

LoadSender::LoadSender(LoadBoard& board, std::string name, std::string token,
                       std::vector<Destination> to, std::string forbidden)
    : board_(board),
      name_(std::move(name)),
      token_(std::move(token)),
      to_(std::move(to)),
      forbidden_(std::move(forbidden)),
      thread_([this] { run(); }) {}

LoadSender::~LoadSender() { join(); }

void LoadSender::join() {
  if (thread_.joinable()) thread_.join();
}

void LoadSender::run() {
  while (!board_.ended() && (board_.sending() || !waiting_.empty())) {
    if (!connection_ && !log_in()) continue;
    write_more();
    if (waiting_.empty()) break;
    const auto reply = connection_->next_reply();
    connection_->forget_kept();  // what the group says is for the receivers to judge
    if (reply && take_reply(*reply)) continue;
    if (!reply && !connection_->at_end()) board_.fault(name_ + " got no answer");
    connection_.reset();
  }
}

bool LoadSender::log_in() {
  connection_ = resume(board_, name_, "AUTH " + token_);
  sent_ = 0;  // everything unanswered goes out again, in its order, with the client ids it had
  return connection_.has_value();
}

void LoadSender::write_more() {
  while (board_.sending() && waiting_.size() < kAtOnce) waiting_.push_back(next_request());
  for (; sent_ < waiting_.size(); ++sent_)
    if (!connection_->send(waiting_[sent_].request)) return;
}

// The first text, and so the first client id, that went where text `number` goes.
std::string LoadSender::first_text_for(uint64_t number) const {
  return name_ + "-" + std::to_string(number % to_.size() + to_.size());
}

LoadSender::Outstanding LoadSender::next_request() {
  const uint64_t number = ++made_;
  const std::string text = name_ + "-" + std::to_string(number);
  if (number % (2 * kRefusedEvery) == 0)
    return {"SENDGROUP " + forbidden_ + " \"refused " + text + "\" cid=" + text, text,
            "NOT_MEMBER"};
  const Destination& to = to_[number % to_.size()];
  if (number % kRefusedEvery == 0 && number > 2 * to_.size())
    return {to + " \"refused " + text + "\" cid=" + first_text_for(number), text, "CONFLICT"};
  return {to + " \"" + text + "\" cid=" + text, text, ""};
}

// False: this connection is of no more use.
bool LoadSender::take_reply(const std::string& reply) {
  if (may_be_retried(reply)) return false;
  const Outstanding asked = std::move(waiting_.front());
  waiting_.pop_front();
  --sent_;
  if (!asked.refusal.empty()) {
    if (!reply.starts_with("-ERR " + asked.refusal + " "))
      board_.fault(asked.request + " was answered " + reply);
    return true;
  }
  const uint64_t id = number_field(reply, "msg_id");
  const bool stored = reply.starts_with("+OK ") && acknowledged_.emplace(id, asked.text).second;
  if (!stored) board_.fault(asked.request + " was answered " + reply);
  board_.answered();
  return true;
}

bool Seen::take(uint64_t seq, const std::string& text) {
  if (texts.empty()) first = seq;
  if (seq < first || seq > first + texts.size()) return false;
  if (seq < first + texts.size()) return texts[seq - first] == text;
  texts.push_back(text);
  return true;
}

bool take_entry(SeenLog& log, const std::string& line, bool& fresh) {
  Seen& seen = log[field(line, "conv")];
  const size_t before = seen.texts.size();
  const bool event = line.starts_with("EVENT ");
  const std::string text = event ? line.substr(line.find("kind=")) : field(line, "text");
  const bool taken = seen.take(number_field(line, "seq"), text);
  fresh = seen.texts.size() > before;
  return taken;
}

LoadReceiver::LoadReceiver(LoadBoard& board, std::string name, std::string token)
    : board_(board), name_(std::move(name)), token_(std::move(token)), thread_([this] { run(); }) {}

LoadReceiver::~LoadReceiver() { join(); }

void LoadReceiver::join() {
  if (thread_.joinable()) thread_.join();
}

void LoadReceiver::run() {
  while (!board_.ended()) {
    if (!connection_ && !log_in()) continue;
    if (const auto line = connection_->next_line(kQuiet)) {
      take(*line);
    } else if (connection_->at_end()) {
      connection_.reset();
      continue;
    } else {
      acknowledge();
    }
    if (unacknowledged_ >= kAcknowledgeEvery) acknowledge();
  }
}

bool LoadReceiver::log_in() {
  connection_ = resume(board_, name_, "AUTH " + token_ + " ack=client");
  to_acknowledge_.clear();
  unacknowledged_ = 0;
  return connection_.has_value();
}

void LoadReceiver::take(const std::string& line) {
  if (line == "+OK") return;
  if (!line.starts_with("MSG ") && !line.starts_with("EVENT "))
    return board_.fault(name_ + " was told " + line);
  bool fresh = false;
  if (!take_entry(seen_, line, fresh)) board_.fault(name_ + " cannot place " + line);
  if (fresh && line.starts_with("MSG ")) board_.received();
  to_acknowledge_[field(line, "conv")] = field(line, "id");
  ++unacknowledged_;
}

void LoadReceiver::acknowledge() {
  if (to_acknowledge_.empty()) return;
  std::string request = "ACK";
  for (const auto& [conversation, id] : to_acknowledge_) request += " " + id;
  connection_->send(request);
  to_acknowledge_.clear();
  unacknowledged_ = 0;
}

}  // namespace mpim::testing
