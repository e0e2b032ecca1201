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
        if (inner.Count > 0) return new UserException($"{folder} is no SAE folder but holds some: give one of them, such as {string.Join(" or ", inner)}.");
        var without = SaeFormats.All.Where(format => File.Exists(Path.Combine(folder, format.ConfigFile()))).Select(format => format.WeightsFile()).ToList();
        return new UserException(without.Count > 0
            ? $"{folder} has no {string.Join(" or ", without)}: the SAE's weights are missing. Fetch or export it again."
            : $"{folder} has no {SaeFormat.SaeLens.ConfigFile()} and no other SAE. Folders of {SaeFormats.Known} can be read.");
    }
}
