using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Architectures;

/// <summary>
/// BatchTopK's selection (Bussmann, Leask, Nanda 2024, arXiv:2412.06410): of a batch of B columns the k·B largest positive pre-activations
/// stay, wherever they are. Single columns are encoded by a threshold instead, f = ReLU(p)·[p > θ].
/// </summary>
internal static class BatchSelection
{
    /// <summary>f [B, F] of pre-activations [B, F], and the smallest value kept (null: none is positive).</summary>
    public static (Tensor Latents, double? SmallestKept) Select(Tensor p, int k)
    {
        var count = (int)Math.Min(k * p.size(0), p.numel());
        using var mask = zeros([p.numel()], p.dtype, p.device);
        double smallest;
        using (no_grad())
        using (var scope = NewDisposeScope())
        {
            var flat = p.detach().relu().flatten();
            var (values, indices) = flat.topk(count, 0, true, false);
            var kept = values.gt(0);
            mask.scatter_(0, indices, kept.to(p.dtype));
            smallest = values.masked_fill(kept.logical_not(), double.PositiveInfinity).min().to(ScalarType.Float64).item<double>();
        }
        return (p.mul(mask.reshape(p.shape)), double.IsFinite(smallest) ? smallest : null);
    }

    /// <summary>f = ReLU(p)·[p > θ].</summary>
    public static Tensor Above(Tensor p, double threshold) => p.relu().mul(p.gt(threshold).to(p.dtype));

    /// <summary>
    /// The θ that leaves k latents a column on average: the (k·n)-th largest pre-activation of n columns is the last above it. Exact; ties
    /// aside, L0 on these columns is k.
    /// </summary>
    /// <param name="preActivations">[n, F] at a time, disposed of here; enumerated again should the first pass have kept too few.</param>
    /// <param name="k">Latents a column.</param>
    public static double Threshold(IEnumerable<Tensor> preActivations, int k)
    {
        // A batch is thought to hold at most so many times its share of what is above; that is checked, and once in a while wrong.
        for (var margin = 2L; ; margin *= 2)
        {
            var largest = new List<float>();
            var (columns, missed) = (0L, 0f);
            foreach (var p in preActivations)
            {
                using var owned = p;
                using var scope = NewDisposeScope();
                columns += p.size(0);
                var count = (int)Math.Min(margin * k * p.size(0), p.numel());
                var values = TensorData.ToArray(p.detach().relu().flatten().topk(count, 0, true, false).values);
                largest.AddRange(values);
                if (count < p.numel())
                    missed = Math.Max(missed, values.Min());
            }
            largest.Sort();
            var place = largest.Count - 1 - k * columns;
            var threshold = place < 0 ? 0 : largest[(int)place];
            if (missed <= threshold)
                return threshold;
        }
    }
}
