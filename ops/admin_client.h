// Asks a node through its admin socket, or its HTTP address with an admin token: HTTP/1.1
// POST /mpim.v1.AdminService/<Method>, Connect JSON.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "server/core/result.h"

namespace google::protobuf {
class Message;
}

namespace mpim::ops {

inline constexpr std::string_view kApiVersion = "v1";  // of the admin API, as spoken here

// Where the node is: a Unix socket, or a URL and the token to show there.
struct AdminPlace {
  std::string socket;
  std::string url = {};  // http://127.0.0.1:8080; given, the socket is not used
  std::string token = {};
};

// One connection, opened with the first question and kept for the next.
//
// Threads  one.
// Limits   each question has `patience` to be answered in.
// Errors   what the server refused, with its code and sentence (answered() tells it from the
//          following); kUnavailable when no server answers at the socket; kDenied when we may not
//          connect to it; kBadRequest when no socket can have such a path; kDeadline; kInternal
//          for an answer that is none of the contract's.
class AdminClient {
 public:
  AdminClient(AdminPlace place, std::chrono::milliseconds patience);
  ~AdminClient();
  AdminClient(const AdminClient&) = delete;
  AdminClient& operator=(const AdminClient&) = delete;

  template <class Response>
  Result<Response> ask(std::string_view method, const google::protobuf::Message& request) {
    Response response;
    MPIM_CHECKED(exchange(method, request, response));
    return response;
  }

  // The body of GET `path`, whatever its status: what a node tells of itself beside the API.
  Result<std::string> get(std::string_view path);

  const std::string& place() const;       // the path or the URL
  bool local() const;                     // it is a socket
  bool unreachable() const;               // no server was there to take the last question
  bool answered() const;                  // the last question was sent, if not answered in time
  const std::string& request_id() const;  // of the last question

 private:
  Result<void> exchange(std::string_view method, const google::protobuf::Message& request,
                        google::protobuf::Message& response);
  std::string url_of(std::string_view path) const;

  struct Link;
  std::unique_ptr<Link> link_;
};

}  // namespace mpim::ops
