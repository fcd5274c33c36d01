#include "solvers/store/run_reader.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/store/hdf5_layer.hpp"

#include <hdf5_hl.h>

#include <algorithm>
#include <cstring>

namespace dynkin {
namespace {

using hdf5::check;
using hdf5::Handle;

constexpr std::int64_t newest_layout = 1;

std::string name_of(hid_t object) {
    std::string name(static_cast<std::size_t>(std::max<ssize_t>(0, H5Iget_name(object, nullptr, 0))), '\0');
    H5Iget_name(object, name.data(), name.size() + 1);
    return name.substr(std::min(name.size(), name.find_first_not_of('/')));
}

std::string text_attribute(const std::vector<Attribute>& attributes, const std::string& name) {
    for (const Attribute& attribute : attributes)
        if (const auto* text = std::get_if<std::string>(&attribute.value); text != nullptr && attribute.name == name)
            return *text;
    return {};
}

herr_t keep_scale_name(hid_t, unsigned, hid_t scale, void* out) {
    *static_cast<std::string*>(out) = name_of(scale);
    return 1;  // one scale a dimension is what netCDF-4 knows
}

bool has_coordinate(hid_t scale) {
    char name[64] = "";
    H5DSget_scale_name(scale, name, sizeof name);
    return std::strncmp(name, "This is a netCDF dimension but not", 34) != 0;
}

std::string without_leading_slash(const std::string& name) {
    return name.substr(std::min(name.size(), name.find_first_not_of('/')));
}

}  // namespace

struct RunReader::Impl {
    std::filesystem::path file_path;
    std::string path;  // the same, for messages
    Handle file;
    std::vector<DimensionInfo> dimensions;
    std::vector<VariableInfo> variables;
    std::vector<std::string> groups;

    void require_ours() const {
        if (H5Aexists(file.get(), "dynkin_store") <= 0)
            throw IoError(path + ": is an HDF5 file, but not a run of dynkin: it has no attribute 'dynkin_store'");
        for (const Attribute& attribute : hdf5::read_attributes(file.get(), path)) {
            const auto* layout = std::get_if<std::int64_t>(&attribute.value);
            if (attribute.name != "dynkin_store" || (layout != nullptr && *layout <= newest_layout)) continue;
            throw IoError(path + ": was written by a newer version of dynkin (layout of the store above " +
                          std::to_string(newest_layout) + ")");
        }
    }

    void scan() {
        hid_t root = file.get();
        if (H5Lvisit(root, H5_INDEX_CRT_ORDER, H5_ITER_INC, visit, this) >= 0) return;
        dimensions.clear(), variables.clear(), groups.clear();
        check(H5Lvisit(root, H5_INDEX_NAME, H5_ITER_INC, visit, this), path, "list the content");
    }

    static herr_t visit(hid_t root, const char* name, const H5L_info_t*, void* self) {
        const Handle object(H5Oopen(root, name, H5P_DEFAULT), H5Oclose);
        if (!object) return 0;  // a dangling link
        // HDF5 calls us from C: nothing may be thrown through it.
        try {
            static_cast<Impl*>(self)->add(object.get(), name);
        } catch (...) {
            return -1;
        }
        return 0;
    }

    void add(hid_t object, const std::string& name) {
        if (H5Iget_type(object) == H5I_GROUP) groups.push_back(name);
        if (H5Iget_type(object) != H5I_DATASET) return;
        std::vector<hsize_t> limit;
        const std::vector<hsize_t> shape = hdf5::shape_of(object, &limit);
        const bool is_dimension = H5DSis_scale(object) > 0 && shape.size() == 1;
        if (is_dimension)
            dimensions.push_back(
                {name, static_cast<Index>(shape[0]), limit[0] == H5S_UNLIMITED, has_coordinate(object)});
        if (is_dimension && !dimensions.back().has_coordinate) return;
        VariableInfo variable;
        variable.name = name;
        variable.shape.assign(shape.begin(), shape.end());
        for (unsigned k = 0; k < shape.size(); ++k) {
            std::string dimension = is_dimension ? name : "";
            if (!is_dimension) H5DSiterate_scales(object, k, nullptr, keep_scale_name, &dimension);
            variable.dimensions.push_back(dimension);
        }
        const Handle type(H5Dget_type(object), H5Tclose);
        variable.is_text = H5Tget_class(type.get()) == H5T_STRING;
        const std::vector<Attribute> attributes = hdf5::read_attributes(object, path);
        variable.units = text_attribute(attributes, "units");
        variable.long_name = text_attribute(attributes, "long_name");
        variables.push_back(std::move(variable));
    }

    std::vector<double> read(const VariableInfo& variable, Index first, Index count) const {
        if (variable.is_text) throw IoError(path + ": '" + variable.name + "' holds text, not numbers");
        const std::string action = "read '" + variable.name + "'";
        const Handle dataset = hdf5::open_dataset(file.get(), variable.name, path);
        std::vector<hsize_t> offset(variable.shape.size(), 0), box(variable.shape.begin(), variable.shape.end());
        if (!box.empty()) offset[0] = static_cast<hsize_t>(first), box[0] = static_cast<hsize_t>(count);
        hsize_t n = 1;
        for (const hsize_t size : box) n *= size;
        std::vector<double> values(n);
        if (n == 0) return values;
        const Handle memory = hdf5::dataspace(box, {}, path);
        const Handle space(check(H5Dget_space(dataset.get()), path, action), H5Sclose);
        if (!box.empty())
            check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, offset.data(), nullptr, box.data(), nullptr), path,
                  action);
        check(H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, memory.get(), space.get(), H5P_DEFAULT, values.data()), path,
              action);
        return values;
    }
};

RunReader::RunReader(std::filesystem::path path) : impl_(std::make_unique<Impl>()) {
    const hdf5::Quiet quiet;
    impl_->file_path = std::move(path);
    impl_->path = impl_->file_path.string();
    impl_->file = hdf5::open_file(impl_->path);
    impl_->require_ours();
    impl_->scan();
}

RunReader::~RunReader() = default;
RunReader::RunReader(RunReader&&) noexcept = default;

const std::filesystem::path& RunReader::path() const {
    return impl_->file_path;
}
const std::vector<DimensionInfo>& RunReader::dimensions() const {
    return impl_->dimensions;
}
const std::vector<VariableInfo>& RunReader::variables() const {
    return impl_->variables;
}
const std::vector<std::string>& RunReader::groups() const {
    return impl_->groups;
}

bool RunReader::has(const std::string& variable) const {
    const std::string name = without_leading_slash(variable);
    return std::any_of(impl_->variables.begin(), impl_->variables.end(),
                       [&](const VariableInfo& info) { return info.name == name; });
}

const VariableInfo& RunReader::variable(const std::string& wanted) const {
    const std::string name = without_leading_slash(wanted);
    std::vector<std::string> known;
    for (const VariableInfo& info : impl_->variables) {
        if (info.name == name) return info;
        known.push_back(info.name);
    }
    throw IoError(impl_->path + ": " + unknown_name("variable", name, known));
}

std::vector<double> RunReader::read(const std::string& name) const {
    const hdf5::Quiet quiet;
    const VariableInfo& info = variable(name);
    return impl_->read(info, 0, info.shape.empty() ? 1 : info.shape[0]);
}

std::vector<double> RunReader::read_row(const std::string& name, Index row) const {
    const hdf5::Quiet quiet;
    const VariableInfo& info = variable(name);
    if (info.shape.empty() || row < 0 || row >= info.shape[0])
        throw IoError(impl_->path + ": '" + info.name + "' has no row " + std::to_string(row) + "; it has " +
                      std::to_string(info.shape.empty() ? 0 : info.shape[0]) + " rows");
    return impl_->read(info, row, 1);
}

std::vector<std::string> RunReader::read_labels(const std::string& name) const {
    const hdf5::Quiet quiet;
    const VariableInfo& info = variable(name);
    if (!info.is_text || info.shape.size() != 1)
        throw IoError(impl_->path + ": '" + info.name + "' is no list of texts");
    const Handle dataset = hdf5::open_dataset(impl_->file.get(), info.name, impl_->path);
    const Handle type = hdf5::variable_text_type();
    const Handle space(H5Dget_space(dataset.get()), H5Sclose);
    std::vector<char*> texts(static_cast<std::size_t>(info.shape[0]), nullptr);
    std::vector<std::string> labels;
    if (texts.empty()) return labels;
    check(H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data()), impl_->path,
          "read '" + info.name + "'");
    for (const char* text : texts) labels.emplace_back(text == nullptr ? "" : text);
    H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, texts.data());
    return labels;
}

std::vector<Attribute> RunReader::attributes(const std::string& path) const {
    const hdf5::Quiet quiet;
    const std::string name = without_leading_slash(path);
    if (name.empty()) return hdf5::read_attributes(impl_->file.get(), impl_->path);
    const Handle object(
        check(H5Oopen(impl_->file.get(), name.c_str(), H5P_DEFAULT), impl_->path, "open '" + name + "'"), H5Oclose);
    return hdf5::read_attributes(object.get(), impl_->path);
}

AttributeValue RunReader::attribute(const std::string& path, const std::string& name) const {
    std::vector<std::string> known;
    for (Attribute& attribute : attributes(path)) {
        if (attribute.name == name) return std::move(attribute.value);
        known.push_back(attribute.name);
    }
    throw IoError(impl_->path + ": '" + path + "': " + unknown_name("attribute", name, known));
}

}  // namespace dynkin
