#pragma once

namespace dynkin::commands {

/// Reads the command line, runs the verb, prints errors to standard error; returns the exit code.
int dispatch(int argc, char** argv);

}  // namespace dynkin::commands
