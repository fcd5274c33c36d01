#include "solvers/store/run_writer.hpp"

#include "solvers/core/errors.hpp"
#include "solvers/store/run_writer_impl.hpp"
#include "solvers/store/text_file.hpp"

#include <algorithm>
#include <cstdio>

namespace dynkin {
namespace {

using hdf5::check;
using hdf5::Handle;
using Shape = std::vector<hsize_t>;

constexpr std::size_t buffered_elements = 64 * 1024;

}  // namespace

RunWriter::RunWriter(std::filesystem::path final_name) {
    const hdf5::Quiet quiet;
    impl_ = std::make_unique<Impl>(std::move(final_name));
    attribute("/", "Conventions", "CF-1.10");
    attribute("/", "dynkin_store", std::int64_t{1});
}

RunWriter::~RunWriter() = default;
RunWriter::RunWriter(RunWriter&&) noexcept = default;

const std::filesystem::path& RunWriter::final_name() const {
    return impl_->final_name;
}
const std::filesystem::path& RunWriter::partial_name() const {
    return impl_->partial_name;
}

RunWriter::Variable RunWriter::add_unlimited(const std::string& name, const Label& label, Index expected_rows) {
    Impl& self = *impl_;
    self.require_new_name(name);
    for (const auto& [other, dimension] : self.dimensions)
        if (dimension.grows) self.misuse("one dimension may grow, and '" + other + "' does; '" + name + "' cannot");
    self.guarded([&] {
        const auto rows = static_cast<hsize_t>(std::max<Index>(1, expected_rows));
        Handle scale = self.make_dataset(name, H5T_IEEE_F64LE, {0}, true, rows);
        self.label_dataset(scale.get(), label);
        hdf5::write_attribute(scale.get(), "axis", "T", self.path);
        // The coordinate is a dimension and a variable: two owners of one identifier.
        check(H5Iinc_ref(scale.get()), self.path, "create '" + name + "'");
        Impl::VariableState& variable = self.variables.emplace_back();
        variable.name = name;
        variable.dataset = Handle(scale.get(), H5Dclose);
        variable.shape = {0};
        variable.grows = true;
        self.add_scale(name, std::move(scale), 0, name);
        self.dimensions[name].grows = true;
        self.dimensions[name].expected_rows = rows;
    });
    return {static_cast<int>(self.variables.size()) - 1};
}

void RunWriter::add_dimension(const std::string& name, std::span<const double> values, const Label& label,
                              const std::string& axis, std::span<const double> edges) {
    Impl& self = *impl_;
    self.require_new_name(name);
    if (!edges.empty() && edges.size() != values.size() + 1)
        self.misuse("dimension '" + name + "' has " + std::to_string(values.size()) + " values and " +
                    std::to_string(edges.size()) + " edges; expected one edge more than values");
    self.guarded([&] {
        const hsize_t n = values.size();
        Handle scale = self.make_dataset(name, H5T_IEEE_F64LE, {n}, false, 0);
        check(H5Dwrite(scale.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), self.path,
              "write '" + name + "'");
        self.label_dataset(scale.get(), label);
        if (!axis.empty()) hdf5::write_attribute(scale.get(), "axis", axis, self.path);
        if (!edges.empty()) hdf5::write_attribute(scale.get(), "bounds", name + "_bounds", self.path);
        self.add_scale(name, std::move(scale), n, name);
    });
    if (edges.empty()) return;
    if (self.dimensions.count("nv") == 0) add_dimension("nv", 2);
    std::vector<double> pairs;
    for (std::size_t i = 0; i < values.size(); ++i) pairs.insert(pairs.end(), {edges[i], edges[i + 1]});
    const Variable bounds = self.add_array(name + "_bounds", {name, "nv"}, {"", ""}, false);
    self.guarded([&] { self.write_box(self.at(bounds), {0, 0}, {values.size(), 2}, pairs.data()); });
}

void RunWriter::add_dimension(const std::string& name, Index size) {
    Impl& self = *impl_;
    self.require_new_name(name);
    if (size < 0) self.misuse("dimension '" + name + "' has a negative size");
    self.guarded([&] {
        // netCDF-4 knows a dimension without coordinate by this name of its (never written) scale.
        char scale_name[80];
        std::snprintf(scale_name, sizeof scale_name, "This is a netCDF dimension but not a netCDF variable.%10lld",
                      static_cast<long long>(size));
        const auto n = static_cast<hsize_t>(size);
        self.add_scale(name, self.make_dataset(name, H5T_IEEE_F32BE, {n}, false, 0), n, scale_name);
    });
}

void RunWriter::add_dimension(const std::string& name, const std::vector<std::string>& labels,
                              const std::string& long_name) {
    Impl& self = *impl_;
    self.require_new_name(name);
    self.guarded([&] {
        // Text of variable length: netCDF-C 4.9 crashes on arrays of fixed-length text.
        const Handle type = hdf5::variable_text_type();
        std::vector<const char*> texts;
        for (const std::string& label : labels) texts.push_back(label.c_str());
        Handle scale = self.make_dataset(name, type.get(), {labels.size()}, false, 0);
        check(H5Dwrite(scale.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data()), self.path,
              "write '" + name + "'");
        self.label_dataset(scale.get(), {"", long_name});
        self.add_scale(name, std::move(scale), labels.size(), name);
    });
}

RunWriter::Variable RunWriter::add_variable(const std::string& name, const std::vector<std::string>& dimensions,
                                            const Label& label) {
    return impl_->add_array(name, dimensions, label, true);
}

void RunWriter::write_row(Variable id, Index row, std::span<const double> values) {
    Impl& self = *impl_;
    Impl::VariableState& variable = self.at(id);
    if (!variable.grows) self.misuse("variable '" + variable.name + "' has no rows; use write");
    if (row < 0 || values.size() != variable.row_size)
        self.misuse("row " + std::to_string(row) + " of '" + variable.name + "' got " + std::to_string(values.size()) +
                    " values; expected " + std::to_string(variable.row_size));
    if (values.empty()) return;
    self.has_data = true;
    const auto r = static_cast<hsize_t>(row);
    const hsize_t next = variable.first_pending_row + variable.pending.size() / variable.row_size;
    if (!variable.pending.empty() && r != next) self.guarded([&] { self.write_pending(variable); });
    if (variable.pending.empty()) variable.first_pending_row = r;
    if (variable.pending.empty() && values.size() >= buffered_elements) {
        self.guarded([&] { self.write_large_row(variable, r, values.data()); });
        return;
    }
    variable.pending.insert(variable.pending.end(), values.begin(), values.end());
    if (variable.pending.size() >= buffered_elements) self.guarded([&] { self.write_pending(variable); });
}

void RunWriter::write(Variable id, std::span<const double> values) {
    Impl& self = *impl_;
    Impl::VariableState& variable = self.at(id);
    if (variable.grows) self.misuse("variable '" + variable.name + "' grows; use write_row or write_slab");
    if (values.size() != variable.row_size)
        self.misuse("'" + variable.name + "' got " + std::to_string(values.size()) + " values; expected " +
                    std::to_string(variable.row_size));
    self.has_data = true;
    if (!values.empty())
        self.guarded([&] { self.write_box(variable, Shape(variable.shape.size(), 0), variable.shape, values.data()); });
}

void RunWriter::write_slab(Variable id, const std::vector<Index>& offsets, const std::vector<Index>& counts,
                           std::span<const double> values) {
    Impl& self = *impl_;
    Impl::VariableState& variable = self.at(id);
    const std::size_t rank = variable.shape.size();
    if (offsets.size() != rank || counts.size() != rank)
        self.misuse("a slab of '" + variable.name + "' needs " + std::to_string(rank) + " offsets and counts");
    Index n = 1;
    for (std::size_t k = 0; k < rank; ++k) {
        const bool inside =
            (k == 0 && variable.grows) || offsets[k] + counts[k] <= static_cast<Index>(variable.shape[k]);
        if (offsets[k] < 0 || counts[k] < 0 || !inside)
            self.misuse("a slab of '" + variable.name + "' lies outside of it");
        n *= counts[k];
    }
    if (n != static_cast<Index>(values.size()))
        self.misuse("a slab of '" + variable.name + "' got " + std::to_string(values.size()) + " values; expected " +
                    std::to_string(n));
    self.has_data = true;
    if (n == 0) return;
    self.guarded([&] {
        self.write_pending(variable);
        self.write_box(variable, Shape(offsets.begin(), offsets.end()), Shape(counts.begin(), counts.end()),
                       values.data());
    });
}

void RunWriter::attribute(const std::string& path, const std::string& name, const AttributeValue& value) {
    Impl& self = *impl_;
    self.guarded([&] {
        auto [group, leaf] = self.parent_group(path);
        if (leaf.empty()) return hdf5::write_attribute(group.get(), name, value, self.path);
        const std::string action = "open '" + path + "'";
        if (check(H5Lexists(group.get(), leaf.c_str(), H5P_DEFAULT), self.path, action) == 0)
            return hdf5::write_attribute(self.open_or_make_group(group, leaf).get(), name, value, self.path);
        const Handle object(check(H5Oopen(group.get(), leaf.c_str(), H5P_DEFAULT), self.path, action), H5Oclose);
        hdf5::write_attribute(object.get(), name, value, self.path);
    });
}

void RunWriter::flush() {
    impl_->guarded([this] { impl_->flush(); });
}

void RunWriter::close() {
    Impl& self = *impl_;
    self.guarded([&] {
        self.flush();
        if (!self.release()) hdf5::fail(self.path, "close");
        publish(self.partial_name, self.final_name);
    });
}

}  // namespace dynkin
