namespace SaeDashboard.Core.Features;

/// <summary>What features are ordered by that fire in a span of a sound.</summary>
public enum FiringOrder
{
    /// <summary>The largest activation in the span, in multiples of the feature's p99.</summary>
    Max,

    /// <summary>The mean activation over all columns of the span (0 where it does not fire), in multiples of its p99.</summary>
    Mean,

    /// <summary>The share of the span's columns on which it fires.</summary>
    Share,
}

/// <summary>A span of a sound as frames: <paramref name="From"/> … <paramref name="To"/> − 1, which are columns From + 1 … To.</summary>
/// <param name="From">Its first frame.</param>
/// <param name="To">The frame after its last.</param>
public readonly record struct FrameSpan(int From, int To)
{
    // A time that was rounded to a thousandth of a second still names the frame it came from.
    private const double Rounding = 0.05;

    /// <summary>Frames.</summary>
    public int Length => To - From;

    /// <summary>The frames that sound within some seconds, at least one: those that the span touches.</summary>
    /// <param name="from">Seconds; null: the beginning.</param>
    /// <param name="to">Seconds; null: the end.</param>
    /// <param name="frames">Frames of the sound, at least one.</param>
    /// <param name="frameRate">Frames a second.</param>
    public static FrameSpan Of(double? from, double? to, int frames, double frameRate)
    {
        var begins = Frame(from ?? 0, Math.Floor, Rounding);
        var ends = Frame(to ?? frames / frameRate, Math.Ceiling, -Rounding);
        begins = Math.Min(begins, frames - 1);
        return new FrameSpan(begins, Math.Clamp(ends, begins + 1, frames));

        int Frame(double seconds, Func<double, double> round, double rounding) =>
            double.IsNaN(seconds) ? 0 : (int)Math.Clamp(round(seconds * frameRate + rounding), 0, frames);
    }
}

/// <summary>A feature that fires in a span of a sound.</summary>
/// <param name="Feature">Its index in the dictionary.</param>
/// <param name="Max">Its largest activation there.</param>
/// <param name="Mean">The mean over all columns of the span.</param>
/// <param name="Share">The share of the span's columns on which it fires, 0 to 1.</param>
/// <param name="P99">Its p99, the unit of the order; 0: it has none, and comes last.</param>
public readonly record struct FiringFigures(int Feature, float Max, double Mean, double Share, float P99)
{
    /// <summary>The largest activation in multiples of p99; 0 for a feature without one.</summary>
    public double MaxMultiple => P99 > 0 ? Max / P99 : 0;

    /// <summary>The mean in multiples of p99; 0 for a feature without one.</summary>
    public double MeanMultiple => P99 > 0 ? Mean / P99 : 0;
}

/// <summary>Orders the features that fire in a span. Activations are counted in each feature's p99, so that loud features do not always come first.</summary>
public static class FiringRanking
{
    /// <summary>The features that fire in the span, first the foremost in the order; columns before <see cref="SoundActivations.FirstColumn"/> are left out.</summary>
    /// <param name="sound">The activations.</param>
    /// <param name="span">The span.</param>
    /// <param name="order">What they are ordered by.</param>
    /// <param name="p99">Each feature's p99 <c>[features]</c>.</param>
    /// <param name="kept">Not 0 for features that are listed <c>[features]</c>; empty: all are.</param>
    public static IReadOnlyList<FiringFigures> Of(SoundActivations sound, FrameSpan span, FiringOrder order, ReadOnlySpan<float> p99, ReadOnlySpan<byte> kept)
    {
        var found = new List<FiringFigures>();
        for (var place = 0; place < sound.Features.Length; place++)
        {
            var feature = sound.Features[place];
            if (feature >= p99.Length || (kept.Length > 0 && kept[feature] == 0)) continue;
            if (Figures(sound, place, span, p99[feature]) is { Max: > 0 } figures) found.Add(figures);
        }
        Func<FiringFigures, double> key = order switch { FiringOrder.Max => each => each.MaxMultiple, FiringOrder.Mean => each => each.MeanMultiple, FiringOrder.Share => each => each.Share, _ => throw new ArgumentOutOfRangeException(nameof(order)) };
        return [.. found.OrderByDescending(key).ThenByDescending(each => each.MaxMultiple).ThenBy(each => each.Feature)];
    }

    /// <summary>The figures of the feature at a place of <see cref="SoundActivations.Features"/>.</summary>
    public static FiringFigures Figures(SoundActivations sound, int place, FrameSpan span, float p99)
    {
        var first = Math.Max(span.From + 1, sound.FirstColumn);
        var counted = Math.Max(0, span.To - first + 1);
        var columns = sound.Columns(place);
        var values = sound.Values(place);
        var (largest, sum, fires) = (0f, 0.0, 0);
        for (var i = 0; i < columns.Length && columns[i] <= span.To; i++)
        {
            if (columns[i] < first) continue;
            largest = Math.Max(largest, values[i]);
            sum += values[i];
            fires++;
        }
        return new FiringFigures(sound.Features[place], largest, counted > 0 ? sum / counted : 0, counted > 0 ? (double)fires / counted : 0, p99);
    }
}
