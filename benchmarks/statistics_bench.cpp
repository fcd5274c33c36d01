#include "benchmarks/groups.hpp"
namespace dynkin::benchmarks {
void add_statistics() {}
}  // namespace dynkin::benchmarks
