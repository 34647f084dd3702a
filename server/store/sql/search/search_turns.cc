#include "server/store/sql/search/search_turns.h"

#include <algorithm>
#include <utility>

namespace mpim {

bool SearchTurns::Order::operator()(const UserChoice& one, const UserChoice& other) const {
  if (one.index() != other.index()) return one.index() < other.index();
  if (const UserName* const name = std::get_if<UserName>(&one))
    return name->key < std::get<UserName>(other).key;
  return std::get<UserId>(one) < std::get<UserId>(other);
}

std::optional<Error> SearchTurns::add(AskedSearch& asked) {
  if (waiting_ >= waiting_max_) return Error{Code::kBusy, "too many searches wait: try again"};
  Line& line = lines_[asked.query.reader];
  if (line.waiting.size() >= std::max<size_t>(waiting_max_ / kShare, 1))
    return Error{Code::kBusy, "too many searches of yours wait: wait for an answer"};
  if (line.waiting.empty() && !line.under_way) turns_.push_back(asked.query.reader);
  line.waiting.push_back(std::move(asked));
  ++waiting_;
  return std::nullopt;
}

AskedSearch SearchTurns::take() {
  Line& line = lines_.at(turns_.front());
  turns_.pop_front();
  line.under_way = true;
  AskedSearch next = std::move(line.waiting.front());
  line.waiting.pop_front();
  --waiting_;
  return next;
}

void SearchTurns::done(const UserChoice& reader) {
  const auto of = lines_.find(reader);
  of->second.under_way = false;
  if (of->second.waiting.empty())
    lines_.erase(of);
  else
    turns_.push_back(reader);
}

}  // namespace mpim
