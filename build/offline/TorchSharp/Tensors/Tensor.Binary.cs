using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor add(Tensor target) => Made(ts_add(Own, target.Own, Number.One));

        public Tensor add(Tensor target, Scalar alpha) => Made(ts_add(Own, target.Own, alpha.Value));

        public Tensor add(Scalar scalar) => Made(ts_add_number(Own, scalar.Value, Number.One));

        public Tensor add_(Tensor target) => Acted(ts_add_(Own, target.Own, Number.One));

        public Tensor add_(Tensor target, Scalar alpha) => Acted(ts_add_(Own, target.Own, alpha.Value));

        public Tensor add_(Scalar scalar) => Acted(ts_add_number_(Own, scalar.Value, Number.One));

        public Tensor sub(Tensor target) => Made(ts_sub(Own, target.Own));

        public Tensor sub(Scalar target) => Made(ts_sub_number(Own, target.Value));

        public Tensor sub_(Tensor target) => Acted(ts_sub_(Own, target.Own));

        public Tensor sub_(Scalar target) => Acted(ts_sub_number_(Own, target.Value));

        public Tensor mul(Tensor target) => Made(ts_mul(Own, target.Own));

        public Tensor mul(Scalar target) => Made(ts_mul_number(Own, target.Value));

        public Tensor mul_(Tensor target) => Acted(ts_mul_(Own, target.Own));

        public Tensor mul_(Scalar target) => Acted(ts_mul_number_(Own, target.Value));

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => Made(ts_div(Own, target.Own, (int)rounding_mode));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => Made(ts_div_number(Own, target.Value, (int)rounding_mode));

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => Acted(ts_div_(Own, target.Own, (int)rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => Acted(ts_div_number_(Own, target.Value, (int)rounding_mode));

        public Tensor pow(Scalar exponent) => Made(ts_pow_number(Own, exponent.Value));

        public Tensor eq(Tensor target) => Made(ts_eq(Own, target.Own));

        public Tensor eq(Scalar target) => Made(ts_eq_number(Own, target.Value));

        public Tensor ne(Tensor target) => Made(ts_ne(Own, target.Own));

        public Tensor ne(Scalar target) => Made(ts_ne_number(Own, target.Value));

        public Tensor lt(Tensor target) => Made(ts_lt(Own, target.Own));

        public Tensor lt(Scalar target) => Made(ts_lt_number(Own, target.Value));

        public Tensor le(Tensor target) => Made(ts_le(Own, target.Own));

        public Tensor le(Scalar target) => Made(ts_le_number(Own, target.Value));

        public Tensor gt(Tensor target) => Made(ts_gt(Own, target.Own));

        public Tensor gt(Scalar target) => Made(ts_gt_number(Own, target.Value));

        public Tensor ge(Tensor target) => Made(ts_ge(Own, target.Own));

        public Tensor ge(Scalar target) => Made(ts_ge_number(Own, target.Value));

        public Tensor remainder(Scalar scalar) => Made(ts_remainder_number(Own, scalar.Value));

        public Tensor maximum(Tensor other) => Made(ts_maximum(Own, other.Own));

        public Tensor minimum(Tensor other) => Made(ts_minimum(Own, other.Own));

        public Tensor logical_and(Tensor other) => Made(ts_logical_and(Own, other.Own));

        public Tensor logical_or(Tensor other) => Made(ts_logical_or(Own, other.Own));

        public Tensor logical_and_(Tensor other) => Acted(ts_logical_and_(Own, other.Own));

        public Tensor fill_(Scalar value) => Acted(ts_fill_number_(Own, value.Value));

        public Tensor clamp(Scalar min = null, Scalar max = null) => Made(ts_clamp(Own, Scalar.Of(min), Scalar.Of(max)));

        public Tensor clamp_(Scalar min = null, Scalar max = null) => Acted(ts_clamp_(Own, Scalar.Of(min), Scalar.Of(max)));

        public Tensor clamp_min(Scalar min) => Made(ts_clamp_min_number(Own, min.Value));

        public Tensor clamp_min_(Scalar min) => Acted(ts_clamp_min_number_(Own, min.Value));

        public Tensor clamp_max(Scalar max) => Made(ts_clamp_max_number(Own, max.Value));

        public Tensor clamp_max_(Scalar max) => Acted(ts_clamp_max_number_(Own, max.Value));

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Acted(ts_addcmul_(Own, tensor1.Own, tensor2.Own, value.Value));

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Acted(ts_addcdiv_(Own, tensor1.Own, tensor2.Own, value.Value));

        public Tensor where(Tensor condition, Tensor y) => Made(ts_where(condition.Own, Own, y.Own));

        public Tensor masked_fill_(Tensor mask, Scalar value) => Acted(ts_masked_fill_(Own, mask.Own, value.Value));

        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) => Known(ts_allclose(Own, target.Own, rtol, atol, Bit(equal_nan))) != 0;

        public bool Equals(Tensor target) => Known(ts_equal(Own, target.Own)) != 0;
    }
}
