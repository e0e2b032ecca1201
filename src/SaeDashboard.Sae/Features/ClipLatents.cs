namespace SaeDashboard.Sae.Features;

/// <summary>
/// One clip's positive latents, grouped by feature: a sparse <c>[columns, F]</c> matrix whose buffers are used again for every clip.
/// Entries are appended column by column, then <see cref="Group"/> sorts them by feature (a counting sort, stable, so columns stay ascending).
/// </summary>
internal sealed class ClipLatents(int features)
{
    private readonly int[] countOf = new int[features];
    private readonly int[] start = new int[features];
    private readonly int[] firedList = new int[features];
    private int firedCount;
    private int entries;
    private int[] entryFeature = new int[4096];
    private int[] entryColumn = new int[4096];
    private float[] entryValue = new float[4096];
    private int[] groupedColumn = new int[4096];
    private float[] groupedValue = new float[4096];

    /// <summary>F, the number of features.</summary>
    public int Features { get; } = features;

    /// <summary>Positive latents in the clip, all columns.</summary>
    public int EntryCount => entries;

    /// <summary>The features that fire anywhere in the clip.</summary>
    public ReadOnlySpan<int> Fired => firedList.AsSpan(0, firedCount);

    /// <summary>Ascending columns (1..F) at which <paramref name="feature"/> fires.</summary>
    public ReadOnlySpan<int> Columns(int feature) => groupedColumn.AsSpan(start[feature], countOf[feature]);

    /// <summary>The activations at <see cref="Columns"/>.</summary>
    public ReadOnlySpan<float> Values(int feature) => groupedValue.AsSpan(start[feature], countOf[feature]);

    /// <summary>Forgets the last clip.</summary>
    public void Clear()
    {
        foreach (var feature in Fired)
            countOf[feature] = 0;
        firedCount = 0;
        entries = 0;
    }

    /// <summary>Appends one positive latent. Columns must come in ascending order.</summary>
    public void Append(int column, int feature, float value)
    {
        if (entries == entryFeature.Length)
        {
            Array.Resize(ref entryFeature, entries * 2);
            Array.Resize(ref entryColumn, entries * 2);
            Array.Resize(ref entryValue, entries * 2);
        }

        if (countOf[feature]++ == 0)
            firedList[firedCount++] = feature;
        entryFeature[entries] = feature;
        entryColumn[entries] = column;
        entryValue[entries++] = value;
    }

    /// <summary>Sorts what was appended by feature; afterwards <see cref="Columns"/> and <see cref="Values"/> are valid.</summary>
    public void Group()
    {
        if (groupedColumn.Length < entries)
        {
            groupedColumn = new int[entryColumn.Length];
            groupedValue = new float[entryValue.Length];
        }

        var next = 0;
        foreach (var feature in Fired)
        {
            start[feature] = next;
            next += countOf[feature];
        }

        for (var i = 0; i < entries; i++)
        {
            var at = start[entryFeature[i]]++;
            groupedColumn[at] = entryColumn[i];
            groupedValue[at] = entryValue[i];
        }

        foreach (var feature in Fired)
            start[feature] -= countOf[feature];
    }
}
