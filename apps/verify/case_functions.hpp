#pragma once
// The cases themselves, one function each; cases.cpp lists them.
#include "apps/verify/cases.hpp"

namespace dynkin::verify {

// pathwise.cpp
VerifyReport case_a1(const VerifyOptions&);
VerifyReport case_a3(const VerifyOptions&);
VerifyReport case_a5(const VerifyOptions&);
VerifyReport case_a6(const VerifyOptions&);
VerifyReport case_a8(const VerifyOptions&);

// levy_area.cpp
VerifyReport case_a9(const VerifyOptions&);

// finance.cpp
VerifyReport case_b8(const VerifyOptions&);
VerifyReport case_b10(const VerifyOptions&);

// weak.cpp
VerifyReport case_b1(const VerifyOptions&);

// exact_laws.cpp
VerifyReport case_b9(const VerifyOptions&);
VerifyReport case_b12(const VerifyOptions&);
VerifyReport case_c10(const VerifyOptions&);

// grid_laws.cpp
VerifyReport case_b7(const VerifyOptions&);
VerifyReport case_c1(const VerifyOptions&);
VerifyReport case_c2(const VerifyOptions&);
VerifyReport case_c3(const VerifyOptions&);

// walls.cpp
VerifyReport case_c5(const VerifyOptions&);
VerifyReport case_c6(const VerifyOptions&);
VerifyReport case_c7(const VerifyOptions&);

// transport.cpp
VerifyReport case_c9(const VerifyOptions&);

// escape.cpp
VerifyReport case_d1(const VerifyOptions&);
VerifyReport case_d2(const VerifyOptions&);
VerifyReport case_d3(const VerifyOptions&);
VerifyReport case_d6(const VerifyOptions&);

// equilibria.cpp
VerifyReport case_d10(const VerifyOptions&);
VerifyReport case_d14(const VerifyOptions&);
VerifyReport case_d15(const VerifyOptions&);

// passages.cpp
VerifyReport case_d7(const VerifyOptions&);
VerifyReport case_d8(const VerifyOptions&);

// gyrator.cpp
VerifyReport case_d12(const VerifyOptions&);

// discrete_laws.cpp
VerifyReport case_s1(const VerifyOptions&);
VerifyReport case_s2(const VerifyOptions&);

// one_step_certificates.cpp
VerifyReport case_s3(const VerifyOptions&);

// chains.cpp
VerifyReport case_s6(const VerifyOptions&);

// reproducibility.cpp
VerifyReport case_s5(const VerifyOptions&);
VerifyReport case_s7(const VerifyOptions&);

}  // namespace dynkin::verify
