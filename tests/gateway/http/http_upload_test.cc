#include <catch2/catch.hpp>

#include "server/gateway/http/http_body.h"
#include "server/gateway/http/http_server.h"
#include "tests/gateway/gateway_rig.h"

namespace mpim {
namespace {

// Takes what is uploaded and answers how many bytes it had.
class Taking : public std::enable_shared_from_this<Taking> {
 public:
  explicit Taking(std::shared_ptr<HttpUpload> from) : from_(std::move(from)) {}
  void read() {
    from_->read([self = shared_from_this()](Result<std::string> part) {
      if (!part.ok()) return self->from_->answer(http_error(part.error()));
      if (part->empty())
        return self->from_->answer({200, std::to_string(self->bytes_), "text/plain"});
      self->bytes_ += part->size();
      self->read();
    });
  }

 private:
  const std::shared_ptr<HttpUpload> from_;
  size_t bytes_ = 0;
};

struct UploadRig {
  explicit UploadRig(const HttpServerOptions& options) : server(loop, options) {
    server.upload_route("/up", [](std::shared_ptr<HttpUpload> from) {
      std::make_shared<Taking>(std::move(from))->read();
    });
    address = server.listen_on_tcp("127.0.0.1:0").value();
    loop.start();
  }
  ~UploadRig() { loop.stop(); }
  // Sends so many parts, one each 20 ms, as long as nothing is answered; answers the answer.
  std::string drip(int parts, size_t part_bytes) {
    ClientSocket client(address);
    client.send("POST /up HTTP/1.1\r\nHost: t\r\nContent-Length: " +
                std::to_string(static_cast<size_t>(parts) * part_bytes) + "\r\n\r\n");
    for (int i = 0; i < parts; ++i) {
      client.send(std::string(part_bytes, 'x'));
      if (!client.silent(20)) break;
    }
    return client.rest();
  }

  EventLoop loop{"http"};
  HttpServer server;
  std::string address;
};

TEST_CASE("an upload that drips is ended, one that is fast enough is not", "[gateway][G40]") {
  UploadRig rig({.body_bytes_per_s_min = 200'000, .timeout = Millis(1'000)});
  SECTION("it drips") {
    const auto start = std::chrono::steady_clock::now();
    const std::string answer = rig.drip(500, 400);  // 20 kB a second, for ten seconds
    CHECK(answer.starts_with("HTTP/1.1 504 "));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(8));
  }
  SECTION("it is fast") {
    const std::string answer = rig.drip(100, 40'000);  // two MB a second, for two seconds and more
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(answer.ends_with("4000000"));
  }
}

TEST_CASE("without a least rate an upload may drip", "[gateway][G40]") {
  UploadRig rig({.body_bytes_per_s_min = 0, .timeout = Millis(1'000)});
  CHECK(rig.drip(100, 10).starts_with("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace mpim
