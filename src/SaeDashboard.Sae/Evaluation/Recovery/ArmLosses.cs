using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.Recovery;

/// <summary>
/// Cross-entropies and divergences of every cell of one clip: a part of the loop is a column, and a cell's figures depend on its own rows
/// alone, whatever thread computes them.
/// </summary>
/// <param name="logits"><c>[arms, columns, codebooks, vocabulary]</c>, contiguous; arm 0 is the model as it is.</param>
/// <param name="targets"><c>[columns, codebooks]</c>: the code that was right, or −1 for a cell that does not count.</param>
internal sealed unsafe class ArmLosses(Tensor logits, int[] targets) : PoolWork
{
    private readonly float* rows = (float*)TensorData.UncheckedAddress(logits);
    private readonly int arms = (int)logits.shape[0];
    private readonly int codebooks = (int)logits.shape[2];
    private readonly int vocabulary = (int)logits.shape[3];

    // [cells, arms]
    private readonly double[] entropies = new double[targets.Length * logits.shape[0]];
    private readonly double[] divergences = new double[targets.Length * logits.shape[0]];

    /// <summary>−ln p(target), nats, under an arm.</summary>
    public double CrossEntropy(int cell, int arm) => entropies[cell * arms + arm];

    /// <summary>KL(arm 0 ‖ arm), nats; 0 for arm 0.</summary>
    public double Divergence(int cell, int arm) => divergences[cell * arms + arm];

    protected override void Part(int column)
    {
        var original = new double[vocabulary];
        var scratch = new double[vocabulary];
        for (var codebook = 0; codebook < codebooks; codebook++)
        {
            var cell = column * codebooks + codebook;
            if (targets[cell] < 0)
                continue;
            var first = Row(0, cell);
            var logSum = LogitRow.Softmax(first, original);
            entropies[cell * arms] = logSum - first[targets[cell]];
            for (var arm = 1; arm < arms; arm++)
            {
                var row = Row(arm, cell);
                var armLogSum = LogitRow.LogSum(row, scratch);
                entropies[cell * arms + arm] = armLogSum - row[targets[cell]];
                divergences[cell * arms + arm] = LogitRow.Divergence(original, first, logSum, row, armLogSum);
            }
        }
    }

    private ReadOnlySpan<float> Row(int arm, int cell) => new(rows + ((long)arm * targets.Length + cell) * vocabulary, vocabulary);
}
