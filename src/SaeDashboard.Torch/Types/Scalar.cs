using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>A number of any type on its way into an operation.</summary>
public sealed class Scalar : IDisposable
{
    private Scalar(torch.ScalarType type, NativeScalar value)
    {
        Type = type;
        Value = value;
    }

    /// <summary>Float64, Int64 or Bool: libtorch knows no finer ones for a lone number.</summary>
    public torch.ScalarType Type { get; }

    internal NativeScalar Value { get; }

    /// <summary>Makes a number out of this value.</summary>
    public static implicit operator Scalar(byte value) => Integer(value);

    /// <summary>Makes a number out of this value.</summary>
    public static implicit operator Scalar(sbyte value) => Integer(value);

    /// <summary>Makes a number out of this value.</summary>
    public static implicit operator Scalar(short value) => Integer(value);

    /// <summary>Makes a number out of this value.</summary>
    public static implicit operator Scalar(int value) => Integer(value);

    /// <summary>Makes a number out of this value.</summary>
    public static implicit operator Scalar(long value) => Integer(value);

    /// <summary>Makes a number out of this value.</summary>
    public static implicit operator Scalar(Half value) => Floating((double)value);

    /// <summary>Makes a number out of this value.</summary>
    public static implicit operator Scalar(float value) => Floating(value);

    /// <summary>Makes a number out of this value.</summary>
    public static implicit operator Scalar(double value) => Floating(value);

    /// <summary>Makes a number out of this value.</summary>
    public static implicit operator Scalar(bool value) => new(torch.ScalarType.Bool, new(value ? 1 : 0, NativeScalarKind.Boolean));

    /// <summary>Does nothing: the number holds no native memory.</summary>
    public void Dispose() { }

    internal static Scalar From(NativeScalar value) => value.Kind switch
    {
        NativeScalarKind.Floating => new(torch.ScalarType.Float64, value),
        NativeScalarKind.Boolean => new(torch.ScalarType.Bool, value),
        _ => new(torch.ScalarType.Int64, value),
    };

    /// <summary>The value to hand to libtorch; "absent" for null.</summary>
    internal static NativeScalar Optional(Scalar? scalar) => scalar is null ? default : scalar.Value;

    private static Scalar Integer(long value) => new(torch.ScalarType.Int64, new(value, NativeScalarKind.Integer));

    private static Scalar Floating(double value) => new(torch.ScalarType.Float64, NativeScalar.Floating(value));
}
