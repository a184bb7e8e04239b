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
WITH_DIMS(repeat)
WITH_DIMS(flip)
WITH_DIMS(tile)

API int ts_detach_(Handle t) { return act([&] { t->detach_(); }); }
API int ts_copy_(Handle t, Handle source, int32_t non_blocking) { return act([&] { t->copy_(*source, non_blocking != 0); }); }
API int ts_set_(Handle t, Handle source) { return act([&] { t->set_(*source); }); }
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
API int ts_unsqueeze_(Handle t, int64_t dim) { return act([&] { t->unsqueeze_(dim); }); }
API Handle ts_flatten(Handle t, int64_t start, int64_t end) { return make([&] { return t->flatten(start, end); }); }
API Handle ts_unflatten(Handle t, int64_t dim, Dims dims, int32_t count) { return make([&] { return t->unflatten(dim, dims_of(dims, count)); }); }
API Handle ts_narrow(Handle t, int64_t dim, int64_t start, int64_t length) { return make([&] { return t->narrow(dim, start, length); }); }
API Handle ts_slice(Handle t, int64_t dim, int64_t start, int64_t finish, int64_t step) {
    return make([&] { return t->slice(dim, start, finish, step); });
}
API Handle ts_select(Handle t, int64_t dim, int64_t index) { return make([&] { return t->select(dim, index); }); }
API Handle ts_roll(Handle t, Dims shifts, int32_t shift_count, Dims dims, int32_t dim_count) {
    return make([&] { return t->roll(dims_of(shifts, shift_count), dims_of(dims, dim_count)); });
}
API Handle ts_unfold(Handle t, int64_t dim, int64_t size, int64_t step) { return make([&] { return t->unfold(dim, size, step); }); }
API Handle ts_tril(Handle t, int64_t diagonal) { return make([&] { return t->tril(diagonal); }); }
API Handle ts_triu(Handle t, int64_t diagonal) { return make([&] { return t->triu(diagonal); }); }
API Handle ts_diag(Handle t, int64_t diagonal) { return make([&] { return t->diag(diagonal); }); }
API Handle ts_as_strided(Handle t, Dims sizes, Dims strides, int32_t count, int64_t offset) {
    return make([&] { return t->as_strided(dims_of(sizes, count), dims_of(strides, count), offset); });
}
API Handle ts_repeat_interleave(Handle t, Handle repeats, int64_t times, Number dim) {
    return make([&] {
        Optional<int64_t> along;
        if (dim.kind >= 0) along = integer_of(dim);
        return repeats ? at::repeat_interleave(*t, *repeats, along) : at::repeat_interleave(*t, times, along);
    });
}

API int ts_split(Handle t, Dims sizes, int32_t count, int64_t dim, HandleList* result) {
    return act([&] { hand_over(t->split_with_sizes(dims_of(sizes, count), dim), result); });
}
API int ts_split_size(Handle t, int64_t size, int64_t dim, HandleList* result) { return act([&] { hand_over(t->split(size, dim), result); }); }
API int ts_chunk(Handle t, int64_t chunks, int64_t dim, HandleList* result) { return act([&] { hand_over(t->chunk(chunks, dim), result); }); }
API int ts_unbind(Handle t, int64_t dim, HandleList* result) { return act([&] { hand_over(t->unbind(dim), result); }); }
API int ts_where_indices(Handle condition, HandleList* result) { return act([&] { hand_over(at::where(*condition), result); }); }
API void ts_free_list(HandleList* list) { delete[] list->items; }

API Handle ts_cat(const Handle* tensors, int32_t count, int64_t dim) { return make([&] { return at::cat(list_of(tensors, count), dim); }); }
API Handle ts_stack(const Handle* tensors, int32_t count, int64_t dim) { return make([&] { return at::stack(list_of(tensors, count), dim); }); }

API Handle ts_gather(Handle t, int64_t dim, Handle index) { return make([&] { return t->gather(dim, *index); }); }
API Handle ts_take_along_dim(Handle t, Handle index, int64_t dim) { return make([&] { return t->take_along_dim(*index, dim); }); }
API Handle ts_take(Handle t, Handle index) { return make([&] { return t->take(*index); }); }
API Handle ts_index_select(Handle t, int64_t dim, Handle index) { return make([&] { return t->index_select(dim, *index); }); }
API Handle ts_masked_select(Handle t, Handle mask) { return make([&] { return t->masked_select(*mask); }); }
API Handle ts_scatter(Handle t, int64_t dim, Handle index, Handle source) { return make([&] { return t->scatter(dim, *index, *source); }); }
API int ts_scatter_(Handle t, int64_t dim, Handle index, Handle source) { return act([&] { t->scatter_(dim, *index, *source); }); }
API Handle ts_scatter_add(Handle t, int64_t dim, Handle index, Handle source) { return make([&] { return t->scatter_add(dim, *index, *source); }); }
API int ts_scatter_add_(Handle t, int64_t dim, Handle index, Handle source) { return act([&] { t->scatter_add_(dim, *index, *source); }); }
API int ts_index_add_(Handle t, int64_t dim, Handle index, Handle source, Number alpha) {
    return act([&] { t->index_add_(dim, *index, *source, scalar_of(alpha)); });
}
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
API int ts_index_put_number_(Handle t, const Index* indices, int32_t count, Number value) {
    return act([&] { t->index_put_(indices_of(indices, count), scalar_of(value)); });
}
