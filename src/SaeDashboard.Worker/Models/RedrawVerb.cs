using System.Buffers.Binary;
using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Models;

/// <summary><c>redraw</c>: a model whose decoder weights are redrawn, the baseline for what an SAE finds.</summary>
internal sealed class RedrawVerb : Verb
{
    private readonly Option<string> modelOption = CommonOptions.Model();
    private readonly Option<string> outOption = CommonOptions.Out("Folder to make (it must not exist)");
    private readonly Option<ulong> seedOption = new Option<ulong>("--seed") { Description = "Which weights are drawn", HelpName = "seed" }.Default(0UL);
    private readonly Option<bool> keepOption = new("--keep-embeddings") { Description = "Leave the codes' embeddings as they are" };

    public RedrawVerb() : base("redraw", "Writes a copy of a model whose decoder matrices are random, with the same mean and spread: an SAE trained on it is a baseline.",
        "redraw --model demo/model --out data/models/noise")
    {
        Option[] all = [modelOption, outOption, seedOption, keepOption];
        foreach (var option in all) Options.Add(option);
    }

    public override VerbResult Run(VerbContext context)
    {
        var (from, to, seed) = (context.Get(modelOption), context.Get(outOption), context.Get(seedOption));
        var (redrawn, kept, values) = RedrawnModel.Write(from, to, seed, context.Get(keepOption));
        return new VerbResult(
            new { from, to, seed, redrawn, kept, values },
            string.Create(CultureInfo.InvariantCulture, $"{to}: {redrawn} tensors ({values:N0} numbers) drawn with seed {seed}, {kept} unchanged"));
    }
}

/// <summary>
/// A model whose language model knows nothing, but is of the same size and scale: every matrix of the decoder is redrawn from a normal
/// distribution with the mean and standard deviation of its own entries (Heap et al., arXiv 2501.17727). Vectors (the norms' gains and biases)
/// stay: they carry the scales of the residual stream. The codec and the text encoder stay, so the same codes mean the same sound.
/// </summary>
internal static class RedrawnModel
{
    private const string DecoderPrefix = "decoder.";

    // The files that a model folder needs besides its weights; others (expected outputs, cards) belong to the original.
    private static readonly string[] Companions =
    [
        "config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json", "spiece.model",
    ];

    /// <summary>Writes the folder whole or not at all.</summary>
    /// <param name="from">A model folder.</param>
    /// <param name="to">A folder that does not exist.</param>
    /// <param name="seed">Equal seeds draw equal weights.</param>
    /// <param name="keepEmbeddings">Whether the codes' embeddings stay too (the paper's other variant).</param>
    /// <returns>How many tensors were redrawn, how many stayed, and how many numbers were drawn.</returns>
    /// <exception cref="UserException">The model is unreadable or has no decoder, or the folder cannot be written.</exception>
    public static (int Redrawn, int Kept, long Values) Write(string from, string to, ulong seed, bool keepEmbeddings)
    {
        if (!Directory.Exists(from)) throw new UserException($"{from} does not exist: give the folder of a model.");
        var files = new List<SafetensorsFile>();
        try
        {
            var tensors = CheckpointIndex.Open(from, files);
            using var folder = AtomicFolder.Create(to);
            var writer = new SafetensorsWriter();
            int redrawn = 0, kept = 0;
            var values = 0L;
            foreach (var (name, file) in tensors)
            {
                var entry = file.Entries[name];
                if (IsRedrawn(name, entry, keepEmbeddings))
                {
                    redrawn++;
                    values += entry.ElementCount;
                    writer.AddStreamed(name, entry.DType, stream => new RedrawnTensor(file, entry, seed).Write(stream), [.. entry.Shape]);
                }
                else
                {
                    kept++;
                    writer.AddStreamed(name, entry.DType, stream => file.ReadPieces(entry, (piece, _) => stream.Write(piece)), [.. entry.Shape]);
                }
            }
            if (redrawn == 0) throw new UserException($"{from} has no matrix under '{DecoderPrefix}': it is not a MusicGen checkpoint in Hugging Face's layout.");
            writer.Metadata["format"] = "pt";
            writer.Metadata["redrawn_seed"] = seed.ToString(CultureInfo.InvariantCulture);
            writer.Save(Path.Combine(folder.WorkPath, "model.safetensors"));
            foreach (var companion in Companions)
            {
                if (File.Exists(Path.Combine(from, companion))) AtomicFile.WriteAllBytes(Path.Combine(folder.WorkPath, companion), WholeFile.Read(Path.Combine(from, companion)));
            }
            folder.Commit();
            return (redrawn, kept, values);
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private static bool IsRedrawn(string name, TensorEntry entry, bool keepEmbeddings) =>
        name.StartsWith(DecoderPrefix, StringComparison.Ordinal) && entry.Shape.Count == 2
        // Positions are computed, not learnt: a table of them is only a copy.
        && !name.Contains(".embed_positions.", StringComparison.Ordinal)
        && !(keepEmbeddings && name.Contains(".embed_tokens.", StringComparison.Ordinal));
}

/// <summary>Normal numbers with the mean and standard deviation of a tensor's own; which ones depends on the seed and the tensor's name alone.</summary>
/// <param name="file">Where the original is.</param>
/// <param name="entry">The original.</param>
/// <param name="seed">The model's seed.</param>
internal sealed class RedrawnTensor(SafetensorsFile file, TensorEntry entry, ulong seed)
{
    private ulong state = seed ^ BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(entry.Name)));

    /// <summary>Writes as many numbers as the original has, in its type.</summary>
    /// <exception cref="UserException">The original is not of a floating type, or not finite.</exception>
    public void Write(Stream stream)
    {
        var values = file.ReadFloat32(entry.Name);
        var mean = values.Sum(value => (double)value) / values.Length;
        var deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / values.Length);
        if (!double.IsFinite(mean) || !double.IsFinite(deviation))
            throw new UserException($"{file.Path}: tensor '{entry.Name}' holds values that are not finite: fetch the model again.");
        for (var i = 0; i < values.Length; i += 2)
        {
            // Box–Muller gives two at a time.
            var radius = deviation * Math.Sqrt(-2 * Math.Log(Uniform()));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * Uniform());
            values[i] = (float)(mean + radius * cosine);
            if (i + 1 < values.Length) values[i + 1] = (float)(mean + radius * sine);
        }
        switch (entry.DType)
        {
            case TensorDType.Float32: WriteAll<float>(stream, values); break;
            case TensorDType.Float16: WriteAll<Half>(stream, [.. values.Select(value => (Half)value)]); break;
            case TensorDType.BFloat16: WriteAll<ushort>(stream, [.. values.Select(FloatFormats.ToBFloat16)]); break;
            default: WriteAll<double>(stream, [.. values.Select(value => (double)value)]); break;
        }
    }

    private static void WriteAll<T>(Stream stream, T[] values) where T : unmanaged
    {
        const int piece = 1 << 20;
        for (var from = 0; from < values.Length; from += piece)
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan(from, Math.Min(piece, values.Length - from))));
    }

    /// <summary>In (0, 1): SplitMix64 (Steele, Lea, Flood 2014).</summary>
    private double Uniform()
    {
        var value = state += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return (((value ^ (value >> 31)) >> 11) + 0.5) * (1.0 / (1UL << 53));
    }
}
