namespace SaeDashboard.Contracts;

/// <summary>What a person has to know of an architecture, and what its settings have to keep to.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Name">As people write it: "BatchTopK".</param>
/// <param name="Explanation">One line for a reader who does not know it.</param>
public sealed record TrainArchitectureInfo(TrainArchitecture Architecture, string Name, string Explanation)
{
    /// <summary>As files and the command line write it: "batchTopK".</summary>
    public string Id { get; } = EnumJson.Name(Architecture);

    /// <summary>Fewer latents cannot be trained.</summary>
    public int MinLatents { get; init; } = 1;

    /// <summary>Whether k says how many latents are active. Otherwise the sparsity coefficient alone does.</summary>
    public bool UsesK { get; init; } = true;

    /// <summary>Whether it has the sparsity coefficient and its warm-up.</summary>
    public bool HasPenalty { get; init; }

    /// <summary>The weight of the sparsity term without a sparsity coefficient.</summary>
    public double DefaultSparsity { get; init; } = 1;

    /// <summary>Whether it learns a threshold per latent: it has a bandwidth and a learning rate of thresholds.</summary>
    public bool LearnsThresholds { get; init; }

    /// <summary>Whether the sparse engine computes it.</summary>
    public bool HasSparseStep { get; init; } = true;
}

/// <summary>The architectures that the trainer makes.</summary>
public static class TrainArchitectures
{
    /// <summary>All of them, the default first.</summary>
    public static IReadOnlyList<TrainArchitectureInfo> All { get; } =
    [
        new(TrainArchitecture.TopK, "TopK", "Exactly the k strongest features are active in every column."),
        new(TrainArchitecture.BatchTopK, "BatchTopK", "k features per column on average: busy columns get more, quiet ones fewer."),
        new(TrainArchitecture.Matryoshka, "Matryoshka", "BatchTopK whose first features must reconstruct alone: general features first, fine ones later.") { MinLatents = 32 },
        new(TrainArchitecture.JumpRelu, "JumpReLU", "Each feature learns an activation threshold; a penalty aims at k active features.")
            { HasPenalty = true, LearnsThresholds = true },
        new(TrainArchitecture.Gated, "Gated", "One path decides which features are active, another how strongly. Does not use k: a fixed penalty decides how many.")
            { UsesK = false, HasPenalty = true, DefaultSparsity = 0.17, HasSparseStep = false },
        new(TrainArchitecture.Relu, "ReLU with L1", "The classic SAE: an L1 penalty on all activations. Does not use k: a fixed penalty decides how many are active.")
            { UsesK = false, HasPenalty = true, DefaultSparsity = 0.12, HasSparseStep = false },
    ];

    /// <summary>What there is to know of an architecture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not one of the enumeration.</exception>
    public static TrainArchitectureInfo Of(TrainArchitecture architecture) =>
        All.FirstOrDefault(each => each.Architecture == architecture) ?? throw new ArgumentOutOfRangeException(nameof(architecture), architecture, "Nothing trains it.");

    /// <summary>The one that files write so ("batchTopK"), or null.</summary>
    public static TrainArchitectureInfo? Find(string id) => All.FirstOrDefault(each => each.Id == id);
}
