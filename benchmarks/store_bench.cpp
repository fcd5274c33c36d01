#include "benchmarks/groups.hpp"
namespace dynkin::benchmarks {
void add_store() {}
}  // namespace dynkin::benchmarks
