#include "models/model_entries.hpp"

template std::vector<dynkin::ModelEntry> dynkin::model_entries<3>();
