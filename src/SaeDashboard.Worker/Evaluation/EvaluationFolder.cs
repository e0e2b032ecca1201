using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>
/// <c>evaluation/{split}/</c> in an SAE's folder: evaluation.json with one member per part of the evaluation, and one safetensors file for each part that has
/// figures by feature. Each part is written as soon as it is there, in whole files; what an earlier evaluation of the same SAE, model and
/// data set found and this one did not measure stays. The SAE's own files are not touched.
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
            throw new UserException($"The split '{subject.Split}' cannot name a folder of results: use letters, digits, '-', '_' and '.' in the data set's split names.");
        Path = System.IO.Path.Combine(subject.Folder, "evaluation", subject.Split);
        header = new Header(SchemaVersion, subject.Sae.WeightsHash, subject.Model.WeightsHash, subject.Dataset.Hash, subject.Dataset.Name, subject.Split, subject.Site.ToString());
        Keep();
    }

    public string Path { get; }

    private string JsonPath => System.IO.Path.Combine(Path, "evaluation.json");

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
