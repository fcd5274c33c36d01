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

// discrete_laws.cpp
VerifyReport case_s1(const VerifyOptions&);
VerifyReport case_s2(const VerifyOptions&);

// one_step_certificates.cpp
VerifyReport case_s3(const VerifyOptions&);

}  // namespace dynkin::verify
