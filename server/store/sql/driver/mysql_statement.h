// A prepared statement of MySQL: values in, rows out.
#pragma once

#include <mysql.h>

#include <memory>
#include <string>
#include <vector>

#include "server/store/sql/driver/mysql_driver.h"

namespace mpim {

// All rows of an answer are taken at once: the next statement may be sent while they are read.
class MysqlStatement final : public Statement {
 public:
  struct Close {
    void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
  };
  using Owner = std::unique_ptr<MYSQL_STMT, Close>;

  // `statement` is prepared.
  MysqlStatement(MysqlDriver& driver, Owner statement, std::string text);

  void bind(int index, int64_t number) override;
  void bind(int index, std::string_view text, Hold hold) override;
  void bind(int index, Bytes bytes, Hold hold) override;
  void bind(int index, Null) override;
  Result<bool> step() override;
  void reset() override;
  int64_t number(int column) override;
  std::string_view text(int column) override;
  bool null(int column) override { return columns_[static_cast<size_t>(column)].null != 0; }

  const std::string& sql() const { return text_; }

 private:
  struct Parameter {
    int64_t number = 0;
    std::string copy;
  };
  struct Column {
    bool is_number = false;
    int64_t number = 0;
    std::string room;  // of a text; of a number what text() makes of it
    unsigned long length = 0;
    my_bool null = 0;
    my_bool cut = 0;
  };

  void bind_text(int index, std::string_view text, Hold hold, enum_field_types type);
  Result<void> execute();
  Result<void> make_room();

  MysqlDriver& driver_;
  const Owner statement_;
  const std::string text_;
  std::vector<MYSQL_BIND> in_;
  std::vector<Parameter> parameters_;
  std::vector<MYSQL_BIND> out_;
  std::vector<Column> columns_;
  bool executed_ = false;
};

}  // namespace mpim
