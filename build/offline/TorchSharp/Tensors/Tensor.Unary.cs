using static TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor abs() => Made(ts_abs(Own));

        public Tensor neg() => Made(ts_neg(Own));

        public Tensor sign() => Made(ts_sign(Own));

        public Tensor exp() => Made(ts_exp(Own));

        public Tensor expm1() => Made(ts_expm1(Own));

        public Tensor log() => Made(ts_log(Own));

        public Tensor log1p() => Made(ts_log1p(Own));

        public Tensor log2() => Made(ts_log2(Own));

        public Tensor sqrt() => Made(ts_sqrt(Own));

        public Tensor rsqrt() => Made(ts_rsqrt(Own));

        public Tensor square() => Made(ts_square(Own));

        public Tensor reciprocal() => Made(ts_reciprocal(Own));

        public Tensor sin() => Made(ts_sin(Own));

        public Tensor cos() => Made(ts_cos(Own));

        public Tensor tan() => Made(ts_tan(Own));

        public Tensor asin() => Made(ts_asin(Own));

        public Tensor acos() => Made(ts_acos(Own));

        public Tensor atan() => Made(ts_atan(Own));

        public Tensor atanh() => Made(ts_atanh(Own));

        public Tensor tanh() => Made(ts_tanh(Own));

        public Tensor sigmoid() => Made(ts_sigmoid(Own));

        public Tensor erf() => Made(ts_erf(Own));

        public Tensor erfinv() => Made(ts_erfinv(Own));

        public Tensor floor() => Made(ts_floor(Own));

        public Tensor ceil() => Made(ts_ceil(Own));

        public Tensor trunc() => Made(ts_trunc(Own));

        public Tensor frac() => Made(ts_frac(Own));

        public Tensor relu() => Made(ts_relu(Own));

        public Tensor isnan() => Made(ts_isnan(Own));

        public Tensor isinf() => Made(ts_isinf(Own));

        public Tensor isfinite() => Made(ts_isfinite(Own));

        public Tensor logical_not() => Made(ts_logical_not(Own));

        public Tensor bitwise_not() => Made(ts_bitwise_not(Own));

        public Tensor negative() => neg();

        public Tensor abs_() => Acted(ts_abs_(Own));

        public Tensor neg_() => Acted(ts_neg_(Own));

        public Tensor sign_() => Acted(ts_sign_(Own));

        public Tensor exp_() => Acted(ts_exp_(Own));

        public Tensor log_() => Acted(ts_log_(Own));

        public Tensor sqrt_() => Acted(ts_sqrt_(Own));

        public Tensor rsqrt_() => Acted(ts_rsqrt_(Own));

        public Tensor reciprocal_() => Acted(ts_reciprocal_(Own));

        public Tensor floor_() => Acted(ts_floor_(Own));

        public Tensor tanh_() => Acted(ts_tanh_(Own));

        public Tensor sigmoid_() => Acted(ts_sigmoid_(Own));

        public Tensor relu_() => Acted(ts_relu_(Own));

        public Tensor zero_() => Acted(ts_zero_(Own));

        public Tensor round(long decimals = 0) => Made(ts_round(Own, decimals));

        public Tensor round_(long decimals = 0) => Acted(ts_round_(Own, decimals));
    }
}
