using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>A weight as one tensor on a device, multiplied by libtorch in the tensor's type.</summary>
/// <param name="weight"><c>[inputs, outputs]</c>; owned from here on.</param>
internal sealed class TensorWeight(Tensor weight) : LinearWeight((int)weight.shape[0], (int)weight.shape[1])
{
    public override Tensor Multiply(Tensor rows)
    {
        if (weight.dtype == ScalarType.Float32) return rows.mm(weight);
        using var narrow = rows.to_type(weight.dtype);
        using var product = narrow.mm(weight);
        return product.to_type(ScalarType.Float32);
    }

    public override void Dispose()
    {
        weight.Dispose();
        base.Dispose();
    }
}
