using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering.Trials;

/// <summary>
/// Adds a direction to every column, as long there as <see cref="SteeringEdit"/> makes it when it adds a feature: strength · p99 · ‖d‖, times the column's
/// scale where the SAE normalises columns. Not thread-safe.
/// </summary>
public sealed class MatchedDirectionEdit : IResidualEdit, IDisposable
{
    private readonly SparseAutoencoder sae;
    private readonly Tensor added;
    private readonly bool scales;

    /// <param name="sae">The SAE, owned by the caller.</param>
    /// <param name="direction">The direction [width], of any length.</param>
    /// <param name="length">The length of what is added: strength · p99 · ‖d‖.</param>
    /// <exception cref="UserException">The direction has no length, or another width.</exception>
    public MatchedDirectionEdit(SparseAutoencoder sae, ReadOnlySpan<float> direction, double length)
    {
        if (direction.Length != sae.Config.DIn) throw new UserException($"The SAE reads vectors of width {sae.Config.DIn}, but the direction has {direction.Length}.");
        var squares = 0.0;
        foreach (var value in direction) squares += (double)value * value;
        if (!(squares > 0 && double.IsFinite(squares))) throw new UserException("A direction without a length cannot be added: it is 0, or not finite.");
        var values = new float[direction.Length];
        for (var i = 0; i < values.Length; i++) values[i] = (float)(direction[i] / Math.Sqrt(squares) * length);
        this.sae = sae;
        scales = sae.Config.NormalizeActivations is InputNormalization.LayerNorm or InputNormalization.ConstantNormRescale;
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
        if (!scales) return residual.Add(added.to(residual.dtype).to(residual.device)).MoveToOuterDisposeScope();
        var x = residual.reshape(-1, sae.Config.DIn).to(ScalarType.Float32).cpu();
        var change = added.reshape(1, -1).mul(sae.InputScale(x)).reshape(residual.shape);
        return residual.Add(change.to(residual.dtype).to(residual.device)).MoveToOuterDisposeScope();
    }

    public void Dispose() => added.Dispose();
}
