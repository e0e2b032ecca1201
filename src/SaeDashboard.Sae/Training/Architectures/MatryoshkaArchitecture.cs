using SaeDashboard.Core.Saes;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Architectures;

/// <summary>
/// Matryoshka BatchTopK (Bussmann, Nabeshima, Karvonen, Nanda 2025, arXiv:2503.17547): the latents are cut into groups of 1/32, 1/16, 1/8, 1/4
/// and the rest of F; with one <see cref="BatchSelection"/> over all, every prefix of groups reconstructs x with b_dec, and the losses
/// Σ‖x − x̂_prefix‖²/B are averaged. Published as JumpReLU with one threshold.
/// </summary>
internal sealed class MatryoshkaArchitecture(int k) : Architecture
{
    private static readonly int[] Shares = [32, 16, 8, 4];
    private readonly BatchTopKArchitecture selection = new(k);

    public override int? MeanActive => k;

    /// <summary>The sizes of the groups of so many latents, smallest first.</summary>
    public static IReadOnlyList<int> Groups(int latents)
    {
        var sizes = Shares.Select(share => latents / share).ToList();
        return [.. sizes, latents - sizes.Sum()];
    }

    public override ArchitecturePass Forward(SaeWeights weights, Tensor x, double sparsity)
    {
        var p = weights.PreActivations(x);
        var (f, smallest) = BatchSelection.Select(p, k);
        var groups = Groups(weights.Latents);
        var e = x.sub(weights.DecoderBias);
        var loss = zeros([], x.dtype, x.device);
        var first = 0;
        foreach (var size in groups)
        {
            // A longer prefix's error is the shorter one's less what its group adds.
            e = e.sub(f.narrow(1, first, size).mm(weights.Decoder.narrow(0, first, size)));
            loss = loss.add(ArchitecturePass.SquaredError(e));
            first += size;
        }
        return new ArchitecturePass
        {
            PreActivations = p,
            Latents = f,
            Error = e,
            Loss = loss.div(groups.Count),
            SmallestKept = smallest,
        };
    }

    public override Tensor Encode(SaeWeights weights, Tensor x, double threshold) => selection.Encode(weights, x, threshold);

    public override SparseAutoencoder Publish(SaeWeights weights, SaeMetadata metadata, double threshold) =>
        selection.Publish(weights, metadata, threshold);
}
