// No include guard: #define DYNKIN_LEVEL_FILE "..." and include this, inside a namespace, to have that file once for
// every vector level the build has. It sees DYNKIN_LEVEL, the name of a namespace for its contents (baseline, v3, v4),
// DYNKIN_LEVEL_TARGET, the attribute of its functions, and DYNKIN_LEVEL_BYTES, the size of a register.
#define DYNKIN_LEVEL baseline
#define DYNKIN_LEVEL_TARGET
#define DYNKIN_LEVEL_BYTES 16
#include DYNKIN_LEVEL_FILE
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES

#if DYNKIN_HAS_LEVELS
#define DYNKIN_LEVEL v3
#define DYNKIN_LEVEL_TARGET DYNKIN_TARGET_V3
#define DYNKIN_LEVEL_BYTES 32
#include DYNKIN_LEVEL_FILE
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES

#define DYNKIN_LEVEL v4
#define DYNKIN_LEVEL_TARGET DYNKIN_TARGET_V4
#define DYNKIN_LEVEL_BYTES 64
#include DYNKIN_LEVEL_FILE
#undef DYNKIN_LEVEL
#undef DYNKIN_LEVEL_TARGET
#undef DYNKIN_LEVEL_BYTES
#endif

#undef DYNKIN_LEVEL_FILE
