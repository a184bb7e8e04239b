// Views, copies, joins and everything that picks elements by position.
#include "common.h"

#include <ATen/TensorIndexing.h>

#define PLAIN(name) API Handle ts_##name(Handle t) { return make([&] { return t->name(); }); }
#define WITH_DIMS(name) \
    API Handle ts_##name(Handle t, Dims dims, int32_t count) { return make([&] { return t->name(dims_of(dims, count)); }); }

PLAIN(alias)
PLAIN(clone)
PLAIN(detach)
PLAIN(contiguous)
PLAIN(t)
PLAIN(squeeze)

WITH_DIMS(view)
WITH_DIMS(reshape)
WITH_DIMS(permute)

API int ts_copy_(Handle t, Handle source, int32_t non_blocking) { return act([&] { t->copy_(*source, non_blocking != 0); }); }
API Handle ts_to(Handle t, Options options, int32_t copy, int32_t non_blocking) {
    return make([&] {
        auto device = options.device_type >= 0 ? device_of(options.device_type, options.device_index) : t->device();
        auto dtype = options.dtype >= 0 ? static_cast<at::ScalarType>(options.dtype) : t->scalar_type();
        return t->to(device, dtype, non_blocking != 0, copy != 0);
    });
}
API Handle ts_expand(Handle t, Dims dims, int32_t count, int32_t implicit) {
    return make([&] { return t->expand(dims_of(dims, count), implicit != 0); });
}
API Handle ts_transpose(Handle t, int64_t a, int64_t b) { return make([&] { return t->transpose(a, b); }); }
API Handle ts_squeeze_dim(Handle t, int64_t dim) { return make([&] { return t->squeeze(dim); }); }
API Handle ts_unsqueeze(Handle t, int64_t dim) { return make([&] { return t->unsqueeze(dim); }); }
API Handle ts_flatten(Handle t, int64_t start, int64_t end) { return make([&] { return t->flatten(start, end); }); }
API Handle ts_narrow(Handle t, int64_t dim, int64_t start, int64_t length) { return make([&] { return t->narrow(dim, start, length); }); }
API Handle ts_select(Handle t, int64_t dim, int64_t index) { return make([&] { return t->select(dim, index); }); }
API Handle ts_as_strided(Handle t, Dims sizes, Dims strides, int32_t count, int64_t offset) {
    return make([&] { return t->as_strided(dims_of(sizes, count), dims_of(strides, count), offset); });
}

API Handle ts_cat(const Handle* tensors, int32_t count, int64_t dim) { return make([&] { return at::cat(list_of(tensors, count), dim); }); }
API Handle ts_stack(const Handle* tensors, int32_t count, int64_t dim) { return make([&] { return at::stack(list_of(tensors, count), dim); }); }

API Handle ts_gather(Handle t, int64_t dim, Handle index) { return make([&] { return t->gather(dim, *index); }); }
API Handle ts_index_select(Handle t, int64_t dim, Handle index) { return make([&] { return t->index_select(dim, *index); }); }
API Handle ts_masked_select(Handle t, Handle mask) { return make([&] { return t->masked_select(*mask); }); }
API Handle ts_scatter(Handle t, int64_t dim, Handle index, Handle source) { return make([&] { return t->scatter(dim, *index, *source); }); }
API int ts_scatter_(Handle t, int64_t dim, Handle index, Handle source) { return act([&] { t->scatter_(dim, *index, *source); }); }
API Handle ts_index_copy(Handle t, int64_t dim, Handle index, Handle source) { return make([&] { return t->index_copy(dim, *index, *source); }); }
API int ts_index_copy_(Handle t, int64_t dim, Handle index, Handle source) { return act([&] { t->index_copy_(dim, *index, *source); }); }

// One element of t[...]: kind 0 a new dimension, 1 an ellipsis, 2 a number, 3 a bool, 4 a slice, 5 a tensor.
struct Index {
    int32_t kind;
    int32_t given;
    int64_t start, stop, step;
    Handle tensor;
};

namespace {
std::vector<at::indexing::TensorIndex> indices_of(const Index* indices, int32_t count) {
    using namespace at::indexing;
    std::vector<TensorIndex> result;
    for (int32_t i = 0; i < count; i++) {
        const auto& index = indices[i];
        switch (index.kind) {
            case 0: result.emplace_back(None); break;
            case 1: result.emplace_back(Ellipsis); break;
            case 2: result.emplace_back(index.start); break;
            case 3: result.emplace_back(index.start != 0); break;
            case 4: {
                Optional<int64_t> start, stop, step;
                if (index.given & 1) start = index.start;
                if (index.given & 2) stop = index.stop;
                if (index.given & 4) step = index.step;
                result.emplace_back(Slice(start, stop, step));
                break;
            }
            default: result.emplace_back(*index.tensor);
        }
    }
    return result;
}
}

API Handle ts_index(Handle t, const Index* indices, int32_t count) { return make([&] { return t->index(indices_of(indices, count)); }); }
API int ts_index_put_(Handle t, const Index* indices, int32_t count, Handle value) {
    return act([&] { t->index_put_(indices_of(indices, count), *value); });
}
