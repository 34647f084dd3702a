#include "server/intake/intake_stream.h"

#include <utility>

#include "server/intake/intake_scripts.h"

namespace mpim {

IntakeStream::IntakeStream(RedisClient& redis, std::string name, std::string ticket,
                           std::string self, Millis lease)
    : redis_(redis),
      key_("{intake}:" + name),
      lease_key_("{intake}:lease:" + name),
      ticket_(std::move(ticket)),
      self_(std::move(self)),
      lease_(lease) {}

void IntakeStream::take(uint32_t count_max, Reply<TakenStream> taken) const {
  redis_.ask({"EVAL", intake_scripts::kTake, "2", lease_key_, key_, self_,
              std::to_string(lease_.count()), std::to_string(count_max)},
             [ticket = ticket_, taken = std::move(taken)](const Result<RedisAnswer>& told) mutable {
               if (!told.ok()) return taken(told.error());
               if (!told->text_at(0).empty())
                 return taken(Error{Code::kBusy, told->text_at(0) + " stores what waits there"});
               TakenStream found;
               found.depth = std::strtoull(told->text_at(1).c_str(), nullptr, 10);
               found.claimed = std::strtoull(told->text_at(2).c_str(), nullptr, 10);
               for (size_t i = 3; i < told->list.size(); ++i) {
                 const RedisAnswer& entry = told->list[i];
                 found.entries.push_back({ticket + "-" + entry.text_at(0), entry.text_at(1)});
               }
               taken(std::move(found));
             });
}

void IntakeStream::remove(const std::vector<std::string>& tickets, Reply<uint64_t> left) const {
  RedisCommand command{"EVAL", intake_scripts::kRemove, "1", key_};
  // The id that Redis knows it by.
  for (const std::string& ticket : tickets) command.push_back(ticket.substr(ticket.find('-') + 1));
  redis_.ask(std::move(command), [left = std::move(left)](const Result<RedisAnswer>& told) mutable {
    if (!told.ok()) return left(told.error());
    left(static_cast<uint64_t>(told->number));
  });
}

}  // namespace mpim
