using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Saes;

/// <summary>
/// SAE folders of every library that is read here. Which library a folder is of is known by its weights file; tensors that do not belong to
/// the architecture, or are missing, or have another shape, are errors, and so is everything that would change what the SAE computes and is
/// not computed here.
/// </summary>
public static class SaeFolders
{
    /// <summary>Whose layout the folder has.</summary>
    /// <exception cref="UserException">It is no SAE folder, or holds the weights of two.</exception>
    public static SaeFormat Detect(string folder)
    {
        var found = SaeFormats.All.Where(format => File.Exists(Path.Combine(folder, format.WeightsFile()))).ToList();
        if (found.Count == 1) return found[0];
        if (found.Count > 1)
        {
            throw new UserException($"{folder} holds both {found[0].WeightsFile()} and {found[1].WeightsFile()}: which SAE is meant? " +
                "Put each into a folder of its own.");
        }
        throw NoSae(folder);
    }

    /// <summary>Reads the configuration and the weights' headers, and checks one against the other; no weights are read.</summary>
    /// <exception cref="UserException">A file is missing, damaged or not supported; the message names file and field.</exception>
    public static SaeDescription Inspect(string folder)
    {
        var format = Detect(folder);
        using var sae = Open(folder, format);
        return new SaeDescription(format, sae.Config);
    }

    /// <summary>Reads the whole SAE.</summary>
    /// <exception cref="UserException">As <see cref="Inspect"/>.</exception>
    public static SaeContents Read(string folder)
    {
        using var sae = Open(folder, Detect(folder));
        return new SaeContents(sae.Config, sae.Config.TensorShapes().ToDictionary(entry => entry.Name, entry => sae.Read(entry.Name)), sae.ReadSparsity());
    }

    /// <summary>Reads the whole SAE one tensor at a time: each is made into something else before the next is read.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="convert">Given a tensor's row-major values and shape.</param>
    /// <exception cref="UserException">As <see cref="Inspect"/>.</exception>
    public static (SaeConfig Config, Dictionary<string, T> Tensors) Read<T>(string folder, Func<float[], long[], T> convert)
    {
        using var sae = Open(folder, Detect(folder));
        return (sae.Config, sae.Config.TensorShapes().ToDictionary(entry => entry.Name, entry => convert(sae.Read(entry.Name), entry.Shape)));
    }

    /// <summary><see cref="SaeContents.WeightsHash"/> without holding more than one tensor in memory.</summary>
    /// <exception cref="UserException">As <see cref="Inspect"/>.</exception>
    public static string WeightsHash(string folder)
    {
        using var sae = Open(folder, Detect(folder));
        return SaeContents.HashOf(sae.Config, name => sae.Read(name));
    }

    /// <summary>
    /// Writes the folder whole or not at all; an existing folder of that name is an error. The SAE must be in a form the format can say: see
    /// <see cref="SaeConversion"/>.
    /// </summary>
    /// <exception cref="UserException">The folder exists or cannot be written, or the format has no such SAE.</exception>
    public static void Write(string folder, SaeContents sae, SaeFormat format)
    {
        using var target = AtomicFolder.Create(folder);
        switch (format)
        {
            case SaeFormat.SaeLens: SaeLensFormat.Write(target.WorkPath, sae); break;
            case SaeFormat.Sparsify: SparsifyFormat.Write(target.WorkPath, sae); break;
            case SaeFormat.DictionaryLearning: DictionaryLearningFormat.Write(target.WorkPath, sae); break;
            default: throw new ArgumentOutOfRangeException(nameof(format), format, "Not a format.");
        }
        target.Commit();
    }

    /// <summary>Why an SAE cannot be used in a model: its folder names no place in it, or one that a MusicGen decoder does not have; null: it can.</summary>
    /// <exception cref="UserException">The folder cannot be read any more.</exception>
    public static string? HookProblem(string folder, SaeConfig config)
    {
        if (config.Metadata.Hook is not null) return null;
        var format = Detect(folder);
        var path = Path.Combine(folder, format.ConfigFile());
        var flat = format == SaeFormat.SaeLens && !SaeLensConfig.IsNested(JsonMembers.Open(path));
        const string Example = "\"hook_name\": \"layers.4.resid_post\"";
        var member = flat ? Example : $"\"metadata\": {{ {Example} }}";
        if (config.Metadata.HookName is not { } name)
            return $"{folder} does not say where in the model the SAE reads: add {member} (its own place) to {path}.";
        var own = format == SaeFormat.Sparsify && name == FolderName(folder);
        return $"{(own ? $"{folder}: the folder's name" : $"{path}: \"hook_name\" is \"{name}\", which")} names no place in a MusicGen decoder at which SAEs are read here. " +
            $"Understood are {SaeHook.Known}. If it is one of these, write {member} (its own place) into {path}.";
    }

    /// <summary>Why an index is not one of this SAE's: it was made at another place than the SAE reads; null: it is.</summary>
    public static string? IndexProblem(string folder, SaeConfig config, string indexHook) => config.Metadata.Hook is { } hook && hook.ToString() != indexHook
        ? $"{Path.Combine(folder, "index")} was made at {indexHook}, but the SAE reads {hook}: its numbers are of other activations. Make it again with the verb index."
        : null;

    /// <summary>The last part of a folder's path.</summary>
    internal static string FolderName(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    private static OpenSae Open(string folder, SaeFormat format)
    {
        if (!File.Exists(Path.Combine(folder, format.ConfigFile())))
            throw new UserException($"{folder} has no {format.ConfigFile()}, which a {format.Title()} folder needs: fetch or export it again.");
        return format switch
        {
            SaeFormat.SaeLens => SaeLensFormat.Open(folder),
            SaeFormat.Sparsify => SparsifyFormat.Open(folder),
            SaeFormat.DictionaryLearning => DictionaryLearningFormat.Open(folder),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not a format."),
        };
    }

    private static UserException NoSae(string folder)
    {
        if (!Directory.Exists(folder)) return new UserException($"{folder} does not exist: give an SAE folder.");
        // A published sparsify folder holds one SAE for each layer.
        var inner = Directory.EnumerateDirectories(folder).Where(path => SaeFormats.All.Any(format => File.Exists(Path.Combine(path, format.WeightsFile()))))
            .Order(StringComparer.Ordinal).Take(4).ToList();
        if (inner.Count > 0) return new UserException($"{folder} is no SAE folder but holds some: use one of them, such as {string.Join(" or ", inner)}.");
        // A run's folder has a config.json too.
        if (Directory.Exists(Path.Combine(folder, "checkpoints")) && File.Exists(Path.Combine(folder, "status.json")))
            return new UserException($"{folder} is the folder of a run, not an SAE, and no SAE is in it. Give the one it made, or make one of a checkpoint: export-checkpoint --run-dir {folder} --out DIR.");
        var without = SaeFormats.All.Where(format => File.Exists(Path.Combine(folder, format.ConfigFile()))).Select(format => format.WeightsFile()).ToList();
        return new UserException(without.Count > 0
            ? $"{folder} has no {string.Join(" or ", without)}: the SAE's weights are missing. Fetch or export it again."
            : $"{folder} has no {SaeFormat.SaeLens.ConfigFile()} and no other SAE. Folders of {SaeFormats.Known} can be read.");
    }
}

/// <summary>What an SAE folder says of itself, after its tensors' names and shapes were checked against it.</summary>
/// <param name="Format">Whose layout it has.</param>
/// <param name="Config">What the SAE is.</param>
public sealed record SaeDescription(SaeFormat Format, SaeConfig Config);

/// <summary>An SAE in memory, without a tensor library: whatever folder it came from, in SAELens's layout.</summary>
/// <param name="Config">What it is.</param>
/// <param name="Tensors">Row-major values of the tensors of <see cref="SaeConfig.TensorShapes"/>, and no others.</param>
/// <param name="Sparsity">[F] log10(frequency + 1e-10) of each latent in training; null when the folder does not say.</param>
public sealed record SaeContents(SaeConfig Config, IReadOnlyDictionary<string, float[]> Tensors, float[]? Sparsity = null)
{
    /// <summary>
    /// What people's writing names this SAE by: SHA-256 (lower-case hexadecimal) over its tensors in SAELens layout as float32 bytes, in
    /// ordinal order of their names. A renamed or re-imported folder keeps it, and so does a converted one whose values did not change.
    /// </summary>
    public string WeightsHash() => HashOf(Config, name => Tensors[name]);

    /// <summary>The same of values that are given one tensor at a time.</summary>
    public static string HashOf(SaeConfig config, SaeTensorValues values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, _) in config.TensorShapes()) hash.AppendData(MemoryMarshal.AsBytes(values(name)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>Row-major values of a tensor, by its SAELens name.</summary>
public delegate ReadOnlySpan<float> SaeTensorValues(string name);

/// <summary>A folder whose configuration and headers were read and agree; its values are read when they are asked for.</summary>
/// <param name="config">What the SAE is.</param>
/// <param name="file">The open weights.</param>
/// <param name="read">Values of a tensor by its SAELens name.</param>
/// <param name="sparsity">Reads the latents' frequencies; null where the format has none.</param>
internal sealed class OpenSae(SaeConfig config, IDisposable file, Func<string, float[]> read, Func<float[]?>? sparsity = null) : IDisposable
{
    public SaeConfig Config => config;

    public float[] Read(string name) => read(name);

    public float[]? ReadSparsity() => sparsity?.Invoke();

    public void Dispose() => file.Dispose();
}

/// <summary>Holds the tensors that a weights file has against those that its configuration asks for.</summary>
internal static class SaeTensorCheck
{
    /// <param name="path">The weights file.</param>
    /// <param name="found">Its tensors.</param>
    /// <param name="wanted">The tensors that must be there.</param>
    /// <param name="optional">Names that may be there beside them.</param>
    /// <param name="kind">What kind of SAE wants them: "topk SAE".</param>
    /// <param name="config">Where the sizes stand: "cfg.json (d_in 24, d_sae 96)".</param>
    public static void Require(
        string path, IReadOnlyDictionary<string, IReadOnlyList<long>> found, IReadOnlyList<(string Name, long[] Shape)> wanted,
        IReadOnlyList<string> optional, string kind, string config)
    {
        foreach (var (name, shape) in wanted)
        {
            if (!found.TryGetValue(name, out var there))
                throw new UserException($"{path} has no tensor \"{name}\", which a {kind} needs. Fetch or export the SAE again.");
            if (!there.SequenceEqual(shape))
            {
                throw new UserException($"{path}: tensor \"{name}\" is [{string.Join(", ", there)}], but {config} asks for [{string.Join(", ", shape)}]: " +
                    "the two files do not belong together.");
            }
        }
        if (found.Keys.FirstOrDefault(name => !optional.Contains(name) && wanted.All(entry => entry.Name != name)) is { } unknown)
            throw new UserException($"{path} has a tensor \"{unknown}\" that a {kind} does not know: is its kind in {config} right?");
    }
}
