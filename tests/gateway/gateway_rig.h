// A gateway on one loop, with answers given by the test.
#pragma once

#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/gateway/gateway.h"
#include "server/gateway/listener.h"
#include "server/gateway/peer.h"
#include "tests/gateway/line_client_socket.h"

namespace mpim {

// Runs `ask` on the loop and answers what it answered.
template <class F>
auto ask(EventLoop& loop, F question) {
  std::promise<decltype(question())> answer;
  loop.post([&] {
    if constexpr (std::is_void_v<decltype(question())>) {
      question();
      answer.set_value();
    } else {
      answer.set_value(question());
    }
  });
  return answer.get_future().get();
}

// Asks the loop again and again until the condition holds. False: it did not in time.
template <class F>
bool comes_true(EventLoop& loop, F condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < end) {
    if (ask(loop, condition)) return true;
    std::this_thread::yield();
  }
  return false;
}

// Answers PING, HELP and QUIT, believes every LOGIN, and keeps all other requests for the test.
class HoldingDispatcher final : public Dispatcher {
 public:
  struct Held {
    Request request;
    std::weak_ptr<Peer> peer;
    Ticket ticket;
  };

  void dispatch(Request request, const PeerPtr& peer, Ticket ticket) override {
    ++dispatched;
    if (std::holds_alternative<PingRequest>(request)) return peer->answer(ticket, PongResponse{});
    if (std::holds_alternative<HelpRequest>(request)) return peer->answer(ticket, HelpResponse{});
    if (std::holds_alternative<LoginRequest>(request)) {
      peer->login.emplace();
      peer->login->opened = true;
      logged_in = peer;
      return peer->answer(ticket, LoggedInResponse{UserId(1001), 0, 0, "t", "e"});
    }
    if (std::holds_alternative<QuitRequest>(request)) {
      peer->answer(ticket, ByeResponse{});
      return peer->finish();
    }
    held.push_back({std::move(request), peer, ticket});
  }
  void left(Peer& peer) override {
    ++gone;
    peer.login.reset();
  }

  void answer(size_t which, const Response& response) {
    if (const PeerPtr peer = held.at(which).peer.lock()) peer->answer(held[which].ticket, response);
  }
  void answer_sent(size_t which, uint64_t seq) {
    answer(which, SentResponse{Committed{MessageId(ConversationId(1), Seq(seq)), {}, false}});
  }

  std::vector<Held> held;
  std::weak_ptr<Peer> logged_in;  // the last
  int dispatched = 0;
  int gone = 0;
};

struct GatewayRig {
  explicit GatewayRig(GatewayOptions options = {}, uint32_t connections_max = 1'000)
      : admission(connections_max), gateway(loop, dispatcher, options) {
    auto opened = Listener::open(loop, "127.0.0.1:0", {}, admission, {{&loop, &gateway}});
    REQUIRE(opened.ok());
    listener = std::move(opened).value();
    address = listener->local_address();
    loop.start();
  }
  ~GatewayRig() { loop.stop(); }

  // A client that has read its greeting.
  ClientSocket client(int receive_bytes = 0) {
    ClientSocket socket(address, receive_bytes);
    const auto greeting = socket.line();
    REQUIRE(greeting);
    REQUIRE(greeting->starts_with("+OK welcome"));
    return socket;
  }
  ClientSocket logged_in_client(int receive_bytes = 0) {
    ClientSocket socket = client(receive_bytes);
    socket.send("LOGIN alice secret12\n");
    REQUIRE(socket.line()->starts_with("+OK uid=1001"));
    return socket;
  }
  bool held(size_t n) {
    return comes_true(loop, [&] { return dispatcher.held.size() >= n; });
  }

  HoldingDispatcher dispatcher;
  EventLoop loop{"worker"};
  Admission admission;
  Gateway gateway;
  std::unique_ptr<Listener> listener;
  std::string address;
};

inline EntryPtr entry_of_bytes(uint64_t seq, size_t bytes) {
  Entry entry;
  entry.conversation = ConversationId(7);
  entry.seq = Seq(seq);
  entry.sender = UserId(1002);
  entry.client_id = "c" + std::to_string(seq);
  entry.text = std::string(bytes, 'x');
  return std::make_shared<const Entry>(std::move(entry));
}

}  // namespace mpim
