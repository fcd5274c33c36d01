#pragma once
// The compiler's intrinsics, without the false alarms of g++ 12 inside its own header (PR 105593).

#ifdef __x86_64__
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#ifndef __clang__
#pragma GCC diagnostic pop
#endif
#endif
