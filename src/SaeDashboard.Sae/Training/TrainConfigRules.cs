using SaeDashboard.Core;
using SaeDashboard.Sae.Training.Sparse;

namespace SaeDashboard.Sae.Training;

/// <summary>What training settings must keep to. docs/training-settings.md says the same, and a test holds the two together.</summary>
internal static class TrainConfigRules
{
    /// <summary>One rule.</summary>
    /// <param name="Name">The member, as JSON calls it.</param>
    /// <param name="Holds">Whether these settings keep to it.</param>
    /// <param name="Value">What the member is.</param>
    /// <param name="Text">The rule, for a person.</param>
    /// <param name="With">Other members it looks at.</param>
    public sealed record Rule(string Name, bool Holds, object? Value, string Text, params string[] With);

    /// <summary>What is wrong, a line each.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="unknown">Members whose values could not be read: nothing that looks at them is asked.</param>
    public static List<string> Problems(this TrainConfig config, IReadOnlySet<string>? unknown = null)
    {
        var asked = Values(config).Concat(Belongings(config)).Where(rule => unknown is null || !(unknown.Contains(rule.Name) || unknown.Overlaps(rule.With)));
        return [.. asked.Where(rule => !rule.Holds).Select(rule => rule.Value is null
            ? FormattableString.Invariant($"\"{rule.Name}\" {rule.Text}")
            : FormattableString.Invariant($"\"{rule.Name}\" is {rule.Value}: {rule.Text}"))];
    }

    /// <summary>What cannot be computed on a GPU, a line each.</summary>
    public static IEnumerable<string> ProblemsOn(this TrainConfig config, string gpu)
    {
        if (config.Engine == TrainEngine.Sparse)
            yield return $"\"engine\" is sparse: that engine computes on CPUs only, and this run is to compute on {gpu}; leave it out (autograd computes there), or give --device cpu";
        if (config.Candidates is not null)
            yield return $"\"candidates\" is {TrainConfigJson.Text(config.Candidates)}: it belongs to the sparse engine, which computes on CPUs only, and this run is to compute on {gpu}; leave it out, or give --device cpu";
    }

    public static UserException Refusal(string what, IEnumerable<string> problems) =>
        new($"{what} cannot be used:\n  " + string.Join("\n  ", problems));

    /// <summary>The ranges.</summary>
    public static IEnumerable<Rule> Values(TrainConfig c) =>
    [
        new("architecture", Enum.IsDefined(c.Architecture), c.Architecture, "one of topK, batchTopK, matryoshka, jumpRelu, gated, relu"),
        new("engine", c.Engine is null or TrainEngine.Autograd || SparseEngine.Makes(c.Architecture), c.Engine ?? 0, "sparse makes topK, batchTopK, matryoshka and jumpRelu; leave it out, or say autograd", "architecture"),
        new("candidates", c.Candidates is null || c.ChosenEngine() == TrainEngine.Sparse, c.Candidates, "it belongs to the sparse engine; leave it out", "architecture", "engine"),
        new("latents", c.Architecture != TrainArchitecture.Matryoshka || c.Latents >= 32, c.Latents, "at least 32, of which the smallest prefix of matryoshka is one", "architecture"),
        new("latents", c.Latents is >= 1 and <= 1 << 24, c.Latents, "from 1 to 16,777,216"),
        new("k", c.K >= 1 && c.K <= c.Latents, c.K, "from 1 to the number of latents", "latents"),
        new("batch", c.Batch is >= 2 and <= 1 << 20, c.Batch, "from 2 to 1,048,576 columns"),
        new("steps", c.Steps >= 1, c.Steps, "at least 1"),
        new("learningRate", c.LearningRate is > 0 and < 1, c.LearningRate, "between 0 and 1"),
        new("beta1", c.Beta1 is >= 0 and < 1, c.Beta1, "from 0 to below 1"),
        new("beta2", c.Beta2 is >= 0 and < 1, c.Beta2, "from 0 to below 1"),
        new("epsilon", c.Epsilon is >= 1.2e-38 and < 1, c.Epsilon, "from 1.2e-38 (float32 rounds smaller ones to 0) to below 1"),
        new("warmUp", c.WarmUp is >= 0 and <= 1, c.WarmUp, "a share from 0 to 1"),
        new("decay", c.Decay is >= 0 and <= 1, c.Decay, "a share from 0 to 1"),
        new("decay", c.WarmUp + c.Decay <= 1, c.Decay, "together with warmUp at most 1", "warmUp"),
        new("clipNorm", c.ClipNorm > 0, c.ClipNorm, "above 0"),
        new("auxCoefficient", c.AuxCoefficient >= 0, c.AuxCoefficient, "0 or more"),
        new("sparsityCoefficient", c.SparsityCoefficient is null or > 0 && double.IsFinite(c.SparsityCoefficient ?? 1), c.SparsityCoefficient, "above 0"),
        new("sparsityWarmUp", c.SparsityWarmUp is null or (>= 0 and <= 1), c.SparsityWarmUp, "a share from 0 to 1"),
        new("bandwidth", c.Bandwidth is null or (> 0 and <= 1), c.Bandwidth, "above 0, at most 1"),
        new("thresholdLearningRate", c.ThresholdLearningRate is null or (> 0 and < 1), c.ThresholdLearningRate, "between 0 and 1"),
        new("deadWindow", c.DeadWindow is null or >= 1, c.DeadWindow, "at least 1 column, or null"),
        new("heldOut", c.HeldOut is >= 0 and <= 0.5, c.HeldOut, "a share from 0 to 0.5"),
        new("scaleSamples", c.ScaleSamples >= 2, c.ScaleSamples, "at least 2 columns"),
        new("medianSamples", c.MedianSamples >= 1, c.MedianSamples, "at least 1 column"),
        new("shuffleMegabytes", c.ShuffleMegabytes is >= 1 and <= 1 << 20, c.ShuffleMegabytes, "from 1 to 1,048,576"),
        new("threads", c.Threads is >= 0 and <= 1024, c.Threads, "from 0 to 1024"),
        new("checkpoints", c.Checkpoints >= 0, c.Checkpoints, "0 or more"),
        new("evaluations", c.Evaluations >= 0, c.Evaluations, "0 or more"),
        new("histograms", c.Histograms >= 0, c.Histograms, "0 or more"),
    ];

    /// <summary>Members that only some architectures have.</summary>
    private static IEnumerable<Rule> Belongings(TrainConfig c)
    {
        var jump = c.Architecture == TrainArchitecture.JumpRelu;
        var penalised = jump || c.Architecture is TrainArchitecture.Gated or TrainArchitecture.Relu;
        var text = $"does not belong to architecture {TrainConfigJson.Text(c.Architecture)}: leave it out";
        return
        [
            new("sparsityCoefficient", penalised || c.SparsityCoefficient is null, null, text, "architecture"),
            new("sparsityWarmUp", penalised || c.SparsityWarmUp is null, null, text, "architecture"),
            new("bandwidth", jump || c.Bandwidth is null, null, text, "architecture"),
            new("thresholdLearningRate", jump || c.ThresholdLearningRate is null, null, text, "architecture"),
        ];
    }
}
