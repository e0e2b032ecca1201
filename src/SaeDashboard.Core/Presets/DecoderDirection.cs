using System.Buffers.Binary;
using System.Numerics.Tensors;

namespace SaeDashboard.Core.Presets;

/// <summary>A feature's decoder direction in a preset: float16, little-endian, as base64. The cosine with another is right to about 0.001.</summary>
public static class DecoderDirection
{
    /// <summary>Packs a direction; null: it is zero, not finite or wider than a preset takes.</summary>
    public static string? ToBase64(ReadOnlySpan<float> direction)
    {
        if (direction.Length is 0 or > PresetLimits.MaxWidth || !TensorPrimitives.IsFiniteAll(direction) || !(TensorPrimitives.Norm(direction) > 0)) return null;
        var bytes = new byte[2 * direction.Length];
        for (var i = 0; i < direction.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * i), (Half)direction[i]);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>Reads a direction <c>[width]</c>.</summary>
    /// <param name="text">base64.</param>
    /// <param name="what">The file and the field, for the message.</param>
    /// <exception cref="UserException">It is not base64, has no or too many values, or one is not finite.</exception>
    public static float[] FromBase64(string text, string what)
    {
        if (text.Length > 4 * ((2 * PresetLimits.MaxWidth + 2) / 3)) throw Wrong(what, "is longer");
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var count) || count == 0 || count % 2 != 0) throw Wrong(what, "is something else");
        var values = new float[count / 2];
        for (var i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes.AsSpan(2 * i));
        return TensorPrimitives.IsFiniteAll<float>(values) ? values : throw Wrong(what, "holds a number that is not finite");
    }

    private static UserException Wrong(string what, string fault) =>
        new(FormattableString.Invariant($"{what} {fault}; it should be 1 to {PresetLimits.MaxWidth:N0} numbers of 16 bits as base64, or be left out."));
}
