using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>-1 stands for "no type named" on the native side.</summary>
        private static int Type(ScalarType? type) => type is { } named ? (int)named : -1;

        private Tensor Convert(int type, Device? device, bool copy, bool disposeAfter, bool nonBlocking)
        {
            var status = NativeTensor.to(Live, type, device is null ? -1 : (int)device.type, device?.index ?? -1, copy, nonBlocking,
                out var result);
            var converted = Make(status, result);
            if (disposeAfter) Dispose();
            return converted;
        }
    }
}
