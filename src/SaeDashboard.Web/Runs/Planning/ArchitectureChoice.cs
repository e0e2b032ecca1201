using SaeDashboard.Core.Runs;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>An architecture that the trainer makes.</summary>
/// <param name="Id">As the training settings name it.</param>
/// <param name="Name">As people do.</param>
/// <param name="Explanation">One line for who has not met it.</param>
/// <param name="LeastLatents">Fewer cannot be trained.</param>
/// <param name="HasK">Whether k says how many are active.</param>
/// <param name="StepCost">How long a step takes, in steps of TopK of the same size: a rough estimate, the same for every size and machine.</param>
public sealed record ArchitectureChoice(string Id, string Name, string Explanation, int LeastLatents = 1, bool HasK = true, double StepCost = StageRates.ByHand)
{
    /// <summary>What the default run trains: the one with gradients written by hand.</summary>
    public static ArchitectureChoice TopK { get; } = new("topK", "TopK", "In every column exactly the k strongest features are active.");

    /// <summary>All of them, the default first.</summary>
    public static IReadOnlyList<ArchitectureChoice> All { get; } =
    [
        TopK,
        new("batchTopK", "BatchTopK", "k features a column on average: busy moments get more of them, quiet ones fewer."),
        new("matryoshka", "Matryoshka", "BatchTopK whose first features must explain the sound alone: broad ones come first, fine ones later.", LeastLatents: 32),
        new("jumpRelu", "JumpReLU", "Each feature learns the strength from which it counts; a penalty aims at k active ones."),
        new("gated", "Gated", "One path decides which features are active, another how strongly. k is not used: a fixed penalty decides how many.", HasK: false, StepCost: StageRates.Differentiated),
        new("relu", "ReLU with L1", "The classic: every active feature costs what it is strong. k is not used: a fixed penalty decides how many.", HasK: false, StepCost: StageRates.Differentiated),
    ];

    /// <summary>The one of that id, or null.</summary>
    public static ArchitectureChoice? Find(string id) => All.FirstOrDefault(choice => choice.Id == id);
}
