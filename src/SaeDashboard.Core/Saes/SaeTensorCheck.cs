namespace SaeDashboard.Core.Saes;

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
        string path, IReadOnlyDictionary<string, IReadOnlyList<long>> found, IReadOnlyList<(string Name, long[] Shape)> wanted, IReadOnlyList<string> optional, string kind, string config)
    {
        foreach (var (name, shape) in wanted)
        {
            if (!found.TryGetValue(name, out var there)) throw new UserException($"{path} has no tensor \"{name}\", which a {kind} needs. Fetch or export the SAE again.");
            if (!there.SequenceEqual(shape))
                throw new UserException($"{path}: tensor \"{name}\" is [{string.Join(", ", there)}], but {config} asks for [{string.Join(", ", shape)}]: the two files do not belong together.");
        }
        if (found.Keys.FirstOrDefault(name => !optional.Contains(name) && wanted.All(entry => entry.Name != name)) is { } unknown)
            throw new UserException($"{path} has a tensor \"{unknown}\" that a {kind} does not know: is its kind in {config} right?");
    }
}
