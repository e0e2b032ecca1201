namespace TorchSharp;

/// <summary>Reads one number out of a <see cref="Scalar"/> or a tensor of one element, converting it.</summary>
public static class ScalarExtensionMethods
{
    /// <summary>The number as float32.</summary>
    public static float ToSingle(this Scalar value) => (float)value.Value.ToDouble();

    /// <summary>The number as float64.</summary>
    public static double ToDouble(this Scalar value) => value.Value.ToDouble();

    /// <summary>The number as int32.</summary>
    public static int ToInt32(this Scalar value) => (int)value.Value.ToInt64();

    /// <summary>The number as int64.</summary>
    public static long ToInt64(this Scalar value) => value.Value.ToInt64();

    /// <summary>Whether the number is not zero.</summary>
    public static bool ToBoolean(this Scalar value) => value.Value.ToInt64() != 0;
}
