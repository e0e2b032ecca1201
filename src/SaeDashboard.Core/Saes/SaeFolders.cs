using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Saes;

/// <summary>
/// Reads and writes SAE folders of every supported library. The weights file identifies the library. Tensors that do not belong to the
/// architecture, are missing or have another shape are errors, and so is every unsupported setting that changes what the SAE computes.
/// </summary>
public static class SaeFolders
{
    /// <summary>The format of the folder.</summary>
    /// <exception cref="UserException">It is not an SAE folder, or holds the weights of two.</exception>
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

    /// <summary>Reads the configuration and the weights' headers, and checks them against each other; reads no weights.</summary>
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

    /// <summary>Reads the whole SAE one tensor at a time: each is converted before the next is read.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="convert">Receives a tensor's row-major values and shape.</param>
    /// <exception cref="UserException">As <see cref="Inspect"/>.</exception>
    public static (SaeConfig Config, Dictionary<string, T> Tensors) Read<T>(string folder, Func<float[], long[], T> convert)
    {
        using var sae = Open(folder, Detect(folder));
        return (sae.Config, sae.Config.TensorShapes().ToDictionary(entry => entry.Name, entry => convert(sae.Read(entry.Name), entry.Shape)));
    }

    /// <summary>Reads the decoder alone, row-major <c>[latents × width]</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="most">The most values that it may have.</param>
    /// <exception cref="UserException">As <see cref="Inspect"/>, or it has more values.</exception>
    public static (SaeConfig Config, float[] Values) ReadDecoder(string folder, long most)
    {
        using var sae = Open(folder, Detect(folder));
        var values = (long)sae.Config.DSae * sae.Config.DIn;
        if (values > most) throw new UserException(FormattableString.Invariant($"The decoder of {folder} has {values:N0} values; {most:N0} is the most that is compared here."));
        return (sae.Config, sae.Read("W_dec"));
    }

    /// <summary><see cref="SaeContents.WeightsHash"/> without holding more than one tensor in memory.</summary>
    /// <exception cref="UserException">As <see cref="Inspect"/>.</exception>
    public static string WeightsHash(string folder)
    {
        using var sae = Open(folder, Detect(folder));
        return SaeContents.HashOf(sae.Config, name => sae.Read(name));
    }

    /// <summary>
    /// Writes the folder atomically; an existing folder of that name is an error. The SAE must be in a form that the format can express: see
    /// <see cref="SaeConversion"/>.
    /// </summary>
    /// <exception cref="UserException">The folder exists or cannot be written, or the format cannot express the SAE.</exception>
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

    /// <summary>Why an SAE cannot be used in a model: its folder names no hook point, or one that a MusicGen decoder does not have; null: it can.</summary>
    /// <exception cref="UserException">The folder can no longer be read.</exception>
    public static string? HookProblem(string folder, SaeConfig config)
    {
        if (config.Metadata.Hook is not null) return null;
        var format = Detect(folder);
        var path = Path.Combine(folder, format.ConfigFile());
        var flat = format == SaeFormat.SaeLens && !SaeLensConfig.IsNested(JsonObjectReader.Open(path, SaeMetadataJson.Kind, unique: true));
        const string Example = "\"hook_name\": \"layers.4.resid_post\"";
        var member = flat ? Example : $"\"metadata\": {{ {Example} }}";
        if (config.Metadata.HookName is not { } name)
            return $"{folder} does not say where in the model the SAE reads: add {member} (its own place) to {path}.";
        var own = format == SaeFormat.Sparsify && name == FolderName(folder);
        return $"{(own ? $"{folder}: the folder's name" : $"{path}: \"hook_name\" is \"{name}\", which")} names no place in a MusicGen decoder at which SAEs are read here. " +
            $"Understood are {SaeHook.Known}. If it is one of these, write {member} (its own place) into {path}.";
    }

    /// <summary>Why an index does not belong to this SAE: it was made at another hook point; null: it belongs.</summary>
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
        // A published sparsify folder holds one SAE per layer.
        var inner = Directory.EnumerateDirectories(folder).Where(path => SaeFormats.All.Any(format => File.Exists(Path.Combine(path, format.WeightsFile()))))
            .Order(StringComparer.Ordinal).Take(4).ToList();
        if (inner.Count > 0) return new UserException($"{folder} is not an SAE folder but holds some: use one of them, such as {string.Join(" or ", inner)}.");
        // A run's folder has a config.json too.
        if (Directory.Exists(Path.Combine(folder, "checkpoints")) && File.Exists(Path.Combine(folder, "status.json")))
            return new UserException($"{folder} is the folder of a run, not an SAE, and no SAE is in it. Give the one it made, or make one of a checkpoint: export-checkpoint --run-dir {folder} --out DIR.");
        var without = SaeFormats.All.Where(format => File.Exists(Path.Combine(folder, format.ConfigFile()))).Select(format => format.WeightsFile()).ToList();
        return new UserException(without.Count > 0
            ? $"{folder} has no {string.Join(" or ", without)}: the SAE's weights are missing. Fetch or export it again."
            : $"{folder} has no {SaeFormat.SaeLens.ConfigFile()} and no other SAE. Folders of {SaeFormats.Known} can be read.");
    }
}

/// <summary>The description of an SAE folder, checked against its tensors' names and shapes.</summary>
/// <param name="Format">The folder's format.</param>
/// <param name="Config">The SAE's configuration.</param>
public sealed record SaeDescription(SaeFormat Format, SaeConfig Config);

/// <summary>An SAE in memory, without a tensor library, in SAELens's layout for every folder format.</summary>
/// <param name="Config">Its configuration.</param>
/// <param name="Tensors">Row-major values of the tensors of <see cref="SaeConfig.TensorShapes"/>, and no others.</param>
/// <param name="Sparsity">[F] log10(frequency + 1e-10) of each latent in training; null: not in the folder.</param>
public sealed record SaeContents(SaeConfig Config, IReadOnlyDictionary<string, float[]> Tensors, float[]? Sparsity = null)
{
    /// <summary>
    /// Identifies this SAE in labels and other user data: SHA-256 (lower-case hexadecimal) over its tensors in SAELens layout as float32 bytes, in
    /// ordinal order of their names. It survives renaming, importing again, and conversions that do not change the values.
    /// </summary>
    public string WeightsHash() => HashOf(Config, name => Tensors[name]);

    /// <summary>The same for values passed one tensor at a time.</summary>
    public static string HashOf(SaeConfig config, SaeTensorValues values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, _) in config.TensorShapes()) hash.AppendData(MemoryMarshal.AsBytes(values(name)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>Row-major values of a tensor, by its SAELens name.</summary>
public delegate ReadOnlySpan<float> SaeTensorValues(string name);

/// <summary>A folder with checked configuration and headers; its values are read on demand.</summary>
/// <param name="config">The SAE's configuration.</param>
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

/// <summary>Checks the tensors of a weights file against those that its configuration requires.</summary>
internal static class SaeTensorCheck
{
    /// <param name="path">The weights file.</param>
    /// <param name="found">Its tensors.</param>
    /// <param name="wanted">The required tensors.</param>
    /// <param name="optional">Names of optional tensors.</param>
    /// <param name="kind">The kind of SAE that requires them: "topk SAE".</param>
    /// <param name="config">The source of the sizes: "cfg.json (d_in 24, d_sae 96)".</param>
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
