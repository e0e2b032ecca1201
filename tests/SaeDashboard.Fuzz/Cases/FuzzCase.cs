using System.Text;

namespace SaeDashboard.Fuzz.Cases;

/// <summary>One altered model folder, the same for the same seed and number.</summary>
/// <param name="Seed">Of the whole run.</param>
/// <param name="Number">Of the case: it also chooses the file that is altered, in turn.</param>
internal sealed record FuzzCase(int Seed, int Number)
{
    private static readonly FuzzKind[] Kinds = Enum.GetValues<FuzzKind>();

    public FuzzKind Kind => Kinds[Number % Kinds.Length];

    /// <summary>The golden folder that is altered.</summary>
    public string Origin => Kind switch
    {
        FuzzKind.Index => "sharded-f16",
        FuzzKind.Tokenizer => (Number / Kinds.Length % 3) switch { 0 => "tokenizer/classic", 1 => "tokenizer/sequence", _ => "mono" },
        _ => Number / Kinds.Length % 2 == 0 ? "mono" : "sharded-f16",
    };

    /// <summary>The file that is altered.</summary>
    public string File => Kind switch
    {
        FuzzKind.Config => "config.json",
        FuzzKind.GenerationConfig => "generation_config.json",
        FuzzKind.PreprocessorConfig => "preprocessor_config.json",
        FuzzKind.Tokenizer => "tokenizer.json",
        FuzzKind.Index => "model.safetensors.index.json",
        _ => Origin == "mono" ? "model.safetensors" : "model-00002-of-00004.safetensors",
    };

    /// <summary>Writes the folder: links to the golden files, and the altered one.</summary>
    /// <returns>How many bytes the altered file has.</returns>
    public long Write(string goldenRoot, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(goldenRoot, Origin)))
        {
            if (Path.GetFileName(path) != File) System.IO.File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(path)), path);
        }
        var bytes = Alter(System.IO.File.ReadAllBytes(Path.Combine(goldenRoot, Origin, File)));
        System.IO.File.WriteAllBytes(Path.Combine(folder, File), bytes);
        return bytes.Length;
    }

    public override string ToString() => $"case {Number} of seed {Seed}: {Origin}/{File}";

    private byte[] Alter(byte[] original)
    {
        var random = new Random(unchecked(Seed * 1_000_003 + Number));
        if (Kind == FuzzKind.Header) return HeaderMutator.Mutate(random, original);
        if (random.Next(5) == 0) return ByteMutator.Mutate(random, original, original.Length);
        return Encoding.UTF8.GetBytes(new JsonMutator(random, ReadFields.Words, ReadFields.Of).Mutate(Encoding.UTF8.GetString(original)));
    }
}
