#define FORWARD forward_plain_native
#include "benchmarks/baselines/plain_decoder_loops.hpp"
