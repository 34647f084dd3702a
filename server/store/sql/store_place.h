// Which database a node uses: a file in its data directory, or one at a MySQL server.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "server/store/sql/driver/mysql_address.h"
#include "server/store/sql/migrations.h"

namespace mpim {

// Where the store is. By default a file.
struct StorePlace {
  StorePlace(std::string file) : path(std::move(file)) {}
  StorePlace(MysqlAddress at) : server(std::move(at)) {}

  std::string path;  // empty: at the server
  std::optional<MysqlAddress> server;

  bool is_file() const { return !server; }
  std::string text() const { return server ? server->text() : path; }  // without the password
  std::span<const Migration> migrations() const {
    return server ? mysql_migrations() : sqlite_migrations();
  }
};

// What `store.url` names; empty: the file in the data directory. kBadRequest as mysql_address().
Result<StorePlace> store_place(const std::string& url, const std::string& data_dir);

}  // namespace mpim
