#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "server/gateway/connection/output_buffer.h"
#include "server/gateway/connection/reply_queue.h"
#include "server/gateway/transport/transport.h"
#include "server/loop/unique_fd.h"

namespace mpim {
namespace {

struct SocketPair {
  SocketPair() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    writer.reset(ends[0]);
    reader.reset(ends[1]);
  }
  std::string take(size_t bytes_max) {
    std::string taken(bytes_max, '\0');
    const ssize_t got = ::recv(reader.get(), taken.data(), taken.size(), 0);
    taken.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return taken;
  }
  UniqueFd writer;
  UniqueFd reader;
};

TEST_CASE(
    "an output buffer writes copied and shared pieces in their order, whatever the socket takes",
    "[gateway]") {
  SocketPair pair;
  const int small = 4'096;
  ::setsockopt(pair.writer.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  Transport writer(std::move(pair.writer));
  OutputBuffer out;
  std::string expected;
  for (size_t i = 0; i < 500; ++i) {
    const std::string piece(1 + (i * 37) % 3'000, static_cast<char>('a' + i % 26));
    expected += piece;
    if (i % 3 == 0) {
      out.append(std::string_view(piece));
    } else {
      out.append(std::make_shared<const std::string>(piece));
    }
  }
  CHECK(out.size() == expected.size());
  std::string received;
  while (!out.empty()) {
    const size_t before = out.size();
    const ssize_t written = out.write_to(writer);
    CHECK(out.size() == before - static_cast<size_t>(std::max<ssize_t>(written, 0)));
    received += pair.take(1 + received.size() % 5'000);
  }
  for (std::string more = pair.take(65'536); !more.empty(); more = pair.take(65'536))
    received += more;
  CHECK((received == expected));
}

TEST_CASE("a shared piece is not copied for each of its readers", "[gateway]") {
  const auto bytes = std::make_shared<const std::string>(OutputBuffer::kSharedBytes, 'x');
  OutputBuffer one;
  OutputBuffer other;
  one.append(bytes);
  other.append(bytes);
  CHECK(bytes.use_count() == 3);
  one.clear();
  CHECK(bytes.use_count() == 2);
}

TEST_CASE("answers leave in the order of their requests", "[gateway][G1]") {
  ReplyQueue queue;
  std::string out;
  const auto write = [&](std::string_view text) { out += text; };
  std::vector<Ticket> tickets;
  for (int i = 0; i < 5; ++i) tickets.push_back(queue.open());
  queue.fill(tickets[2], "c", true, write);
  queue.fill(tickets[1], "b", true, write);
  CHECK(out.empty());
  queue.fill(tickets[0], "a", true, write);
  CHECK(out == "abc");
  CHECK(queue.size() == 2);
  const Ticket later = queue.open();
  queue.fill(tickets[4], "e", true, write);
  queue.fill(later, "f", true, write);
  queue.fill(tickets[3], "d", true, write);
  CHECK(out == "abcdef");
  CHECK(queue.empty());
  const Ticket again = queue.open();
  queue.fill(again, "g", true, write);
  CHECK(out == "abcdefg");
}

TEST_CASE("answers that carry a tag wait for nobody", "[gateway]") {
  ReplyQueue queue;
  std::string out;
  const auto write = [&](std::string_view text) { out += text; };
  const Ticket slow = queue.open("1");
  const Ticket quick = queue.open("2");
  CHECK(queue.take_tag(quick) == "2");
  queue.fill(quick, "b", false, write);
  CHECK(out == "b");
  CHECK(queue.size() == 2);
  CHECK(queue.take_tag(slow) == "1");
  queue.fill(slow, "a", false, write);
  CHECK(out == "ba");
  CHECK(queue.empty());
}

}  // namespace
}  // namespace mpim
