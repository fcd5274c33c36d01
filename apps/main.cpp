#include "apps/commands/cli.hpp"

int main(int argc, char** argv) {
    return dynkin::commands::dispatch(argc, argv);
}
