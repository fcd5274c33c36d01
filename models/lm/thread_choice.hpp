#pragma once
// Whether work is worth sharing, from what it took lately.

namespace dynkin::lm {

/// Two threads are slower than one when other programs keep the second from running, or when memory is the bound and
/// one thread reaches it. Which it is changes from second to second, so both ways are tried in turn: the first two
/// calls of each, then 1 in `retry` of the slower one. Results have the same bits either way.
class ThreadChoice {
public:
    static constexpr int retry = 64;

    /// The way for the next piece of work.
    bool shared() {
        ++n_calls_;
        if (n_calls_ <= 4) return n_calls_ % 2 == 1;
        const bool pays = shared_.seconds < 0.9 * alone_.seconds;
        return n_calls_ % retry == 0 ? !pays : pays;
    }
    /// What it took a unit of work.  [s]
    void took(bool was_shared, double seconds) {
        Mean& mean = was_shared ? shared_ : alone_;
        // A single slow call (a first touch, an interruption) is forgotten after a few.
        mean.seconds = mean.n++ == 0 ? seconds : mean.seconds + 0.125 * (seconds - mean.seconds);
    }

private:
    struct Mean {
        double seconds = 0.0;
        int n = 0;
    };
    Mean shared_, alone_;
    long n_calls_ = 0;
};

}  // namespace dynkin::lm
