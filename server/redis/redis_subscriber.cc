#include "server/redis/redis_subscriber.h"

namespace mpim {

RedisSubscriber::RedisSubscriber(EventLoop& loop, const RedisOptions& options, Heard heard,
                                 std::function<void()> subscribed)
    : heard_(std::move(heard)),
      subscribed_(std::move(subscribed)),
      link_(loop, options,
            {.up = [this] { subscribe(); },
             .down = [this](const Error&) { listening_ = false; },
             .message =
                 [this](const RedisAnswer& message) {
                   heard_(message.text_at(1), message.text_at(2));
                 }}),
      refusal_(loop, "listen", [this] { subscribe(); }) {}

void RedisSubscriber::listen_to(std::vector<std::string> channels) {
  if (channels == channels_) return;
  channels_ = std::move(channels);
  // Another connection is the plainest way to be rid of the old ones.
  link_.fail({Code::kUnavailable, "it listens to other channels from now on"});
  link_.start();
}

void RedisSubscriber::stop() {
  refusal_.stop();
  link_.stop();
}

void RedisSubscriber::subscribe() {
  confirmed_ = 0;
  for (const std::string& channel : channels_)
    link_.ask({"SUBSCRIBE", channel}, [this](const Result<RedisAnswer>& answer) {
      if (!answer.ok()) {
        (void)refusal_.note(answer);
        return;
      }
      if (++confirmed_ < channels_.size()) return;
      (void)refusal_.note(answer);
      listening_ = true;
      subscribed_();
    });
}

}  // namespace mpim
