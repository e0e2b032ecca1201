using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Evaluation;

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
            if (redrawn == 0) throw new UserException($"{from} has no matrix under '{DecoderPrefix}': it is no MusicGen checkpoint in Hugging Face's layout.");
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
