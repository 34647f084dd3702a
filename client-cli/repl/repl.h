// The conversation with a person: what he types becomes requests, what comes appears above it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client-cli/files/file_courier.h"
#include "client-cli/link/link.h"
#include "client-cli/options.h"
#include "client-cli/people.h"
#include "client-cli/render.h"
#include "client-cli/repl/unread_counts.h"
#include "client-cli/terminal/key_reader.h"
#include "client-cli/terminal/line_editor.h"
#include "client-cli/terminal/screen.h"

namespace mpim::chat {

// Plain text goes to the current conversation; `@bob text`, `@1002 text` and `#tea text` go
// elsewhere; a slash at the beginning is a command, two are a slash of the text. An unknown command
// is never sent.
//
// What a person sees of his own messages: one line when it is stored, with a mark; when that takes
// longer than kPatience, a line with the mark of being under way, and another word when it is
// stored; so, too, when the server has it in a queue, its database being away.
//
// Threads  the loop's own. It reads no file descriptor itself: typed() is given the bytes.
// Lifetime it must die before the loop. `finish` is called once.
class Repl final : private LinkListener {
 public:
  static constexpr Millis kPatience{300};
  static constexpr Millis kSecondCtrlC{2'000};
  static constexpr Millis kLastWords{2'000};  // for what is not stored yet when he quits
  static constexpr Millis kRecount{
      1'000};  // after something came, the server is asked what is unread
  static constexpr Millis kTyping{6'000};  // so long somebody counts as typing after he said so

  struct Outside {
    Screen::Write write;
    bool ansi = true;
    size_t columns = 80;
    std::string history_path;
    LinkOptions link;  // times; the server is that of the options
  };
  Repl(EventLoop& loop, ChatOptions options, Outside outside, UniqueFunction<void(int)> finish);
  ~Repl() override;

  // Shows the prompt; logs in if there is a name and something to prove it with, or asks for it.
  void begin(Account account);
  // Bytes of the keyboard; none at all is its end.
  void typed(std::string_view bytes);
  void resized(size_t columns);

  // What slash commands use:
  Link& link() { return link_; }
  FileCourier& files() { return files_; }
  People& people() { return people_; }
  UnreadCounts& unread() { return unread_; }
  const Renderer& renderer() const { return renderer_; }
  const std::optional<Destination>& current() const { return current_; }
  size_t columns() const { return screen_.columns(); }
  Timestamp now() const { return loop_.clock().wall(); }
  // One or more lines for the person.
  void tell(std::string_view text);
  void tell(const Error& error);
  // A message that was searched for, by these words.
  void show_found(const Entry& entry, std::string_view words);
  // Asks without echo; the answer is empty when he pressed Ctrl-C.
  void ask_secret(std::string question, std::function<void(std::string)> then);
  void log_in(std::string name, bool enroll);
  void talk_to(std::optional<Destination> to);
  // A group to speak of: `typed`, or the current one.
  Result<GroupId> group(std::string_view typed) const;
  // An entry of history, its id before it if that is asked for: nothing is counted or marked.
  void show_again(const Entry& entry, bool with_id = false);
  // The last message that was sent to the current conversation in this run.
  std::optional<MessageId> last_sent() const;
  // False when nothing of it was seen in this run: there is no id to tell the server.
  bool mark_read(ConversationId conversation);
  // The rows of UNREAD: what counts from now on.
  void learn_unread(const std::vector<ListLine>& rows);
  void refresh_names();
  // `options` are those of the request: "type=image file=7".
  void send_to(const Destination& to, std::string_view text, std::string options) {
    send(to, text, std::move(options));
  }
  // An answer that comes as long as this lives.
  template <class T, class F>
  Reply<T> reply(F then) {
    return Reply<T>(loop_, [alive = std::weak_ptr(alive_), then = std::move(then)](Result<T> got) {
      if (!alive.expired()) then(got);
    });
  }
  bool toggle_json();
  bool toggle_raw();
  void quit();

 private:
  void on_status(const LinkStatus& status) override;
  void on_logged_in(const LoggedIn& who) override;
  void on_entry(const Entry& entry) override;
  void on_gap(ConversationId conversation, uint64_t count, std::string_view why) override;
  void on_signal(const Signal& signal) override;
  void on_sent(const Outgoing& message, const Result<Stored>& outcome) override;
  void told(const ReceiptSignal& receipt);
  void told(const PresenceSignal& presence);
  void told(const TypingSignal& typing);
  void told(const ChangeSignal& change);
  void told(const RefusedSignal& refused);
  void on_traffic(bool ours, std::string_view line) override;

  void stopped_typing(UserId user);
  std::string typist() const;
  void tell_change(const ChangeSignal& change);
  void press(const Key& key);
  void press_enter();
  void press_tab();
  void press_ctrl_c();
  void submit(const std::string& line);
  void command(std::string_view line);
  void send_elsewhere(std::string_view line);
  void send(const Destination& to, std::string_view text, std::string options = {});
  void still_under_way(const std::string& client_id);
  void end();
  void print_outcome(const Outgoing& message, const Result<Stored>& outcome, bool told);
  void count_unread();
  bool is_current(const Entry& entry) const;
  void print(std::string_view text);
  void print_at(Timestamp at, std::string_view text);
  void draw();

  EventLoop& loop_;
  ChatOptions options_;
  UniqueFunction<void(int)> finish_;
  People people_;
  Renderer renderer_;
  UnreadCounts unread_;
  std::map<ConversationId, MessageId> last_sent_;
  // The last mark that was shown of the last message sent there.
  std::map<ConversationId, std::pair<Seq, ReceiptKind>> marked_;
  LineHistory history_;
  LineEditor line_;
  Screen screen_;
  KeyReader keys_;
  Link link_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>();
  FileCourier files_;
  std::optional<Destination> current_;
  std::map<std::string, std::pair<Outgoing, TimerId>> under_way_;  // by client id; no timer: told
  std::string question_;                                           // a secret is being asked for
  std::function<void(std::string)> then_;
  std::string kept_line_;  // what was being typed when the question came
  Instant last_ctrl_c_{-kSecondCtrlC.count()};
  TimerId unread_timer_;
  TimerId quit_timer_;
  std::optional<TypingSignal> typist_;  // the last one who said so
  TimerId typist_timer_;
  LinkState told_state_ = LinkState::kOnline;  // the last state that was told in words
  bool json_ = false;
  bool raw_ = false;
};

}  // namespace mpim::chat
