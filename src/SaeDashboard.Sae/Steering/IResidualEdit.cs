using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering;

/// <summary>An edit of the residual stream at the SAE's layer.</summary>
public interface IResidualEdit
{
    /// <summary>The number of calls of <see cref="Apply"/>, which proves that a strength of 0 was computed and not skipped.</summary>
    long Calls { get; }

    /// <summary>The edited residual stream, a new tensor of the same shape and dtype.</summary>
    /// <param name="residual"><c>[…, columns, width]</c></param>
    /// <param name="firstColumn">Absolute index of the first of these columns.</param>
    Tensor Apply(Tensor residual, int firstColumn);
}

/// <summary>Adds a fixed direction to every column of a range: difference of means and other controls without an SAE.</summary>
public sealed class DirectionEdit : IResidualEdit, IDisposable
{
    private readonly SteerRange range;
    private readonly Tensor added;

    /// <param name="direction">The direction [width], in the residual stream's units.</param>
    /// <param name="columns">The columns; all by default.</param>
    public DirectionEdit(ReadOnlySpan<float> direction, SteerRange columns = default)
    {
        range = columns;
        // As in SteeringEdit: adding −0 changes no bits.
        var values = direction.ToArray();
        for (var i = 0; i < values.Length; i++)
            values[i] = values[i] == 0 ? -0f : values[i];
        added = TensorData.FromFloats(values, values.Length).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public long Calls { get; private set; }

    /// <inheritdoc/>
    public Tensor Apply(Tensor residual, int firstColumn)
    {
        Calls++;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var width = residual.shape[^1];
        if (width != added.numel())
            throw new UserException($"The model's residual stream is {width} wide, but the direction {added.numel()}.");
        var columns = residual.dim() > 1 ? (int)residual.shape[^2] : 1;
        var change = zeros([columns, width], ScalarType.Float32).neg();
        for (var column = 0; column < columns; column++)
        {
            if (range.Contains(firstColumn + column))
                change.select(0, column).copy_(added);
        }

        var fitted = residual.dim() > 1 ? change : change.reshape(width);
        return residual.Add(fitted.to(residual.dtype).to(residual.device)).MoveToOuterDisposeScope();
    }

    public void Dispose() => added.Dispose();
}

/// <summary>Directions drawn uniformly from the sphere: the control for the effect of any change of that size.</summary>
public static class RandomDirection
{
    private const ulong Stream = 0xD19E;

    /// <summary>A direction [width] of norm <paramref name="norm"/>; equal seeds give equal directions on every machine.</summary>
    public static float[] Create(ulong seed, int width, double norm)
    {
        var values = new double[width];
        for (var i = 0; i < width; i++)
            values[i] = CounterRandom.Normal(seed, Stream, (ulong)i);
        var scale = norm / Math.Sqrt(values.Sum(value => value * value));
        return [.. values.Select(value => (float)(value * scale))];
    }
}
