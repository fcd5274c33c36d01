#pragma once
// Run-time choice of instruction set for the few hot loops of a baseline x86-64 build.
//
//  * DYNKIN_CLONES before a free function: the compiler emits it for x86-64-v4, v3 and baseline.
//  * vector_level() for templates, which cannot be cloned: the caller holds one instantiation per level
//    (see solvers/core/model.hpp) and picks once.
// All levels give the same bits: the build sets -ffp-contract=off and nothing is reassociated.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(DYNKIN_NO_DISPATCH)
#define DYNKIN_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DYNKIN_CLONES
#endif

#if defined(__x86_64__) && defined(__GNUC__) && !defined(DYNKIN_NO_DISPATCH)
#define DYNKIN_TARGET_V3 __attribute__((target("arch=x86-64-v3")))
#define DYNKIN_TARGET_V4 __attribute__((target("arch=x86-64-v4")))
#define DYNKIN_HAS_LEVELS 1
#else
#define DYNKIN_TARGET_V3
#define DYNKIN_TARGET_V4
#define DYNKIN_HAS_LEVELS 0
#endif

/// Before a loop whose turns touch different memory, which the compiler cannot know of rows of one block.
#ifdef __clang__
#define DYNKIN_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define DYNKIN_INDEPENDENT _Pragma("GCC ivdep")
#endif

#define DYNKIN_INLINE inline __attribute__((always_inline))

namespace dynkin {

enum class VectorLevel { baseline, v3, v4 };

/// Best level of this machine, or the one forced by DYNKIN_VECTOR_LEVEL = baseline | v3 | v4 (a level the
/// machine lacks is lowered to its best). Read once.
VectorLevel vector_level();

/// "baseline", "v3", "v4".
const char* name_of(VectorLevel level);

}  // namespace dynkin
