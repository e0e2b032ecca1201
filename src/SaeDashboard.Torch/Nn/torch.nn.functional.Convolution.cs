using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <content>Convolutions, padding and losses.</content>
        public static partial class functional
        {
            /// <summary>Slides the weights [out, in / groups, width] along input [batch, in, length].</summary>
            public static Tensor conv1d(
                Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null, long? dilation = null,
                    long groups = 1) =>
                Tensor.Make(
                    NativeNn.conv1d(input.Live, weight.Live, Optional(bias), stride ?? 1, padding ?? 0, dilation ?? 1, groups,
                        out var result), result);

            /// <summary>The transpose of conv1d, with weights [in, out / groups, width].</summary>
            public static Tensor conv_transpose1d(
                Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null, long? output_padding = null,
                long? dilation = null, long groups = 1) =>
                Tensor.Make(
                    NativeNn.conv_transpose1d(
                        input.Live, weight.Live, Optional(bias), stride ?? 1, padding ?? 0, output_padding ?? 0, dilation ?? 1, groups,
                            out var result),
                    result);

            /// <summary>Adds entries before and after, the last dimension's pair first.</summary>
            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                Tensor.Make(NativeNn.pad(input.Live, pad, pad.Length, Mode(mode), mode == PaddingModes.Zeros ? 0 : value, out var result),
                    result);

            /// <summary>Adds entries before and after, the last dimension's pair first.</summary>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, pad.AsSpan(), mode, value);

            /// <summary>Adds entries before and after the last dimension.</summary>
            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2], mode, value);

            /// <summary>Adds entries before and after the last two dimensions, the last one's pair first.</summary>
            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant,
                double value = 0) =>
                functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            /// <summary>Adds as many entries before as after the last dimension.</summary>
            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, [pad, pad], mode, value);

            /// <summary>The mean (or sum) of squared differences.</summary>
            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Tensor.Make(NativeNn.mse_loss(input.Live, target.Live, (long)reduction, out var result), result);

            /// <summary>The mean (or sum) of absolute differences.</summary>
            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Tensor.Make(NativeNn.l1_loss(input.Live, target.Live, (long)reduction, out var result), result);

            /// <summary>−log softmax(input) at the target class, over input [n, classes].</summary>
            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean,
                double label_smoothing = 0) =>
                Tensor.Make(
                    NativeNn.cross_entropy(input.Live, target.Live, Optional(weight), (long)reduction, ignore_index, label_smoothing,
                        out var result),
                    result);

            // The native side counts constant, reflect, replicate, circular.
            private static int Mode(PaddingModes mode) => mode switch
            {
                PaddingModes.Zeros or PaddingModes.Constant => 0,
                PaddingModes.Reflect => 1,
                PaddingModes.Replicate => 2,
                PaddingModes.Circular => 3,
                _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "There is no such way of padding."),
            };
        }
    }
}
