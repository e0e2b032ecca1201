using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Evaluation.Directions;
using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Sae.Evaluation.Recovery;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>The parts of one evaluation, each measured, put into words and kept in the SAE's folder before the next begins.</summary>
/// <param name="subject">What is measured.</param>
/// <param name="sources">Where its activations come from.</param>
/// <param name="progress">Reports the progress.</param>
/// <param name="cancellation">Stops it; parts that are done stay kept.</param>
internal sealed class EvaluationRun(EvaluationSubject subject, EvaluationSources sources, ConsoleProgress progress, CancellationToken cancellation)
{
    private const string PcaSplit = "select";

    private readonly EvaluationFolder folder = new(subject);
    private readonly EvaluationLines lines = new();
    private bool writable = true;

    /// <summary>Where the parts are kept; null once that has failed.</summary>
    public string? Folder => writable ? folder.Path : null;

    /// <summary>What was measured, for a person.</summary>
    public string Text => lines.ToString();

    public ReconstructionReport Reconstruct()
    {
        var clock = Stopwatch.StartNew();
        // The principal components are fitted on `select`, so that on `test` they too meet clips they have not seen. `select` itself needs no second pass.
        var report = ReconstructionMeter.Measure(
            subject.Sae,
            sources.Of(subject.Split),
            subject.Split == PcaSplit ? null : sources.Of(PcaSplit),
            new MeterOptions { FirstColumn = EvaluationSubject.FirstColumn, FrameRate = subject.Model.Codec.FrameRate, PcaOfMeasuredSplit = true },
            progress.Clips("Evaluate: "),
            cancellation);
        EvaluationText.Reconstruction(lines, report, clock.Elapsed.TotalSeconds);
        var features = report.PerFeature;
        Put("reconstruction", report, ("column_density", features.ColumnDensity), ("clip_density", features.ClipDensity), ("p99", features.Percentile99), ("kept", [.. features.Kept.Select(kept => kept ? 1f : 0f)]));
        return report;
    }

    public CosineSummary CompareDirections(FeatureFigures features)
    {
        using var directions = subject.Sae.Directions();
        var cosines = DecoderCosines.Largest(directions);
        var summary = CosineSummary.Of(cosines, features.IsAlive);
        EvaluationText.DecoderCosine(lines, summary);
        Put("decoderCosine", summary, ("largest_cosine", cosines));
        return summary;
    }

    /// <param name="features">Of the SAE that is evaluated.</param>
    /// <param name="second">The other seed's.</param>
    /// <param name="name">What to call it.</param>
    public StabilityReport CompareSeeds(FeatureFigures features, SparseAutoencoder second, string name)
    {
        var (report, best) = StabilityReport.Of(subject.Sae, second, features.IsAlive);
        EvaluationText.Stability(lines, report, name);
        Put("stability", report, ("best_cosine", best));
        return report;
    }

    /// <summary>Null where no feature can be scored.</summary>
    public OutputScoreReport? ScoreOutputs(FeatureFigures features, int columns)
    {
        var clock = Stopwatch.StartNew();
        if (new OutputScoreMeasurement(subject, features, columns, progress, cancellation).Measure() is not { } scores) return null;
        EvaluationText.OutputScore(lines, scores.Report, clock.Elapsed.TotalSeconds);
        Put("outputScore", scores.Report, ("score", scores.Score), ("random_score", scores.RandomScore), ("logit_change", scores.LogitChange), ("random_logit_change", scores.RandomLogitChange));
        return scores.Report;
    }

    /// <summary>Without text, and with captions.</summary>
    /// <param name="reconstruction">Of the same SAE: its PCA is the baseline.</param>
    /// <param name="clips">How many of the split's clips.</param>
    public IReadOnlyList<RecoveryReport> Recover(ReconstructionReport reconstruction, int clips)
    {
        var clock = Stopwatch.StartNew();
        var measurement = new RecoveryMeasurement(subject, subject.Spread(clips), LinearBaseline.Of(reconstruction, subject.Sae.Config.DIn), progress.Clips("Evaluate: "), cancellation);
        RecoveryReport[] reports = [measurement.Measure(captions: false), measurement.Measure(captions: true)];
        EvaluationText.Recovery(lines, reports, subject.Site, clock.Elapsed.TotalSeconds);
        Put("recovery", reports);
        return reports;
    }

    public GroundTruthReport ScoreConcepts(TruthMeasurement measure)
    {
        var report = measure.Run(subject.Sae, progress, cancellation);
        lines.Heading($"");
        lines.Heading($"{TruthText.Of(report)}");
        Put("groundTruth", report);
        return report;
    }

    // What was measured for minutes is printed even where it cannot be kept.
    private void Put(string name, object part, params (string Name, float[] Values)[] tensors)
    {
        if (!writable) return;
        try
        {
            folder.Put(name, part, tensors);
        }
        catch (UserException problem)
        {
            writable = false;
            progress.Note($"The figures are printed but not kept: {problem.Message}");
        }
    }
}

/// <summary>
/// <c>evaluation/{split}/</c> in an SAE's folder: evaluation.json with one member per part of the evaluation, and one safetensors file for each part that has
/// figures by feature. Each part is written as soon as it is there, in whole files; what an earlier evaluation of the same SAE, model and
/// dataset found and this one did not measure stays. The SAE's own files are not touched.
/// </summary>
internal sealed class EvaluationFolder
{
    private const int SchemaVersion = 1;

    private readonly Header header;
    private readonly JsonObject parts = [];

    /// <param name="subject">What is evaluated.</param>
    /// <exception cref="UserException">The split's name cannot be a folder's.</exception>
    public EvaluationFolder(EvaluationSubject subject)
    {
        if (subject.Split is "." or ".." || subject.Split.Length > 100 || subject.Split.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.')))
            throw new UserException($"The split '{subject.Split}' cannot name a folder of results: use letters, digits, '-', '_' and '.' in the dataset's split names.");
        Path = System.IO.Path.Combine(subject.Folder, "evaluation", subject.Split);
        header = new Header(SchemaVersion, subject.Sae.WeightsHash, subject.Model.WeightsHash, subject.Dataset.Hash, subject.Dataset.Name, subject.Split, subject.Site.ToString());
        Keep();
    }

    public string Path { get; }

    private string JsonPath => System.IO.Path.Combine(Path, "evaluation.json");

    /// <summary>Whether a part is there, of the very same things.</summary>
    public bool Has(string name) => parts.ContainsKey(name);

    /// <summary>Writes a part, in the place of what was there under its name.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="part">Its figures.</param>
    /// <param name="tensors">Figures by feature <c>[F]</c>, if any, for <c>{name}.safetensors</c>.</param>
    /// <exception cref="UserException">The folder cannot be written.</exception>
    public void Put(string name, object part, params (string Name, float[] Values)[] tensors)
    {
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{Path} cannot be written: {error.Message}", error);
        }
        if (tensors.Length > 0)
        {
            var writer = new SafetensorsWriter();
            foreach (var (tensor, values) in tensors) writer.Add(tensor, values, values.Length);
            writer.Save(System.IO.Path.Combine(Path, $"{name}.safetensors"));
        }
        parts[name] = new JsonObject { ["createdUtc"] = DateTimeOffset.UtcNow.ToString("O"), ["figures"] = JsonSerializer.SerializeToNode(part, part.GetType(), JsonDefaults.Data) };
        AtomicFile.WriteJson(JsonPath, new { header, parts });
    }

    /// <summary>Takes over an earlier evaluation's parts when they are of the very same things.</summary>
    private void Keep()
    {
        if (!File.Exists(JsonPath)) return;
        JsonObject there;
        try
        {
            there = JsonFile.Read<JsonObject>(JsonPath);
            if (JsonSerializer.Deserialize<Header>(there["header"], JsonDefaults.Data) != header || there["parts"] is not JsonObject kept) return;
            foreach (var (name, part) in kept) parts[name] = part?.DeepClone();
        }
        catch (Exception error) when (error is UserException or JsonException or ArgumentException or InvalidOperationException)
        {
            // A damaged file of results (twice the same member, a text for a number) must not prevent a new measurement.
        }
    }

    private sealed record Header(int SchemaVersion, string SaeHash, string ModelHash, string DatasetHash, string Dataset, string Split, string Hook);
}
