namespace SaeDashboard.Core.Steering;

/// <summary>The directions that a steering table compares. All but the first two add a vector of the same length to the same columns.</summary>
public enum TrialArm
{
    /// <summary>Nothing is steered.</summary>
    Baseline,

    /// <summary>The stream is replaced by the SAE's reconstruction, without its error: what the SAE itself costs.</summary>
    Reconstruction,

    /// <summary>The feature's decoder direction.</summary>
    Steered,

    /// <summary>A random direction, drawn again for every prompt and seed: the matched random control.</summary>
    Random,

    /// <summary>The decoder direction of another kept feature.</summary>
    OtherRow,

    /// <summary>The difference of the means of the stream where the target is heard and where it is not.</summary>
    DiffMean,

    /// <summary>One random direction for all prompts and seeds, in the place of the feature: how often a direction passes that means nothing.</summary>
    FixedRandom,
}

/// <summary>What judges a target.</summary>
public enum TargetKind
{
    /// <summary>A class of the tagger.</summary>
    Class,

    /// <summary>A descriptor of the sound.</summary>
    Descriptor,
}

/// <summary>What a steering table says of a feature.</summary>
public enum SteeringVerdict
{
    /// <summary>Its gain over the matched random direction is positive, and the false discovery rate is kept.</summary>
    Steers,

    /// <summary>Its gain over the matched random direction is not positive, or not surely.</summary>
    NotAboveRandom,

    /// <summary>No class and no descriptor follows its activation, so there is nothing to judge it by.</summary>
    NoTarget,

    /// <summary>At every strength the model's output was not finite.</summary>
    Breaks,
}

/// <summary>Which features a row of a steering table is about.</summary>
public enum SteeringGroupName
{
    /// <summary>A random sample of the kept features.</summary>
    Sample,

    /// <summary>The kept features with the highest output scores.</summary>
    TopScore,
}

/// <summary>Whether the features of an SAE steer, against controls of the same size: steering.json, written by <c>evaluate-steering</c> (docs/decisions/0054).</summary>
public sealed record SteeringTable
{
    /// <summary>The version that this program writes and reads.</summary>
    public const int CurrentSchema = 1;

    /// <summary>The file's name.</summary>
    public const string FileName = "steering.json";

    /// <summary>Version of the file's schema.</summary>
    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>What was steered, with what and how.</summary>
    public required SteeringSource Source { get; init; }

    /// <summary>The rows of the table.</summary>
    public required IReadOnlyList<SteeringGroup> Groups { get; init; }

    /// <summary>Every feature that was steered, in ascending order.</summary>
    public required IReadOnlyList<SteeredFeature> Features { get; init; }

    /// <summary>The feature's entry; null: it was not steered.</summary>
    public SteeredFeature? Find(int feature) => Features.FirstOrDefault(one => one.Feature == feature);
}

/// <summary>What was steered, with what and how.</summary>
public sealed record SteeringSource
{
    /// <summary>SHA-256 of the SAE's weights.</summary>
    public required string SaeHash { get; init; }

    /// <summary>How the SAE selects activations.</summary>
    public required string Architecture { get; init; }

    /// <summary>Where it reads and steers.</summary>
    public required string Hook { get; init; }

    /// <summary>SHA-256 of the model's weights.</summary>
    public required string ModelHash { get; init; }

    /// <summary>SHA-256 of the dataset that targets come from.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>Length of a clip, seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seeds of each prompt.</summary>
    public required int Seeds { get; init; }

    /// <summary>Prompts that strengths are chosen on.</summary>
    public required IReadOnlyList<string> ChoosePrompts { get; init; }

    /// <summary>Prompts that figures are of.</summary>
    public required IReadOnlyList<string> ReportPrompts { get; init; }

    /// <summary>Strengths that every direction chooses from, in multiples of the feature's p99.</summary>
    public required IReadOnlyList<double> Strengths { get; init; }

    /// <summary>Guidance of every clip.</summary>
    public required double Guidance { get; init; }

    /// <summary>The false discovery rate that is kept.</summary>
    public required double Level { get; init; }

    /// <summary>SHA-256 of the tagger's weights; null: the dataset has no annotations, so descriptors alone judge.</summary>
    public string? TaggerHash { get; init; }

    /// <summary>Mean AUROC of its classes on held-out frames.</summary>
    public double? TaggerAuroc { get; init; }

    /// <summary>Mean balanced accuracy of its classes on held-out frames.</summary>
    public double? TaggerAccuracy { get; init; }

    /// <summary>Its classes that are good enough to be targets.</summary>
    public required int TaggerClasses { get; init; }

    /// <summary>SHA-256 of CLAP's weights; null: there was none.</summary>
    public string? ClapHash { get; init; }

    /// <summary>Features that the filter keeps, from which the sample was drawn.</summary>
    public required int KeptFeatures { get; init; }
}

/// <summary>A row of the table.</summary>
public sealed record SteeringGroup
{
    /// <summary>Which features.</summary>
    public required SteeringGroupName Name { get; init; }

    /// <summary>How many.</summary>
    public required int Features { get; init; }

    /// <summary>Those that have a target.</summary>
    public required int WithTarget { get; init; }

    /// <summary>How many steer, of all of them.</summary>
    public required SteeringRate Steers { get; init; }

    /// <summary>How many steer and are above DiffMean on average.</summary>
    public required SteeringRate SteersAboveDiffMean { get; init; }

    /// <summary>How many gain more than 95 % of the fixed random directions did, of those with a target.</summary>
    public required SteeringRate AboveNull { get; init; }

    /// <summary>What each direction does to their targets.</summary>
    public required IReadOnlyList<ArmSummary> Arms { get; init; }
}

/// <summary>A count with its rate and Wilson's 95 % interval.</summary>
/// <param name="Count">How many.</param>
/// <param name="Of">Of how many.</param>
/// <param name="Rate">The share, 0 to 1.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
public sealed record SteeringRate(int Count, int Of, double Rate, double Low, double High);

/// <summary>A mean with its 95 % bootstrap interval.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
public sealed record SteeringMean(double Mean, double Low, double High);

/// <summary>A mean difference of pairs with its interval, its one-sided sign-flip p and the adjusted q.</summary>
/// <param name="Mean">The mean difference.</param>
/// <param name="Low">Lower end of its 95 % bootstrap interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="P">The p-value, 0 to 1.</param>
/// <param name="Q">The p-value adjusted by Benjamini and Hochberg over all features of the table.</param>
public sealed record PairedGain(double Mean, double Low, double High, double P, double Q);

/// <summary>What a direction does to the targets of a group's features, on the reporting prompts.</summary>
public sealed record ArmSummary
{
    /// <summary>The direction.</summary>
    public required TrialArm Arm { get; init; }

    /// <summary>The targets' gain over the unsteered clips, in standard deviations of `select`, mean over features; null: no feature has a target.</summary>
    public SteeringMean? Gain { get; init; }

    /// <summary>The paper's criterion, for the target: its mean is above that of the unsteered clips.</summary>
    public SteeringRate? AboveUnsteered { get; init; }

    /// <summary>The paper's criterion as it is: CLAP's similarity to the feature's own clips is above that of the unsteered clips.</summary>
    public SteeringRate? ClapAboveUnsteered { get; init; }

    /// <summary>How many pass the test against the matched random direction; null for that direction itself, and for baselines.</summary>
    public SteeringRate? AboveRandom { get; init; }
}

/// <summary>What a feature is judged by, fixed on `select` before anything was generated.</summary>
/// <param name="Kind">A class or a descriptor.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sign">1: the feature fires where there is more of it, −1: less.</param>
/// <param name="Correlation">Pearson's r of the feature's activation with it over windows of a second.</param>
public sealed record SteeringTarget(TargetKind Kind, string Name, int Sign, double Correlation);

/// <summary>A steered feature.</summary>
public sealed record SteeredFeature
{
    /// <summary>Its place in the SAE's dictionary, from 0.</summary>
    public required int Feature { get; init; }

    /// <summary>The rows that it is in.</summary>
    public required IReadOnlyList<SteeringGroupName> Groups { get; init; }

    /// <summary>Whether it steers.</summary>
    public required SteeringVerdict Verdict { get; init; }

    /// <summary>Null: none follows it.</summary>
    public SteeringTarget? Target { get; init; }

    /// <summary>The largest correlation with any class or descriptor, where it is too small for a target.</summary>
    public double? BestCorrelation { get; init; }

    /// <summary>The length of what is added at strength 1: p99 · ‖d‖.</summary>
    public required double UnitLength { get; init; }

    /// <summary>What each direction does to its target; empty: it was not judged.</summary>
    public IReadOnlyList<FeatureArm> Arms { get; init; } = [];

    /// <summary>Steered less matched random, of the target; null: it was not judged. In standard deviations of `select`.</summary>
    public PairedGain? OverRandom { get; init; }

    /// <summary>Steered less DiffMean, likewise.</summary>
    public PairedGain? OverDiffMean { get; init; }

    /// <summary>Steered less the other decoder row, likewise.</summary>
    public PairedGain? OverOtherRow { get; init; }

    /// <summary>Steered less matched random, of the features that fire with it in `select`, read from the finished codes; in multiples of their p99.</summary>
    public PairedGain? Companions { get; init; }

    /// <summary>Steered less matched random, of the feature's own activation read from the finished codes, in multiples of its p99: no judge, but a look.</summary>
    public PairedGain? Own { get; init; }

    /// <summary>Steered less matched random, of CLAP's cosine with the feature's own clips.</summary>
    public PairedGain? Clap { get; init; }
}

/// <summary>A direction's effect on one feature's target.</summary>
/// <param name="Arm">The direction.</param>
/// <param name="Strength">Chosen on the other half of the prompts; null: every strength broke the model, or the arm has none.</param>
/// <param name="Gain">Over the unsteered clips; null: it was not measured.</param>
/// <param name="Broken">Clips that could not be made, because the model's output was not finite.</param>
public sealed record FeatureArm(TrialArm Arm, double? Strength, SteeringMean? Gain, int Broken);
