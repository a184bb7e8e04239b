// Operations that work element by element.
#include "common.h"

#define UNARY(name) API Handle ts_##name(Handle t) { return make([&] { return t->name(); }); }
#define UNARY_IN_PLACE(name) API int ts_##name(Handle t) { return act([&] { t->name(); }); }
#define BINARY(name) API Handle ts_##name(Handle t, Handle other) { return make([&] { return at::name(*t, *other); }); }
#define BINARY_IN_PLACE(name) API int ts_##name(Handle t, Handle other) { return act([&] { t->name(*other); }); }
#define WITH_NUMBER(name) API Handle ts_##name##_number(Handle t, Number n) { return make([&] { return t->name(scalar_of(n)); }); }
#define WITH_NUMBER_IN_PLACE(name) API int ts_##name##_number_(Handle t, Number n) { return act([&] { t->name##_(scalar_of(n)); }); }

UNARY(abs)
UNARY(neg)
UNARY(sign)
UNARY(exp)
UNARY(log)
UNARY(sqrt)
UNARY(square)
UNARY(sin)
UNARY(floor)
UNARY(relu)
UNARY(isinf)
UNARY(isfinite)
UNARY(logical_not)

UNARY_IN_PLACE(abs_)
UNARY_IN_PLACE(neg_)
UNARY_IN_PLACE(sign_)
UNARY_IN_PLACE(sqrt_)
UNARY_IN_PLACE(reciprocal_)
UNARY_IN_PLACE(floor_)
UNARY_IN_PLACE(relu_)
UNARY_IN_PLACE(zero_)

API Handle ts_round(Handle t, int64_t decimals) { return make([&] { return at::round(*t, decimals); }); }
API int ts_round_(Handle t, int64_t decimals) { return act([&] { t->round_(decimals); }); }

BINARY(mul)
BINARY(maximum)
BINARY(minimum)
BINARY(eq)
BINARY(ne)
BINARY(lt)
BINARY(le)
BINARY(gt)
BINARY(ge)
BINARY(logical_and)
BINARY(logical_or)

BINARY_IN_PLACE(mul_)
BINARY_IN_PLACE(logical_and_)

WITH_NUMBER(mul)
WITH_NUMBER(pow)
WITH_NUMBER(eq)
WITH_NUMBER(ne)
WITH_NUMBER(lt)
WITH_NUMBER(le)
WITH_NUMBER(gt)
WITH_NUMBER(ge)
WITH_NUMBER(remainder)
WITH_NUMBER(clamp_min)
WITH_NUMBER(clamp_max)

WITH_NUMBER_IN_PLACE(mul)
WITH_NUMBER_IN_PLACE(fill)
WITH_NUMBER_IN_PLACE(clamp_min)
WITH_NUMBER_IN_PLACE(clamp_max)

API Handle ts_add(Handle t, Handle other, Number alpha) { return make([&] { return t->add(*other, scalar_of(alpha)); }); }
API int ts_add_(Handle t, Handle other, Number alpha) { return act([&] { t->add_(*other, scalar_of(alpha)); }); }
API Handle ts_add_number(Handle t, Number n, Number alpha) { return make([&] { return t->add(scalar_of(n), scalar_of(alpha)); }); }
API int ts_add_number_(Handle t, Number n, Number alpha) { return act([&] { t->add_(scalar_of(n), scalar_of(alpha)); }); }
API Handle ts_sub(Handle t, Handle other) { return make([&] { return t->sub(*other); }); }
API int ts_sub_(Handle t, Handle other) { return act([&] { t->sub_(*other); }); }
API Handle ts_sub_number(Handle t, Number n) { return make([&] { return t->sub(scalar_of(n)); }); }
API int ts_sub_number_(Handle t, Number n) { return act([&] { t->sub_(scalar_of(n)); }); }

namespace {
const char* rounding_of(int32_t mode) { return mode == 1 ? "trunc" : "floor"; }
}

API Handle ts_div(Handle t, Handle other, int32_t mode) {
    return make([&] { return mode == 0 ? t->div(*other) : t->div(*other, rounding_of(mode)); });
}
API int ts_div_(Handle t, Handle other, int32_t mode) {
    return act([&] { mode == 0 ? t->div_(*other) : t->div_(*other, rounding_of(mode)); });
}
API Handle ts_div_number(Handle t, Number n, int32_t mode) {
    return make([&] { return mode == 0 ? t->div(scalar_of(n)) : t->div(scalar_of(n), rounding_of(mode)); });
}
API int ts_div_number_(Handle t, Number n, int32_t mode) {
    return act([&] { mode == 0 ? t->div_(scalar_of(n)) : t->div_(scalar_of(n), rounding_of(mode)); });
}

API Handle ts_clamp(Handle t, Number low, Number high) {
    return make([&] { return at::clamp(*t, optional_scalar(low), optional_scalar(high)); });
}
API int ts_clamp_(Handle t, Number low, Number high) {
    return act([&] { at::clamp_(*t, optional_scalar(low), optional_scalar(high)); });
}

API int ts_addcmul_(Handle t, Handle a, Handle b, Number n) { return act([&] { t->addcmul_(*a, *b, scalar_of(n)); }); }
API int ts_addcdiv_(Handle t, Handle a, Handle b, Number n) { return act([&] { t->addcdiv_(*a, *b, scalar_of(n)); }); }

API Handle ts_where(Handle condition, Handle x, Handle y) { return make([&] { return at::where(*condition, *x, *y); }); }
API int ts_masked_fill_(Handle t, Handle mask, Number n) { return act([&] { t->masked_fill_(*mask, scalar_of(n)); }); }
API int64_t ts_allclose(Handle t, Handle other, double rtol, double atol, int32_t equal_nan) {
    return value_of([&] { return t->allclose(*other, rtol, atol, equal_nan != 0); });
}
API int64_t ts_equal(Handle t, Handle other) { return value_of([&] { return t->equal(*other); }); }
