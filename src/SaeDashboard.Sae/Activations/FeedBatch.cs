using static TorchSharp.torch;

namespace SaeDashboard.Sae.Activations;

/// <summary>A batch that was read.</summary>
/// <param name="Feed">Whose it is.</param>
/// <param name="Step">The step it belongs to, counted from 0.</param>
/// <param name="Columns">Scaled columns <c>[batch, width]</c>, the caller's to overwrite until the next batch is asked for.</param>
internal sealed record FeedBatch(BatchFeed Feed, long Step, Tensor Columns);
