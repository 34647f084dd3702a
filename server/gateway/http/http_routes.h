// Which code answers which path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/gateway/http/http_server.h"

namespace mpim {

// Threads  the server's loop; filled before it listens.
class HttpRoutes {
 public:
  // What a request is for: one of the two is there, or neither, and `refusal` says why.
  struct Found {
    const HttpServer::Route* route = nullptr;
    const HttpServer::UploadRoute* upload = nullptr;
    HttpMethod method = HttpMethod::kGet;
    HttpAnswer refusal = {};
  };

  void add(HttpMethod method, std::string path, HttpServer::Route route);
  void add_prefix(HttpMethod method, std::string prefix, HttpServer::Route route);
  void add_upload(std::string path, HttpServer::UploadRoute route);

  // `method` as the client wrote it, `path` decoded.
  Found find(std::string_view method, std::string_view path) const;

 private:
  // A path, or what paths begin with; one of the two routes is there.
  struct Row {
    HttpMethod method;
    std::string path;
    bool prefix;
    HttpServer::Route route;
    HttpServer::UploadRoute upload;
    bool fits(std::string_view asked) const {
      return prefix ? asked.starts_with(path) : asked == path;
    }
  };
  std::vector<Row> rows_;  // exact ones, then prefixes, longer before shorter
};

}  // namespace mpim
