using TorchSharp;

namespace SaeDashboard.Sae.Steering;

/// <summary>Something done to the residual stream at the SAE's layer.</summary>
public interface IResidualEdit
{
    /// <summary>How often <see cref="Apply"/> ran: proof that a strength of 0 was really computed.</summary>
    long Calls { get; }

    /// <summary>The edited residual stream, a new tensor of the same shape and dtype.</summary>
    /// <param name="residual"><c>[…, columns, width]</c></param>
    /// <param name="firstColumn">Absolute index of the first of these columns.</param>
    torch.Tensor Apply(torch.Tensor residual, int firstColumn);
}
