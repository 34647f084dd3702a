// The questions that verify() asks, by what they are about.
#pragma once

#include <span>
#include <string_view>

#include "server/store/sql/driver/driver.h"

namespace mpim {

// A query that finds what must not be. Its columns: the conversation (0: none), then two numbers
// that `sentence` may name as {0} and {1}.
struct Check {
  std::string_view id;
  Sql query;
  std::string_view sentence;
};

// Each table is sorted by id.
std::span<const Check> log_checks();
std::span<const Check> index_checks();   // where the log's index is a table of its own
std::span<const Check> writer_checks();  // where many write
std::span<const Check> group_checks();
std::span<const Check> people_checks();
std::span<const Check> people_remarks();  // these are no faults

// What members.to_seq says of somebody who has not left.
#define MPIM_STILL_MEMBER "9223372036854775807"
// Each conversation's first and last entry, and the last that the index has.
#define MPIM_ENDS                                                                     \
  "(SELECT conversation, MIN(seq) AS first, MAX(seq) AS last,"                        \
  " MAX(CASE WHEN pos <= (SELECT pos FROM log_index) THEN seq ELSE 0 END) AS indexed" \
  " FROM messages GROUP BY conversation) e "

}  // namespace mpim
