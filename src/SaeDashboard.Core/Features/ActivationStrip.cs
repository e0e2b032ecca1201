namespace SaeDashboard.Core.Features;

/// <summary>A feature's activation along one clip, where it is above 0.</summary>
/// <param name="Columns">Columns, ascending.</param>
/// <param name="Values">Its activation on each, to a 255th of the clip's largest.</param>
public sealed record ActivationStrip(int[] Columns, float[] Values)
{
    public static ActivationStrip Empty { get; } = new([], []);

    /// <summary>The activation on columns 0 … <paramref name="columns"/> − 1.</summary>
    public float[] ToDense(int columns)
    {
        var dense = new float[columns];
        for (var i = 0; i < Columns.Length && Columns[i] < columns; i++) dense[Columns[i]] = Values[i];
        return dense;
    }
}
