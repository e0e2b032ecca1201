using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Saes;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering;

/// <summary>
/// Steers features of an SAE: x + decode(f′) − decode(f), f = encode(x), so that what the SAE does not explain is unchanged. Decoding is
/// linear, so the difference is Σ (f′j − f_j)·d_j over the steered features, and a steer that adds needs no encoder. Steers apply in order:
/// a later one on the same feature changes the result of the earlier one. What a steer does depends on the absolute column alone, so batches,
/// windows and interruptions change nothing. Not thread-safe.
/// </summary>
public sealed class SteeringEdit : IResidualEdit, IDisposable
{
    private readonly SparseAutoencoder sae;
    private readonly Steer[] steers;
    private readonly double[] percentiles;
    private readonly int[] features;
    private readonly Tensor directions;
    private readonly double[] norms;
    private readonly bool encodes;
    private readonly bool keepError;

    // Whether the SAE normalises each column, so that its directions are in units of the column's scale.
    private readonly bool scales;

    /// <summary>Steers with the p99 of the SAE's feature index.</summary>
    /// <param name="sae">The SAE, owned by the caller.</param>
    /// <param name="index">The feature index of the same SAE.</param>
    /// <param name="steers">The steers, in order; may be empty (a pass through the SAE with or without its error).</param>
    /// <param name="keepError">False: only decode(f′), which shows the cost of the SAE.</param>
    /// <exception cref="UserException">The index belongs to another SAE, a feature does not exist, or a strength is undefined.</exception>
    public SteeringEdit(SparseAutoencoder sae, FeatureIndex index, IReadOnlyList<Steer> steers, bool keepError = true)
        : this(sae, Percentiles(sae, index), steers, keepError)
    {
    }

    /// <summary>Steers with p99 by feature from another source, in units of the latent.</summary>
    public SteeringEdit(SparseAutoencoder sae, Func<int, double> percentile99, IReadOnlyList<Steer> steers, bool keepError = true)
    {
        this.sae = sae;
        this.steers = [.. steers];
        this.keepError = keepError;
        percentiles = [.. steers.Select(steer => CheckedPercentile(sae, percentile99, steer))];
        features = [.. steers.Select(steer => steer.Feature).Distinct()];
        encodes = !keepError || steers.Any(steer => steer.Mode != SteerMode.Add);
        scales = sae.Config.NormalizeActivations is InputNormalization.LayerNorm or InputNormalization.ConstantNormRescale;
        directions = DirectionsOf(sae, features);
        using var lengths = directions.norm(1);
        norms = [.. TensorData.AsSpan(lengths).ToArray().Select(norm => (double)norm)];
    }

    /// <inheritdoc/>
    public long Calls { get; private set; }

    /// <inheritdoc/>
    /// <remarks>A change of exactly 0 leaves every bit unchanged, including the sign of zero.</remarks>
    public Tensor Apply(Tensor residual, int firstColumn) => Apply(residual, firstColumn, null);

    /// <summary>As <see cref="Apply(Tensor, int)"/>, with latents that the caller has computed already.</summary>
    /// <param name="residual"><c>[…, columns, width]</c></param>
    /// <param name="firstColumn">Absolute index of the first of these columns.</param>
    /// <param name="latents">The residual's latents <c>[rows, F]</c>; null: they are computed where they are needed.</param>
    public Tensor Apply(Tensor residual, int firstColumn, Tensor? latents)
    {
        Calls++;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var shape = residual.shape;
        var x = Flat(residual);
        var known = encodes ? latents ?? sae.Encode(x!) : null;
        var (change, _) = Change(x, known, residual, firstColumn);
        Neutral(change);
        var target = keepError ? residual : sae.Decode(known!, x).reshape(shape).to(residual.dtype).to(residual.device);
        return target.Add(change.reshape(shape).to(residual.dtype).to(residual.device)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What this edit would add to a residual <c>[…, columns, width]</c>, float32 <c>[rows, width]</c>, and for each row how far it pushes:
    /// Σ (f′j − f_j)·‖d_j‖, whose sign says which way.
    /// </summary>
    internal (Tensor Change, double[] Push) ChangeOf(Tensor residual, int firstColumn)
    {
        Calls++;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var x = Flat(residual);
        var (change, push) = Change(x, encodes ? sae.Encode(x!) : null, residual, firstColumn);
        return (change.MoveToOuterDisposeScope(), push);
    }

    /// <summary>Adding −0 changes nothing: x + (−0) is x for every x, but −0 + 0 would be +0.</summary>
    internal static void Neutral(Tensor change)
    {
        foreach (ref var value in TensorData.AsSpan(change))
        {
            if (value == 0)
                value = -0f;
        }
    }

    public void Dispose() => directions.Dispose();

    /// <summary>The columns as the SAE reads them, float32 <c>[rows, width]</c>; null where nothing reads them.</summary>
    private Tensor? Flat(Tensor residual)
    {
        var width = residual.shape[^1];
        if (width != sae.Config.DIn)
            throw new UserException($"The model's residual stream is {width} wide, but the SAE reads {sae.Config.DIn}: the SAE belongs to another model.");
        return encodes || scales ? residual.reshape(-1, width).to(ScalarType.Float32).cpu() : null;
    }

    /// <summary>Σ (f′j − f_j)·d_j for every row, <c>[rows, width]</c>; times the row's scale if the SAE normalises columns.</summary>
    private (Tensor Change, double[] Push) Change(Tensor? x, Tensor? latents, Tensor residual, int firstColumn)
    {
        var columns = residual.dim() > 1 ? (int)residual.shape[^2] : 1;
        var rows = (int)(residual.numel() / residual.shape[^1]);
        var push = new double[rows];
        if (features.Length == 0)
            return (zeros([rows, sae.Config.DIn], ScalarType.Float32), push);
        var change = new float[rows * features.Length];
        for (var place = 0; place < features.Length; place++)
        {
            var before = latents?.select(1, features[place]).contiguous();
            var was = before is null ? [] : TensorData.AsSpan(before);
            for (var row = 0; row < rows; row++)
            {
                var latent = was.IsEmpty ? 0.0 : was[row];
                var moved = Steered(features[place], latent, firstColumn + row % columns) - latent;
                change[row * features.Length + place] = (float)moved;
                push[row] += moved * norms[place];
            }
        }

        var product = TensorData.FromFloats(change, rows, features.Length).mm(directions);
        return ((scales ? product.mul(sae.InputScale(x!)) : product).contiguous(), push);
    }

    /// <summary>f′j of a latent of value <paramref name="latent"/>, after every steer on it at this column.</summary>
    private double Steered(int feature, double latent, int column)
    {
        for (var i = 0; i < steers.Length; i++)
        {
            var steer = steers[i];
            if (steer.Feature != feature)
                continue;
            var (strength, part) = steer.At(column);
            if (part == 0)
                continue;
            var level = strength * percentiles[i];
            var full = steer.Mode switch
            {
                SteerMode.Add => latent + level,
                SteerMode.Clamp => level,
                SteerMode.AtLeast => Math.Max(latent, level),
                SteerMode.Scale => latent * strength,
                SteerMode.Ablate => 0,
                _ => throw new InvalidOperationException($"{steer.Mode} is not a steer mode."),
            };
            // The full effect keeps its bits: what has no envelope is what it was.
            latent = part == 1 ? full : latent + part * (full - latent);
        }

        return latent;
    }

    private static Tensor DirectionsOf(SparseAutoencoder sae, int[] features)
    {
        var width = sae.Config.DIn;
        var values = new float[features.Length * width];
        for (var place = 0; place < features.Length; place++)
        {
            using var direction = sae.Direction(features[place]);
            var row = values.AsSpan(place * width, width);
            TensorData.AsSpan(direction).CopyTo(row);
            if (row.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                throw new UserException($"Feature {features[place]}'s decoder row holds values that are not finite: the SAE's weights are damaged.");
        }

        return TensorData.FromFloats(values, features.Length, width).DetachFromDisposeScope();
    }

    private static Func<int, double> Percentiles(SparseAutoencoder sae, FeatureIndex index)
    {
        if (index.Info.SaeHash != sae.WeightsHash)
        {
            throw new UserException($"The feature index belongs to SAE {index.Info.SaeHash}, not to {sae.WeightsHash}: " +
                "strengths would be in another feature's units. Build the index of this SAE again (index).");
        }

        return feature => index[feature].P99;
    }

    private static double CheckedPercentile(SparseAutoencoder sae, Func<int, double> percentile99, Steer steer)
    {
        if (steer.Feature < 0 || steer.Feature >= sae.Config.DSae)
            throw new UserException($"Feature {steer.Feature} does not exist: the SAE has features 0 to {sae.Config.DSae - 1}.");
        if (!double.IsFinite(steer.Strength))
            throw new UserException($"The strength {steer.Strength} of feature {steer.Feature} is not finite.");
        if (steer.Mode is SteerMode.Scale or SteerMode.Ablate)
            return 0;
        var percentile = percentile99(steer.Feature);
        if (!(percentile > 0) || !double.IsFinite(percentile))
        {
            throw new UserException($"Feature {steer.Feature} never fired on the held-out clips, so it has no p99 and a strength means nothing. " +
                "Choose a feature that fires, or scale or ablate this one.");
        }

        return percentile;
    }
}
