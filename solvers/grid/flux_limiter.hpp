#pragma once
// Positivity by limiting mass transfers, never by clipping values (Boris & Book 1973, Zalesak 1979).
#include <vector>

namespace dynkin {

/// The transfers of mass across the faces of a line that turn the cell masses `low` into `high` (n each):
/// high_i - low_i = face_i - face_{i+1}, face (n + 1) counted upwards. `lower` and `upper` are the transfers through
/// the two ends; a cyclic line has one common end face, taken as zero. Summed from both ends towards the middle, so
/// that small tails are not drowned by round-off.
void transfers_between(const std::vector<double>& low, const std::vector<double>& high, double lower, double upper,
                       bool cyclic, std::vector<double>& face);

/// Adds the transfers to `masses` >= 0, each first multiplied by the largest common factor <= 1 of its giving cell
/// that leaves that cell >= 0. Transfers in through an end are not reduced. `face` returns what was really moved.
void limit_transfers(std::vector<double>& masses, std::vector<double>& face, bool cyclic);

/// min(1, held / outgoing), a few units of round-off below it when it is less than 1.
inline double giving_factor(double held, double outgoing) {
    if (!(outgoing > held)) return 1.0;
    return (1.0 - 1e-14) * (held / outgoing);
}

}  // namespace dynkin
