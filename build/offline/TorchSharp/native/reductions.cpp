// Operations that gather many elements into few, and those that order them.
#include "common.h"

#define WHOLE(name) API Handle ts_##name(Handle t) { return make([&] { return t->name(); }); }
#define BY_DIM(name) \
    API Handle ts_##name##_dim(Handle t, int64_t dim, int32_t keep) { return make([&] { return t->name(dim, keep != 0); }); }
#define BY_DIM_WITH_INDEX(name) \
    API int ts_##name##_dim(Handle t, int64_t dim, int32_t keep, Handle* values, Handle* indices) { \
        return act([&] { auto r = t->name(dim, keep != 0); hand_over(std::get<0>(r), std::get<1>(r), indices, values); }); \
    }

WHOLE(max)
WHOLE(min)
WHOLE(any)
WHOLE(all)
WHOLE(argmax)
WHOLE(nonzero)

BY_DIM(all)
BY_DIM(argmax)
BY_DIM(argmin)
BY_DIM_WITH_INDEX(max)

// count < 0: all dimensions.
API Handle ts_sum(Handle t, Dims dims, int32_t count, int32_t keep, int32_t dtype) {
    return make([&] { return count < 0 ? t->sum(type_of(dtype)) : t->sum(dims_of(dims, count), keep != 0, type_of(dtype)); });
}
API Handle ts_mean(Handle t, Dims dims, int32_t count, int32_t keep, int32_t dtype) {
    return make([&] { return count < 0 ? t->mean(type_of(dtype)) : t->mean(dims_of(dims, count), keep != 0, type_of(dtype)); });
}
API Handle ts_amax(Handle t, Dims dims, int32_t count, int32_t keep) { return make([&] { return t->amax(dims_of(dims, count), keep != 0); }); }
API Handle ts_norm(Handle t, double p) { return make([&] { return t->norm(p); }); }
API Handle ts_cumsum(Handle t, int64_t dim, int32_t dtype) { return make([&] { return t->cumsum(dim, type_of(dtype)); }); }
API Handle ts_softmax(Handle t, int64_t dim, int32_t dtype) { return make([&] { return t->softmax(dim, type_of(dtype)); }); }
API Handle ts_log_softmax(Handle t, int64_t dim, int32_t dtype) { return make([&] { return t->log_softmax(dim, type_of(dtype)); }); }

API int ts_sort(Handle t, int64_t dim, int32_t descending, int32_t stable, Handle* values, Handle* indices) {
    return act([&] {
        auto r = t->sort(Optional<bool>(stable != 0), dim, descending != 0);
        hand_over(std::get<0>(r), std::get<1>(r), indices, values);
    });
}
API int ts_topk(Handle t, int64_t k, int64_t dim, int32_t largest, int32_t sorted, Handle* values, Handle* indices) {
    return act([&] {
        auto r = t->topk(k, dim, largest != 0, sorted != 0);
        hand_over(std::get<0>(r), std::get<1>(r), indices, values);
    });
}

API int ts_linalg_eigh(Handle t, int32_t part, Handle* values, Handle* vectors) {
    return act([&] {
        auto r = at::linalg_eigh(*t, part == 'U' ? "U" : "L");
        hand_over(std::get<0>(r), std::get<1>(r), vectors, values);
    });
}

#define PRODUCT(name) API Handle ts_##name(Handle t, Handle other) { return make([&] { return t->name(*other); }); }
PRODUCT(matmul)
