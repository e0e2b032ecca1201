using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Features;

/// <summary>
/// What measures.safetensors says of each feature: where in a clip it fires, with which sounds and concepts, with which other features, and
/// whether another SAE found it. All in memory, about a quarter of a kilobyte per feature. Single values that could not be measured are NaN
/// in spans and null elsewhere.
/// </summary>
public sealed class FeatureMeasures
{
    // A file that would fill the site's memory is damaged.
    private const long MostInMemory = 1L << 30;

    private readonly int[] positionHistogram, coFiring, coFiringLag;
    private readonly float[] positionR2, coFiringPhi, coFiringPhiAtLag;
    private readonly float[]? correlation, stability, outputScore, outputScoreRandom, conceptAuroc, conceptChosenAuroc;
    private readonly int[]? concept, conceptLag;
    private readonly byte[]? conceptLevel;

    private FeatureMeasures(int features, FeatureMeasuresInfo info, SafetensorsFile file)
    {
        (Count, Info) = (features, info);
        positionHistogram = file.ReadInt32(MeasureTensors.PositionHistogram);
        positionR2 = file.ReadFloat32(MeasureTensors.PositionR2);
        coFiring = file.ReadInt32(MeasureTensors.CoFiring);
        coFiringPhi = file.ReadFloat32(MeasureTensors.CoFiringPhi);
        coFiringLag = file.ReadInt32(MeasureTensors.CoFiringLag);
        coFiringPhiAtLag = file.ReadFloat32(MeasureTensors.CoFiringPhiAtLag);
        if (info.Descriptors.Count > 0) correlation = file.ReadFloat32(MeasureTensors.Correlation);
        if (info.SecondSae is not null) stability = file.ReadFloat32(MeasureTensors.Stability);
        if (info.OutputScoreColumns > 0)
        {
            outputScore = file.ReadFloat32(MeasureTensors.OutputScore);
            outputScoreRandom = file.ReadFloat32(MeasureTensors.OutputScoreRandom);
        }
        if (info.Concepts.Count == 0) return;
        concept = file.ReadInt32(MeasureTensors.Concept);
        conceptLevel = file.ReadUInt8(MeasureTensors.ConceptLevel);
        conceptLag = file.ReadInt32(MeasureTensors.ConceptLag);
        conceptAuroc = file.ReadFloat32(MeasureTensors.ConceptAuroc);
        conceptChosenAuroc = file.ReadFloat32(MeasureTensors.ConceptChosenAuroc);
    }

    /// <summary>What was measured and how.</summary>
    public FeatureMeasuresInfo Info { get; }

    /// <summary>Number of features, F.</summary>
    public int Count { get; }

    /// <summary>
    /// Share of the variance of each feature's activation (0 where it does not fire) that its mean at each position of the clip explains
    /// <c>[F]</c>, 0 to 1; NaN for a feature that never fires.
    /// </summary>
    public ReadOnlySpan<float> PositionR2 => positionR2;

    /// <summary>Whether correlations with descriptors of the sound were measured: <see cref="FeatureMeasuresInfo.Descriptors"/> names them.</summary>
    public bool HasDescriptors => correlation is not null;

    /// <summary>Whether features were compared with annotated concepts.</summary>
    public bool HasConcepts => concept is not null;

    /// <summary>Each feature's largest cosine with a decoder direction of the second SAE <c>[F]</c>; empty: there was none.</summary>
    public ReadOnlySpan<float> Stability => stability;

    /// <summary>KL divergence of the logits that a p99 of each feature causes at its column, nats per code <c>[F]</c>; NaN: not scored; empty: not measured.</summary>
    public ReadOnlySpan<float> OutputScore => outputScore;

    /// <summary>The same for a random direction of the same norm <c>[F]</c>.</summary>
    public ReadOnlySpan<float> OutputScoreRandom => outputScoreRandom;

    /// <summary>The AUROC of each feature for its best concept <c>[F]</c>; NaN: it has none; empty: not measured.</summary>
    public ReadOnlySpan<float> ConceptAuroc => conceptAuroc;

    /// <summary>Each feature's best concept, an index into <see cref="FeatureMeasuresInfo.Concepts"/> <c>[F]</c>; −1: it has none; empty: not measured.</summary>
    public ReadOnlySpan<int> Concept => concept;

    /// <summary>The columns on which the feature fires, counted in equal parts of the clip, its beginning first <c>[bins]</c>.</summary>
    public ReadOnlySpan<int> PositionHistogram(int feature)
    {
        CheckFeature(feature);
        return positionHistogram.AsSpan(feature * Info.PositionBins, Info.PositionBins);
    }

    /// <summary>Pearson correlation of the feature's activation with each descriptor <c>[descriptors]</c>; NaN: it cannot be computed; empty: not measured.</summary>
    public ReadOnlySpan<float> Correlations(int feature)
    {
        CheckFeature(feature);
        return correlation is null ? [] : correlation.AsSpan(feature * Info.Descriptors.Count, Info.Descriptors.Count);
    }

    /// <summary>The features that fire together with it, the largest phi first: at most <see cref="FeatureMeasuresInfo.CoFiring"/>.</summary>
    public IReadOnlyList<CoFiringFeature> CoFiring(int feature)
    {
        CheckFeature(feature);
        var found = new List<CoFiringFeature>(Info.CoFiring);
        for (var place = feature * Info.CoFiring; place < (feature + 1) * Info.CoFiring; place++)
        {
            if ((uint)coFiring[place] < (uint)Count) found.Add(new CoFiringFeature(coFiring[place], coFiringPhi[place], coFiringLag[place], coFiringPhiAtLag[place]));
        }
        return found;
    }

    /// <summary>The annotated concept that the feature ranks best; null: none, or not measured.</summary>
    public ConceptMatch? BestConcept(int feature)
    {
        CheckFeature(feature);
        return concept is null || (uint)concept[feature] >= (uint)Info.Concepts.Count
            ? null
            : new ConceptMatch(Info.Concepts[concept[feature]], (ConceptLevel)Math.Min(conceptLevel![feature], (byte)ConceptLevel.Frames), conceptLag![feature], conceptAuroc![feature], conceptChosenAuroc![feature]);
    }

    /// <summary>Opens the measures of an index folder; null: the index has none (it is of an earlier program), or those of a newer program.</summary>
    /// <exception cref="UserException">They are damaged, or do not belong to this index.</exception>
    internal static FeatureMeasures? Open(string folder, FeatureIndexInfo index)
    {
        if (index.Measures is not { Version: FeatureMeasuresInfo.CurrentVersion } info) return null;
        if (!info.MakesSense) throw new UserException($"{Path.Combine(folder, FeatureTensors.InfoName)} has measures that make no sense: build the index again.");
        using var file = SafetensorsFile.Open(Path.Combine(folder, MeasureTensors.FileName));
        var inMemory = 0L;
        foreach (var (name, dtype, shape) in MeasureTensors.Layout(info, index.Features))
        {
            var entry = file.Entry(name);
            if (entry.DType != dtype || !entry.Shape.SequenceEqual(shape))
                throw new UserException($"{file.Path}: '{name}' is {entry.Describe()}, which does not fit the measures of {index.Features} features in {FeatureTensors.InfoName}: build the index again.");
            inMemory += entry.ByteLength;
        }
        if (inMemory > MostInMemory) throw new UserException($"{file.Path} would take {inMemory} bytes of memory; it takes at most {MostInMemory}. Build the index again.");
        return new FeatureMeasures(index.Features, info, file);
    }

    private void CheckFeature(int feature)
    {
        if ((uint)feature >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(feature), feature, $"There are features 0 … {Count - 1}.");
    }
}

/// <summary>A feature that fires together with another.</summary>
/// <param name="Feature">It.</param>
/// <param name="Phi">Phi coefficient of the two over columns: the correlation of “fires” with “fires”; 1: always together, 0: as chance has it.</param>
/// <param name="Lag">The lag in columns at which they fire together most: above 0 it fires after the other.</param>
/// <param name="PhiAtLag">Phi at that lag.</param>
public readonly record struct CoFiringFeature(int Feature, float Phi, int Lag, float PhiAtLag);

/// <summary>The units over which a feature was compared with a concept.</summary>
public enum ConceptLevel
{
    /// <summary>Whole clips, by the mean activation.</summary>
    Clips,

    /// <summary>Seconds, by the mean activation.</summary>
    Seconds,

    /// <summary>Single frames.</summary>
    Frames,
}

/// <summary>The annotated concept that a feature ranks best.</summary>
/// <param name="Concept">Its name in annotations.jsonl.</param>
/// <param name="Level">The units.</param>
/// <param name="Lag">Columns by which the feature fires after the sound; 0 by clips.</param>
/// <param name="Auroc">Area under the ROC curve on the clips of the statistics; ½ is chance.</param>
/// <param name="ChosenAuroc">The same on the clips that concept, level and lag were chosen on.</param>
public readonly record struct ConceptMatch(string Concept, ConceptLevel Level, int Lag, float Auroc, float ChosenAuroc);
