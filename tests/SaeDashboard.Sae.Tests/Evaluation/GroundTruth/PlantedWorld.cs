using SaeDashboard.Core.Data;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Sae.Tests.Features;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Evaluation.GroundTruth;

/// <summary>
/// Clips whose residual stream is written so that a ReLU SAE with identity weights shows each dimension as a feature of its own:
/// dimension j of the columns is feature j.
/// </summary>
internal sealed class PlantedWorld
{
    public const int Width = 12;
    public const int Columns = 110;

    private readonly Dictionary<string, Dictionary<string, double[][]>> spans = [];

    /// <param name="value">(split, clip within its split, column p, dimension, whether concept "inst.a" holds at a frame) → activation.</param>
    /// <param name="clips">Clips of each split.</param>
    /// <param name="more">More spans of a clip, by its number in its split.</param>
    public PlantedWorld(Func<string, int, int, int, Func<int, bool>, float> value, int clips = 60, Func<int, Dictionary<string, double[][]>>? more = null)
    {
        Select = Make("select", 0, clips, value, more);
        Test = Make("test", clips, clips, value, more);
        Annotations = RandomTruth.Annotate(spans);
    }

    public TruthSplit Select { get; }

    public TruthSplit Test { get; }

    public Annotations Annotations { get; }

    /// <summary>Latents = max(0, x).</summary>
    public static SparseAutoencoder Identity() => new(
        new SaeConfig { Architecture = SaeArchitecture.Standard, DIn = Width, DSae = Width },
        new Dictionary<string, Tensor>
        {
            ["W_enc"] = eye(Width), ["W_dec"] = eye(Width), ["b_enc"] = zeros(Width), ["b_dec"] = zeros(Width),
        });

    public GroundTruthScorer Scorer(GroundTruthOptions? options = null) => new(Annotations, Select, Test, options ?? new GroundTruthOptions { TailSeconds = 0, BootstrapReplicates = 50 });

    private TruthSplit Make(
        string split, int firstRow, int count, Func<string, int, int, int, Func<int, bool>, float> value, Func<int, Dictionary<string, double[][]>>? more)
    {
        var clips = new List<(int, string, float[])>();
        var known = new List<Clip>();
        for (var clip = 0; clip < count; clip++)
        {
            var id = $"{split}-{clip}";
            // Every second clip carries inst.a for 0.6 s, from a place of its own.
            var start = 10 + clip * 7 % 60;
            bool Holds(int frame) => clip % 2 == 0 && frame >= start && frame < start + 30;
            var own = more?.Invoke(clip) ?? [];
            if (clip % 2 == 0) own["inst.a"] = [[start / 50.0, (start + 30) / 50.0]];
            spans[id] = own;
            var columns = new float[Columns * Width];
            for (var column = 1; column <= Columns; column++)
            {
                for (var dimension = 0; dimension < Width; dimension++)
                    columns[(column - 1) * Width + dimension] = value(split, clip, column, dimension, Holds);
            }
            clips.Add((firstRow + clip, split, columns));
            known.Add(new Clip(firstRow + clip, id, split, "", Columns / 50.0, null, null, null));
        }
        return new TruthSplit(new MemorySource(Width, clips), known, Columns);
    }
}
