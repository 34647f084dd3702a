// What the kernel says about this process, as Prometheus' own client libraries name it.
//
// Threads  any; each call reads /proc anew.
#pragma once

namespace mpim {

double resident_memory_bytes();
double cpu_seconds();  // user and system, of all threads, since the start
double open_files();
double open_files_max();
double start_time_seconds();  // since 1970-01-01 UTC

}  // namespace mpim
