using SaeDashboard.Core.Features;
using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering;

/// <summary>
/// A control: another direction u, with the norm that steering would have. At every column it adds s·‖Δ‖·u/‖u‖, where Δ is what the steered
/// edit adds to this residual at this column, with envelopes, conditions and strengths of that column, and s is the sign of Σ (f′j − f_j)·‖d_j‖:
/// where features are turned down, the control is turned the other way too.
/// <para>
/// Where steers add and the SAE does not normalise columns, Δ follows from the settings alone, so ‖Δ‖ is the steered arm's at every column, to
/// float32 rounding (below 1e-5 relative). A clamp, scale, ablation or condition depends on the residual, and a normalising SAE on its scale:
/// there Δ is computed on the control's own residual, which differs from the steered arm's as soon as their music does.
/// </para>
/// </summary>
public sealed class MatchedEdit : IResidualEdit
{
    private readonly SteeringEdit steered;
    private readonly double[] unit;

    /// <param name="steered">The edit whose norm is taken, owned by the caller; it keeps the SAE's error.</param>
    /// <param name="direction">u <c>[width]</c>, of any length above 0.</param>
    /// <exception cref="UserException">The direction is 0 or not finite.</exception>
    public MatchedEdit(SteeringEdit steered, ReadOnlySpan<float> direction)
    {
        this.steered = steered;
        var norm = 0.0;
        foreach (var value in direction) norm += (double)value * value;
        norm = Math.Sqrt(norm);
        if (!(norm > 0) || !double.IsFinite(norm)) throw new UserException("The control's direction has no length, or holds values that are not finite: make it again.");
        unit = new double[direction.Length];
        for (var i = 0; i < unit.Length; i++) unit[i] = direction[i] / norm;
    }

    /// <inheritdoc/>
    public long Calls { get; private set; }

    /// <inheritdoc/>
    public Tensor Apply(Tensor residual, int firstColumn)
    {
        Calls++;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var width = (int)residual.shape[^1];
        if (width != unit.Length) throw new UserException($"The model's residual stream is {width} wide, but the control's direction {unit.Length}.");
        var (change, push) = steered.ChangeOf(residual, firstColumn);
        var values = TensorData.AsSpan(change);
        for (var row = 0; row < push.Length; row++)
        {
            var mine = values.Slice(row * width, width);
            var norm = 0.0;
            foreach (var value in mine) norm += (double)value * value;
            norm = Math.Sqrt(norm) * (push[row] < 0 ? -1 : 1);
            for (var i = 0; i < width; i++) mine[i] = (float)(norm * unit[i]);
        }
        SteeringEdit.Neutral(change);
        return residual.Add(change.reshape(residual.shape).to(residual.dtype).to(residual.device)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A feature for the control "another feature": drawn among those that the index keeps, that fire, and that are not steered. The same seed and
    /// index give the same feature.
    /// </summary>
    /// <exception cref="UserException">There is none.</exception>
    public static int ChooseFeature(FeatureIndex index, IReadOnlyCollection<int> steered, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(index);
        var live = Enumerable.Range(0, index.Count).Where(feature => index[feature] is { Kept: true, P99: > 0 } && !steered.Contains(feature)).ToArray();
        if (live.Length == 0) throw new UserException("The SAE has no other feature that fires, so the control “other feature” has none to add: leave that arm out, or name one.");
        return live[(int)(CounterRandom.Uniform(seed, 0x07E4, 0) * live.Length)];
    }
}

/// <summary>
/// Notices a residual that steering has broken: not finite, or longer than <see cref="Factor"/> times the longest column that the same row had
/// before an edit, up to this column. It goes by absolute columns, so a column that is computed again is judged again. Not thread-safe.
/// </summary>
public sealed class ResidualGuard
{
    /// <summary>On the demo model, adding 60 × p99 of a feature stays below it; 200 × p99 of its strongest features does not.</summary>
    public const double Factor = 30;

    // The longest column so far, by column.
    private readonly List<double> longest = [];

    /// <summary>What is wrong with edited columns; null: nothing.</summary>
    /// <param name="before">The columns before the edit <c>[1, columns, width]</c>.</param>
    /// <param name="after">After it.</param>
    /// <param name="firstColumn">Absolute index of the first of them.</param>
    /// <returns>The first broken column and the reason.</returns>
    public (int Column, string Why)? Check(Tensor before, Tensor after, int firstColumn)
    {
        var (was, now) = (Norms(before), Norms(after));
        for (var i = 0; i < was.Length; i++)
        {
            var column = firstColumn + i;
            while (longest.Count <= column) longest.Add(longest.Count > 0 ? longest[^1] : 0);
            if (!double.IsFinite(was[i])) return (column, "the residual stream is not finite before it is steered");
            longest[column] = Math.Max(column > 0 ? longest[column - 1] : 0, was[i]);
            if (!double.IsFinite(now[i])) return (column, "the steered residual stream is not finite");
            if (now[i] > Factor * longest[column])
                return (column, FormattableString.Invariant($"steering makes the residual stream {now[i] / longest[column]:F0} times as long as the model's longest"));
        }
        return null;
    }

    private static double[] Norms(Tensor columns)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var width = (int)columns.shape[^1];
        var flat = columns.reshape(-1, width).to(ScalarType.Float32).contiguous();
        var values = TensorData.AsSpan(flat);
        var norms = new double[values.Length / width];
        for (var row = 0; row < norms.Length; row++)
        {
            foreach (var value in values.Slice(row * width, width)) norms[row] += (double)value * value;
            norms[row] = Math.Sqrt(norms[row]);
        }
        return norms;
    }
}
