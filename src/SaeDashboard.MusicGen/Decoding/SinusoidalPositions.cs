namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// pos(p) = [cos(p·f), sin(p·f)], f_i = exp(−i · ln(10000) / (width/2 − 1)), i &lt; width/2: computed, so no table's end limits the length.
/// </summary>
internal static class SinusoidalPositions
{
    /// <returns>Row-major <c>[count, width]</c> for positions <paramref name="first"/> and on.</returns>
    public static float[] Of(int first, int count, int width)
    {
        var half = width / 2;
        var table = new float[checked(count * width)];
        var step = Math.Log(10000) / (half - 1);
        for (var index = 0; index < half; index++)
        {
            // The frequencies are float32 in the reference, and positions are large enough for that to matter.
            var frequency = MathF.Exp(index * -(float)step);
            for (var row = 0; row < count; row++)
            {
                var angle = (first + row) * frequency;
                table[row * width + index] = MathF.Cos(angle);
                table[row * width + half + index] = MathF.Sin(angle);
            }
        }
        return table;
    }
}
