using SaeDashboard.Core;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering;

/// <summary>Adds one fixed direction to every column of a range: difference-in-means and other controls that no SAE knows.</summary>
public sealed class DirectionEdit : IResidualEdit, IDisposable
{
    private readonly ColumnRange range;
    private readonly Tensor added;

    /// <param name="direction">What is added, [width], in the residual stream's units.</param>
    /// <param name="columns">Where; every column unless given.</param>
    public DirectionEdit(ReadOnlySpan<float> direction, ColumnRange columns = default)
    {
        range = columns;
        // As in SteeringEdit: −0 is what changes nothing.
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
            throw new UserException($"The model's residual stream is {width} wide, but the direction to add {added.numel()}.");
        var columns = residual.dim() > 1 ? (int)residual.shape[^2] : 1;
        var change = zeros([columns, width], ScalarType.Float32).neg();
        for (var column = 0; column < columns; column++)
        {
            if (range.Contains(firstColumn + column))
                change.select(0, column).copy_(added);
        }

        var fitted = residual.dim() > 1 ? change : change.reshape(width);
        return residual.add(fitted.to(residual.dtype).to(residual.device)).MoveToOuterDisposeScope();
    }

    public void Dispose() => added.Dispose();
}
