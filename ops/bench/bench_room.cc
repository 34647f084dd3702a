#include "ops/bench/bench_room.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <random>

#include "ops/contract.h"
#include "ops/progress.h"
#include "ops/smoke/line_link.h"

namespace mpim::ops {
namespace {

constexpr uint32_t kBatch = 1'000;        // names in one call
constexpr uint32_t kPasswordLogIns = 16;  // at once: each costs the server a hash
constexpr size_t kShortPasswordBytes = 32;
constexpr size_t kLongPasswordBytes = 1'024;  // for a server that demands long ones

std::string random_word(size_t length) {
  constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
  std::random_device random;
  std::string word;
  while (word.size() < length) word += kLetters[random() % kLetters.size()];
  return word;
}

// Every connection is a file; the soft limit is for programs that use select().
void raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

BenchRoom::BenchRoom(Call& call, LoadLoop loop)
    : call_(call),
      loop_(std::move(loop)),
      word_(random_word(8)),
      password_(random_word(kShortPasswordBytes)) {}

Result<std::unique_ptr<BenchRoom>> BenchRoom::open(Call& call, uint32_t accounts) {
  raise_file_limit();
  MPIM_TRY(const auto server, call.ask<v1::GetServerResponse>("GetServer", v1::GetServerRequest()));
  MPIM_TRY(LoadLoop loop, LoadLoop::make());
  std::unique_ptr<BenchRoom> room(new BenchRoom(call, std::move(loop)));
  const Arguments& arguments = call.arguments();
  const std::string line = arguments.has("line") ? arguments.text("line") : server.line();
  if (const auto plain = check_plain(line); !plain)
    return call.failing(plain.error(), std::string(kPlainHint));
  MPIM_TRY(room->server_, find_server(line));
  room->http_ = server.http();
  MPIM_CHECKED(room->make_accounts(accounts));
  MPIM_CHECKED(room->take_tokens());
  return room;
}

BenchRoom::~BenchRoom() { remove_accounts(); }

Result<void> BenchRoom::make_accounts(uint32_t count) {
  Progress progress(call_.terminal(), "accounts", count);
  for (uint32_t from = 0; from < count && !stopped(); from += kBatch) {
    v1::AddUsersRequest request;
    for (uint32_t i = from; i < std::min(count, from + kBatch); ++i)
      request.add_names(fmt::format("bench-{}-{:06}", word_, i));
    request.set_password(password_);
    auto made = call_.ask<v1::AddUsersResponse>("AddUsers", request);
    if (!made && made.error().code == Code::kBadRequest && from == 0) {
      password_ = random_word(kLongPasswordBytes);
      request.set_password(password_);
      made = call_.ask<v1::AddUsersResponse>("AddUsers", request);
    }
    if (!made) return made.error();
    for (const v1::AddedUser& added : made->users())
      accounts_.push_back({.id = added.user().id(), .name = added.user().name()});
    progress.advance(static_cast<uint64_t>(made->users_size()));
  }
  return {};
}

Result<void> BenchRoom::take_tokens() {
  Progress progress(call_.terminal(), "log-ins", accounts_.size());
  LoadLinks once = links(static_cast<uint32_t>(accounts_.size()));
  LogIns log_ins(loop_, {server_, kPasswordLogIns, call_.timeout()});
  const auto line = [this](size_t i) { return "LOGIN " + accounts_[i].name + " " + password_; };
  const auto done = [&](size_t i, const ReplyOk& ok) {
    accounts_[i].token = ok.fields.text("token");
    once[i]->close();
    progress.advance(1);
  };
  MPIM_CHECKED(log_ins.run(once, line, done));
  if (log_ins.first_refusal()) return refusal(*log_ins.first_refusal(), RefusedAt::kLoggingIn);
  return {};
}

LoadLinks BenchRoom::links(uint32_t count) {
  LoadLinks made;
  for (uint32_t i = 0; i < count; ++i) made.push_back(std::make_unique<LoadLink>(loop_, i));
  return made;
}

Result<void> BenchRoom::log_in(LoadLinks& links, size_t first, std::string_view options,
                               uint32_t window, LoadListener& next) {
  LogIns log_ins(loop_, {server_, window, call_.timeout()});
  const auto line = [&](size_t i) {
    return "AUTH " + accounts_[first + i].token + " " + std::string(options);
  };
  const auto done = [&](size_t i, const ReplyOk&) { links[i]->listen(next); };
  MPIM_CHECKED(log_ins.run(links, line, done));
  if (log_ins.first_refusal()) return refusal(*log_ins.first_refusal(), RefusedAt::kLoggingIn);
  return {};
}

Error BenchRoom::refusal(const Error& why, RefusedAt at) {
  const bool unreachable = why.code == Code::kUnavailable;
  return call_.failing({why.code, (unreachable ? server_.text + ": " : "") + why.message},
                       refusal_hint(why, at));
}

void BenchRoom::remove_accounts() {
  const std::string hint = call_.circumstance().hint;
  Progress progress(call_.terminal(), "clean-up", accounts_.size());
  size_t left = 0;
  std::string why;
  for (size_t i = 0; i < accounts_.size(); ++i) {
    v1::RemoveUserRequest request;
    request.mutable_user()->set_id(accounts_[i].id);
    const auto removed = call_.ask<v1::RemoveUserResponse>("RemoveUser", request);
    progress.advance(1);
    if (removed) continue;
    if (left++ == 0) why = removed.error().message;
    if (removed.error().code == Code::kUnavailable) {  // not asked for each of the rest
      left += accounts_.size() - i - 1;
      break;
    }
  }
  call_.circumstance().hint = hint;
  if (left > 0)
    call_.terminal().note(fmt::format("warning: {} accounts bench-{}-... could not be removed: {}",
                                      left, word_, why));
}

}  // namespace mpim::ops
