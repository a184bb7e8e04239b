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

        public Tensor log() => Made(ts_log(Own));

        public Tensor sqrt() => Made(ts_sqrt(Own));

        public Tensor square() => Made(ts_square(Own));

        public Tensor sin() => Made(ts_sin(Own));

        public Tensor floor() => Made(ts_floor(Own));

        public Tensor relu() => Made(ts_relu(Own));

        public Tensor isinf() => Made(ts_isinf(Own));

        public Tensor isfinite() => Made(ts_isfinite(Own));

        public Tensor logical_not() => Made(ts_logical_not(Own));

        public Tensor abs_() => Acted(ts_abs_(Own));

        public Tensor neg_() => Acted(ts_neg_(Own));

        public Tensor sign_() => Acted(ts_sign_(Own));

        public Tensor sqrt_() => Acted(ts_sqrt_(Own));

        public Tensor reciprocal_() => Acted(ts_reciprocal_(Own));

        public Tensor floor_() => Acted(ts_floor_(Own));

        public Tensor relu_() => Acted(ts_relu_(Own));

        public Tensor zero_() => Acted(ts_zero_(Own));

        public Tensor round(long decimals = 0) => Made(ts_round(Own, decimals));

        public Tensor round_(long decimals = 0) => Acted(ts_round_(Own, decimals));
    }
}
